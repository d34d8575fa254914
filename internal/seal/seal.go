// Package seal encrypts small secrets that are stored in the database, and makes fingerprints
// of texts that are not stored, so that nobody can read or guess them in a copy of the
// database without the key. It does not know what they are for.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
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

// Sealer seals with one key. The zero Sealer has no key: it leaves texts as they are, cannot
// open sealed ones, and makes fingerprints that anybody can make.
type Sealer struct {
	aead cipher.AEAD
	mac  []byte // a key that is derived for fingerprints alone
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
	mac, err := hkdf.Key(sha256.New, []byte(key), nil, "caramelo intranet fingerprint v1", 32)
	if err != nil {
		return Sealer{}, fmt.Errorf("derive a key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return Sealer{aead: aead, mac: mac}, err
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

// Fingerprint is the same for the same text of the same owner, and for no other. Who does not
// have the key cannot find out by guessing what the text was.
func (s Sealer) Fingerprint(text, owner string) []byte {
	mac := hmac.New(sha256.New, s.mac)
	of := sha256.Sum256([]byte(owner))
	mac.Write(of[:]) // of one length, so that no owner ends where a text begins
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
