package store

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line is how a text of one line that somebody typed or pasted is stored. Every kind of
// space becomes a plain one, and characters that only say where a line may break are left
// out.
func Line(typed string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Zs, r):
			return ' '
		case r == '\u00AD' || r == '\u200B' || r == '\u2060' || r == '\uFEFF':
			return -1
		}
		return r
	}, typed))
}

// hidden are the characters that nobody sees, or that change how others look: controls,
// directions of writing, fillers. Unassigned ones are not among them, because there are
// new emoji every year.
var hidden = []*unicode.RangeTable{
	unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp,
	unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point,
}

// Visible reports whether s is a line of at most limit characters, without space around it
// or hidden characters in it. If it is not empty, at least one of them can be seen.
func Visible(s string, limit int) bool {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > limit || s != strings.TrimSpace(s) {
		return false
	}
	runes, seen := []rune(s), s == ""
	emoji := func(i int) bool {
		return i >= 0 && i < len(runes) && unicode.In(runes[i], unicode.S, unicode.Variation_Selector)
	}
	for i, r := range runes {
		joiner := r == '\u200D' && emoji(i-1) && emoji(i+1)
		if unicode.In(r, hidden...) && !joiner {
			return false
		}
		seen = seen || !unicode.In(r, unicode.Zs, unicode.M) && r != '\u2800' // a Braille cell without dots
	}
	return seen
}

// MaxWritten is how many characters a text that is written in a form may have.
const MaxWritten = 20000

// ValidProse reports whether s is at most limit characters on any number of lines.
func ValidProse(s string, limit int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
}

// LooksLikeEmail reports whether s is an address such as ana@example.com.
func LooksLikeEmail(s string) bool {
	address, err := mail.ParseAddress(s)
	return err == nil && address.Address == s && len(s) <= 254 && Visible(s, 254)
}

// Skills reads skills however they were separated: by commas, semicolons or
// lines. Each is there once, behind it a comma and a space.
func Skills(typed string) string {
	var all []string
	for skill := range strings.FieldsFuncSeq(typed, func(r rune) bool { return strings.ContainsRune(",;\n\r", r) }) {
		skill = strings.Join(strings.Fields(Line(skill)), " ")
		if skill != "" && !slices.ContainsFunc(all, func(s string) bool { return strings.EqualFold(s, skill) }) {
			all = append(all, skill)
		}
	}
	return strings.Join(all, ", ")
}
