package markdown

import (
	"bytes"
	"fmt"
	"regexp"

	"github.com/yuin/goldmark/ast"
	extended "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	source "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// tables makes tables of paragraphs, if they are not too large, and keeps the cells of a row
// that has more of them than the head.
type tables struct{ parser.ParagraphTransformer }

func (t tables) Transform(paragraph *ast.Paragraph, reader source.Reader, pc parser.Context) {
	lines, text := paragraph.Lines().Sliced(0, paragraph.Lines().Len()), reader.Source()
	ruler := -1 // the line below the head
	for i := 1; i < len(lines) && ruler < 0; i++ {
		line, head := lines[i].Value(text), lines[i-1].Value(text)
		if len(bytes.Trim(line, "-|: \t\n")) == 0 && aRuler.Match(line) {
			ruler = i
			// Without columns it is not one: a signature is below two hyphens.
			if bytes.IndexByte(line, '|') < 0 && bytes.IndexByte(head, '|') < 0 {
				return
			}
		}
	}
	if ruler < 0 {
		return
	}
	rows := append([]source.Segment{lines[ruler-1]}, lines[ruler+1:]...)
	cells, columns := make([][]source.Segment, len(rows)), 0
	for i, row := range rows {
		cells[i] = cellsOf(row, text)
		columns = max(columns, len(cells[i]))
	}
	switch {
	case columns > maxColumns:
		panic(tooMuch(TooWide))
	case columns*len(rows) > maxParts:
		panic(tooMuch(TooManyOf))
	}
	parent, before := paragraph.Parent(), paragraph.PreviousSibling()
	t.ParagraphTransformer.Transform(paragraph, reader, pc)
	made := paragraph.NextSibling()
	if paragraph.Parent() == nil && before == nil {
		made = parent.FirstChild()
	} else if paragraph.Parent() == nil {
		made = before.NextSibling()
	}
	table, ok := made.(*extended.Table)
	if !ok || table.ChildCount() != len(cells) {
		return
	}
	for row, i := table.FirstChild(), 0; row != nil && i < len(cells); row, i = row.NextSibling(), i+1 {
		n := 0
		for cell := row.FirstChild(); cell != nil && n < len(cells[i]); cell = cell.NextSibling() {
			if cell.Lines().Len() > 0 {
				cell.Lines().Set(0, cells[i][n]) // the library cuts the pipe off that ends x \|
			}
			n++
		}
		for n := row.ChildCount(); n < columns; n++ {
			cell := extended.NewTableCell()
			if n < len(cells[i]) {
				cell.Lines().Append(cells[i][n])
			}
			row.AppendChild(row, cell)
		}
	}
}

// aRuler is the line below a table's head.
var aRuler = regexp.MustCompile(`^\s*\|?(\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?\s*$`)

// cellsOf are the cells of a row.
func cellsOf(row source.Segment, text []byte) (cells []source.Segment) {
	row = row.TrimLeftSpace(text)
	row = row.TrimRightSpace(text)
	line := row.Value(text)
	start, end := 0, len(line)
	if end > 0 && line[0] == '|' {
		start = 1
	}
	if end > 0 && line[end-1] == '|' && !bytes.HasSuffix(line, []byte(`\|`)) {
		end--
	}
	for i := start; start < end; i++ {
		if i == end || line[i] == '|' && (i == 0 || line[i-1] != '\\') {
			cell := source.NewSegment(row.Start+start, row.Start+i)
			cell = cell.TrimLeftSpace(text)
			cells = append(cells, cell.TrimRightSpace(text))
			start = i + 1
		}
	}
	return cells
}

// cell writes a cell. A heading without words is none.
func cell(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	tag := "td"
	if n.Parent().Kind() == extended.KindTableHeader && n.HasChildren() {
		tag = "th"
	}
	if !entering {
		_, _ = fmt.Fprintf(w, "</%s>\n", tag)
		return ast.WalkContinue, nil
	}
	_, _ = w.WriteString("<" + tag)
	// HTML has no align any more, and a style is not allowed in a page.
	if align := n.(*extended.TableCell).Alignment; align != extended.AlignNone {
		_, _ = fmt.Fprintf(w, ` data-align="%s"`, align)
	}
	_ = w.WriteByte('>')
	return ast.WalkContinue, nil
}

// table makes tables focusable: one that is too wide is scrolled, and not every browser
// lets the keyboard do that otherwise.
func table(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		_, _ = w.WriteString("<table tabindex=\"0\">\n")
	} else {
		_, _ = w.WriteString("</table>\n")
	}
	return ast.WalkContinue, nil
}
