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

// Converter turns what editors write into HTML that is safe in a page: no
// scripts, no styles, only links with safe schemes. Nothing that they write
// vanishes: what is no Markdown here, such as HTML, is text. It can be used by many
// goroutines at once.
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
	policy.AllowElements("p", "br", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "hr")
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
			goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))),
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

// images writes an image as its alternative text, which leads to it: pages load
// nothing from elsewhere.
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

// besideLink reports whether an image is in a link, or has one in its text: links
// cannot be in each other.
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

// hyperlink is what policy leaves of one.
var hyperlink = regexp.MustCompile(`(?s)<a href="([^"]*)">(.*?)</a>`)

// PlainWithAddresses is the text of what editors write for a program without markup: lists
// and tables keep their shape, and behind the words of a link stands its whole
// address.
func (m *Converter) PlainWithAddresses(written, publicURL string) (string, error) {
	return m.block(m.parser.Parser().Parse(source.NewReader([]byte(written))), []byte(written), publicURL)
}

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
		var out bytes.Buffer
		if err := m.parser.Renderer().Render(&out, written, n); err != nil {
			return "", fmt.Errorf("read markdown: %w", err)
		}
		linked := hyperlink.ReplaceAllStringFunc(m.policy.SanitizeReader(&out).String(), func(link string) string {
			parts := hyperlink.FindStringSubmatch(link)
			address := strings.TrimPrefix(parts[1], "mailto:")
			if strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") {
				address = publicURL + address
			}
			if address == parts[2] {
				return address
			}
			return parts[2] + " (" + address + ")"
		})
		return strings.TrimSpace(html.UnescapeString(m.strict.Sanitize(linked))), nil
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

// Render is the HTML of what editors write.
func (m *Converter) Render(written string) (templ.Component, error) {
	var out bytes.Buffer
	if err := m.parser.Convert([]byte(written), &out); err != nil {
		return nil, fmt.Errorf("render markdown: %w", err)
	}
	return templ.Raw(asHTML.Replace(m.policy.SanitizeReader(&out).String())), nil
}

// asHTML mends what the parser and the sanitiser know, and the HTML standard does
// not: align. Tables that are too wide can be scrolled, and not every browser lets
// the keyboard do so by itself. A text has no quotation mark here, the sanitiser
// escapes them.
var asHTML = strings.NewReplacer(` align="`, ` data-align="`, "<table>", `<table tabindex="0">`)
