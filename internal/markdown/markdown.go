// Package markdown turns what editors write into HTML that is safe in a page, and
// into plain text.
package markdown

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	source "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Converter turns what editors write into HTML that is safe in a page: without scripts and
// styles, and with safe schemes in links. Nothing that they write is lost: what is not
// Markdown here, such as HTML, is shown as text. Many goroutines can use it at once.
type Converter struct {
	parser goldmark.Markdown
	policy *bluemonday.Policy
	strict *bluemonday.Policy // no markup at all
}

// New returns a Converter.
func New() *Converter {
	policy := bluemonday.NewPolicy()
	policy.AllowStandardURLs()
	policy.RequireNoFollowOnLinks(false)
	policy.AllowAttrs("href").OnElements("a")
	policy.AllowElements("p", "br", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "pre", "hr")
	policy.AllowElements("strong", "em", "code")
	policy.AllowElements("table", "thead", "tbody", "tr", "th", "td")
	policy.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|center|right)$`)).OnElements("th", "td")
	return &Converter{
		parser: goldmark.New(
			goldmark.WithParser(parser.NewParser(
				parser.WithBlockParsers(without(parser.DefaultBlockParsers(), parser.NewHTMLBlockParser())...),
				parser.WithInlineParsers(without(parser.DefaultInlineParsers(), parser.NewRawHTMLParser())...),
				parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
				parser.WithASTTransformers(util.Prioritized(headings{}, 0)),
			)),
			goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(images{}, 0))),
			goldmark.WithExtensions(extension.NewTable(
				extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute),
			)),
		),
		policy: policy, strict: bluemonday.StrictPolicy(),
	}
}

func without(all []util.PrioritizedValue, parser any) []util.PrioritizedValue {
	return slices.DeleteFunc(all, func(p util.PrioritizedValue) bool { return p.Value == parser })
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

// images writes an image as a link with its alternative text, because pages load nothing
// from other sites.
type images struct{}

func (images) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindImage, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		address := util.EscapeHTML(util.URLEscape(n.(*ast.Image).Destination, true))
		if entering && !besideLink(n) {
			_, _ = fmt.Fprintf(w, `<a href="%s">`, address)
		}
		if entering && !n.HasChildren() {
			_, _ = w.Write(address)
		}
		if !entering && !besideLink(n) {
			_, _ = w.WriteString("</a>")
		}
		return ast.WalkContinue, nil
	})
}

// besideLink reports whether an image is in a link or has a link in its text. It is not
// made a link then, because a link cannot contain another one.
func besideLink(image ast.Node) (found bool) {
	for n := image.Parent(); n != nil; n = n.Parent() {
		found = found || n.Kind() == ast.KindLink || n.Kind() == ast.KindImage
	}
	_ = ast.Walk(image, func(n ast.Node, _ bool) (ast.WalkStatus, error) {
		found = found || n.Kind() == ast.KindLink || n.Kind() == ast.KindAutoLink
		return ast.WalkContinue, nil
	})
	return found
}

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
