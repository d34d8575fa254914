package markdown

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// unspaced reports whether a letter is of a script that has no blanks between words and
// addresses: an address begins and ends beside it.
func unspaced(r rune) bool {
	return r == 'ー' || r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Hangul, unicode.Bopomofo, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// endsAddress reports whether a character that is not of ASCII stands in no address: a
// space, one that nobody sees, or a mark of Chinese and Japanese, such as a full stop.
func endsAddress(r rune) bool {
	switch {
	case r == '“' || r == '”' || unicode.IsSpace(r) || unicode.In(r, unseen...):
		return true
	case r >= '\u3000' && r <= '\u303f' || r >= '\uff00' && r <= '\uff65':
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '〇'
	}
	return false
}

// endsInEntity reports whether a text begins with an entity that ends an address: &gt; does.
func endsInEntity(text []byte) bool {
	entity := anEntity.Find(text)
	if entity == nil {
		return false
	}
	first, size := utf8.DecodeRuneInString(character(string(entity)))
	return size == 0 || endsAddress(first) || first < utf8.RuneSelf && aSpace(byte(first))
}

// belongs reports whether letters of such a script behind the beginning of an address are
// part of it. Directly behind a letter or a host they are the sentence that goes on, unless
// the address goes on, too: https://host/2024年.pdf.
func belongs(text, begun []byte) bool {
	last := len(begun) - 1
	behindHost := last > 0 && bytes.IndexByte(begun, '/') == last
	if last < 0 || !inASCII(begun[last]) && !behindHost {
		return true
	}
	for i, c := range text[:min(len(text), maxOneAddress)] {
		switch {
		case aSpace(c) || c == '@' || c == ':':
			return false
		case bytes.IndexByte([]byte("/?=&#"), c) >= 0:
			return true
		case c == '.' && i+1 < len(text) && inASCII(text[i+1]):
			return true
		}
		if c >= utf8.RuneSelf && utf8.RuneStart(c) {
			if r, _ := utf8.DecodeRune(text[i:]); endsAddress(r) {
				return false
			}
		}
	}
	return false
}

// inWord reports whether a text ends within a word.
func inWord(text []byte) bool {
	last, _ := utf8.DecodeLastRune(text)
	return (unicode.IsLetter(last) || unicode.IsDigit(last)) && !unspaced(last)
}

// mailbox is where the address of a mailbox with an @ there begins and ends.
func mailbox(text []byte, from, at int) (begin, end int) {
	part := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '.' }
	begin, end = at, at+1
	other := false // letters, behind which those without blanks between words are not part of it
	for begin > from {
		r, size := utf8.DecodeLastRune(text[from:begin])
		if !part(r) && !strings.ContainsRune("_%+", r) || other && unspaced(r) {
			break
		}
		begin -= size
		other = !unspaced(r)
	}
	other = false
	for end < len(text) {
		r, size := utf8.DecodeRune(text[end:])
		if !part(r) || other && unspaced(r) {
			break
		}
		end += size
		other = !unspaced(r) && r != '.'
	}
	end = len(bytes.TrimRight(text[:end], ".-"))
	if !aMailbox.Match(text[begin:end]) {
		return 0, 0
	}
	return begin, end
}
