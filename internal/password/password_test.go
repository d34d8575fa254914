package password

import (
	"context"
	"errors"
	"strings"
	"testing"
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
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(hash, password) {
		t.Fatalf("%q, %v", hash, err)
	}
	if again, _ := h.Hash(t.Context(), password); again == hash {
		t.Error("the same salt twice")
	}
	for attempt, want := range map[string]error{password: nil, password + " ": ErrMismatch, strings.ToUpper(password): ErrMismatch, "": ErrMismatch} {
		if err := h.Verify(t.Context(), hash, attempt); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", attempt, err, want)
		}
	}
	if err := h.Verify(t.Context(), "", password); !errors.Is(err, ErrMismatch) {
		t.Errorf("no hash: %v", err)
	}
}

func TestABrokenHashIsAnErrorAndNoMatch(t *testing.T) {
	t.Parallel()
	h := newHasher(t)
	for _, hash := range []string{"x", "$argon2id$v=19$m=19456,t=2,p=1$$", "$argon2id$v=19$m=4294967295,t=2,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5", "$argon2id$v=19$m=19456,t=0,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5", "$2a$10$abcdefghijklmnopqrstuv"} {
		if err := h.Verify(t.Context(), hash, "anything at all"); err == nil || errors.Is(err, ErrMismatch) {
			t.Errorf("%q: %v", hash, err)
		}
	}
}

func TestWaitingForATurnEndsWithTheRequest(t *testing.T) {
	t.Parallel()
	h := newHasher(t)
	for range cap(h.slots) {
		h.slots <- struct{}{}
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

func TestAcceptable(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]error{
		strings.Repeat("a", 14):          ErrTooShort,
		strings.Repeat("a", 15):          nil,
		strings.Repeat("ã", 15):          nil,
		strings.Repeat("☕", 256):         nil,
		strings.Repeat("☕", 257):         ErrTooLong,
		strings.Repeat(" ", 15):          nil,
		"\xff" + strings.Repeat("a", 15): ErrNotText,
	} {
		if err := Acceptable(password); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", password, err, want)
		}
	}
}
