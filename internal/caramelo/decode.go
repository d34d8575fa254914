package caramelo

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"
	"time"
	"unicode/utf8"
)

// maxBody is the size, in bytes, that a successful answer must stay under.
const maxBody = 64 << 10

// errMalformed says that the answer is not the documented one.
var errMalformed = errors.New("malformed answer")

// decode reads one JSON document and returns its real_time_access_token. What
// else the answer holds is ignored, and no part of it gets into an error.
func decode(r io.Reader, answer *Answer) (Secret, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxBody))
	answer.Size = len(body)
	switch {
	case err != nil:
		return Secret{}, err // the network's or the context's
	case len(body) == maxBody:
		return Secret{}, fmt.Errorf("%w: %d bytes or more", errMalformed, maxBody)
	case !utf8.Valid(body):
		return Secret{}, fmt.Errorf("%w: not UTF-8", errMalformed)
	}
	// A map, because struct fields would match other spellings of the key too.
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return Secret{}, fmt.Errorf("%w: not one JSON object", errMalformed)
	}
	for _, key := range []string{"real_time_access_token", "customer_id", "chat", "chatbot"} {
		if _, there := fields[key]; there {
			answer.Keys = append(answer.Keys, key)
		}
	}
	var token string
	if err := json.Unmarshal(fields["real_time_access_token"], &token); err != nil || strings.TrimSpace(token) == "" {
		return Secret{}, fmt.Errorf("%w: no real_time_access_token", errMalformed)
	}
	answer.Expires = expiry(token)
	return NewSecret(token), nil
}

// expiry is a JWT's exp (RFC 7519, section 4.1.4), and zero where there is none.
func expiry(token string) time.Time {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return time.Time{}
	}
	var known struct{ Exp float64 }
	if json.Unmarshal(claims, &known) != nil || known.Exp <= 0 || known.Exp > 1<<37 { // in the year 6325
		return time.Time{}
	}
	return time.Unix(int64(known.Exp), 0)
}

// mediaType is that of a Content-Type if it is a well-known one: a header may
// echo the secret, too.
func mediaType(header string) string {
	name, _, _ := mime.ParseMediaType(header)
	switch name {
	case "application/json", "application/problem+json", "application/xml", "text/html", "text/plain":
		return name
	}
	if header == "" {
		return ""
	}
	return "other"
}
