package search

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/carameloai/intranet/internal/store"
)

// What is found is decided by Postgres: see 00101_text.sql. Here texts are folded and cut
// in the same way once more, for the eye: so that what was found can be marked.

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
