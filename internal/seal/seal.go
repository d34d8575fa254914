// Package seal encrypts small secrets that are stored in the database, so that nobody can
// read them in a copy of the database without the key. It does not know what they are for.
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

// prefix marks sealed texts. A later format must have another one.
const prefix = "v1:"

// ErrSealed says that a text was not sealed with this key for this owner, or was changed
// afterwards.
var ErrSealed = errors.New("cannot be opened with this key")

// Sealer seals with one key. The zero Sealer has no key: it leaves texts as they are, and
// cannot open sealed ones.
type Sealer struct {
	aead cipher.AEAD
}

// New returns a Sealer that uses AES-256-GCM. The key must have at least MinKey bytes.
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
	return Sealer{aead: aead}, err
}

// Seal encrypts text for owner. It can be opened only for the same owner.
func (s Sealer) Seal(text, owner string) string {
	if s.aead == nil {
		return text
	}
	// #nosec G407 -- this AEAD takes no nonce and makes a random one each time
	encrypted := s.aead.Seal(nil, nil, []byte(text), []byte(owner))
	return prefix + base64.RawStdEncoding.EncodeToString(encrypted)
}

// Open returns the text that was sealed for owner. It returns a text that is not sealed
// unchanged.
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
