package markdown

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

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
