package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// An excerpt has so many words, the first hit behind so many of them.
const (
	excerptWords  = 32
	excerptBefore = 6
)

// excerpt cuts a text to the part around the first word that was searched for.
func excerpt(text string, words []string) string {
	all := strings.Fields(text)
	first := 0
	for i, word := range all {
		if isHit(word, words) {
			first = max(i-excerptBefore, 0)
			break
		}
	}
	last := min(first+excerptWords, len(all))
	cut := strings.Join(all[first:last], " ")
	if first > 0 {
		cut = "… " + cut
	}
	if last < len(all) {
		cut += " …"
	}
	return cut
}

// piece is a part of a text; a hit is marked.
type piece struct {
	Text string
	Hit  bool
}

// marked splits a text at the words that were searched for.
func marked(text string, words []string) (pieces []piece) {
	add := func(s string, hit bool) {
		if n := len(pieces); n > 0 && pieces[n-1].Hit == hit {
			pieces[n-1].Text += s
		} else if s != "" {
			pieces = append(pieces, piece{s, hit})
		}
	}
	for text != "" {
		end := strings.IndexFunc(text, inWord)
		if end < 0 {
			end = len(text)
		}
		add(text[:end], false)
		text = text[end:]
		if end = strings.IndexFunc(text, func(r rune) bool { return !inWord(r) }); end < 0 {
			end = len(text)
		}
		add(text[:end], isHit(text[:end], words))
		text = text[end:]
	}
	return pieces
}

// isHit reports whether a word is to be marked: it begins as a word that was
// searched for does, up to an ending. It is for the eye; what is found is
// decided by Postgres, which knows the endings of each language.
func isHit(word string, words []string) bool {
	word = folded(strings.TrimFunc(word, func(r rune) bool { return !inWord(r) }))
	for _, w := range words {
		w = folded(w)
		same := 0
		for same < len(w) && same < len(word) && w[same] == word[same] {
			same++
		}
		if same > 0 && same == len(w) || same >= max(5, len(w)-3) {
			return true
		}
	}
	return false
}

// folded is a text as a search compares it: lower case, without accents.
func folded(s string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s)))
}
