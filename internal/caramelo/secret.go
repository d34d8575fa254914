package caramelo

import (
	"log/slog"
	"strings"
)

// Secret holds a text that must not be shown: printed, logged or encoded in any
// way it reads "[secret]". The text sits behind a closure because fmt's %+v
// walks into the unexported fields of a surrounding struct and prints a plain
// string there without asking any method.
type Secret struct {
	reveal func() string
}

const masked = "[secret]"

// NewSecret wraps text.
func NewSecret(text string) Secret { return Secret{reveal: func() string { return text }} }

// Reveal returns the text, for the one place that sends it. The zero Secret is
// the empty text.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// Blank reports whether there is nothing but white space in it.
func (s Secret) Blank() bool { return strings.TrimSpace(s.Reveal()) == "" }

// String implements fmt.Stringer.
func (s Secret) String() string { return masked }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalText implements encoding.TextMarshaler, for JSON and its kin.
func (s Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }
