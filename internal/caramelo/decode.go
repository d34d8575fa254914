package caramelo

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxBody is the size, in bytes, that a successful answer must stay under.
const maxBody = 64 << 10

// errMalformed says that the answer is not the documented one.
var errMalformed = errors.New("malformed answer")

// decode reads one JSON document and returns its real_time_access_token. Other
// keys are ignored, and no part of the answer gets into an error.
func decode(r io.Reader, codings string, answer *Answer) (Secret, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxBody))
	if err == nil {
		body, err = unpack(body, codings)
	}
	answer.Size = len(body)
	switch {
	case err != nil:
		return Secret{}, err // of the network or the context
	case len(body) == maxBody:
		return Secret{}, fmt.Errorf("%w: %d bytes or more", errMalformed, maxBody)
	case !utf8.Valid(body):
		return Secret{}, fmt.Errorf("%w: not UTF-8", errMalformed)
	}
	body = bytes.TrimLeft(body, "\ufeff") // byte order marks are no part of JSON
	// A map matches keys exactly; a struct would accept them in other cases too.
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return Secret{}, fmt.Errorf("%w: not one JSON object", errMalformed)
	}
	for _, key := range []string{"real_time_access_token", "customer_id", "chat", "chatbot"} {
		if _, present := fields[key]; present {
			answer.Keys = append(answer.Keys, key)
		}
	}
	var token string
	if json.Unmarshal(fields["real_time_access_token"], &token) != nil || trimBlanks(token) == "" {
		return Secret{}, fmt.Errorf("%w: no real_time_access_token", errMalformed)
	}
	token = trimBlanks(token)
	answer.Expires = expiry(token)
	return NewSecret(token), nil
}

// trimBlanks takes away what cannot be seen around a token, such as the line's end that it
// was read with.
func trimBlanks(token string) string {
	return strings.TrimFunc(token, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
}

// expiry is the exp claim of a JWT (RFC 7519, section 4.1.4). It is zero if token
// is no JWT or has no such claim.
func expiry(token string) time.Time {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return time.Time{}
	}
	const latest = 1 << 37 // in the year 6325; a greater number may not fit into an int64
	var claims struct{ Exp float64 }
	if json.Unmarshal(payload, &claims) != nil || claims.Exp <= 0 || claims.Exp > latest {
		return time.Time{}
	}
	return time.Unix(int64(claims.Exp), 0)
}

// mediaType is the media type of a Content-Type if it is a well-known one. Others
// are not shown, because a header may repeat the secret too.
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
