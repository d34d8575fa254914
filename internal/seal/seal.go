// Package seal encrypts small secrets that the database keeps, so that a copy of
// the database alone gives none of them away. It knows nothing of what they are.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// MinKey is the length of the shortest key, in bytes.
const MinKey = 32

// prefix marks what was sealed; what comes later gets another one.
const prefix = "v1:"

// ErrSealed says that a text was not sealed with this key for this owner, or was
// changed since.
var ErrSealed = errors.New("cannot be opened with this key")

// Sealer seals with one key. The zero Sealer has none: it leaves texts as they
// are, and cannot open what was sealed.
type Sealer struct {
	aead cipher.AEAD
}

// New returns a Sealer with AES-256-GCM. A key has at least MinKey bytes.
func New(key string) (Sealer, error) {
	if len(key) < MinKey {
		return Sealer{}, fmt.Errorf("must have at least %d characters", MinKey)
	}
	derived, err := hkdf.Key(sha256.New, []byte(key), nil, "caramelo intranet seal v1", 32)
	if err != nil {
		return Sealer{}, fmt.Errorf("derive a key: %w", err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return Sealer{}, fmt.Errorf("use a key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return Sealer{aead}, err
}

// Seal encrypts text for owner: it opens for nobody else.
func (s Sealer) Seal(text, owner string) string {
	if s.aead == nil {
		return text
	}
	return prefix + base64.RawStdEncoding.EncodeToString(s.aead.Seal(nil, nil, []byte(text), []byte(owner))) // #nosec G407 -- this AEAD takes none and makes a random one each time
}

// Open returns what was sealed for owner, and a text that never was as it is.
func (s Sealer) Open(sealed, owner string) (string, error) {
	rest, isSealed := strings.CutPrefix(sealed, prefix)
	if !isSealed {
		return sealed, nil
	}
	raw, err := base64.RawStdEncoding.DecodeString(rest)
	if err != nil || s.aead == nil {
		return "", ErrSealed
	}
	text, err := s.aead.Open(nil, nil, raw, []byte(owner))
	if err != nil {
		return "", ErrSealed
	}
	return string(text), nil
}
