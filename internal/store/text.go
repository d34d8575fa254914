package store

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible reports whether s is at most limit characters that can be seen.
func visible(s string, limit int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit && s == strings.TrimSpace(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// prose reports whether s is at most limit characters on any number of lines.
func prose(s string, limit int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
}

// LooksLikeEmail reports whether s is an address such as ana@example.com.
func LooksLikeEmail(s string) bool {
	address, err := mail.ParseAddress(s)
	return err == nil && address.Address == s && len(s) <= 254 && visible(s, 254)
}
