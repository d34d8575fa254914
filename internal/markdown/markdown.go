// Package markdown turns what editors write into HTML that is safe in a page, and
// into plain text.
package markdown

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/a-h/templ"
	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	source "github.com/yuin/goldmark/text"
)

// Converter turns what editors write into HTML that is safe in a page: without scripts and
// styles, and with safe schemes in links. Nothing that they write is lost: what is not
// Markdown here, such as HTML, is shown as text. Many goroutines can use it at once.
type Converter struct {
	parser goldmark.Markdown
	policy *bluemonday.Policy
	strict *bluemonday.Policy // no markup at all
}

// headings keeps the headings of a text below the title of its page.
type headings struct{}

func (headings) Transform(doc *ast.Document, _ source.Reader, _ parser.Context) {
	_ = ast.Walk(doc, func(n ast.Node, _ bool) (ast.WalkStatus, error) {
		if heading, ok := n.(*ast.Heading); ok {
			heading.Level = min(max(heading.Level, 2), 4)
		}
		return ast.WalkContinue, nil
	})
}

// Render is the HTML of what editors write.
func (m *Converter) Render(written string) (templ.Component, error) {
	var out bytes.Buffer
	if err := m.parser.Convert([]byte(written), &out); err != nil {
		return nil, fmt.Errorf("render markdown: %w", err)
	}
	return templ.Raw(asHTML.Replace(m.policy.SanitizeReader(&out).String())), nil
}

// asHTML replaces align, which the HTML standard does not have, and makes tables
// focusable: a table that is too wide is scrolled, and not every browser lets the keyboard
// do that otherwise. It cannot change a text, because the sanitiser escapes the quotation
// marks and brackets in it.
var asHTML = strings.NewReplacer(` align="`, ` data-align="`, "<table>", `<table tabindex="0">`)
