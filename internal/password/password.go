// Package password hashes and checks passwords with argon2id, and holds the
// rules for a new one. It knows nothing of people or HTTP.
package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Parameters of new hashes: OWASP's recommendation for argon2id (19 MiB, two
// passes, one lane). Hashes carry their own, so these may grow.
const (
	memory  = 19 << 10 // KiB
	passes  = 2
	lanes   = 1
	saltLen = 16
	keyLen  = 32
)

// The length of a new password in code points (NIST SP 800-63B-4 for a password
// that is the only factor), and of any attempt in bytes.
const (
	MinLength = 15
	MaxLength = 256
	MaxBytes  = 4 * MaxLength
)

var (
	// ErrMismatch says that the password is not the one that was hashed.
	ErrMismatch = errors.New("wrong password")
	// ErrTooShort and ErrTooLong say what is wrong with a new password.
	ErrTooShort = fmt.Errorf("must have at least %d characters", MinLength)
	ErrTooLong  = fmt.Errorf("must have at most %d characters", MaxLength)
	// ErrNotText says that it is not valid UTF-8.
	ErrNotText = errors.New("must be text in UTF-8")
	errHash    = errors.New("not an argon2id hash of ours")
)

// Acceptable checks a new password. Any characters are allowed and none is
// required: length is what counts.
func Acceptable(password string) error {
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return ErrNotText
	case n < MinLength:
		return ErrTooShort
	case n > MaxLength:
		return ErrTooLong
	}
	return nil
}

// Hasher bounds how many hashes are computed at once: each takes 19 MiB, and
// 200 sign-ins in the same second would take gigabytes.
type Hasher struct {
	slots chan struct{}
	dummy string
}

// NewHasher returns a Hasher that computes as many hashes at once as there are
// processors.
func NewHasher() (*Hasher, error) {
	h := &Hasher{slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
	dummy, err := h.Hash(context.Background(), rand.Text())
	h.dummy = dummy
	return h, err
}

// Hash returns the hash of password in PHC form. It waits for its turn until
// ctx ends.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	salt := make([]byte, saltLen)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	key := argon2.IDKey([]byte(password), salt, passes, memory, lanes, keyLen)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), nil
}

// Verify returns nil if hash is that of password, ErrMismatch if it is not. An
// empty hash, for a person who does not exist or has no password, is ErrMismatch
// after the same work, so that the time tells nothing.
func (h *Hasher) Verify(ctx context.Context, hash, password string) error {
	if err := h.enter(ctx); err != nil {
		return err
	}
	defer h.leave()
	known := hash != ""
	if !known {
		hash = h.dummy
	}
	parsed, err := parse(hash)
	if err != nil {
		return err
	}
	key := argon2.IDKey([]byte(password), parsed.salt, parsed.passes, parsed.memory, parsed.lanes, uint32(len(parsed.key))) // #nosec G115 -- Hash makes keys of keyLen bytes
	if subtle.ConstantTimeCompare(key, parsed.key) != 1 || !known {
		return ErrMismatch
	}
	return nil
}

func (h *Hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a turn to hash: %w", ctx.Err())
	}
}

func (h *Hasher) leave() { <-h.slots }

type phc struct {
	memory, passes uint32
	lanes          uint8
	salt, key      []byte
}

func parse(hash string) (p phc, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.lanes); err != nil || p.memory > 1<<20 || p.passes == 0 || p.passes > 64 || p.lanes == 0 {
		return p, errHash
	}
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil || len(p.salt) < 8 {
		return p, errHash
	}
	if p.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(p.key) < 16 {
		return p, errHash
	}
	return p, nil
}
