// Package forms looks after what people send: each form counts once, for the person it was
// made for, and what was typed is not lost when a session ends. It knows neither pages nor
// routes.
package forms

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"github.com/carameloai/intranet/internal/store"
)

// KeyField is the hidden field with the key of a form.
const KeyField = "form_key"

// Key is what makes a form one of its kind: a random text, whose form it is ("" for nobody
// signed in), and a proof that it was made for a session of theirs. Whoever has it can read
// the kept answer to its form, so it stands in the form alone.
type Key struct {
	text   string // the whole of it
	Person string // ID; "" for a form that was made for nobody
}

// NewKey returns the key of a form that is made for the session of ctx.
func NewKey(ctx context.Context) string {
	session, person := store.SessionOf(ctx), ""
	if session.Person != nil {
		person = session.Person.ID
	}
	signed := rand.Text() + "." + person
	return signed + "." + signature(session.TokenHash(), signed)
}

// signature proves that a text was made for the session with that hash of its token.
func signature(tokenHash []byte, text string) string {
	mac := hmac.New(sha256.New, tokenHash)
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// ParseKey reads the key of a posted form. It is false for a form without one of ours, as
// scripts send it: that counts as often as it is sent.
func ParseKey(posted url.Values) (key Key, ok bool) {
	text := posted.Get(KeyField)
	parts := strings.Split(text, ".")
	if len(text) > 150 || len(parts) != 3 || len(parts[0]) < 26 || parts[1] != "" && !store.ValidID(parts[1]) {
		return Key{}, false
	}
	return Key{text: text, Person: parts[1]}, true
}

// madeFor reports whether the key was made for the session with that hash of its token.
func (k Key) madeFor(tokenHash []byte) bool {
	signed, proof := k.text[:strings.LastIndexByte(k.text, '.')], k.text[strings.LastIndexByte(k.text, '.')+1:]
	return hmac.Equal([]byte(signature(tokenHash, signed)), []byte(proof))
}

// content is a fingerprint of what was sent. Only who knows the key can compare it with
// something, so that no password can be guessed from it.
func (k Key) content(path string, posted url.Values) []byte {
	mac := hmac.New(sha256.New, []byte(k.text))
	fields := url.Values{}
	for name, values := range posted {
		if name != KeyField && name != DoubtField {
			fields[name] = slices.Clone(values)
		}
	}
	mac.Write([]byte(path + "?" + fields.Encode()))
	return mac.Sum(nil)
}

type postedKey struct{}

// posted is the form that a request has sent.
type posted struct{ path, key string }

// WithPosted returns a context that knows which form the request has sent. A form that is
// shown again keeps its key, so that going back to an earlier page of it does not make
// another one of it.
func WithPosted(ctx context.Context, path string, k Key) context.Context {
	return context.WithValue(ctx, postedKey{}, posted{path, k.text})
}

// KeyFor returns the key for a form that is posted to a path.
func KeyFor(ctx context.Context, path string) string {
	if p, ok := ctx.Value(postedKey{}).(posted); ok && p.path == path {
		return p.key
	}
	return NewKey(ctx)
}
