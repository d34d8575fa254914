package markdown

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	tables "github.com/yuin/goldmark/extension/ast"
	source "github.com/yuin/goldmark/text"
)

// Plain is the text of what editors write, without any markup.
func (m *Converter) Plain(written string) (string, error) {
	var out bytes.Buffer
	if err := m.parser.Convert([]byte(written), &out); err != nil {
		return "", fmt.Errorf("read markdown: %w", err)
	}
	return html.UnescapeString(m.strict.SanitizeReader(&out).String()), nil
}

// hyperlink is a link as policy lets it through.
var hyperlink = regexp.MustCompile(`(?s)<a href="([^"]*)">(.*?)</a>`)

// PlainWithAddresses is the text of what editors write, for a program without markup. Lists
// and tables keep their shape, and the words of a link are followed by its full address.
func (m *Converter) PlainWithAddresses(written, publicURL string) (string, error) {
	document := m.parser.Parser().Parse(source.NewReader([]byte(written)))
	return m.block(document, []byte(written), publicURL)
}

// block is the text of a block and of those in it.
func (m *Converter) block(n ast.Node, written []byte, publicURL string) (string, error) {
	between := "\n\n"
	switch n.Kind() {
	case ast.KindDocument, ast.KindBlockquote:
	case ast.KindList, ast.KindListItem, tables.KindTable:
		between = "\n"
	case tables.KindTableHeader, tables.KindTableRow:
		between = " | "
	case ast.KindThematicBreak:
		return "---", nil
	default:
		return m.leaf(n, written, publicURL)
	}
	var parts []string
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		part, err := m.block(child, written, publicURL)
		if err != nil {
			return "", err
		}
		if list, ok := n.(*ast.List); ok {
			mark := "- "
			if list.IsOrdered() {
				mark = fmt.Sprintf("%d. ", len(parts)+1)
			}
			part = mark + strings.ReplaceAll(part, "\n", "\n  ")
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, between), nil
}

// leaf is the text of a block that has no blocks in it.
func (m *Converter) leaf(n ast.Node, written []byte, publicURL string) (string, error) {
	var out bytes.Buffer
	if err := m.parser.Renderer().Render(&out, written, n); err != nil {
		return "", fmt.Errorf("read markdown: %w", err)
	}
	linked := hyperlink.ReplaceAllStringFunc(m.policy.SanitizeReader(&out).String(), func(link string) string {
		parts := hyperlink.FindStringSubmatch(link)
		address, words := strings.TrimPrefix(parts[1], "mailto:"), parts[2]
		if strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") {
			address = publicURL + address
		}
		if address == words {
			return address
		}
		return words + " (" + address + ")"
	})
	return strings.TrimSpace(html.UnescapeString(m.strict.Sanitize(linked))), nil
}
