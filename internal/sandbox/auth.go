package sandbox

import (
	"bytes"
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

// authRequest is the body of intranet-auth. It holds the secret: print it never.
type authRequest struct {
	secretToken, externalCustomerID, name, email, lang string
}

// authFields are the fields of the body, all of them required. The guide lists
// them without saying which may be left out; asking for all of them is the safe
// reading. The bounds, in code points, are the sandbox's own.
var authFields = []struct {
	name string
	max  int
	in   func(*authRequest) *string
}{
	{"secret_token", 512, func(r *authRequest) *string { return &r.secretToken }},
	{"external_customer_id", 255, func(r *authRequest) *string { return &r.externalCustomerID }},
	{"name", 200, func(r *authRequest) *string { return &r.name }},
	{"email", 320, func(r *authRequest) *string { return &r.email }},
	{"lang", 35, func(r *authRequest) *string { return &r.lang }},
}

type authResponse struct {
	Token      string  `json:"real_time_access_token"`
	CustomerID string  `json:"customer_id"`
	Chat       chat    `json:"chat"`
	Chatbot    chatbot `json:"chatbot"`
}

type chat struct {
	ID        string    `json:"id"`
	Status    string    `json:"status"`
	Lang      string    `json:"lang"`
	CreatedAt time.Time `json:"created_at"`
}

type chatbot struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Sandbox bool   `json:"sandbox"`
}

// intranetAuth is POST /api/chatbox/project/{project_id}/intranet-auth. Logs
// hold no path and no field: a caller who mixes things up may put the secret in
// either.
func (s *Sandbox) intranetAuth(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	answer, p := s.authenticate(w, r)
	if r.Context().Err() != nil {
		return // nobody is listening any more
	}
	status, code := http.StatusOK, "ok"
	if p != nil {
		status, code = p.status, p.Code
		writeProblem(w, p)
	} else {
		writeJSON(w, status, answer)
	}
	s.log.LogAttrs(r.Context(), slog.LevelInfo, "intranet-auth", slog.Int("status", status),
		slog.String("code", code), slog.String("customer", answer.CustomerID), slog.Duration("took", time.Since(start)))
}

func (s *Sandbox) authenticate(w http.ResponseWriter, r *http.Request) (authResponse, *problem) {
	// The body first: only once it is read does the server notice a caller who
	// goes away, and the wait must end then.
	body, readErr := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAuthBody))
	if !s.wait(r) {
		return authResponse{}, &problem{http.StatusServiceUnavailable, "unavailable", "the sandbox is closing"}
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return authResponse{}, &problem{http.StatusMethodNotAllowed, "method_not_allowed", "use POST"}
	}
	if !isJSON(r.Header.Get("Content-Type")) {
		return authResponse{}, &problem{http.StatusUnsupportedMediaType, "unsupported_media_type", "send Content-Type: application/json"}
	}
	if r.PathValue("project_id") != s.project {
		return authResponse{}, &problem{http.StatusNotFound, "project_not_found", "this sandbox serves another project: compare CARAMELO_PROJECT_ID on both sides"}
	}
	var tooLarge *http.MaxBytesError
	if errors.As(readErr, &tooLarge) {
		return authResponse{}, &problem{http.StatusRequestEntityTooLarge, "body_too_large", fmt.Sprintf("the body may have at most %d bytes", maxAuthBody)}
	}
	if readErr != nil {
		return authResponse{}, &problem{http.StatusBadRequest, "malformed_body", "the body ended early"}
	}
	req, p := decodeAuth(body, s.hasSecret)
	if p != nil {
		return authResponse{}, p
	}
	if !s.isSecret(req.secretToken) {
		return authResponse{}, &problem{http.StatusUnauthorized, "invalid_credentials", "secret_token is not the one of this project"}
	}
	return s.admit(req)
}

// admit opens the chat of a customer the intranet's server vouches for.
func (s *Sandbox) admit(req authRequest) (authResponse, *problem) {
	id := s.customerID(req.externalCustomerID)
	token, err := s.tokens.issue(id, req.name, req.lang)
	if err != nil {
		s.log.Error("issue a token", "err", err)
		return authResponse{}, &problem{http.StatusInternalServerError, "internal", "no token could be made"}
	}
	created := s.chats.admit(id, req.email)
	return authResponse{
		Token:      token,
		CustomerID: id,
		Chat:       chat{ID: "ch_" + strings.TrimPrefix(id, "c_"), Status: "open", Lang: replyLang(req.lang), CreatedAt: created},
		Chatbot:    chatbot{ID: "cb_sandbox", Name: assistantName, Sandbox: true},
	}, nil
}

// wait lets the configured latency pass. It reports false if the sandbox was
// closed meanwhile; a caller who went away only ends it early.
func (s *Sandbox) wait(r *http.Request) bool {
	t := time.NewTimer(s.latency)
	defer t.Stop()
	select {
	case <-s.done:
		return false
	default:
	}
	select {
	case <-t.C:
	case <-r.Context().Done():
	case <-s.done:
		return false
	}
	return true
}

func isJSON(contentType string) bool {
	media, params, err := mime.ParseMediaType(contentType)
	charset, given := params["charset"]
	return err == nil && media == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}

// decodeAuth reads the body of intranet-auth. encoding/json alone is too kind
// for a strict vendor: it takes Secret_Token for secret_token and the last of
// two equal fields. hasSecret says whether a text must not be repeated.
func decodeAuth(body []byte, hasSecret func(string) bool) (authRequest, *problem) {
	var req authRequest
	bad := func(code, format string, args ...any) (authRequest, *problem) {
		return authRequest{}, &problem{http.StatusBadRequest, code, fmt.Sprintf(format, args...)}
	}
	if !utf8.Valid(body) {
		return bad("malformed_body", "the body is not valid UTF-8")
	}
	if !json.Valid(body) || !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return bad("malformed_body", "the body must be exactly one JSON object")
	}
	// The body is known to be one object, so Token cannot fail below.
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.Token()
	seen := make(map[string]bool, len(authFields))
	for dec.More() {
		key, _ := dec.Token()
		name, _ := key.(string)
		target := fieldOf(&req, name)
		if target == nil {
			return bad("unknown_field", "unknown field %s: the fields are %s", quotable(name, hasSecret), fieldNames())
		}
		if seen[name] {
			return bad("duplicate_field", "field %q is there twice", name)
		}
		seen[name] = true
		value, _ := dec.Token()
		text, ok := value.(string)
		if !ok {
			return bad("invalid_field", "field %q must be a string", name)
		}
		*target = text
	}
	for _, f := range authFields {
		value := *f.in(&req)
		switch {
		case !seen[f.name]:
			return bad("missing_field", "field %q is missing", f.name)
		case strings.TrimSpace(value) == "":
			return bad("missing_field", "field %q is blank", f.name)
		case utf8.RuneCountInString(value) > f.max:
			return bad("invalid_field", "field %q may have at most %d characters", f.name, f.max)
		case strings.ContainsRune(value, 0):
			return bad("invalid_field", "field %q holds a NUL", f.name)
		}
	}
	return req, nil
}

func fieldOf(req *authRequest, name string) *string {
	for _, f := range authFields {
		if f.name == name {
			return f.in(req)
		}
	}
	return nil
}

func fieldNames() string {
	names := make([]string, len(authFields))
	for i, f := range authFields {
		names[i] = f.name
	}
	return strings.Join(names, ", ")
}

// quotable is an unknown field's name, fit for an error message. Somebody who
// swaps a name and its value must not find the secret repeated.
func quotable(name string, hasSecret func(string) bool) string {
	if hasSecret(name) {
		return "(withheld: it holds the secret)"
	}
	if utf8.RuneCountInString(name) > 64 {
		name = string([]rune(name)[:64]) + "…"
	}
	return fmt.Sprintf("%q", name)
}

// secretChecks returns a check in constant time and one for texts that contain
// the secret.
func secretChecks(secret string) (isSecret, hasSecret func(string) bool) {
	want := sha256.Sum256([]byte(secret))
	isSecret = func(s string) bool {
		got := sha256.Sum256([]byte(s))
		return subtle.ConstantTimeCompare(got[:], want[:]) == 1
	}
	hasSecret = func(s string) bool { return strings.Contains(s, secret) }
	return isSecret, hasSecret
}
