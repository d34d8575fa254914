package markdown

import (
	"bytes"
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	source "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// spaced reads links whose address has blanks in it, as people paste them:
// [x](https://host/Shared Documents/x.docx).
type spaced struct{ parser.InlineParser }

func (s spaced) Parse(parent ast.Node, block source.Reader, pc parser.Context) ast.Node {
	line, at := block.PeekLine()
	if !bytes.HasPrefix(line, []byte("](")) {
		return s.InlineParser.Parse(parent, block, pc)
	}
	begin, end, read := spacedAddress(line[2:])
	spentOf(pc).spend(read)
	if end == 0 {
		return s.InlineParser.Parse(parent, block, pc)
	}
	node := s.InlineParser.Parse(parent, joined{block, at.Start + 2 + begin, at.Start + 2 + end}, pc)
	switch n := node.(type) {
	case *ast.Link:
		n.Destination = bytes.ReplaceAll(n.Destination, joint, []byte(" "))
	case *ast.Image:
		n.Destination = bytes.ReplaceAll(n.Destination, joint, []byte(" "))
	}
	return node
}

// CloseBlock forgets the brackets that nothing has closed.
func (s spaced) CloseBlock(parent ast.Node, block source.Reader, pc parser.Context) {
	s.InlineParser.(parser.CloseBlocker).CloseBlock(parent, block, pc)
}

// joined is a text in which an address has no blanks: the library ends an address at one.
type joined struct {
	source.Reader
	begin, end int // of the address
}

// joint stands for a blank. No text that was typed has this character.
var joint = []byte{1}

func (j joined) PeekLine() ([]byte, source.Segment) {
	line, at := j.Reader.PeekLine()
	if at.Padding > 0 || at.Start > j.end || at.Stop < j.end {
		return line, at
	}
	line = bytes.Clone(line)
	for i := max(j.begin-at.Start, 0); i < j.end-at.Start; i++ {
		if aBlank(line[i]) {
			line[i] = joint[0]
		}
	}
	return line, at
}

func aBlank(c byte) bool { return c == ' ' || c == '\t' }

// anAddress is how an address begins. What else is in round brackets may be a sentence.
var anAddress = regexp.MustCompile(
	`(?i)^(https?:|mailto:|tel:|sms:|[a-z][a-z0-9+.-]{1,30}:\S|/\S|#\S|\.\.?/|www\.|[a-z]:\\|\\\\)`)

// isTitle reports whether a text begins with the title of a link, behind which the link ends.
func isTitle(text []byte) bool {
	end := -1
	switch text[0] {
	case '"', '\'':
		end = bytes.IndexByte(text[1:], text[0])
	case '(':
		end = bytes.IndexAny(text[1:], "()")
	}
	return end >= 0 && text[1+end] != '(' && bytes.HasPrefix(bytes.TrimLeft(text[end+2:], " \t"), []byte(")"))
}

// spacedAddress is where the address with blanks begins and ends that stands behind a round
// bracket; 0 and 0 for none. read is how many bytes were looked at for it.
func spacedAddress(text []byte) (begin, end, read int) {
	begin = len(text) - len(bytes.TrimLeft(text, " \t"))
	if !anAddress.Match(text[begin:]) {
		return 0, 0, begin
	}
	open, spaced, last := 0, false, begin // the last is what is no blank
	for i := begin; i < len(text) && i < begin+maxOneAddress; i++ {
		c := text[i]
		if aBlank(c) {
			continue
		}
		afterBlank := i > last+1
		if open == 0 && c == ')' || afterBlank && (c != '(' || !spaced) && isTitle(text[i:]) {
			if !spaced {
				return 0, 0, i
			}
			return begin, last + 1, i
		}
		spaced, last = spaced || afterBlank, i
		switch {
		case c == '\\' && i+1 < len(text) && util.IsPunct(text[i+1]):
			i++
			last = i
		case c == '(':
			open++
		case c == ')':
			open--
		}
	}
	return 0, 0, min(len(text), begin+maxOneAddress)
}
