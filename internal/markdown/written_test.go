package markdown

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	source "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

const site = "https://intranet.example"

// What editors write is what readers see: numbers, addresses, lines and cells, on the page
// and where there is no markup.
func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	m := New()
	for _, test := range []example{
		{"a clause behind a heading", "1. a\n2. b\n\n## H\n\n3. c\n4. d",
			`<ol><li>a</li><li>b</li></ol><h2 id="text-h">H</h2><ol start="3"><li>c</li><li>d</li></ol>`,
			"1. a\n2. b\n\nH\n\n3. c\n4. d"},
		{"a year", "2026. That was good.", `<ol start="2026"><li>That was good.</li></ol>`, "2026. That was good."},
		{"in a quote", "> 7. a\n> 8. b", `<blockquote><ol start="7"><li>a</li><li>b</li></ol></blockquote>`,
			"7. a\n8. b"},
		{"in a list", "- 5. a", `<ul><li><ol start="5"><li>a</li></ol></li></ul>`, "- 5. a"},
		{"a gap", "1. a\n3. c\n4. d\n9. e", `<ol><li>a</li><li value="3">c</li><li>d</li><li value="9">e</li></ol>`,
			"1. a\n3. c\n4. d\n9. e"},
		{"to be counted", "1. a\n1. b\n1. c", `<ol><li>a</li><li>b</li><li>c</li></ol>`, "1. a\n2. b\n3. c"},
		{"with brackets", "2) a\n3) b", `<ol start="2"><li>a</li><li>b</li></ol>`, "2) a\n3) b"},
		{"a list in two spaces", "1. One\n  - a\n2. Two",
			`<ol><li>One</li></ol><ul><li>a</li></ul><ol start="2"><li>Two</li></ol>`, "1. One\n\n- a\n\n2. Two"},
		{"zeros", "01. a\n02. b", `<p>01. a<br>02. b</p>`, "01. a\n02. b"},
		{"from zero", "0. a\n1. b", `<ol start="0"><li>a</li><li>b</li></ol>`, "0. a\n1. b"},

		{"a phone", "[desk](tel:+551155550100)", `<p><a href="tel:+551155550100">desk</a></p>`,
			"desk (tel:+551155550100)"},
		{"a message", "[m](sms:+44) [s](sip:a@b.example)",
			`<p><a href="sms:+44">m</a> <a href="sip:a@b.example">s</a></p>`, "m (sms:+44) s (sip:a@b.example)"},
		{"a phone alone", "<tel:+55>", `<p><a href="tel:+55">tel:+55</a></p>`, "tel:+55"},
		{"a script", "[a](javascript:alert) [b](VBScript:x) [c](data:text/html,x)",
			`<p>a (javascript:alert) b (VBScript:x) c (data:text/html,x)</p>`,
			"a (javascript:alert) b (VBScript:x) c (data:text/html,x)"},
		{"a script alone", "<javascript:alert(1)>", `<p>&lt;javascript:alert(1)&gt;</p>`, "<javascript:alert(1)>"},
		{"a folder", `[f](\\server\share) [g](C:\x)`, `<p>f (\\server\share) g (C:\x)</p>`,
			`f (\\server\share) g (C:\x)`},
		{"a bad address", "[f](http://[x) [g](https://x.example/%zz)",
			`<p>f (http://[x) <a href="https://x.example/%25zz">g</a></p>`,
			"f (http://[x) g (https://x.example/%25zz)"},
		{"a title", `[a](/b "the form")`, `<p><a href="/b" title="the form">a</a></p>`,
			"a (" + site + "/b the form)"},
		{"without its scheme", "[a](www.b.example) [c](d@e.example)",
			`<p><a href="https://www.b.example">a</a> <a href="mailto:d@e.example">c</a></p>`,
			"a (https://www.b.example) c (d@e.example)"},

		{"addresses alone", "See https://a.example/b_c_d?e=f&g, (www.h.example) or i_j@k.example.",
			`<p>See <a href="https://a.example/b_c_d?e=f&amp;g">https://a.example/b_c_d?e=f&amp;g</a>, ` +
				`(<a href="https://www.h.example">www.h.example</a>) or ` +
				`<a href="mailto:i_j@k.example">i_j@k.example</a>.</p>`,
			"See https://a.example/b_c_d?e=f&g, (www.h.example) or i_j@k.example."},
		{"with marks", "See https://a.example/_b_/*c*/~~d~~/e.",
			`<p>See <a href="https://a.example/_b_/*c*/~~d~~/e">https://a.example/_b_/*c*/~~d~~/e</a>.</p>`,
			"See https://a.example/_b_/*c*/~~d~~/e."},
		{"in bold", "**https://a.example/x**",
			`<p><strong><a href="https://a.example/x">https://a.example/x</a></strong></p>`,
			"https://a.example/x"},
		{"in a cell", "| a |\n|---|\n| b@c.example |",
			`<table tabindex="0"><thead><tr><th>a</th></tr></thead><tbody><tr><td>` +
				`<a href="mailto:b@c.example">b@c.example</a></td></tr></tbody></table>`, "a\nb@c.example"},
		{"in code", "`https://a.example`", `<p><code>https://a.example</code></p>`, "https://a.example"},
		{"in a link", "[https://a.example](/b)", `<p><a href="/b">https://a.example</a></p>`,
			"https://a.example (" + site + "/b)"},

		{"definitions of nothing", "[IMPORTANT]: deadline\n\n[Ana]: ana@x.example\n[Bob]: /b",
			`<p>[IMPORTANT]: deadline</p><p>[Ana]: <a href="mailto:ana@x.example">ana@x.example</a><br>[Bob]: /b</p>`,
			"[IMPORTANT]: deadline\n\n[Ana]: ana@x.example\n[Bob]: /b"},
		{"a definition in use", "[a][x] [y]\n\n[x]: /b\n[y]: deadline",
			`<p><a href="/b">a</a> [y]</p><p>[y]: deadline</p>`, "a (" + site + "/b) [y]\n\n[y]: deadline"},
		{"defined twice", "[a]\n\n[a]: /b\n[a]: /c", `<p><a href="/b">a</a></p><p>[a]: /c</p>`,
			"a (" + site + "/b)\n\n[a]: /c"},

		{"cells beyond the head", "| A | B |\n|---|--:|\n| a | b | third |\n| c |",
			`<table tabindex="0"><thead><tr><th>A</th><th data-align="right">B</th><td></td></tr></thead>` +
				`<tbody><tr><td>a</td><td data-align="right">b</td><td>third</td></tr>` +
				`<tr><td>c</td><td></td><td></td></tr></tbody></table>`, "A | B | \na | b | third\nc |  | "},
		{"lines", "Rua A, 1\nSão Paulo", `<p>Rua A, 1<br>São Paulo</p>`, "Rua A, 1\nSão Paulo"},
		{"lines in a cell", "| A |\n|---|\n| a<br>b<BR />c`<br>` |",
			`<table tabindex="0"><thead><tr><th>A</th></tr></thead><tbody><tr><td>a<br>b<br>c` +
				`<code>&lt;br&gt;</code></td></tr></tbody></table>`, "A\na\nb\nc<br>"},
		{"lines of HTML", "a<br/>b <br x>", `<p>a<br>b &lt;br x&gt;</p>`, "a\nb <br x>"},
		{"bullets of Word", "• a\n• b", `<p>• a<br>• b</p>`, "• a\n• b"},
		{"struck out", "~~a~~ ~5 ~b~", `<p><del>a</del> ~5 ~b~</p>`, "a ~5 ~b~"},
		{"tasks", "- [x] a\n- [ ] b\n- [x](/c)", `<ul><li>☑ a</li><li>☐ b</li><li><a href="/c">x</a></li></ul>`,
			"- ☑ a\n- ☐ b\n- x (" + site + "/c)"},
		{"behind a fence", "``` go\na\n```\n\n~~~ not a language\nb\n~~~",
			"<pre><code>a\n</code></pre><p>not a language</p><pre><code>b\n</code></pre>", "a\n\nnot a language\n\nb"},

		{"headings",
			"# Part two\n\n## Férias & 2\n\n# Part two\n\n[a](#part-two) [b](#ferias-2) [c](#Part-two-1) [d](#no)",
			`<h2 id="text-part-two">Part two</h2><h2 id="text-férias-2">Férias &amp; 2</h2>` +
				`<h2 id="text-part-two-1">Part two</h2><p><a href="#text-part-two">a</a> ` +
				`<a href="#text-f%C3%A9rias-2">b</a> ` +
				`<a href="#text-part-two-1">c</a> <a href="#text-no">d</a></p>`,
			"Part two\n\nFérias & 2\n\nPart two\n\na b c d (no)"},
		{"ids of the page", "# main\n\n# carameloai Chatbot", `<h2 id="text-main">main</h2>` +
			`<h2 id="text-carameloai-chatbot">carameloai Chatbot</h2>`, "main\n\ncarameloai Chatbot"},
		{"deep", strings.Repeat("> ", 40) + "a",
			strings.Repeat("<blockquote>", 20) + "<p>" + strings.Repeat("&gt; ", 20) +
				"a</p>" + strings.Repeat("</blockquote>", 20), strings.Repeat("> ", 20) + "a"},
	} {
		test.check(t, m)
	}
}

// example is a text, and what is read of it on the page and without markup.
type example struct{ name, written, html, plain string }

func (e example) check(t *testing.T, m *Converter) {
	t.Helper()
	html := regexp.MustCompile(`(<br>|</?[a-z][^>]*>)\n+`).ReplaceAllString(m.convert(e.written), "$1")
	if strings.Contains(e.html, "<pre>") {
		html = regexp.MustCompile(`(</p>|</pre>)\n+`).ReplaceAllString(m.convert(e.written), "$1")
	}
	html = strings.ReplaceAll(html, ` class="address"`, "")
	if html = strings.TrimSpace(html); html != e.html {
		t.Errorf("%s:\n%s, want\n%s", e.name, html, e.html)
	}
	if plain := m.PlainWithAddresses(e.written, site); plain != e.plain {
		t.Errorf("%s:\n%q, want\n%q", e.name, plain, e.plain)
	}
	lost(t, m, e.written)
}

// On paper the address of a link stands behind its words, and once where they are it.
func TestALinkSaysThatItsWordsAreItsAddress(t *testing.T) {
	t.Parallel()
	m := New()
	for written, marked := range map[string]bool{
		"https://a.example/b": true, "<https://a.example>": true, "www.a.example": true,
		"[https://a.example](https://a.example)": true, "[a](https://a.example)": false,
		"[https://a.example](https://b.example)": false, "[a.example](https://a.example)": false,
	} {
		if got := strings.Contains(m.convert(written), `class="address"`); got != marked {
			t.Errorf("%s: %s", written, m.convert(written))
		}
	}
}

// FuzzWritten: no word that is written is missing from the page, but the name of a definition
// in use, the language of code, and the box of a task. The sanitiser takes nothing away,
// nothing runs, and the page stays small.
func FuzzWritten(f *testing.F) {
	m := New()
	for _, seed := range []string{
		"1. One\n  - two\n2. Three\n\n## Head\n\n> 3. four", "[desk](tel:+5511 \"title\") <tel:+55> [a](javascript:x)",
		"[IMPORTANT]: deadline\n\n[Ana]: ana@x.example\n[Bob]: /b 'title'\n\n[Ana] [Bob][] [c][Bob]",
		"| A | B |\n|---|:-:|\n| `a\\|b` | b | third |\n", "see www.a.example/b_c and d@e.example, <https://f.example>",
		"``` go extra\ncode\n```\n~~~texto~~~\nx", "- [x] done\n- [ ] not [x]",
		"~~a~~ `b` **c** _d_ ![e](/f) [![g](/h)](/i)",
		"Setext\n===\n\n    indented\n\n***\nline\\\nline  \nline", "<b onclick=x>&amp; &eacute; \\* &lt;c",
		"[a]: <b\n[d]: e f\n[]()",
		strings.Repeat("> - 1. ", 30) + "deep", strings.Repeat("[", 300) + "a" + strings.Repeat("](b)", 300),
		"# [Part](/x) `two`\n\n[a](#part-two) [b](#nothing-here)",
		"[x](/a b \"t\") ![](tel:+1 2) C:\\Temp\\_a b\\*c \\\\x\\[y](/z)",
		"www.[a] https://https://a.example http://[::1",
		"请看https://a.example/x。谢谢（www.b.example）a@b.example谢 https://[::1]/ 用@例.中",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, written string) {
		if !utf8.ValidString(written) || len(written) > 20000 || strings.ContainsFunc(written, func(r rune) bool {
			return unicode.IsControl(r) && r != '\n' && r != '\t'
		}) {
			t.Skip()
		}
		lost(t, m, written)
	})
}

// lost looks for what was written and cannot be read.
func lost(t *testing.T, m *Converter, written string) {
	t.Helper()
	html := m.convert(written)
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		t.Fatal(err)
	}
	if len(html) > 2*maxHTML || doc.Find("a a, img, script, [style], [onclick]").Length() > 0 {
		t.Errorf("%.300q became %.300s", written, html)
	}
	read := doc.Text()
	for _, a := range doc.Find("a").EachIter() {
		href := a.AttrOr("href", "")
		if scheme, _, found := strings.Cut(href, ":"); found && strings.Contains("javascript data vbscript", scheme) {
			t.Errorf("%.300q leads to %.300q", written, href)
		}
		read += " " + href + " " + a.AttrOr("title", "")
	}
	escaped := regexp.MustCompile(`(%[0-9A-Fa-f]{2})+`)
	without := regexp.MustCompile(`&[#\w]+;`).ReplaceAllString(written, " ")
	for name, text := range map[string]string{
		"the page": read, "plain text": m.PlainWithAddresses(written, site),
	} {
		text += " " + escaped.ReplaceAllStringFunc(text, func(s string) string {
			unescaped, _ := url.PathUnescape(s)
			return unescaped
		})
		// A link to a heading has its id, which may have other accents than were typed.
		text, works := words(unaccented(text), " "), words(unaccented(syntax(written)), " ")
		for _, word := range regexp.MustCompile(`\pL+`).FindAllString(words(unaccented(without), " "), -1) {
			if !strings.Contains(text, word) && !strings.Contains(words(text, ""), word) &&
				!strings.Contains(works, word) {
				t.Errorf("%s: %q of %.300q is not in %.300q", name, word, written, text)
			}
		}
	}
}

// syntax is what of a text works, and need not be read: names of definitions and languages,
// links to headings, mailto, and line breaks of HTML.
func syntax(written string) string {
	works := " x br mailto "
	text := []byte(written + "\n")
	blocks := slices.DeleteFunc(parser.DefaultBlockParsers(), func(p util.PrioritizedValue) bool {
		return p.Value == parser.NewHTMLBlockParser()
	})
	plain := parser.NewParser(parser.WithBlockParsers(blocks...),
		parser.WithInlineParsers(parser.DefaultInlineParsers()...),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...))
	markdown := goldmark.New(goldmark.WithParser(plain), goldmark.WithExtensions(extension.Table))
	document := markdown.Parser().Parse(source.NewReader(text))
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Link:
			if n.Reference != nil {
				works += " " + string(n.Reference.Value)
			}
			if bytes.HasPrefix(n.Destination, []byte("#")) {
				works += " " + string(n.Destination)
			}
		case *ast.Image:
			if n.Reference != nil {
				works += " " + string(n.Reference.Value)
			}
		case *ast.FencedCodeBlock:
			if language := n.Language(text); len(language) < 20 {
				works += " " + string(language)
			}
		}
		return ast.WalkContinue, nil
	})
	return works
}
