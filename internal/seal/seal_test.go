package seal

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

const key = "a key of at least thirty-two bytes, for tests"

func sealer(t *testing.T, key string) Sealer {
	t.Helper()
	s, err := New(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatIsSealedOpensForItsOwnerWithItsKeyAlone(t *testing.T) {
	t.Parallel()
	s := sealer(t, key)
	sealed, again := s.Seal("SEED", "ana"), s.Seal("SEED", "ana")
	if strings.Contains(sealed, "SEED") || sealed == again {
		t.Errorf("%q and %q", sealed, again)
	}
	if text, err := s.Open(sealed, "ana"); text != "SEED" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	changed := sealed[:len(sealed)-2] + "xx"
	for name, open := range map[string]func() (string, error){
		"another owner": func() (string, error) { return s.Open(sealed, "bea") },
		"another key":   func() (string, error) { return sealer(t, key+".").Open(sealed, "ana") },
		"no key":        func() (string, error) { return Sealer{}.Open(sealed, "ana") },
		"changed":       func() (string, error) { return s.Open(changed, "ana") },
		"cut off":       func() (string, error) { return s.Open("v1:", "ana") },
		"no base64":     func() (string, error) { return s.Open("v1:\xff", "ana") },
	} {
		if text, err := open(); !errors.Is(err, ErrSealed) || text != "" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}

func TestWithoutAKeyTextsStayAsTheyAre(t *testing.T) {
	t.Parallel()
	if got := (Sealer{}).Seal("SEED", "ana"); got != "SEED" {
		t.Errorf("%q", got)
	}
	// A text that was stored before there was a key can still be read.
	if text, err := sealer(t, key).Open("SEED", "ana"); text != "SEED" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := New("short"); err == nil {
		t.Error("a short key is taken")
	}
}

func TestAFingerprintIsOfOneTextOneOwnerAndOneKey(t *testing.T) {
	t.Parallel()
	s := sealer(t, key)
	same := s.Fingerprint("text", "ana")
	if !bytes.Equal(same, sealer(t, key).Fingerprint("text", "ana")) {
		t.Error("the same text has another one")
	}
	for name, other := range map[string][]byte{
		"another text":     s.Fingerprint("texts", "ana"),
		"another owner":    s.Fingerprint("text", "bea"),
		"another place":    s.Fingerprint("atext", "an"),
		"another key":      sealer(t, key+".").Fingerprint("text", "ana"),
		"no key":           Sealer{}.Fingerprint("text", "ana"),
		"the key of texts": Sealer{mac: []byte(key)}.Fingerprint("text", "ana"),
	} {
		if bytes.Equal(same, other) {
			t.Errorf("%s has the same one", name)
		}
	}
}
