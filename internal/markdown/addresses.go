package markdown

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	source "github.com/yuin/goldmark/text"
)

// bareAddress makes links of addresses of pages, so that a mark in them, such as an
// underscore, means nothing.
type bareAddress struct{}

// Trigger are the characters before an address, and the one behind its scheme, because no
// other stands before it where there are no blanks between words. A space stands for the
// start of a line, too.
func (bareAddress) Trigger() []byte { return []byte{' ', '(', '"', ':'} }

func (bareAddress) Parse(parent ast.Node, block source.Reader, pc parser.Context) ast.Node {
	line, at := block.PeekLine()
	if at.Padding > 0 || pc.IsInLinkLabel() {
		return nil
	}
	begin, skip := at.Start, 0
	switch line[0] {
	case ' ', '\t', '(', '"':
		skip = 1
	case ':':
		begin -= lengthOfScheme(parent, line, block.Source()[:at.Start])
	}
	words := source.NewSegment(begin+skip, at.Stop)
	length, read := pageAddress(words.Value(block.Source()))
	spentOf(pc).spend(read)
	if length == 0 {
		return nil
	}
	if skip > 0 {
		ast.MergeOrAppendTextSegment(parent, at.WithStop(words.Start))
	} else if before, ok := parent.LastChild().(*ast.Text); ok && begin < at.Start {
		before.Segment.Stop = begin
	}
	block.Advance(words.Start + length - at.Start)
	return linkOf(words.WithStop(words.Start+length), block.Source())
}

// lengthOfScheme is how long the scheme is that was read as text before a colon, unless it is
// in a word.
func lengthOfScheme(parent ast.Node, line, before []byte) int {
	read, ok := parent.LastChild().(*ast.Text)
	if !ok || !bytes.HasPrefix(line, []byte("://")) || read.Segment.Stop != len(before) {
		return 0
	}
	for _, scheme := range []string{"https", "http"} {
		begin := len(before) - len(scheme)
		if begin >= read.Segment.Start && strings.EqualFold(string(before[begin:]), scheme) && !inWord(before[:begin]) {
			return len(scheme)
		}
	}
	return 0
}

// linkOf is a link whose words are its address. Where that leads nowhere it is text.
func linkOf(words source.Segment, text []byte) ast.Node {
	label := ast.NewTextSegment(words)
	to := leads(readable(words.Value(text)))
	if to == "" {
		return label
	}
	link := ast.NewLink()
	link.Destination = []byte(to)
	link.AppendChild(link, label)
	return link
}

// pageAddress is how long the address of a page is with which text begins; 0 for none. read is
// how many bytes were looked at for it.
func pageAddress(text []byte) (length, read int) {
	begin := addressPrefix(text)
	if begin == 0 {
		return 0, 0
	}
	if first, _ := utf8.DecodeRune(text[begin:]); !unicode.IsLetter(first) && !unicode.IsDigit(first) && first != '[' {
		return 0, begin
	}
	end, whole := begin, false
	for end < len(text) && !aSpace(text[end]) {
		r, size := utf8.DecodeRune(text[end:])
		if r == '&' && endsInEntity(text[end:]) {
			break
		}
		if r >= utf8.RuneSelf {
			if endsAddress(r) {
				break
			}
			if !whole && unspaced(r) {
				if whole = belongs(text[end:], text[begin:end]); !whole {
					break
				}
			}
		}
		if end += size; end > maxOneAddress {
			return 0, end
		}
	}
	return begin + len(trimAddress(text[begin:end])), end
}

// maxOneAddress is the length in bytes of the longest address that is made a link unasked.
const maxOneAddress = 2_000

// addressPrefix is how long the beginning is by which the address of a page is known.
func addressPrefix(text []byte) int {
	for _, prefix := range []string{"https://", "http://", "www."} {
		if len(text) > len(prefix) && strings.EqualFold(string(text[:len(prefix)]), prefix) {
			return len(prefix)
		}
	}
	return 0
}

// trimAddress leaves out what ends a sentence or a bracket around an address.
func trimAddress(address []byte) []byte {
	var count [256]int // of each byte
	for _, c := range address {
		count[c]++
	}
	for {
		last, size := utf8.DecodeLastRune(address)
		open := map[rune]byte{')': '(', ']': '[', '}': '{'}[last]
		switch {
		case open != 0 && count[open] < count[last]:
			count[last]--
		case size > 0 && open == 0 && last != '/' && (strings.ContainsRune("?!.,:;*_~'\\", last) ||
			last > unicode.MaxASCII && unicode.IsPunct(last)):
		default:
			return address
		}
		address = address[:len(address)-size]
	}
}

// addresses makes links of addresses of pages and mailboxes that stand elsewhere in a text.
type addresses struct{}

func (addresses) Transform(document *ast.Document, reader source.Reader, _ parser.Context) {
	var texts []*ast.Text
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if kind := n.Kind(); kind == ast.KindLink || kind == ast.KindCodeSpan {
			return ast.WalkSkipChildren, nil
		}
		if text, ok := n.(*ast.Text); ok && entering {
			texts = append(texts, text)
		}
		return ast.WalkContinue, nil
	})
	for i := len(texts) - 1; i > 0; i-- { // a word may be in several, such as first_last
		before, text := texts[i-1], texts[i]
		if before.NextSibling() == ast.Node(text) && !before.SoftLineBreak() && !before.HardLineBreak() &&
			before.Segment.Stop == text.Segment.Start && before.IsRaw() == text.IsRaw() && text.Segment.Padding == 0 {
			before.Segment.Stop = text.Segment.Stop
			before.SetSoftLineBreak(text.SoftLineBreak())
			before.SetHardLineBreak(text.HardLineBreak())
			text.Parent().RemoveChild(text.Parent(), text)
			texts[i] = nil
		}
	}
	for _, text := range texts {
		if text != nil && text.Segment.Padding == 0 {
			linkAddresses(text, reader.Source())
		}
	}
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if link, ok := n.(*ast.Link); ok && entering && bytes.HasPrefix(link.Destination, []byte("http")) {
			words := inline(link, reader.Source())
			if !strings.Contains(words, " ") && leads(words) == string(link.Destination) {
				link.SetAttributeString(itsAddress, []byte{})
			}
		}
		return ast.WalkContinue, nil
	})
}

// linkAddresses splits a text at the addresses in it.
func linkAddresses(text *ast.Text, written []byte) {
	parent := text.Parent()
	for at := text.Segment.Start; at < text.Segment.Stop; {
		rest := written[at:text.Segment.Stop]
		begin, end := nextAddress(rest)
		if end == 0 {
			return
		}
		if begin > 0 {
			before := ast.NewTextSegment(source.NewSegment(at, at+begin))
			parent.InsertBefore(parent, text, before)
		}
		parent.InsertBefore(parent, text, linkOf(source.NewSegment(at+begin, at+end), written))
		at += end
		text.Segment.Start = at
	}
}

// nextAddress is where the next address in a text begins and ends; 0 and 0 for none.
func nextAddress(text []byte) (begin, end int) {
	from := 0 // where the word may begin
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '@':
			begin, end := mailbox(text, from, i)
			if end > 0 {
				return begin, end
			}
			from = i + 1
		case (c|' ' == 'h' || c|' ' == 'w') && (i == 0 || !inWord(text[:i])):
			length, read := pageAddress(text[i:])
			if length > 0 {
				return i, i + length
			}
			i += read // what is too long for one
		case aSpace(c):
			from = i + 1
		}
	}
	return 0, 0
}
