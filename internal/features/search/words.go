package search

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/carameloai/intranet/internal/store"
)

// What is found is decided by Postgres: see 00101_text.sql. Here texts are folded and cut
// in the same way once more, for the eye: so that what was found can be marked.

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

// part is a part of what was typed: what no blank separates, or a number with the blanks
// in it.
type part struct {
	letters []letter
	words   []part // where it has several
	dialled bool   // a number that may also be the end of one
	short   []letter
}

// cuts are the parts of what was typed.
var cuts = func() *regexp.Regexp {
	cuts := regexp.MustCompile(`[(+]*[0-9][0-9 ().,/+\x{2010}-\x{2015}\x{2212}-]*[0-9]|\S+`)
	cuts.Longest()
	return cuts
}()

// scheme is what a text may leave out of an address.
var scheme = regexp.MustCompile(
	`(?i)^(?:(?:https?|s?ftp|smb|file):/*(?:www\.)?|www\.|(?:mailto|tel|sms|callto|sips?):)([\pL\pN+(])`)

// partsOf are the parts of what was typed that are searched for.
func partsOf(query string) (parts []part) {
	query = strings.Map(digit, norm.NFKC.String(store.Plain(query)))
	for _, text := range cuts.FindAllString(query, -1) {
		text = scheme.ReplaceAllString(text, "$1")
		letters := lettersOf(text)
		if len(letters) == 0 {
			continue
		}
		p := part{letters: letters}
		if p.number() && len(letters) >= shortestNumber {
			p.dialled = dialled(text)
			if p.dialled {
				p.short = letters[len(letters)-len(national(text)):]
			}
		}
		for i, l := range letters {
			if i == 0 || l.gap != none || isDigit(l) != isDigit(letters[i-1]) || han(l.rune) {
				p.words = append(p.words, part{})
			}
			word := &p.words[len(p.words)-1]
			word.letters = append(word.letters, l)
		}
		parts = append(parts, p)
	}
	return parts[:min(len(parts), maxParts)]
}

// maxParts is how many parts are searched for. Those behind them are left out.
const maxParts = 8

func isDigit(l letter) bool { return unicode.IsDigit(l.rune) }

func (p part) number() bool {
	return !slices.ContainsFunc(p.letters, func(l letter) bool { return !isDigit(l) })
}

// shortestNumber is how many digits a number has that may be a phone, or the end of one.
const shortestNumber = 5

// exact is what a number looks like that is searched for as a whole, such as an amount or a
// date, unless it is a phone for sure.
var exact = regexp.MustCompile(`[.,/]|^[0-9]{1,2}[^0-9][0-9]{1,2}[^0-9][0-9]{2,4}$`)

var sure = regexp.MustCompile(`^\(?\+`)

// dialled is dialled in 00101_text.sql.
func dialled(number string) bool { return sure.MatchString(number) || !exact.MatchString(number) }

var (
	notDialled = regexp.MustCompile(`[^0-9+]`)
	withCode   = regexp.MustCompile(`^(?:\+|00|)(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]` +
		`|(?:2[1-689]|3[578]|42|5[09]|6[7-9]|8[035789]|9[679])[0-9])0?([1-9][0-9]{7,})$`)
	withZero = regexp.MustCompile(`^0([1-9][0-9]{7,})$`)
)

// national is a phone without the code of its country and the zero before an area, "" where it
// has neither: see national_number in 00101_text.sql.
func national(number string) string {
	number = notDialled.ReplaceAllString(number, "")
	rule := withZero
	zeros, n := len(number)-len(strings.TrimLeft(number, "0")), len(number)
	if strings.HasPrefix(number, "+") || zeros == 2 || zeros == 0 && (n == 12 || n == 13) {
		rule = withCode
	}
	if found := rule.FindStringSubmatch(number); found != nil {
		return found[1]
	}
	return ""
}

// in are the places of a text that have the part: in any punctuation or none, a word also
// with another ending, and a number also where it is the end of one.
func (p part) in(text []letter) (hits []span) {
	for i := range text {
		if from, to, ok := p.at(text, i); ok {
			hits = append(hits, span{text[from].start, text[to-1].end})
		}
	}
	if len(hits) == 0 && article(p.letters) && len(p.letters) > 4 {
		return part{letters: p.letters[2:]}.in(text)
	}
	if len(hits) == 0 && len(p.short) > 0 {
		return part{letters: p.short, dialled: true}.in(text)
	}
	return hits
}

// article reports whether a word begins with the Arabic article.
func article(word []letter) bool {
	return len(word) > 2 && word[0].rune == 'ا' && word[1].rune == 'ل'
}

// at reports whether a text has the part at a letter, and what is to be marked: all of
// the word.
func (p part) at(text []letter, i int) (from, to int, ok bool) {
	if text[i].rune != p.letters[0].rune {
		return 0, 0, false
	}
	from, to, run := i, i+p.same(text[i:]), i+1
	for run < len(text) && !apart(text, run) {
		run++
	}
	begins := apart(text, i)
	switch {
	case to < i+len(p.letters):
		return i, run, begins && p.ending(text[i:run], to-i)
	case begins:
	case i > 1 && apart(text, i-2) && article(text[i-2:]):
		from = i - 2
	case p.dialled && (to == len(text) || apart(text, to)):
		for !apart(text, from) {
			from--
		}
	default:
		return 0, 0, false
	}
	for to < len(text) && !apart(text, to) {
		to++
	}
	return from, to, true
}

// apart reports whether a word begins at a letter.
func apart(text []letter, i int) bool {
	return i == 0 || text[i].gap != none || isDigit(text[i]) != isDigit(text[i-1]) ||
		!unicode.IsMark(text[i].rune) && (unspaced(text[i].rune) || unspaced(text[i-1].rune))
}

// same is how many letters of the part a text begins with. Where there is a blank between
// them, one was typed as well, or there is a digit at it.
func (p part) same(text []letter) (n int) {
	for n < len(p.letters) && n < len(text) && text[n].rune == p.letters[n].rune {
		joined := n > 0 && text[n].gap == blank && p.letters[n].gap == none
		if joined && !isDigit(text[n]) && !isDigit(text[n-1]) {
			break
		}
		n++
	}
	return n
}

// ending reports whether a word that has the first letters of the part in common may be
// another form of it. That is for the eye: Postgres knows the endings of each language.
func (p part) ending(word []letter, same int) bool {
	n := len(p.letters)
	if len(p.words) != 1 || isDigit(word[0]) || unspaced(word[0].rune) {
		return false
	}
	return same >= max(5, n-3) || same >= 3 && same == len(word) && n-same <= 2 || stem(p.letters) == stem(word)
}

// stem is a word without an ending that has other forms in Portuguese and Spanish, where
// little of a short word is left: ação and ações.
func stem(word []letter) string {
	var b strings.Builder
	for _, l := range word {
		b.WriteRune(l.rune)
	}
	for _, ending := range []string{"ao", "oes", "on", "ones"} {
		if stem, ok := strings.CutSuffix(b.String(), ending); ok {
			return stem
		}
	}
	return b.String()
}
