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

// maxAuthBody bounds the body of intranet-auth, in bytes.
const maxAuthBody = 16 << 10

// authFields are the fields of the body, all of them required: the guide lists
// them without saying which may be left out, and asking for all is the safe
// reading, unless the sandbox is told to be lenient. The bounds, in code points, are the sandbox's own.
var authFields = []struct {
	name string
	max  int
}{{"secret_token", 512}, {"external_customer_id", 255}, {"name", 200}, {"email", 320}, {"lang", 35}}

// problem is an answer that is not a success. Its message never repeats what
// the caller sent: it may be the secret in the wrong place.
type problem struct {
	status  int
	Code    string `json:"code"`
	Message string `json:"message"`
}

// intranetAuth is POST /api/chatbox/project/{project_id}/intranet-auth. Logs
// hold no path and no field, for the same reason.
func (s *Sandbox) intranetAuth(w http.ResponseWriter, r *http.Request) {
	received := call{At: time.Now().UTC()}
	faults := *s.faults.Load()
	defer func() { s.note(r.Context(), received) }()
	// The body first: only once it is read does the server notice a caller who
	// goes away, and the wait must end then.
	body, readErr := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAuthBody))
	if !s.pause(r, faults.delay()) {
		received.Code = "caller_left"
		return
	}
	c, p := s.authenticate(r, body, readErr, faults.Lenient)
	if p != nil { // told first, whatever is set: a fault must not hide it
		received.Status, received.Code = p.status, p.Code
		if p.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", http.MethodPost)
		}
		writeJSON(w, p.status, map[string]any{"error": p})
		return
	}
	received.Customer, received.Lang, received.Fault = c.id, baseTag(c.lang), string(faults.Answer)
	good := map[string]any{
		"real_time_access_token": s.tokens.issue(c.id, replyLang(c.lang), time.Duration(faults.TokenLifetime)),
		"customer_id":            c.id,
		"chat":                   map[string]any{"id": "ch_" + strings.TrimPrefix(c.id, "c_"), "status": "open", "lang": replyLang(c.lang)},
		"chatbot":                map[string]any{"id": "cb_sandbox", "name": "Caramelo", "sandbox": true},
	}
	if faults.Answer != "" {
		received.Code = "fault"
		received.Status = s.misanswer(w, r, faults, good)
		return
	}
	received.Status, received.Code = http.StatusOK, "ok"
	writeJSON(w, http.StatusOK, good)
}

// note keeps a call for the panel, and logs it.
func (s *Sandbox) note(ctx context.Context, received call) {
	received.Took = Duration(time.Since(received.At).Round(100 * time.Microsecond))
	s.traffic.add(received)
	s.cfg.Logger.InfoContext(ctx, "intranet-auth", slog.Int("status", received.Status), slog.String("code", received.Code),
		slog.String("customer", received.Customer), slog.String("fault", received.Fault), slog.Duration("took", time.Duration(received.Took)))
}

func (s *Sandbox) authenticate(r *http.Request, body []byte, readErr error, lenient bool) (person, *problem) {
	var tooLarge *http.MaxBytesError
	switch {
	case s.ctx.Err() != nil:
		return person{}, &problem{http.StatusServiceUnavailable, "unavailable", "the sandbox is closing"}
	case r.Method != http.MethodPost:
		return person{}, &problem{http.StatusMethodNotAllowed, "method_not_allowed", "use POST"}
	case !isJSON(r.Header.Get("Content-Type")):
		return person{}, &problem{http.StatusUnsupportedMediaType, "unsupported_media_type", "send Content-Type: application/json"}
	case r.PathValue("project_id") != s.cfg.ProjectID:
		return person{}, &problem{http.StatusNotFound, "project_not_found", "this sandbox serves another project: compare CARAMELO_PROJECT_ID on both sides"}
	case errors.As(readErr, &tooLarge):
		return person{}, &problem{http.StatusRequestEntityTooLarge, "body_too_large", fmt.Sprintf("the body may have at most %d bytes", maxAuthBody)}
	case readErr != nil:
		return person{}, &problem{http.StatusBadRequest, "malformed_body", "the body ended early"}
	}
	fields, p := decodeAuth(body, lenient)
	if p != nil {
		return person{}, p
	}
	if !s.isSecret(fields["secret_token"]) {
		return person{}, &problem{http.StatusUnauthorized, "invalid_credentials", "secret_token is not the one of this project"}
	}
	id := s.customerID(fields["external_customer_id"])
	c := person{id: id, name: cmp.Or(fields["name"], id), email: fields["email"], lang: fields["lang"]}
	s.chats.admit(c)
	return c, nil
}

func (s *Sandbox) isSecret(text string) bool {
	got := sha256.Sum256([]byte(text))
	return subtle.ConstantTimeCompare(got[:], s.secret[:]) == 1
}

func isJSON(contentType string) bool {
	media, params, err := mime.ParseMediaType(contentType)
	charset, given := params["charset"]
	return err == nil && media == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}

// decodeAuth reads the body of intranet-auth: one JSON object with exactly the
// fields of authFields, or if lenient at least the first two of them. It decodes
// into a map, because a struct would take Secret_Token for secret_token.
func decodeAuth(body []byte, lenient bool) (map[string]string, *problem) {
	bad := func(code, format string, args ...any) (map[string]string, *problem) {
		return nil, &problem{http.StatusBadRequest, code, fmt.Sprintf(format, args...)}
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
		return bad("unknown_field", "there is an unknown field: the fields are exactly secret_token, external_customer_id, name, email, lang")
	}
	return fields, nil
}

// writeJSON ignores the error of the write: the caller is gone, and there is
// nobody left to tell.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
