package caramelo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxBody is the size, in bytes, that a successful answer must stay under.
const maxBody = 64 << 10

// errMalformed says that the answer is not the documented one.
var errMalformed = errors.New("malformed answer")

// decode reads one JSON document and returns its real_time_access_token. What
// else the answer holds is ignored, and no part of it gets into an error.
func decode(r io.Reader) (Secret, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxBody))
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
	var token string
	if err := json.Unmarshal(fields["real_time_access_token"], &token); err != nil || strings.TrimSpace(token) == "" {
		return Secret{}, fmt.Errorf("%w: no real_time_access_token", errMalformed)
	}
	return NewSecret(token), nil
}
