package markdown

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

func TestNothingThatEditorsWriteVanishes(t *testing.T) {
	t.Parallel()
	m := New()
	for written, want := range map[string]struct{ html, plain string }{
		"<center>Aviso</center>": {`<p>&lt;center&gt;Aviso&lt;/center&gt;</p>`, "<center>Aviso</center>"},
		"<p>Texto</p>\n\n**b**": {
			"<p>&lt;p&gt;Texto&lt;/p&gt;</p>\n<p><strong>b</strong></p>", "<p>Texto</p>\n\nb",
		},
		"Preencha <Nome> e <Setor>": {
			`<p>Preencha &lt;Nome&gt; e &lt;Setor&gt;</p>`, "Preencha <Nome> e <Setor>",
		},
		"<b>Lê</b> https://example.com/": {
			`<p>&lt;b&gt;Lê&lt;/b&gt; <a href="https://example.com/">https://example.com/</a></p>`,
			"<b>Lê</b> https://example.com/",
		},
		"<!-- a -->\n<?b?> <![CDATA[c]]>": {
			"<p>&lt;!-- a --&gt;<br>\n&lt;?b?&gt; &lt;![CDATA[c]]&gt;</p>", "<!-- a -->\n<?b?> <![CDATA[c]]>",
		},
		"<https://example.com>": {
			`<p><a href="https://example.com">https://example.com</a></p>`, "https://example.com",
		},

		"![a *foto* & co](https://example.com/a_b.png?c&d \"t\")": {
			`<p><a href="https://example.com/a_b.png?c&amp;d" title="t">a <em>foto</em> &amp; co</a></p>`,
			"a foto & co",
		},
		"![](/a.png)":                  {`<p><a href="/a.png">/a.png</a></p>`, "/a.png"},
		"![foto](javascript:alert(1))": {`<p>foto (javascript:alert(1))</p>`, "foto (javascript:alert(1))"},
		"![foto](data:image/png;base64,AAAA)": {
			`<p>foto (data:image/png;base64,AAAA)</p>`, "foto (data:image/png;base64,AAAA)",
		},
		"[![foto](/a.png) b](/c)": {`<p><a href="/c">foto (/a.png) b</a></p>`, "foto (/a.png) b"},
		"[![](/a.png)](/c)":       {`<p><a href="/c">/a.png</a></p>`, "/a.png"},
		"![a [b](/c)](/d) ![e ![f](/g)](/h)": {
			`<p>a <a href="/c">b</a> (/d) <a href="/h">e f (/g)</a></p>`, "a b (/d) e f (/g)",
		},
		"# Um\n\nDois\n====\n\n### Três\n\n##### Cinco": {
			`<h2 id="text-um">Um</h2>` + "\n" + `<h2 id="text-dois">Dois</h2>` + "\n" +
				`<h3 id="text-três">Três</h3>` + "\n" + `<h4 id="text-cinco">Cinco</h4>`,
			"Um\n\nDois\n\nTrês\n\nCinco",
		},
	} {
		var html strings.Builder
		if err := m.Render(written).Render(t.Context(), &html); err != nil {
			t.Fatal(err)
		}
		got := strings.NewReplacer("&#34;", `"`, ` class="address"`, "").Replace(strings.TrimSpace(html.String()))
		if got != want.html {
			t.Errorf("%q became\n%s, want\n%s", written, got, want.html)
		}
		if plain := Plain(written); plain != want.plain {
			t.Errorf("%q became %q, want %q", written, plain, want.plain)
		}
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(html.String()))
		if err != nil || doc.Find("body").Text() == "" || doc.Find("a a, img, script").Length() != 0 {
			t.Errorf("%q became %s, %v", written, got, err)
		}
	}
}

func TestTextWithoutMarkupKeepsItsShapeAndItsAddresses(t *testing.T) {
	t.Parallel()
	written := "## Festa\n\n" +
		"Escreva a [comunicacao@x.example](mailto:comunicacao@x.example) ou à [**Bia** & cia](/people/1),\n" +
		"via <https://x.example/?a&b>. `<Nome>` <Setor> \\*\n\n" +
		"1. um\n2. dois\n   - três\n   - [mapa](https://x.example/mapa)\n\n" +
		"> citado\n>\n> duas vezes\n\n---\n\n" +
		"| a | b |\n|---|---|\n| c | **d** |\n\n" +
		"    código\n\n" +
		"[não](javascript:alert(1)) ![foto](//y.example/f.png)"
	want := "Festa\n\n" +
		"Escreva a comunicacao@x.example ou à Bia & cia (https://intranet.example.com/people/1),\n" +
		"via https://x.example/?a&b. <Nome> <Setor> *\n\n" +
		"1. um\n2. dois\n  - três\n  - mapa (https://x.example/mapa)\n\n" +
		"citado\n\nduas vezes\n\n---\n\n" +
		"a | b\nc | d\n\n" +
		"código\n\n" +
		"não (javascript:alert(1)) foto (//y.example/f.png)"
	if got := New().PlainWithAddresses(written, "https://intranet.example.com"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNothingThatEditorsWriteCanRun(t *testing.T) {
	t.Parallel()
	m := New()
	// What the parser lets through, or would if it were another one.
	for source, want := range map[string]string{
		"![x](/x.png) [x](ftp://evil.example)": "<p><a href=\"/x.png\">x</a> x (ftp://evil.example)</p>",
		"| a |\n|:-:|\n| b |": "<table tabindex=\"0\">\n" +
			"<thead>\n<tr>\n<th data-align=\"center\">a</th>\n</tr>\n</thead>\n" +
			"<tbody>\n<tr>\n<td data-align=\"center\">b</td>\n</tr>\n</tbody>\n</table>",
	} {
		var html strings.Builder
		if err := m.Render(source).Render(t.Context(), &html); err != nil ||
			strings.TrimSpace(strings.ReplaceAll(html.String(), "<p> ", "<p>")) != want {
			t.Errorf("%q became %q, %v", source, html.String(), err)
		}
	}
	got := m.policy.Sanitize(`<table style="x" class="y"><tr onclick="z">` +
		`<th data-align="javascript:" scope="x" style="x">a</th><td data-align="right" id="main" colspan="9">b</td>` +
		`</tr></table><script>c</script>`)
	if got != `<table><tr><th>a</th><td data-align="right">b</td></tr></table>` {
		t.Errorf("the sanitiser lets through %s", got)
	}
}
