package markdown

import (
	"cmp"
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
	taken, byWords, byLetters := map[string]int{}, map[string]string{}, map[string]string{}
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
		if key := words(unaccented(id), ""); byLetters[key] == "" {
			byLetters[key] = id
		}
		return ast.WalkContinue, nil
	})
	for _, link := range inPage {
		to, err := url.PathUnescape(string(link.Destination[1:]))
		if err != nil {
			to = string(link.Destination[1:])
		}
		to = strings.TrimPrefix(to, idPrefix)
		exact := words(to, "-")
		if _, found := taken[exact]; found {
			to = exact
		} else if id := cmp.Or(byWords[words(to, "")], byLetters[words(unaccented(to), "")]); id != "" {
			to = id
		} else {
			link.SetAttributeString(nowhere, []byte{})
		}
		link.Destination = util.URLEscape([]byte("#"+idPrefix+to), false)
	}
}

// nowhere marks a link to a part of the text that is not there.
const nowhere = "nowhere"

// words are the letters and digits of a text in lower case, with their accents and vowel
// signs: without those of दिन and दान one word is the other.
func words(text, between string) string {
	var out strings.Builder
	pending := true
	for _, r := range norm.NFKC.String(text) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if pending && out.Len() > 0 {
				out.WriteString(between)
			}
			pending = false
			out.WriteRune(unicode.ToLower(r))
		case !unicode.Is(unicode.M, r):
			pending = true
		case !pending:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// unaccented is a text as those type it whose keyboard has no accents.
func unaccented(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.M, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(text))
}
