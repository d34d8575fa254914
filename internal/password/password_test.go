package password

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func newHasher(t *testing.T) *Hasher {
	t.Helper()
	h, err := NewHasher()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHashAndVerify(t *testing.T) {
	t.Parallel()
	h := newHasher(t)
	const password = "correto cavalo ☕ bateria"
	hash, err := h.Hash(t.Context(), password)
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") ||
		strings.Contains(hash, password) {
		t.Fatalf("%q, %v", hash, err)
	}
	if again, _ := h.Hash(t.Context(), password); again == hash {
		t.Error("the same salt twice")
	}
	for attempt, want := range map[string]error{
		password:                  nil,
		password + " ":            ErrMismatch,
		strings.ToUpper(password): ErrMismatch,
		"":                        ErrMismatch,
	} {
		if err := h.Verify(t.Context(), hash, attempt); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", attempt, err, want)
		}
	}
	h.dummy = hash // even the password of the dummy must not be accepted
	if err := h.Verify(t.Context(), "", password); !errors.Is(err, ErrMismatch) {
		t.Errorf("no hash: %v", err)
	}
}

// Nobody who came later gets a turn before.
func TestTheFirstInLineIsTheFirstServed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &Hasher{slots: make(chan struct{}, 1)}
		if err := h.acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		served := make(chan int, 20)
		for n := range cap(served) {
			go func() {
				if h.acquire(t.Context()) == nil {
					served <- n
				}
			}()
			synctest.Wait() // number n waits
		}
		for n := range cap(served) {
			h.release()
			if got := <-served; got != n {
				t.Fatalf("number %d is served before number %d", got, n)
			}
		}
		h.release()
	})
}

// Each hash is wrong in exactly one way.
var brokenHashes = []string{
	"x",
	"$argon2id$v=19$m=19456,t=2,p=1$$",
	"$2a$10$abcdefghijklmnopqrstuv",
	"$argon2id$v=19$m=4294967295,t=2,p=1$c2FsdHNhbHQ$" + goodKey,
	"$argon2id$v=19$m=1048576,t=2,p=1$c2FsdHNhbHQ$" + goodKey, // a gigabyte
	"$argon2id$v=19$m=15,t=2,p=2$c2FsdHNhbHQ$" + goodKey,
	"$argon2id$v=19$m=19456,t=0,p=1$c2FsdHNhbHQ$" + goodKey,
	"$argon2id$v=19$m=19456,t=99,p=1$c2FsdHNhbHQ$" + goodKey,
	"$argon2id$v=19$m=19456,t=2,p=0$c2FsdHNhbHQ$" + goodKey,
	"$argon2id$v=19$m=19456,t=2,p=17$c2FsdHNhbHQ$" + goodKey,
	"$argon2id$v=19$m=19456,t=2,p=1,x=1$c2FsdHNhbHQ$" + goodKey,
	"$argon2id$v=19$m=019456,t=2,p=1$c2FsdHNhbHQ$" + goodKey,
	"$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$" + goodKey,
	"$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbA$" + goodKey,
	"$argon2id$v=19$m=19456,t=2,p=1$" + strings.Repeat("c2Fs", 1000) + "$" + goodKey,
	"$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5",
	"$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$" + strings.Repeat("a2V5", 1000),
}

const goodKey = "a2V5a2V5a2V5a2V5a2V5a2V5"

func TestABrokenHashIsAnErrorAndNoMatch(t *testing.T) {
	t.Parallel()
	h := newHasher(t)
	if _, err := parse("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$" + goodKey); err != nil {
		t.Fatalf("all of them are broken in another way, too: %v", err)
	}
	for _, hash := range brokenHashes {
		if _, err := parse(hash); err == nil { // Verify could use up the memory
			t.Errorf("%q is taken", hash)
			continue
		}
		if err := h.Verify(t.Context(), hash, "anything at all"); err == nil || errors.Is(err, ErrMismatch) {
			t.Errorf("%q: %v", hash, err)
		}
	}
}

func TestWaitingForATurnEndsWithTheRequest(t *testing.T) {
	t.Parallel()
	h := newHasher(t)
	if cap(h.slots) != runtime.GOMAXPROCS(0) {
		t.Fatalf("%d at once", cap(h.slots))
	}
	for range cap(h.slots) {
		h.slots <- struct{}{}
	}
	late, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := h.Verify(late, "", "x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one more than there is room for: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := h.Verify(ctx, "", "x"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestAHashOfLessIsMadeAgainAtTheNextSignIn(t *testing.T) {
	t.Parallel()
	h := newHasher(t)
	current, err := h.Hash(t.Context(), "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	made := func(memory, passes uint32, saltLen int, keyLen uint32) string {
		p := phc{memory: memory, passes: passes, lanes: 1, salt: make([]byte, saltLen)}
		p.key = p.compute("correct horse battery", keyLen)
		return p.String()
	}
	for hash, want := range map[string]bool{
		"":                              false,
		current:                         false,
		"$2a$10$abcdefghijklmnopqrstuv": true,

		made(memory, passes, saltLen, keyLen):         false,
		made(memory+1, passes+1, saltLen+1, keyLen+1): false,
		made(memory/2, passes, saltLen, keyLen):       true,
		made(memory, passes-1, saltLen, keyLen):       true,
		made(memory, passes, saltLen-1, keyLen):       true,
		made(memory, passes, saltLen, keyLen-1):       true,
	} {
		if NeedsRehash(hash) != want {
			t.Errorf("%q: %t", hash, !want)
		}
		err := h.Verify(t.Context(), hash, "correct horse battery")
		if strings.HasPrefix(hash, "$argon2id$") && err != nil {
			t.Errorf("%q still lets its owner in: %v", hash, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range append(brokenHashes, "", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$"+goodKey) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, hash string) {
		p, err := parse(hash)
		if err != nil {
			return
		}
		if p.String() != hash ||
			p.memory > maxMemory ||
			p.passes < 1 || p.passes > maxPasses ||
			p.lanes < 1 || p.lanes > maxLanes ||
			len(p.salt) > maxBytes ||
			len(p.key) < 16 || len(p.key) > maxBytes {
			t.Errorf("%q is taken: %+v", hash, p)
		}
	})
}
