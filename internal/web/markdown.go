package web

import (
	"bytes"
	"fmt"

	"github.com/a-h/templ"
	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
)

// markdown turns what editors write into HTML that is safe in a page: no
// scripts, no styles, only links with safe schemes.
type markdown struct {
	parser goldmark.Markdown
	policy *bluemonday.Policy
}

func newMarkdown() *markdown {
	policy := bluemonday.NewPolicy()
	policy.AllowStandardURLs()
	policy.RequireNoFollowOnLinks(false)
	policy.AllowAttrs("href").OnElements("a")
	policy.AllowElements("p", "br", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "hr")
	return &markdown{parser: goldmark.New(), policy: policy}
}

func (m *markdown) render(source string) (templ.Component, error) {
	var html bytes.Buffer
	if err := m.parser.Convert([]byte(source), &html); err != nil {
		return nil, fmt.Errorf("render markdown: %w", err)
	}
	return templ.Raw(m.policy.SanitizeReader(&html).String()), nil
}
