package markdown

import "testing"

// An entity is its character, if a text may hold that one: those that nobody sees are left out.
func TestAnEntityMakesNothingThatNobodySees(t *testing.T) {
	t.Parallel()
	m := New()
	for _, test := range []example{
		{"backwards", "a&#x202E;b&#8238;c", "<p>abc</p>", "abc"},
		{"without width", "a&#8203;b&ZeroWidthSpace;c&zwj;d&zwnj;e&shy;f&NoBreak;g&#xFEFF;", "<p>abcdefg</p>", "abcdefg"},
		{"controls", "a&#0;b&#x8;c&#13;d&#x1b;e", "<p>abcde</p>", "abcde"},
		{"no characters", "a&#xD800;b&#x110000;c&#xFFFE;d&#xFFFD;e", "<p>abcde</p>", "abcde"},
		{"in a link", `[a](https://a.example/&#x202E;b "c&#x202E;d")`,
			`<p><a href="https://a.example/b" title="cd">a</a></p>`, "a (https://a.example/b cd)"},
		{"in an address", "https://a.example/&#8203;b", `<p><a href="https://a.example/b">https://a.example/b</a></p>`,
			"https://a.example/b"},
		{"in a heading", "# a&#x202E;b", `<h2 id="text-ab">ab</h2>`, "ab"},
		{"in code", "`&#8203;`\n\n    &#x202E;",
			"<p><code>&amp;#8203;</code></p><pre><code>&amp;#x202E;\n</code></pre>",
			"&#8203;\n\n&#x202E;"},
		{"that are seen", "it&#039;s &eacute; &#128; &#x1F600; &amp;lt; &#39;", "<p>it&#39;s é € 😀 &amp;lt; &#39;</p>",
			"it's é € 😀 &lt; '"},
		{"that are none", `&nosuch; &section; AT&T &# &#x; \&eacute;`,
			"<p>&amp;nosuch; &amp;section; AT&amp;T &amp;# &amp;#x; &amp;eacute;</p>",
			"&nosuch; &section; AT&T &# &#x; &eacute;"},
	} {
		test.check(t, m)
	}
}
