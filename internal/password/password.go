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

// The most that a stored hash may ask for, so that a hostile one in the database
// cannot take the memory and the processors.
const (
	maxMemory = 4 * memory
	maxPasses = 16
	maxLanes  = 16
	maxBytes  = 64 // of the salt, and of the key
)

var (
	// ErrMismatch says that the password is not the one that was hashed.
	ErrMismatch = errors.New("wrong password")
	errHash     = errors.New("not an argon2id hash of ours")
)

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
	p := phc{memory: memory, passes: passes, lanes: lanes, salt: make([]byte, saltLen)}
	_, _ = rand.Read(p.salt) // never fails (crypto/rand)
	p.key = p.compute(password, keyLen)
	return p.String(), nil
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
	key := parsed.compute(password, uint32(len(parsed.key))) // #nosec G115 -- parse bounds it
	if subtle.ConstantTimeCompare(key, parsed.key) != 1 || !known {
		return ErrMismatch
	}
	return nil
}

// NeedsRehash says whether hash was made with less work or fewer bytes than a
// new one, or is not one of ours: at the next sign-in, once Verify has taken the
// password, Hash makes a new one of it. No hash needs no other.
func NeedsRehash(hash string) bool {
	if hash == "" {
		return false
	}
	p, err := parse(hash)
	return err != nil || p.memory < memory || p.passes < passes || p.lanes < lanes || len(p.salt) < saltLen || len(p.key) < keyLen
}

func (h *Hasher) enter(ctx context.Context) error {
	if ctx.Err() == nil { // with a free slot too, a select may take either
		select {
		case h.slots <- struct{}{}:
			return nil
		case <-ctx.Done():
		}
	}
	return fmt.Errorf("wait for a turn to hash: %w", ctx.Err())
}

func (h *Hasher) leave() { <-h.slots }

// phc is a hash in the PHC string format: $argon2id$v=19$m=…,t=…,p=…$salt$key.
type phc struct {
	memory, passes uint32
	lanes          uint8
	salt, key      []byte
}

func (p phc) compute(password string, length uint32) []byte {
	return argon2.IDKey([]byte(password), p.salt, p.passes, p.memory, p.lanes, length)
}

func (p phc) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.passes, p.lanes,
		base64.RawStdEncoding.EncodeToString(p.salt), base64.RawStdEncoding.EncodeToString(p.key))
}

// parse takes only what String writes: one hash has one form.
func parse(hash string) (p phc, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		return p, errHash
	}
	_, errParams := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.lanes)
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	key, errKey := base64.RawStdEncoding.DecodeString(parts[5])
	p.salt, p.key = salt, key
	if errors.Join(errParams, errSalt, errKey) != nil || p.String() != hash ||
		!between(p.memory, 8*uint32(p.lanes), maxMemory) || !between(p.passes, 1, maxPasses) || !between(p.lanes, 1, maxLanes) ||
		!between(len(salt), 8, maxBytes) || !between(len(key), 16, maxBytes) {
		return phc{}, errHash
	}
	return p, nil
}

func between[T int | uint8 | uint32](n, lowest, highest T) bool { return n >= lowest && n <= highest }
