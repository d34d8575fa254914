package markdown

import (
	"bytes"
	"strconv"

	"github.com/yuin/goldmark/ast"
	tasks "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	source "github.com/yuin/goldmark/text"
)

// unpadded begins no list at a line such as 007., whose zeros would be lost.
type unpadded struct{ parser.BlockParser }

func (u unpadded) Open(parent ast.Node, reader source.Reader, pc parser.Context) (ast.Node, parser.State) {
	digits := leadingDigits(reader)
	node, state := u.BlockParser.Open(parent, reader, pc)
	if len(digits) > 1 && digits[0] == '0' {
		return nil, parser.NoChildren
	}
	return node, state
}

// numbered keeps the number of a list item as it was typed.
type numbered struct{ parser.BlockParser }

func (n numbered) Open(parent ast.Node, reader source.Reader, pc parser.Context) (ast.Node, parser.State) {
	digits := leadingDigits(reader)
	node, state := n.BlockParser.Open(parent, reader, pc)
	if item, ok := node.(*ast.ListItem); ok && len(digits) > 0 {
		item.SetAttributeString(itemNumber, bytes.Clone(digits))
	}
	return node, state
}

// Continue is asked at each line for each item that it may be in, blank lines included.
func (n numbered) Continue(node ast.Node, reader source.Reader, pc parser.Context) parser.State {
	s := spentOf(pc)
	if s.steps += stepsForItem; s.steps > maxSteps {
		panic(tooMuch(TooManyOf))
	}
	return n.BlockParser.Continue(node, reader, pc)
}

func leadingDigits(reader source.Reader) []byte {
	line, _ := reader.PeekLine()
	line = bytes.TrimLeft(line, " \t")
	return line[:len(line)-len(bytes.TrimLeft(line, "0123456789"))]
}

// itemNumber is the attribute that HTML has for the number of a list item.
const itemNumber = "value"

// numberOf is the number of a list item, if it has one of its own.
func numberOf(item ast.Node) (n int, own bool) {
	digits, own := item.AttributeString(itemNumber)
	if own {
		n, _ = strconv.Atoi(string(digits.([]byte)))
	}
	return n, own
}

// lists leaves the numbers to the browser where it counts as the writer did, and where the
// same number is on every line, which is how some write a list that is to be counted.
type lists struct{}

func (lists) Transform(document *ast.Document, _ source.Reader, _ parser.Context) {
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if list, ok := n.(*ast.List); ok && entering && list.IsOrdered() {
			number(list)
		}
		return ast.WalkContinue, nil
	})
}

func number(list *ast.List) {
	counted := true
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		n, _ := numberOf(item)
		counted = counted && n == list.Start
	}
	next := list.Start
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		n, _ := numberOf(item)
		if counted || n == next {
			item.RemoveAttributes()
			n = next
		}
		next = n + 1
	}
}

// boxes reads the boxes of a list of tasks, behind which there is a space.
type boxes struct{ parser.InlineParser }

func (b boxes) Parse(parent ast.Node, block source.Reader, pc parser.Context) ast.Node {
	line, _ := block.PeekLine()
	if len(line) < 4 || line[3] != ' ' {
		return nil
	}
	box, ok := b.InlineParser.Parse(parent, block, pc).(*tasks.TaskCheckBox)
	switch {
	case !ok:
		return nil
	case box.IsChecked:
		return shown("☑ ")
	}
	return shown("☐ ")
}

// shown is text that does not stand so in what was written.
func shown(text string) *ast.String {
	s := ast.NewString([]byte(text))
	s.SetRaw(true)
	return s
}
