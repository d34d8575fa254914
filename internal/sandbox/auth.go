package sandbox

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// maxAuthBody is the largest body of intranet-auth, in bytes.
const maxAuthBody = 16 << 10

// authFields are the fields of the body. The guide lists them without saying which
// may be left out, so all of them are required, unless the sandbox is set to be
// lenient. The limits, in code points, are the sandbox's own.
var authFields = []struct {
	name string
	max  int
}{
	{"secret_token", 512},
	{"external_customer_id", 255},
	{"name", 200},
	{"email", 320},
	{"lang", 35},
}

// problem is an error answer. Its message never repeats what the caller sent, which
// may be the secret in the wrong place.
type problem struct {
	status  int
	Code    string `json:"code"`
	Message string `json:"message"`
}

// intranetAuth is POST /api/chatbox/project/{project_id}/intranet-auth. The log holds
// neither the path nor a field of the body, because the secret may be in any of them.
func (s *Sandbox) intranetAuth(w http.ResponseWriter, r *http.Request) {
	received := call{At: time.Now().UTC(), Request: s.requestID(r)}
	faults := *s.faults.Load()
	defer func() { s.record(r.Context(), received) }()
	// The body is read before the delay: net/http notices that a caller has left only
	// once the body was read, and then the delay must end.
	body, readErr := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAuthBody))
	if !s.pause(r, faults.delay()) {
		received.Code = "caller_left"
		return
	}
	c, p := s.authenticate(r, body, readErr, faults.Lenient)
	if p != nil { // before any fault, which must not hide a mistake of the caller
		received.Status, received.Code = p.status, p.Code
		if p.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", http.MethodPost)
		}
		writeProblem(w, *p)
		return
	}
	received.Customer, received.Lang, received.Fault = c.id, baseTag(c.lang), string(faults.Answer)
	good := s.goodAnswer(c, time.Duration(faults.TokenLifetime))
	if faults.Answer != "" {
		received.Code = "fault"
		received.Status = s.answerWithFault(w, r, faults, good)
		return
	}
	received.Status, received.Code = http.StatusOK, "ok"
	writeJSON(w, http.StatusOK, good)
}

// goodAnswer is the documented answer to a successful call.
func (s *Sandbox) goodAnswer(c person, lifetime time.Duration) map[string]any {
	lang := replyLang(c.lang)
	return map[string]any{
		"real_time_access_token": s.tokens.issue(c.id, lang, lifetime),
		"customer_id":            c.id,
		"chat": map[string]any{
			"id":     "ch_" + strings.TrimPrefix(c.id, "c_"),
			"status": "open",
			"lang":   lang,
		},
		"chatbot": map[string]any{
			"id":      "cb_sandbox",
			"name":    "Caramelo",
			"sandbox": true,
		},
	}
}

// record keeps a call for the panel, and logs it.
func (s *Sandbox) record(ctx context.Context, received call) {
	received.Took = Duration(time.Since(received.At).Round(100 * time.Microsecond))
	s.traffic.add(received)
	s.cfg.Logger.InfoContext(ctx, "intranet-auth",
		slog.Int("status", received.Status),
		slog.String("code", received.Code),
		slog.String("customer", received.Customer),
		slog.String("fault", received.Fault),
		slog.String("request_id", received.Request),
		slog.Duration("took", time.Duration(received.Took)))
}

// authenticate returns the person of a call. readErr is the error of reading the body.
func (s *Sandbox) authenticate(r *http.Request, body []byte, readErr error, lenient bool) (person, *problem) {
	if p := s.checkRequest(r, readErr); p != nil {
		return person{}, p
	}
	fields, p := decodeAuth(body, lenient)
	if p != nil {
		return person{}, p
	}
	if !s.isSecret(fields["secret_token"]) {
		return person{}, &problem{
			status:  http.StatusUnauthorized,
			Code:    "invalid_credentials",
			Message: "secret_token is not the one of this project",
		}
	}
	id := s.customerID(fields["external_customer_id"])
	c := person{id: id, name: cmp.Or(fields["name"], id), email: fields["email"], lang: fields["lang"]}
	s.chats.remember(c)
	return c, nil
}

// checkRequest checks everything but the content of the body.
func (s *Sandbox) checkRequest(r *http.Request, readErr error) *problem {
	var tooLarge *http.MaxBytesError
	switch {
	case s.ctx.Err() != nil:
		return &problem{
			status:  http.StatusServiceUnavailable,
			Code:    "unavailable",
			Message: "the sandbox is closing",
		}
	case r.Method != http.MethodPost:
		return &problem{
			status:  http.StatusMethodNotAllowed,
			Code:    "method_not_allowed",
			Message: "use POST",
		}
	case !isJSON(r.Header.Get("Content-Type")):
		return &problem{
			status:  http.StatusUnsupportedMediaType,
			Code:    "unsupported_media_type",
			Message: "send Content-Type: application/json",
		}
	case r.PathValue("project_id") != s.cfg.ProjectID:
		return &problem{
			status:  http.StatusNotFound,
			Code:    "project_not_found",
			Message: "this sandbox serves another project: compare CARAMELO_PROJECT_ID on both sides",
		}
	case errors.As(readErr, &tooLarge):
		return &problem{
			status:  http.StatusRequestEntityTooLarge,
			Code:    "body_too_large",
			Message: fmt.Sprintf("the body may have at most %d bytes", maxAuthBody),
		}
	case readErr != nil:
		return &problem{
			status:  http.StatusBadRequest,
			Code:    "malformed_body",
			Message: "the body ended early",
		}
	}
	return nil
}

func (s *Sandbox) isSecret(text string) bool {
	got := sha256.Sum256([]byte(text))
	return subtle.ConstantTimeCompare(got[:], s.secretHash[:]) == 1
}

func isJSON(contentType string) bool {
	media, params, err := mime.ParseMediaType(contentType)
	charset, given := params["charset"]
	return err == nil && media == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}

// decodeAuth reads the body of intranet-auth: one JSON object with exactly the fields
// of authFields, or, if lenient, with at least the first two of them. It decodes into
// a map, because a struct would accept Secret_Token as secret_token.
func decodeAuth(body []byte, lenient bool) (map[string]string, *problem) {
	bad := func(code, format string, args ...any) (map[string]string, *problem) {
		return nil, &problem{status: http.StatusBadRequest, Code: code, Message: fmt.Sprintf(format, args...)}
	}
	var sent map[string]any
	if !utf8.Valid(body) || json.Unmarshal(body, &sent) != nil || sent == nil {
		return bad("malformed_body", "the body must be exactly one JSON object in UTF-8")
	}
	fields := make(map[string]string)
	for i, f := range authFields {
		value, given := sent[f.name]
		text, isText := value.(string)
		switch {
		case lenient && i > 1 && (value == nil || isText && strings.TrimSpace(text) == ""):
			continue
		case !given:
			return bad("missing_field", "field %q is missing", f.name)
		case !isText:
			return bad("invalid_field", "field %q must be a string", f.name)
		case strings.TrimSpace(text) == "":
			return bad("missing_field", "field %q is blank", f.name)
		case utf8.RuneCountInString(text) > f.max:
			return bad("invalid_field", "field %q may have at most %d characters", f.name, f.max)
		case strings.ContainsRune(text, 0):
			return bad("invalid_field", "field %q holds a NUL", f.name)
		}
		fields[f.name] = text
	}
	if len(sent) > len(fields) && !lenient {
		return bad("unknown_field", "there is an unknown field: the fields are exactly "+
			"secret_token, external_customer_id, name, email, lang")
	}
	return fields, nil
}

// writeJSON ignores the error of the write: then the caller has left, and nobody can
// be told.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
