package markdown

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// An entity is its character, if a text may hold that one: those that nobody sees are left out.
func TestAnEntityMakesNothingThatNobodySees(t *testing.T) {
	t.Parallel()
	m := New()
	for _, test := range []example{
		{"backwards", "a&#x202E;b&#8238;c", "<p>abc</p>", "abc"},
		{"without width", "a&#8203;b&ZeroWidthSpace;c&zwj;d&zwnj;e&shy;f&NoBreak;g&#xFEFF;",
			"<p>abcdefg</p>", "abcdefg"},
		{"controls", "a&#0;b&#x8;c&#13;d&#x1b;e", "<p>abcde</p>", "abcde"},
		{"no characters", "a&#xD800;b&#x110000;c&#xFFFE;d&#xFFFD;e", "<p>abcde</p>", "abcde"},
		{"in a link", `[a](https://a.example/&#x202E;b "c&#x202E;d")`,
			`<p><a href="https://a.example/b" title="cd">a</a></p>`, "a (https://a.example/b cd)"},
		{"in an address", "https://a.example/&#8203;b", `<p><a href="https://a.example/">https://a.example/</a>b</p>`,
			"https://a.example/b"},
		{"behind an address", "&lt;https://a.example&gt; https://b.example/?c&amp;d&quot;",
			`<p>&lt;<a href="https://a.example">https://a.example</a>&gt; ` +
				`<a href="https://b.example/?c&amp;d">https://b.example/?c&amp;d</a>&#34;</p>`,
			`<https://a.example> https://b.example/?c&d"`},
		{"in a heading", "# a&#x202E;b", `<h2 id="text-ab">ab</h2>`, "ab"},
		{"in code", "`&#8203;`\n\n    &#x202E;",
			"<p><code>&amp;#8203;</code></p><pre><code>&amp;#x202E;\n</code></pre>",
			"&#8203;\n\n&#x202E;"},
		{"that are seen", "it&#039;s &eacute; &#128; &#x1F600; &amp;lt; &#39;",
			"<p>it&#39;s é € 😀 &amp;lt; &#39;</p>",
			"it's é € 😀 &lt; '"},
		{"that are none", `&nosuch; &section; AT&T &# &#x; \&eacute;`,
			"<p>&amp;nosuch; &amp;section; AT&amp;T &amp;# &amp;#x; &amp;eacute;</p>",
			"&nosuch; &section; AT&T &# &#x; &eacute;"},
	} {
		test.check(t, m)
	}
}

// Addresses are links with the blanks that they have where people copy them, and nothing
// else in brackets is one.
func TestAnAddressMayHaveBlanks(t *testing.T) {
	t.Parallel()
	m := New()
	for _, test := range []example{
		{"a document", "[x](https://host/Shared Documents/x.docx) y",
			`<p><a href="https://host/Shared%20Documents/x.docx">x</a> y</p>`,
			"x (https://host/Shared%20Documents/x.docx) y"},
		{"with brackets", "*[x](/a b (1).docx)*, ![y](/c  d )",
			`<p><em><a href="/a%20b%20(1).docx">x</a></em>, <a href="/c%20%20d">y</a></p>`,
			"x (" + site + "/a%20b%20(1).docx), y (" + site + "/c%20%20d)"},
		{"with a title", `[x](/a b "c d") [y](/a 'b) c') [z](/a (b c)) [v](/a "")`,
			`<p><a href="/a%20b" title="c d">x</a> <a href="/a" title="b) c">y</a> ` +
				`<a href="/a" title="b c">z</a> <a href="/a">v</a></p>`,
			"x (" + site + "/a%20b c d) y (" + site + "/a b) c) z (" + site + "/a b c) v (" + site + "/a)"},
		{"a phone", "[x](tel:+55 11 5555-0100) [y](tel: 11 22) [z](sms:+55 11?body=a b)",
			`<p><a href="tel:+55115555-0100">x</a> <a href="tel:1122">y</a> <a href="sms:+5511?body=a%20b">z</a></p>`,
			"x (tel:+55115555-0100) y (tel:1122) z (sms:+5511?body=a%20b)"},
		{"a mailbox", "[x](mailto:a b@c) [y](mailto:a@b.example?subject=c d)",
			`<p><a href="mailto:a%20b@c">x</a> <a href="mailto:a@b.example?subject=c%20d">y</a></p>`,
			"x (a%20b@c) y (a@b.example?subject=c%20d)"},
		{"a heading", "# My part\n\n[x](#My part)",
			`<h2 id="text-my-part">My part</h2><p><a href="#text-my-part">x</a></p>`,
			"My part\n\nx"},
		{"that leads nowhere", `[x](C:\My Documents\_a) [y](https://a b/c d) [z](javascript:a b)`,
			`<p>x (C:\My Documents\_a) y (https://a b/c d) z (javascript:a b)</p>`,
			`x (C:\My Documents\_a) y (https://a b/c d) z (javascript:a b)`},
		{"that is none", "[x](see the form) [y](Note: see) [z](/ or so) [v](/a b",
			"<p>[x](see the form) [y](Note: see) [z](/ or so) [v](/a b</p>",
			"[x](see the form) [y](Note: see) [z](/ or so) [v](/a b"},
		{"without words", "[](https://x.example) [ ](/a b) ![](/c) [](javascript:x) ![ ](x:y)",
			`<p><a href="https://x.example">https://x.example</a> <a href="/a%20b">/a b</a> ` +
				`<a href="/c">/c</a> javascript:x x:y</p>`,
			"https://x.example /a b (" + site + "/a%20b) /c (" + site + "/c) javascript:x x:y"},
	} {
		test.check(t, m)
	}
}

// A path of Windows keeps its backslashes; before a mark elsewhere one is not read.
func TestAPathKeepsItsBackslashes(t *testing.T) {
	t.Parallel()
	m := New()
	for written, want := range map[string]string{
		`C:\Temp\_new`:                          "",
		`\\server\share\_a\*b`:                  "",
		`(D:\a_b_c\!x) and "E:\__x__\_y".`:      "",
		`C:\Program Files (x86)\_new and \*b\*`: `C:\Program Files (x86)\_new and *b*`,
		`**C:\Temp\_x**. _D:\y_`:                `<strong>C:\Temp\_x</strong>. <em>D:\y</em>`,
		`C:\a and *b* D:\c\_d`:                  `C:\a and <em>b</em> D:\c\_d`,
		`[C:\a\_b](/c) https://d.example`: `<a href="/c">C:\a\_b</a> ` +
			`<a href="https://d.example">https://d.example</a>`,
		`C:\\Temp\\_new \\\\server\\share`:       `C:\Temp\_new \\server\share`,
		`HKLM\a\_b ..\a\_b %TEMP%\a\_b ção\é\_a`: "",
		`\*a\* 1\. b\_c foo\\bar \\ x`:           `*a* 1. b_c foo\bar \ x`,
	} {
		if want == "" {
			want = written
		}
		got := strings.TrimSpace(m.convert(written))
		got = strings.NewReplacer("&#34;", `"`, ` class="address"`, "").Replace(got)
		if got != "<p>"+want+"</p>" {
			t.Errorf("%s became %s, want %s", written, got, want)
		}
		if plain := regexp.MustCompile("<[^>]*>").ReplaceAllString(want, ""); Plain(written) != plain {
			t.Errorf("%s became %s, want %s", written, Plain(written), plain)
		}
	}
}

// An address ends where it ends, also beside letters and marks of scripts without blanks
// between words: what is in «» is a link.
func TestAnAddressEndsInEveryScript(t *testing.T) {
	t.Parallel()
	m := New()
	for _, marked := range []string{
		"请看«https://example.com/x»。谢谢", "（«https://example.com»）", "「«https://example.com/x»」を見て",
		"请看«https://example.com/x»谢谢", "详见«www.a.example»，谢谢", "“«https://a.example/x»”的",
		"详见《«https://a.example/x(y)»》和«https://b.example»", "ดูที่«https://example.com/x»ครับ",
		"여기«https://a.example/x»에서", "サーバー«https://a.example/»を参照",
		"«https://a.example»和«https://b.example/x»谢谢2024",
		"联系我«a@b.example»谢谢", "または«a.b@c.example»まで", "Ana：«ana@x.example»；«bob@x.example»，c",
		"«https://ja.example/wiki/日本» «https://a.example/2024年報告.pdf»。", "«https://a.example/x?q=日本»",
		"«https://bücher.example/é», «http://例え.テスト/パス» e «a@bücher.example»", "«用户@例子.中国»。",
		"详见（«https://a.example/_b_/*c*d»）", "Link:«https://a.example/_b_/x» -«http://b.example/~~_c_~~/d».",
		"«https://[::1]/», («http://[2001:db8::1]:8080/x?y»).", "«https://a.example/x»\u00a0b",
		"«https://a.example/x»\u200bb",
	} {
		typed := strings.NewReplacer("«", "", "»", "").Replace(marked)
		read := strings.TrimSpace(m.convert(typed))
		got := regexp.MustCompile(`<a [^>]*>(.*?)</a>`).ReplaceAllString(read, "«$1»")
		if got != "<p>"+marked+"</p>" {
			t.Errorf("%s became %s", marked, read)
		}
		if plain := m.PlainWithAddresses(typed, site); plain != typed {
			t.Errorf("%s became %s", typed, plain)
		}
		lost(t, m, typed)
	}
	if got := m.convert("[x](https://[::1]:80/a b)"); !strings.Contains(got, `href="https://[::1]:80/a%20b"`) {
		t.Error(got)
	}
}

// A link with the words of a heading leads to that heading, with its accents or without
// them, and as a browser encodes them.
func TestAHeadingIsFoundByItsWords(t *testing.T) {
	t.Parallel()
	m := New()
	text := "# दिन\n\n# दान\n\n# Avó\n\n# Avô\n\n# Ação 1\n\n# Ação\n\n# Ação\n\n" +
		"# ที่ 2️⃣ ﬁm\n\n# Co\u0302r\n\n# Re ver\n\n# Rever\n"
	for typed, id := range map[string]string{
		"#दिन": "दिन", "#दान": "दान", "#%E0%A4%A6%E0%A4%BE%E0%A4%A8": "दान", "#avó": "avó", "#Avô": "avô",
		"#Av%C3%B4": "avô", "#Avo\u0302": "avô", "#text-avô": "avô", "#avo": "avó", "#AVO": "avó", "#Ação": "ação",
		"#ação-1": "ação-1", "#acao1": "ação-1", "#acao": "ação", "#acao-2": "ação-2",
		"#ที่-2-fim": "ที่-2\ufe0f\u20e3-fim",
		"#Ação 1":    "ação-1", "#côr": "côr", "#cor": "côr", "#c-o-r": "côr", "#rever": "rever", "#re-ver": "re-ver",
		"#A%C3%A7%C3%A3o%201": "ação-1",
	} {
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(m.convert(text + "[x](" + typed + ")")))
		if err != nil {
			t.Fatal(err)
		}
		to, err := url.PathUnescape(doc.Find("a").AttrOr("href", ""))
		if err != nil || to != "#text-"+id || doc.Find(`[id="text-`+id+`"]`).Length() != 1 {
			t.Errorf("%s leads to %s, want %s, %v", typed, to, id, err)
		}
	}
}

// A line of hyphens makes no heading of what is above it, a formula and a name keep their
// marks, and a list its zero.
func TestMarksThatAreNone(t *testing.T) {
	t.Parallel()
	m := New()
	for _, test := range []example{
		{"a signature", "Obrigado\n-- \nAna", "<p>Obrigado<br>--<br>Ana</p>", "Obrigado\n--\nAna"},
		{"one hyphen", "a\n-\nb\n--\n:-", "<p>a<br>-<br>b<br>--<br>:-</p>", "a\n-\nb\n--\n:-"},
		{"a rule", "a\nb\n---\nc", "<p>a<br>b</p><hr><p>c</p>", "a\nb\n\n---\n\nc"},
		{"in a quote", "> a\n> -----\n> -- \n> b",
			"<blockquote><p>a</p><hr><p>--<br>b</p></blockquote>", "a\n\n---\n\n--\nb"},
		{"below a heading", "a\n===", `<h2 id="text-a">a</h2>`, "a"},
		{"below a text", "a\nb\n===\nc", `<p>a<br>b<br>===<br>c</p>`, "a\nb\n===\nc"},
		{"a table of one column", "a |\n:-\nb |",
			`<table tabindex="0"><thead><tr><th data-align="left">a</th></tr></thead>` +
				`<tbody><tr><td data-align="left">b</td></tr></tbody></table>`, "a\nb"},
		{"formulas", "5*3*2 a*b*c 2**3**4 2*(3+4)*5 A*B 5 * 3 * 2",
			"<p>5*3*2 a*b*c 2**3**4 2*(3+4)*5 A*B 5 * 3 * 2</p>",
			"5*3*2 a*b*c 2**3**4 2*(3+4)*5 A*B 5 * 3 * 2"},
		{"words", "*link*s 2*3*4 **a**s *b c*, (*d*) 这是*强调*的 __e__ __这__ __ते__",
			"<p><em>link</em>s 2*3*4 <strong>a</strong>s <em>b c</em>, (<em>d</em>) " +
				"这是<em>强调</em>的 <strong>e</strong> " +
				"<strong>这</strong> <strong>ते</strong></p>",
			"links 2*3*4 as b c, (d) 这是强调的 e 这 ते"},
		{"names", "snake_case_x __init__.py a/__pycache__/b __init__(self)",
			"<p>snake_case_x __init__.py a/__pycache__/b __init__(self)</p>",
			"snake_case_x __init__.py a/__pycache__/b __init__(self)"},
		{"lines to write on", "__/__/____ ___.___-__ ____(____) ____a____ ****b ****",
			"<p>__/__/____ ___.___-__ ____(____) ____a____ ****b ****</p>",
			"__/__/____ ___.___-__ ____(____) ____a____ ****b ****"},
		{"a zero", "3. a\n0. b\n1. c",
			`<ol start="3"><li>a</li><li value="0">b</li><li>c</li></ol>`, "3. a\n0. b\n1. c"},
		{"a pipe at the end", "|a|b \\|\n|-|-|\n|c|x \\|\n|d \\||e|f \\|",
			`<table tabindex="0"><thead><tr><th>a</th><th>b |</th><td></td></tr></thead>` +
				`<tbody><tr><td>c</td><td>x |</td><td></td></tr>` +
				`<tr><td>d |</td><td>e</td><td>f |</td></tr></tbody></table>`,
			"a | b | | \nc | x | | \nd | | e | f |"},
	} {
		test.check(t, m)
	}
}
