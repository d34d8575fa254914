package markdown

import (
	"regexp"

	"github.com/yuin/goldmark/ast"
	extended "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	source "github.com/yuin/goldmark/text"
)

// codeBlocks shows what stands behind the fence of a block of code and is no language.
type codeBlocks struct{}

// aLanguage is one that code is written in: no sentence, and no code.
var aLanguage = regexp.MustCompile(`^[\pL\pN+#.-]{1,20}$`)

func (codeBlocks) Transform(document *ast.Document, reader source.Reader, _ parser.Context) {
	var found []*ast.FencedCodeBlock
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if block, ok := n.(*ast.FencedCodeBlock); ok && entering && block.Info != nil {
			found = append(found, block)
		}
		return ast.WalkContinue, nil
	})
	for _, block := range found {
		if info := block.Info.Segment; !aLanguage.Match(info.Value(reader.Source())) {
			paragraph := ast.NewParagraph()
			paragraph.AppendChild(paragraph, ast.NewTextSegment(info))
			block.Parent().InsertBefore(block.Parent(), block, paragraph)
		}
		block.Info = nil
	}
}

// elements writes what the libraries write in another way.
type elements struct{}

func (elements) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindLink, link)
	r.Register(extended.KindTable, table)
	r.Register(extended.KindTableCell, cell)
}
