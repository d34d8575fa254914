package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// An excerpt has so many words, the first hit behind so many of them. Where there are no
// blanks a word counts for so many bytes.
const (
	excerptWords  = 32
	excerptBefore = 6
	excerptWord   = 18
)

// piece is a part of a text; a hit is marked.
type piece struct {
	Text string
	Hit  bool
}

// marked is a text with what was searched for marked in it.
func marked(text string, parts []part) []piece { return cut(text, hitsIn(text, parts), 0, len(text)) }

// excerpt is the part of a text around the first hit in it.
func excerpt(text string, parts []part) (pieces []piece) {
	text = strings.Join(strings.Fields(text), " ")
	hits, first := hitsIn(text, parts), 0
	if len(hits) > 0 {
		first = hits[0].start
	}
	start := behind(text, first)
	end := start + ahead(text[start:])
	pieces = cut(text, hits, start, end)
	if start > 0 {
		pieces = slices.Insert(pieces, 0, piece{Text: "… "})
	}
	if end < len(text) {
		pieces = append(pieces, piece{Text: " …"})
	}
	return pieces
}

// behind is where an excerpt begins whose first hit is at a place.
func behind(text string, hit int) int {
	least := max(hit-excerptBefore*excerptWord, 0)
	at := hit
	for range excerptBefore + 1 {
		blank := strings.LastIndexByte(text[least:at], ' ')
		if blank < 0 {
			for least < hit && !utf8.RuneStart(text[least]) {
				least++
			}
			return least
		}
		at = least + blank
	}
	return at + 1
}

// ahead is where an excerpt ends that begins a text.
func ahead(text string) (at int) {
	most := min(excerptWords*excerptWord, len(text))
	for range excerptWords {
		blank := strings.IndexByte(text[at:most], ' ')
		if blank < 0 {
			for most < len(text) && !utf8.RuneStart(text[most]) {
				most--
			}
			return most
		}
		at += blank + 1
	}
	return at - 1
}

// cut is the part of a text between two places, with the hits in it.
func cut(text string, hits []span, start, end int) (pieces []piece) {
	add := func(until int, hit bool) {
		if until = min(until, end); until > start {
			pieces = append(pieces, piece{text[start:until], hit})
			start = until
		}
	}
	for _, hit := range hits {
		add(hit.start, false)
		add(hit.end, true)
	}
	add(end, false)
	return pieces
}

// span is a part of a text, in bytes.
type span struct{ start, end int }

// hitsIn are the parts of a text that were searched for, in order.
func hitsIn(text string, parts []part) (hits []span) {
	letters := lettersOf(text)
	for _, p := range parts {
		found := p.in(letters)
		if len(found) == 0 && len(p.words) > 1 {
			for _, word := range p.words {
				found = append(found, word.in(letters)...)
			}
		}
		hits = append(hits, found...)
	}
	slices.SortFunc(hits, func(a, b span) int { return cmp.Or(a.start-b.start, b.end-a.end) })
	var apart []span
	for _, hit := range hits {
		if n := len(apart); n > 0 && hit.start <= apart[n-1].end {
			apart[n-1].end = max(apart[n-1].end, hit.end)
		} else {
			apart = append(apart, hit)
		}
	}
	return apart
}
