// Package password hashes and verifies passwords with argon2id, and holds the rules for
// new ones. It knows nothing of people or HTTP.
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

// Parameters of new hashes, as OWASP recommends for argon2id: 19 MiB, two passes, one
// lane. Each hash contains its parameters, so these can be raised later.
const (
	memory  = 19 << 10 // KiB
	passes  = 2
	lanes   = 1
	saltLen = 16
	keyLen  = 32
)

// Limits for the parameters of a stored hash, so that a hash that an attacker has put into
// the database cannot use up memory and processors.
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

// Hasher limits how many hashes are computed at the same time: each needs 19 MiB, and 200
// sign-ins in the same second would need gigabytes.
type Hasher struct {
	slots chan struct{} // semaphore
	dummy string        // hash of a password that nobody knows
}

// NewHasher returns a Hasher that computes as many hashes at the same time as there are
// processors.
func NewHasher() (*Hasher, error) {
	h := &Hasher{slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
	dummy, err := h.Hash(context.Background(), rand.Text())
	h.dummy = dummy
	return h, err
}

// Hash returns the hash of password in the PHC string format. It waits for a free slot
// until ctx ends.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.acquire(ctx); err != nil {
		return "", err
	}
	defer h.release()
	p := phc{memory: memory, passes: passes, lanes: lanes, salt: make([]byte, saltLen)}
	_, _ = rand.Read(p.salt) // never fails (crypto/rand)
	p.key = p.compute(password, keyLen)
	return p.String(), nil
}

// Verify returns nil if hash is the hash of password, and ErrMismatch if it is not. An
// empty hash stands for a person who does not exist or has no password: it leads to
// ErrMismatch after the same work, so that the duration does not tell the difference.
func (h *Hasher) Verify(ctx context.Context, hash, password string) error {
	if err := h.acquire(ctx); err != nil {
		return err
	}
	defer h.release()
	known := hash != ""
	if !known {
		hash = h.dummy
	}
	parsed, err := parse(hash)
	if err != nil {
		return err
	}
	key := parsed.compute(password, uint32(len(parsed.key))) // #nosec G115 -- parse limits it
	if subtle.ConstantTimeCompare(key, parsed.key) != 1 || !known {
		return ErrMismatch
	}
	return nil
}

// NeedsRehash reports whether hash was made with weaker parameters than a new one, or is
// not a hash of this package. Then, after Verify has accepted the password at a sign-in,
// store a new Hash of it. It is false for an empty hash.
func NeedsRehash(hash string) bool {
	if hash == "" {
		return false
	}
	p, err := parse(hash)
	return err != nil ||
		p.memory < memory || p.passes < passes || p.lanes < lanes ||
		len(p.salt) < saltLen || len(p.key) < keyLen
}

// acquire waits for a free slot.
func (h *Hasher) acquire(ctx context.Context) error {
	if ctx.Err() == nil { // select may choose a free slot although ctx has ended
		select {
		case h.slots <- struct{}{}:
			return nil
		case <-ctx.Done():
		}
	}
	return fmt.Errorf("wait for a turn to hash: %w", ctx.Err())
}

func (h *Hasher) release() { <-h.slots }

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
	salt := base64.RawStdEncoding.EncodeToString(p.salt)
	key := base64.RawStdEncoding.EncodeToString(p.key)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, p.memory, p.passes, p.lanes, salt, key)
}

// parse accepts only texts as String writes them, so that each hash has one form.
func parse(hash string) (p phc, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		return p, errHash
	}
	_, errParams := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.lanes)
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	key, errKey := base64.RawStdEncoding.DecodeString(parts[5])
	p.salt, p.key = salt, key
	if errors.Join(errParams, errSalt, errKey) != nil || p.String() != hash || !p.withinLimits() {
		return phc{}, errHash
	}
	return p, nil
}

func (p phc) withinLimits() bool {
	return between(p.memory, 8*uint32(p.lanes), maxMemory) &&
		between(p.passes, 1, maxPasses) &&
		between(p.lanes, 1, maxLanes) &&
		between(len(p.salt), 8, maxBytes) &&
		between(len(p.key), 16, maxBytes)
}

func between[T int | uint8 | uint32](n, lowest, highest T) bool { return n >= lowest && n <= highest }
