package store

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Line is how a text of one line that somebody typed or pasted is stored. Letters are
// composed, and every run of spaces becomes a plain one. Characters that say only where a
// line may break, or in which direction it runs, are left out; so are joiners at the ends
// of words, where they join nothing.
func Line(typed string) string {
	line := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) || r == '\t' {
			return ' '
		}
		return r
	}, norm.NFC.String(Unmarked(typed)))
	words := strings.FieldsFunc(strings.TrimSpace(line), func(r rune) bool { return r == ' ' })
	for i, word := range words {
		words[i] = trimJoiners(word)
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

// asText are the two ways to keep a spreadsheet from reading a text as a number or as a
// formula: an apostrophe in front of it, and a formula of nothing but the text, ="…".
var asText = regexp.MustCompile(`(?s)^\s*(?:'([=+\-@|＝＋－＠0-9(].*)|="(.*)"\s*)$`)

// FromCell is the text in a cell of a spreadsheet, as the spreadsheet shows it.
func FromCell(cell string) string {
	switch m := asText.FindStringSubmatch(cell); {
	case m == nil:
		return cell
	case m[1] != "":
		return m[1]
	default:
		return strings.ReplaceAll(m[2], `""`, `"`)
	}
}

// backwards makes what follows run from right to left, letter by letter. Nobody needs it
// for a name, and with it one looks like another.
const backwards = '\u202E'

// Unmarked is a text without the characters that say only where a line may break, or in
// which direction it runs. They come along when a text is copied from a page, a letter or
// a phone's contacts.
func Unmarked(typed string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u00AD', r == '\u200B', r == '\u2060', r == '\uFEFF':
			return -1
		case unicode.Is(unicode.Bidi_Control, r) && r != backwards:
			return -1
		}
		return r
	}, typed)
}

// hidden are the characters that nobody sees, or that change how others look: controls,
// directions of writing, fillers. Unassigned ones are not among them, because there are
// new emoji every year.
var hidden = []*unicode.RangeTable{
	unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp,
	unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point,
}

// joining are the scripts in which a joiner between two letters changes how they look, or
// which word it is (Unicode, chapter 23.2).
var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Mandaic, unicode.Mongolian, unicode.Nko, unicode.Phags_Pa,
	unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil,
	unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Meetei_Mayek,
	unicode.Myanmar, unicode.Khmer, unicode.Tibetan, unicode.Lao, unicode.Thai, unicode.Javanese, unicode.Balinese,
}

const (
	zwnj, zwj = '\u200C', '\u200D' // zero width non-joiner and joiner
	blackFlag = '\U0001F3F4'       // letters as tags behind it make another flag of it, such as England's
	endOfTag  = '\U000E007F'
)

// joins reports whether the joiner at i is needed: between letters of a script that has
// joiners, or between emoji. A ZWJ also stands at the end of a word: it ends a Malayalam
// letter in its older spelling, and an abbreviation in Arabic script.
func joins(runes []rune, i int) bool {
	at := func(i int, which ...*unicode.RangeTable) bool {
		return i >= 0 && i < len(runes) && unicode.In(runes[i], which...)
	}
	letter := func(i int) bool { return at(i, joining...) && at(i, unicode.L, unicode.M) }
	emoji := func(i int) bool { return at(i, unicode.S, unicode.Variation_Selector) }
	end := i+1 == len(runes) || at(i+1, unicode.Zs, unicode.P)
	return letter(i-1) && (letter(i+1) || end && runes[i] == zwj) || runes[i] == zwj && emoji(i-1) && emoji(i+1)
}

// trimJoiners takes the joiners at both ends off a word, but for one that belongs there.
func trimJoiners(word string) string {
	runes := []rune(word)
	for len(runes) > 0 && (runes[0] == zwj || runes[0] == zwnj) {
		runes = runes[1:]
	}
	for last := len(runes) - 1; last >= 0 && (runes[last] == zwj || runes[last] == zwnj); last-- {
		if joins(runes, last) {
			break
		}
		runes = runes[:last]
	}
	return string(runes)
}

// flagTag reports whether the character at i belongs to a flag that tags make: three to
// six letters or digits after a black flag, and an end.
func flagTag(runes []rune, i int) bool {
	tag := func(r rune) bool { return r >= 0xE0030 && r <= 0xE0039 || r >= 0xE0061 && r <= 0xE007A }
	first, last := i, i
	for first > 0 && tag(runes[first-1]) {
		first--
	}
	for last < len(runes) && tag(runes[last]) {
		last++
	}
	return first > 0 && runes[first-1] == blackFlag && last < len(runes) && runes[last] == endOfTag &&
		last-first >= 3 && last-first <= 6
}

// Unfit is the first character that keeps a line from being stored, such as U+200D, and
// why: it is "hidden", it ends the line ("lines"), or it stands for a letter that was lost
// where the text was saved before ("broken"). Both are "" where every character fits.
func Unfit(s string) (why, character string) {
	runes := []rune(s)
	for i, r := range runes {
		switch {
		case r == utf8.RuneError:
			why = "broken"
		case strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r):
			why = "lines"
		case unicode.In(r, hidden...) && !(r == zwj || r == zwnj) || (r == zwj || r == zwnj) && !joins(runes, i):
			if !flagTag(runes, i) {
				why = "hidden"
			}
		}
		if why != "" {
			return why, fmt.Sprintf("U+%04X", r)
		}
	}
	return "", ""
}

// Visible reports whether s is a line of at most limit characters, without space around it
// or characters that do not fit. If it is not empty, at least one of them can be seen.
func Visible(s string, limit int) bool {
	if utf8.RuneCountInString(s) > limit || s != strings.TrimSpace(s) {
		return false
	}
	why, _ := Unfit(s)
	return why == "" && (s == "" || strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.In(r, unicode.Zs, unicode.M, unicode.Cf) && r != '\u2800' // a Braille cell without dots
	}))
}

// MaxWritten is how many characters a text that is written in a form may have.
const MaxWritten = 20000

// ValidProse reports whether s is at most limit characters on any number of lines.
func ValidProse(s string, limit int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit && UnfitProse(s) == ""
}

// UnfitProse is the first character that keeps a text of many lines from being stored, such
// as U+0008; "" where every one fits.
func UnfitProse(s string) (character string) {
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return fmt.Sprintf("U+%04X", r)
		}
	}
	return ""
}

// Skills reads skills however they were separated: by commas, semicolons or
// lines. Each is there once, behind it a comma and a space.
func Skills(typed string) string {
	var all []string
	for skill := range strings.FieldsFuncSeq(typed, func(r rune) bool { return strings.ContainsRune(",;\n\r", r) }) {
		skill = Line(skill)
		if skill != "" && !slices.ContainsFunc(all, func(s string) bool { return strings.EqualFold(s, skill) }) {
			all = append(all, skill)
		}
	}
	return strings.Join(all, ", ")
}
