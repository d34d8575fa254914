package search

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letter is a letter or a digit of a text, folded, and where it stands.
type letter struct {
	rune
	gap   gap // before it
	start int // bytes of the text
	end   int
}

// gap is what stands between two letters.
type gap int

const (
	none gap = iota
	punctuation
	blank
)

// lettersOf are the letters and digits of a text.
func lettersOf(text string) []letter {
	all := make([]letter, 0, len(text))
	between := blank
	for at, r := range text {
		if unicode.IsPunct(r) {
			between = max(between, punctuation)
			continue
		}
		end := at + utf8.RuneLen(r)
		if r == utf8.RuneError {
			end = at + 1
		}
		folded := fold(r)
		if folded == "" && len(all) > 0 && between == none {
			all[len(all)-1].end = end // an accent, or a soft hyphen
		}
		for _, f := range folded {
			if !unicode.IsLetter(f) && !unicode.IsDigit(f) && !unicode.IsMark(f) {
				between = max(between, punctuation)
				if unicode.IsSpace(f) {
					between = blank
				}
				continue
			}
			all = append(all, letter{f, between, at, end})
			between = none
		}
	}
	return all
}

// strokes are letters that have no accent but a stroke, or are two in one.
var strokes = map[rune]string{
	'đ': "d", 'ð': "d", 'ø': "o", 'ł': "l", 'ħ': "h", 'ŧ': "t", 'ŋ': "n", 'ı': "i", 'ȷ': "j", 'ς': "σ", 'ɓ': "b",
	'ɗ': "d", 'ƙ': "k", 'ƴ': "y", 'ɖ': "d", 'ʼ': "'", 'ʻ': "'", 'ß': "ss", 'œ': "oe", 'æ': "ae", 'þ': "th",
	'ٱ': "ا", 'ى': "ي", 'ی': "ي", 'ک': "ك", 'ة': "ه", 'ھ': "ه", 'ہ': "ه", 'ە': "ه",
}

// zeros are the zeros of other scripts, behind each of which are its digits up to nine.
const zeros = "٠۰०০੦૦୦௦౦೦൦๐໐၀០"

// digit is a digit of another script as ours, and any other character itself.
func digit(r rune) rune {
	for _, zero := range zeros {
		if r >= zero && r < zero+10 {
			return '0' + r - zero
		}
	}
	return r
}

// unseen are the characters that do not count: accents, and what nobody sees.
var unseen = &unicode.RangeTable{R16: []unicode.Range16{
	{0x00ad, 0x00ad, 1}, {0x0300, 0x036f, 1}, {0x0591, 0x05bd, 1}, {0x05bf, 0x05bf, 1}, {0x05c1, 0x05c2, 1},
	{0x05c4, 0x05c5, 1}, {0x05c7, 0x05c7, 1}, {0x061c, 0x061c, 1}, {0x0640, 0x0640, 1}, {0x064b, 0x065f, 1},
	{0x0670, 0x0670, 1}, {0x180e, 0x180e, 1}, {0x200b, 0x200f, 1}, {0x202a, 0x202e, 1}, {0x2060, 0x206f, 1},
	{0xfe00, 0xfe0f, 1}, {0xfeff, 0xfeff, 1},
}}

// fold is a character as a search compares it: see fold in 00101_text.sql.
func fold(r rune) string {
	if all := latin(); int(r) < len(all) {
		return all[r]
	}
	return folded(r)
}

// latin has what the letters of most languages in Latin script are folded to.
var latin = sync.OnceValue(func() *[0x250]string {
	var all [0x250]string
	for r := range all {
		all[r] = folded(rune(r))
	}
	return &all
})

func folded(r rune) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(string(r)) {
		if unicode.Is(unseen, r) {
			continue
		}
		r = unicode.ToLower(r)
		if plain, ok := strokes[r]; ok {
			b.WriteString(plain)
		} else {
			b.WriteRune(digit(r))
		}
	}
	return b.String()
}

// han reports whether a letter is Chinese or Japanese, where one can be a word.
func han(r rune) bool { return r >= 0x3005 && r <= 0x9fff || r >= 0x20000 }

// unspaced reports whether a letter is of a script that puts no blanks between words, or not
// between all: see spaced in 00101_text.sql. Korean is in parts of syllables here.
func unspaced(r rune) bool {
	return han(r) || r >= 0x0e01 && r <= 0x0eff || r >= 0x1000 && r <= 0x109f ||
		r >= 0x1100 && r <= 0x11ff || r >= 0x1780 && r <= 0x17ff
}
