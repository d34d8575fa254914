package web

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"

	"github.com/a-h/templ"
	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

// markdown turns what editors write into HTML that is safe in a page: no
// scripts, no styles, only links with safe schemes.
type markdown struct {
	parser goldmark.Markdown
	policy *bluemonday.Policy
	strict *bluemonday.Policy // no markup at all
}

func newMarkdown() *markdown {
	policy := bluemonday.NewPolicy()
	policy.AllowStandardURLs()
	policy.RequireNoFollowOnLinks(false)
	policy.AllowAttrs("href").OnElements("a")
	policy.AllowElements("p", "br", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "hr")
	policy.AllowElements("table", "thead", "tbody", "tr", "th", "td")
	policy.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|center|right)$`)).OnElements("th", "td")
	tables := extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))
	return &markdown{parser: goldmark.New(goldmark.WithExtensions(tables)), policy: policy, strict: bluemonday.StrictPolicy()}
}

// plain is the text of what editors write, without any markup.
func (m *markdown) plain(source string) (string, error) {
	var out bytes.Buffer
	if err := m.parser.Convert([]byte(source), &out); err != nil {
		return "", fmt.Errorf("read markdown: %w", err)
	}
	return html.UnescapeString(m.strict.SanitizeReader(&out).String()), nil
}

func (m *markdown) render(source string) (templ.Component, error) {
	var out bytes.Buffer
	if err := m.parser.Convert([]byte(source), &out); err != nil {
		return nil, fmt.Errorf("render markdown: %w", err)
	}
	return templ.Raw(asHTML.Replace(m.policy.SanitizeReader(&out).String())), nil
}

// asHTML mends what the parser and the sanitiser know, and the HTML standard does
// not: align. Tables that are too wide can be scrolled, and not every browser lets
// the keyboard do so by itself. A text has no quotation mark here, the sanitiser
// escapes them.
var asHTML = strings.NewReplacer(` align="`, ` data-align="`, "<table>", `<table tabindex="0">`)
