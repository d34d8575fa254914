package markdown

import (
	"bytes"
	"regexp"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	source "github.com/yuin/goldmark/text"
)

// struckOut reads ~~ as what strikes out, and leaves ~ as it is: about 5 is ~5.
type struckOut struct{ parser.InlineParser }

func (s struckOut) Parse(parent ast.Node, block source.Reader, pc parser.Context) ast.Node {
	if line, _ := block.PeekLine(); !bytes.HasPrefix(line, []byte("~~")) {
		return nil
	}
	return s.InlineParser.Parse(parent, block, pc)
}

// emphasis reads * and _ as marks, but not where they are part of a formula or of a name in a
// program: 5*3*2 and a*b*c, 2**3, __init__.py. Between letters a * ends what is *begun*, only.
// Nor are lines to write on marks: Date: __/__/____.
type emphasis struct{ parser.InlineParser }

func (e emphasis) Parse(parent ast.Node, block source.Reader, pc parser.Context) ast.Node {
	line, at := block.PeekLine()
	marks := len(line) - len(bytes.TrimLeft(line, string(line[0])))
	before := block.PrecendingCharacter()
	after, _ := utf8.DecodeRune(line[marks:])
	literal := marks > 3 || aName.Match(line)
	if line[0] == '_' {
		literal = literal || marks > 1 && !ofWord(before) && !ofWord(after)
	} else if max(before, after) < utf8.RuneSelf && inASCII(byte(after)) && (before == ')' || inASCII(byte(before))) {
		last := pc.LastDelimiter()
		begun := last != nil && last.Char == '*' && !last.CanClose
		literal = literal || marks == 1 && !begun || unicode.IsDigit(before) && unicode.IsDigit(after)
	}
	if literal {
		block.Advance(marks)
		return ast.NewTextSegment(at.WithStop(at.Start + marks))
	}
	return e.InlineParser.Parse(parent, block, pc)
}

// ofWord reports whether a character belongs to a word.
func ofWord(r rune) bool { return unicode.In(r, unicode.L, unicode.M, unicode.N) }

// aName goes on where bold words would end.
var aName = regexp.MustCompile(`^__[a-zA-Z0-9]\w{0,40}__[./(]\w?`)

// lineBreaks reads <br> as a line break, which other programs write into the cells of tables.
// It is the one thing of HTML that is not shown as it was typed.
type lineBreaks struct{}

var lineBreak = regexp.MustCompile(`^(?i:<br ?/?>)`)

func (lineBreaks) Trigger() []byte { return []byte{'<'} }

func (lineBreaks) Parse(_ ast.Node, block source.Reader, _ parser.Context) ast.Node {
	line, at := block.PeekLine()
	found := lineBreak.Find(line)
	if found == nil {
		return nil
	}
	block.Advance(len(found))
	broken := ast.NewTextSegment(at.WithStop(at.Start))
	broken.SetHardLineBreak(true)
	return broken
}

// underlined reads a line of = below another as what makes a heading of it. One of - does
// not: it is a line across the page, and two are what mail programs put above a signature.
// Nor are several lines a heading.
type underlined struct{ parser.BlockParser }

func (underlined) Trigger() []byte { return []byte{'='} }

func (u underlined) Open(parent ast.Node, reader source.Reader, pc parser.Context) (ast.Node, parser.State) {
	if above := pc.LastOpenedBlock().Node; above == nil || above.Lines().Len() != 1 {
		return nil, parser.NoChildren
	}
	return u.BlockParser.Open(parent, reader, pc)
}
