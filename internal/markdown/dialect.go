package markdown

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// New returns a Converter.
func New() *Converter {
	policy := bluemonday.NewPolicy()
	policy.RequireParseableURLs(true)
	policy.AllowRelativeURLs(true)
	policy.AllowURLSchemes(schemes...)
	policy.RequireNoFollowOnLinks(false)
	policy.AllowAttrs("href", "title").OnElements("a")
	policy.AllowAttrs("class").Matching(regexp.MustCompile(`^address$`)).OnElements("a")
	policy.AllowElements("p", "br", "ul", "ol", "li", "blockquote", "pre", "hr")
	policy.AllowElements("strong", "em", "del", "code")
	policy.AllowElements("h2", "h3", "h4", "table", "thead", "tbody", "tr", "th", "td")
	policy.AllowAttrs("id").Matching(regexp.MustCompile(`^`+idPrefix+`[\p{L}\p{M}\p{N}-]+$`)).
		OnElements("h2", "h3", "h4")
	policy.AllowAttrs("start").Matching(regexp.MustCompile(`^\d{1,9}$`)).OnElements("ol")
	policy.AllowAttrs("value").Matching(regexp.MustCompile(`^\d{1,9}$`)).OnElements("li")
	policy.AllowAttrs("tabindex").Matching(regexp.MustCompile(`^0$`)).OnElements("table")
	policy.AllowAttrs("data-align").Matching(regexp.MustCompile(`^(left|center|right)$`)).OnElements("th", "td")
	return &Converter{policy: policy, parser: goldmark.New(
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(blockParsers()...),
			parser.WithInlineParsers(inlineParsers()...),
			parser.WithParagraphTransformers(
				util.Prioritized(parser.LinkReferenceParagraphTransformer, 100),
				util.Prioritized(tables{extension.NewTableParagraphTransformer()}, 200),
			),
			parser.WithASTTransformers(
				util.Prioritized(measure{}, 0),
				util.Prioritized(extension.NewTableASTTransformer(), 5),
				util.Prioritized(definitions{}, 10), // makes text, in which there may be addresses
				util.Prioritized(links{}, 20),
				util.Prioritized(addresses{}, 30),
				util.Prioritized(lists{}, 40),
				util.Prioritized(codeBlocks{}, 50),
				util.Prioritized(headings{}, 60), // the words of a heading are those that are shown by now
				util.Prioritized(measure{}, 70),
			),
		)),
		goldmark.WithRendererOptions(
			html.WithHardWraps(),
			html.WithWriter(writer{html.DefaultWriter}),
			renderer.WithNodeRenderers(
				util.Prioritized(elements{}, 0),
				util.Prioritized(extension.NewStrikethroughHTMLRenderer(), 500),
				util.Prioritized(extension.NewTableHTMLRenderer(), 500),
			),
		),
	)}
}

func blockParsers() []util.PrioritizedValue {
	return []util.PrioritizedValue{
		util.Prioritized(underlined{parser.NewSetextHeadingParser()}, 100),
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(shallow{unpadded{parser.NewListParser()}}, 300),
		util.Prioritized(numbered{parser.NewListItemParser()}, 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500),
		util.Prioritized(parser.NewATXHeadingParser(), 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(shallow{parser.NewBlockquoteParser()}, 800),
		util.Prioritized(parser.NewParagraphParser(), 1000),
	}
}

func inlineParsers() []util.PrioritizedValue {
	return []util.PrioritizedValue{
		util.Prioritized(folders{}, 40),
		util.Prioritized(bareAddress{}, 50),
		util.Prioritized(boxes{extension.NewTaskCheckBoxParser()}, 60),
		util.Prioritized(spans{parser.NewCodeSpanParser()}, 100),
		util.Prioritized(counted{spaced{parser.NewLinkParser()}}, 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300),
		util.Prioritized(lineBreaks{}, 400),
		util.Prioritized(counted{emphasis{parser.NewEmphasisParser()}}, 500),
		util.Prioritized(counted{struckOut{extension.NewStrikethroughParser()}}, 500),
	}
}
