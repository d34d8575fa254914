package caramelo

import (
	"log/slog"
	"strings"
)

// Secret holds a text that must not be shown: printed, logged or encoded in any
// way it reads "[secret]". The text is held by a closure because fmt's %+v prints
// a plain string in an unexported field without calling any of its methods.
type Secret struct {
	reveal func() string
}

const masked = "[secret]"

// NewSecret wraps text.
func NewSecret(text string) Secret { return Secret{reveal: func() string { return text }} }

// SecretFrom is a secret that may become another one: reveal returns the current text.
func SecretFrom(reveal func() string) Secret { return Secret{reveal: reveal} }

// Reveal returns the text. Call it only where the text is sent. The zero Secret
// holds the empty text.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// Blank reports whether the text is empty or only white space.
func (s Secret) Blank() bool { return strings.TrimSpace(s.Reveal()) == "" }

// String implements fmt.Stringer.
func (s Secret) String() string { return masked }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalText implements encoding.TextMarshaler, for JSON and other encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }
