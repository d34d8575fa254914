package markdown

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	source "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"golang.org/x/text/unicode/norm"
)

// idPrefix keeps the ids of headings apart from those of the page, and from names of scripts.
const idPrefix = "text-"

// headings keeps the headings of a text below the title of its page, and gives each an id of
// its words, to which links of the text lead.
type headings struct{}

func (headings) Transform(document *ast.Document, reader source.Reader, _ parser.Context) {
	var inPage []*ast.Link
	taken, byWords := map[string]int{}, map[string]string{}
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if link, ok := n.(*ast.Link); ok && entering && strings.HasPrefix(string(link.Destination), "#") {
			inPage = append(inPage, link)
		}
		heading, ok := n.(*ast.Heading)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		heading.Level = min(max(heading.Level, 2), 4)
		base := words(inline(heading, reader.Source()), "-")
		if base == "" {
			return ast.WalkContinue, nil
		}
		id := base
		for _, again := taken[id]; again; _, again = taken[id] {
			taken[base]++
			id = base + "-" + strconv.Itoa(taken[base])
		}
		taken[id] = 0
		heading.SetAttributeString("id", []byte(idPrefix+id))
		if key := words(id, ""); byWords[key] == "" {
			byWords[key] = id
		}
		return ast.WalkContinue, nil
	})
	for _, link := range inPage {
		to, err := url.PathUnescape(string(link.Destination[1:]))
		if err != nil {
			to = string(link.Destination[1:])
		}
		to = strings.TrimPrefix(to, idPrefix)
		if id := byWords[words(to, "")]; id != "" {
			to = id
		} else {
			link.SetAttributeString(nowhere, []byte{})
		}
		link.Destination = util.URLEscape([]byte("#"+idPrefix+to), false)
	}
}

// nowhere marks a link to a part of the text that is not there.
const nowhere = "nowhere"

// words are the letters and digits of a text, in lower case and without accents.
func words(text, between string) string {
	var out strings.Builder
	pending := false
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if pending && out.Len() > 0 {
				out.WriteString(between)
			}
			pending = false
			out.WriteRune(unicode.ToLower(r))
		case !unicode.Is(unicode.M, r):
			pending = true
		}
	}
	return out.String()
}
