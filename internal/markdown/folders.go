package markdown

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	source "github.com/yuin/goldmark/text"
)

// folders shows paths of Windows as they were typed: in C:\Temp\_new and \\server\share a
// backslash is part of the name, and so is an underscore.
type folders struct{}

func (folders) Trigger() []byte { return []byte{'\\'} }

func (folders) Parse(_ ast.Node, block source.Reader, pc parser.Context) ast.Node {
	line, at := block.PeekLine()
	before := block.Source()[:at.Start]
	switch {
	case onDrive(before):
		if !inFolder(line) {
			return nil
		}
	case startsFolder(line):
		if inWord(before) || bytes.HasSuffix(before, []byte{'\\'}) {
			return nil
		}
	case !goesIn(before, line):
		return nil
	}
	length := lengthOfFolder(line, pc.IsInLinkLabel())
	block.Advance(length)
	return shown(string(line[:length]))
}

// isFolder reports whether an address is a path of Windows.
func isFolder(address []byte) bool {
	return startsFolder(address) || len(address) > 2 && onDrive(address[:2]) && inFolder(address[2:])
}

// startsFolder reports whether a text begins as \\server does.
func startsFolder(text []byte) bool {
	if len(text) < 3 || text[0] != '\\' || text[1] != '\\' {
		return false
	}
	first, _ := utf8.DecodeRune(text[2:])
	return unicode.IsLetter(first) || unicode.IsDigit(first)
}

// inFolder reports whether a text goes on behind the letter of a drive. Who writes two
// backslashes there means one.
func inFolder(text []byte) bool { return len(text) > 1 && text[0] == '\\' && text[1] != '\\' }

// onDrive reports whether a text ends with the letter of a drive.
func onDrive(text []byte) bool {
	last := len(text) - 1
	return last > 0 && text[last] == ':' && inASCII(text[last-1]) && !inWord(text[:last-1])
}

// inASCII reports whether c is a letter or digit that has one byte.
func inASCII(c byte) bool { return c|' ' >= 'a' && c|' ' <= 'z' || c >= '0' && c <= '9' }

// goesIn reports whether a backslash stands within a path, such as that of %TEMP%\a\_new: it
// is before a letter, where it would mean nothing else.
func goesIn(before, text []byte) bool {
	last, _ := utf8.DecodeLastRune(before)
	first, _ := utf8.DecodeRune(text[1:])
	return (unicode.IsLetter(last) || unicode.IsDigit(last) || last == '%' || last == '.') &&
		(unicode.IsLetter(first) || unicode.IsDigit(first))
}

// lengthOfFolder is how long a path is. It ends before marks that close bold words, and goes
// on behind a blank where a word that follows has a backslash: C:\Program Files\_new.
func lengthOfFolder(line []byte, inLabel bool) (length int) {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case inLabel && c == ']', c != ' ' && aSpace(c):
			return length
		case c == '\\' && i > 0 && line[i-1] == ' ': // another path, or a mark
			return length
		case c == '\\':
			length = i + 1
		case length == i && aMark(c):
			marks := len(line[i:]) - len(bytes.TrimLeft(line[i:], "*_~"))
			if line[i-1] != '\\' && !goesOn(line[i+marks:]) {
				return length
			}
			length = i + marks
			i = length - 1
		case length == i && c != ' ':
			length = i + 1
		case length < i && !inName(c):
			return length
		}
	}
	return length
}

func aMark(c byte) bool { return c == '*' || c == '_' || c == '~' }

// inName reports whether c may be in the name of a folder behind a blank.
func inName(c byte) bool {
	return inASCII(c) || c >= utf8.RuneSelf || bytes.IndexByte([]byte(" .,-()&"), c) >= 0
}

// goesOn reports whether text behind marks belongs to the word before them.
func goesOn(text []byte) bool {
	return len(text) > 0 && (inASCII(text[0]) || text[0] == '\\' || text[0] >= utf8.RuneSelf)
}
