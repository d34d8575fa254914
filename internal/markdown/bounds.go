package markdown

import (
	"bytes"
	"html"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	source "github.com/yuin/goldmark/text"
)

// A short text can be a large page: a table fills up its rows, and one address is the
// address of many links. These bounds keep a page of 20,000 characters below some 250 kB,
// made within milliseconds.
const (
	maxColumns = 50        // of a table
	maxParts   = 2_500     // paragraphs, lines, list items, cells, bold words; links and headings count thrice
	maxAddress = 50_000    // bytes of addresses and titles of links together
	maxHTML    = 250_000   // bytes
	maxNested  = 20        // blocks in each other: a list counts twice; what is deeper is text
	maxSteps   = 1_000_000 // of the search for the other end of links, bold words and the like

	stepsForItem = 50   // of a list, at each line
	stepsForMark = 200  // even where there is nothing to search
	stepsForLink = 1000 // that may be one
)

// The Problems: keys of texts.
const (
	TooWide    = "markdown.columns"
	TooManyOf  = "markdown.parts"
	TooLinked  = "markdown.addresses"
	TooTangled = "markdown.marks"
)

// Problem is why a text cannot be shown as a page: the key of a text that says so, or "".
func (m *Converter) Problem(written string) string {
	_, problem := m.render(written)
	return problem
}

// convert is the sanitised HTML of a text.
func (m *Converter) convert(written string) string {
	out, problem := m.render(written)
	if problem != "" {
		return "<p>" + strings.ReplaceAll(html.EscapeString(written), "\n", "<br>\n") + "</p>"
	}
	return m.policy.SanitizeReader(out).String()
}

// render is the HTML of a text before it is sanitised.
func (m *Converter) render(written string) (out *bytes.Buffer, problem string) {
	out = &bytes.Buffer{}
	document, text, problem := m.parse(written)
	if problem != "" {
		return out, problem
	}
	if m.parser.Renderer().Render(out, text, document) != nil || out.Len() > maxHTML {
		return out, TooManyOf
	}
	return out, ""
}

// parse reads a text, which may have a Problem.
func (m *Converter) parse(written string) (document ast.Node, text []byte, problem string) {
	defer func() {
		if stopped := recover(); stopped != nil {
			reason, ok := stopped.(tooMuch)
			if !ok {
				panic(stopped)
			}
			problem = string(reason)
		}
	}()
	text = []byte(written)
	document = m.parser.Parser().Parse(source.NewReader(text))
	return document, text, ""
}

// tooMuch is a Problem, and the panic that ends the reading of a text that has it: the
// library has no other way to end early.
type tooMuch string

// measure ends the reading of a text that would be too large a page.
type measure struct{}

func (measure) Transform(document *ast.Document, _ source.Reader, _ parser.Context) {
	parts, address := 0, 0
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			if n.SoftLineBreak() || n.HardLineBreak() {
				parts++
			}
		case *ast.Heading, *ast.AutoLink, *ast.LinkReferenceDefinition:
			parts += 3
		case *ast.Link:
			parts += 3
			address += len(n.Destination) + len(n.Title)
		case *ast.Image:
			parts += 3
			address += len(n.Destination) + len(n.Title)
		case *ast.String:
		default:
			parts++
		}
		return ast.WalkContinue, nil
	})
	switch {
	case parts > maxParts:
		panic(tooMuch(TooManyOf))
	case address > maxAddress:
		panic(tooMuch(TooLinked))
	}
}

// spent is what reading a text has cost so far.
type spent struct {
	steps int
	block ast.Node // that is read
	marks int      // in it
	open  int      // brackets
	alone [20]bool // rows of as many backticks as nothing closes in the block
}

// enter notes which block is read.
func (s *spent) enter(block ast.Node) {
	if s.block != block {
		s.block, s.marks, s.open, s.alone = block, 0, 0, [20]bool{}
	}
}

// spend counts what reading costs, and ends it where that is too much.
func (s *spent) spend(steps int) {
	if s.steps += steps; s.steps > maxSteps {
		panic(tooMuch(TooTangled))
	}
}

var spentKey = parser.NewContextKey()

func spentOf(pc parser.Context) *spent {
	return pc.ComputeIfAbsent(spentKey, func() any { return &spent{} }).(*spent)
}

// shallow opens a block unless it would stand in too many others.
type shallow struct{ parser.BlockParser }

func (s shallow) Open(parent ast.Node, reader source.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, position := reader.Position()
	node, state := s.BlockParser.Open(parent, reader, pc)
	depth := 0
	for n := parent; n != nil; n = n.Parent() {
		depth++
	}
	if node != nil && depth > maxNested {
		reader.SetPosition(line, position)
		return nil, parser.NoChildren
	}
	return node, state
}

// counted reads marks as long as they cost little. For each of them the parser may look at
// all those before in the block, and for an address to the end of the line.
type counted struct{ parser.InlineParser }

func (c counted) Parse(parent ast.Node, block source.Reader, pc parser.Context) ast.Node {
	line, _ := block.PeekLine()
	s := spentOf(pc)
	s.enter(parent)
	s.marks++
	s.steps += stepsForMark
	switch line[0] {
	case '!', '[':
		s.open++
	case ']':
		if s.open > 1 {
			s.steps += s.marks
		}
		if s.open > 0 && len(line) > 1 && (line[1] == '(' || line[1] == '[') {
			s.steps += stepsForLink + lengthOfAddress(line[2:])
		}
		s.open = max(s.open-1, 0)
	default:
		s.steps += s.marks
	}
	if s.steps > maxSteps {
		panic(tooMuch(TooTangled))
	}
	return c.InlineParser.Parse(parent, block, pc)
}

// lengthOfAddress is how far the parser reads for an address.
func lengthOfAddress(line []byte) int {
	open := 0
	for i, c := range line {
		switch c {
		case '(':
			open++
		case ')':
			open--
		}
		if open < 0 || c == ' ' || c == '\t' || c == '\n' {
			return i
		}
	}
	return len(line)
}

// CloseBlock forgets the brackets that nothing has closed.
func (c counted) CloseBlock(parent ast.Node, block source.Reader, pc parser.Context) {
	if closer, ok := c.InlineParser.(parser.CloseBlocker); ok {
		closer.CloseBlock(parent, block, pc)
	}
}

// spans reads code between backticks. Where nothing closes a row of backticks, nothing closes
// a later one of that length either.
type spans struct{ parser.InlineParser }

func (c spans) Parse(parent ast.Node, block source.Reader, pc parser.Context) ast.Node {
	line, at := block.PeekLine()
	s := spentOf(pc)
	s.enter(parent)
	row := len(line) - len(bytes.TrimLeft(line, "`"))
	if row >= len(s.alone) || s.alone[row] {
		block.Advance(row)
		return ast.NewTextSegment(at.WithStop(at.Start + row))
	}
	node := c.InlineParser.Parse(parent, block, pc)
	if node != nil {
		s.alone[row] = node.Kind() == ast.KindText
	}
	return node
}
