package markdown

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extended "github.com/yuin/goldmark/extension/ast"
)

// Plain is the text of what editors write, without any markup: what its page reads. It is
// stored with the text, for the search.
func Plain(written string) string { return New().unmarked(written, nil) }

// PlainWithAddresses is the text of what editors write, for a program without markup. Lists
// and tables keep their shape, and the words of a link are followed by its full address.
func (m *Converter) PlainWithAddresses(written, publicURL string) string {
	return m.unmarked(written, func(link *ast.Link) string {
		address := string(link.Destination)
		if _, gone := link.AttributeString(nowhere); strings.HasPrefix(address, "#") && !gone {
			return string(link.Title)
		}
		address = strings.TrimPrefix(strings.TrimPrefix(address, "#"+idPrefix), "mailto:")
		if strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") {
			address = publicURL + address
		}
		return strings.TrimSpace(address + " " + string(link.Title))
	})
}

// unmarked is a text without markup, or as it was typed if it has a Problem. about is what is
// said of a link behind its words.
func (m *Converter) unmarked(written string, about func(*ast.Link) string) string {
	document, text, problem := m.parse(written)
	if problem != "" {
		return written
	}
	return plainText{text, about}.block(document)
}

// plainText is a text that is written without markup.
type plainText struct {
	written []byte
	about   func(*ast.Link) string
}

// inline is the text in a block, with the words of links alone.
func inline(block ast.Node, written []byte) string { return plainText{written: written}.line(block) }

// block is the text of a block and of those in it.
func (p plainText) block(n ast.Node) string {
	between := "\n\n"
	switch n.Kind() {
	case ast.KindDocument, ast.KindBlockquote:
	case ast.KindList, ast.KindListItem, extended.KindTable:
		between = "\n"
	case extended.KindTableHeader, extended.KindTableRow:
		between = " | "
	case ast.KindThematicBreak:
		return "---"
	case ast.KindCodeBlock, ast.KindFencedCodeBlock:
		return strings.Trim(string(n.Lines().Value(p.written)), "\n")
	default:
		return strings.TrimSpace(p.line(n))
	}
	var parts []string
	number := 0
	if list, ok := n.(*ast.List); ok {
		number = list.Start
	}
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		part := p.block(child)
		if list, ok := n.(*ast.List); ok {
			mark := "- "
			if list.IsOrdered() {
				if n, own := numberOf(child); own {
					number = n
				}
				mark = strconv.Itoa(number) + string(list.Marker) + " "
				number++
			}
			part = mark + strings.ReplaceAll(part, "\n", "\n  ")
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, between)
}

// line is the text in a block that has no blocks in it, or in a part of it.
func (p plainText) line(n ast.Node) string {
	var out strings.Builder
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		switch child := child.(type) {
		case *ast.Text:
			if value := child.Value(p.written); child.IsRaw() || n.Kind() == ast.KindCodeSpan {
				out.Write(value)
			} else {
				out.WriteString(readable(value))
			}
			if child.SoftLineBreak() || child.HardLineBreak() {
				out.WriteByte('\n')
			}
		case *ast.String:
			out.Write(child.Value)
		case *ast.Link:
			words := p.line(child)
			out.WriteString(words)
			full := leads(words) == string(child.Destination) && !strings.HasPrefix(words, "/")
			if p.about == nil || full && len(child.Title) == 0 {
				continue
			}
			if about := p.about(child); about != "" && about != words {
				out.WriteString(" (" + about + ")")
			}
		default:
			out.WriteString(p.line(child))
		}
	}
	return out.String()
}
