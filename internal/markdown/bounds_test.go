package markdown

import (
	"fmt"
	"html"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// written is how many characters an editor may write.
const written = 20_000

// repeated is a text of that length.
func repeated(s string) string { return strings.Repeat(s, written/len([]rune(s))) }

// A short text that would be a large page, or would take long, has a Problem, and is shown as
// it was typed.
func TestATextThatWouldGrowIsShownAsItWasTyped(t *testing.T) {
	t.Parallel()
	m := New()
	long := strings.Repeat("x", 9000)
	row := func(cell string, columns int) string { return strings.Repeat("|"+cell, columns) + "|\n" }
	for name, test := range map[string]struct{ text, problem string }{
		"400 columns":         {row("a", 400) + row("-", 400) + repeated("|\n")[:16000], TooWide},
		"51 columns":          {row("a", 51) + row("-", 51), TooWide},
		"a row of 400":        {"|a|\n|-|\n" + row("a", 400), TooWide},
		"in a quote":          {"> " + row("a", 400) + "> " + row("-", 400) + "> |\n> |", TooWide},
		"50 columns, 60 rows": {row("a", 50) + row("-", 50) + strings.Repeat("|\n", 60), TooManyOf},
		"many tables":         {strings.Repeat(row("a", 50)+row("-", 50)+"|\n|\n\n", 50), TooManyOf},
		"a long definition":   {"[a]: /" + long + "\n\n" + strings.Repeat("[a] ", 100), TooLinked},
		"long images":         {"[a]: /" + long + "\n\n" + strings.Repeat("![a] ", 100), TooLinked},
		"a long title":        {"[a]: /b '" + long + "'\n\n" + strings.Repeat("[b][a] ", 100), TooLinked},
		"list items":          {repeated("- a\n"), TooManyOf},
		"links":               {repeated("www.a.example "), TooManyOf},
		"brackets":            {repeated("["), TooTangled},
		"brackets both ways":  {strings.Repeat("[", 10000) + strings.Repeat("]", 10000), TooTangled},
		"beginnings of links": {repeated("[]("), TooTangled},
		"beginnings of bold":  {repeated("*a_ "), TooTangled},
		"as the database may": {strings.Repeat(`"`, 50_000), TooManyOf},
	} {
		began := time.Now()
		got, made := m.Problem(test.text), m.convert(test.text)
		if got != test.problem || len(made) > 6*len(test.text) || time.Since(began) > 5*time.Second {
			t.Errorf("%s: %q, %d bytes after %v", name, got, len(made), time.Since(began))
		}
		if html.UnescapeString(strings.ReplaceAll(made, "<br>\n", "\n")) != "<p>"+test.text+"</p>" {
			t.Errorf("%s: it is not shown as it was typed: %.200s", name, made)
		}
		if Plain(test.text) != test.text || m.PlainWithAddresses(test.text, "") != test.text {
			t.Errorf("%s: its plain text is not what was typed", name)
		}
	}
	for name, text := range map[string]string{
		"a price list": row("a", 20) + row("-", 20) + strings.Repeat(row("BRL 12,50", 20), 80),
		"a phone list": "|a|b|\n|-|-|\n" + strings.Repeat("|Ana Maria|ana.maria@intranet.example|\n", 400),
		"links":        strings.Repeat("See [the form](/forms/travel), **please**.\n\n", 400),
		"clauses":      strings.Repeat("1. A clause\n   - a part of it\n", 400),
		"prose":        repeated("Um texto qualquer, com *ênfase*. "),
		"quotes":       repeated(`"`),
	} {
		if got := m.Problem(text); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// timesWords is how much longer than plain words of the same length a text may take, where
// those take long: under the race detector, or on a slow machine.
const timesWords = 16

// No text of 20,000 characters takes more than 5 ms of the processor, however its marks are
// put together.
func TestNoTextTakesLong(t *testing.T) {
	m := New()
	marks := []string{
		"[", "]", "](", "[](", "[]()", "[a](b)", "[a][b]", "[a](b 'c", "![", "*", "**", "_", "*a_ ", "a** ", "~~",
		"`", "``", "\\", "<", "> ", "- ", "1. ", "- > ", "# a\n", "|", "|a|\n", "|-|\n", "---\n", "\n", "\n\n",
		"a\n===\n", "[a]: b\n", "[a]: /b 'c'\n\n", "```\n", "&", "\"", "a@b.c ", "a@", "www.a ",
		"[www.a", "[(https://x.y)",
		"W[www.a", "--[['(https://x.y)", "![(https://x.y)", "*[(https://x.y)", "(https://x.y", "http://", "(",
		"[](/a ", "[](/a \"b ", "[](/a '", "\\\\a ", "C:\\_", "C:\\a b ", "&amp;", "&#8203;",
		"https://a.b/x谢", "谢https://a.b ", "www.谢", "谢a@b.c", "谢", "x:http://a_", "1*2", "a*", "www.a&", "&lt", "a\\b ",
		"__a__.", "__/", "____", "**a",
		"|a \\|\n",
		"\t", "é", "\U00020000",
	}
	const half = written / 2
	var texts []string
	for i, a := range marks {
		b := marks[(i*7+3)%len(marks)]
		texts = append(texts, repeated(a), repeated(a+b),
			strings.Repeat(a, half/len([]rune(a)))+strings.Repeat(b, half/len([]rune(b))))
	}
	var rows strings.Builder
	for n := 1; rows.Len() < written; n++ {
		rows.WriteString(strings.Repeat("`", n) + " ")
	}
	texts = append(texts, strings.Repeat("1. ", 3333)+strings.Repeat("\n", 10000), rows.String(), repeated("``\\"),
		strings.Repeat("|a", 50)+"|\n"+strings.Repeat("|-", 50)+"|\n"+strings.Repeat("|\n", 9900))
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	shortest := func(text string, enough time.Duration) time.Duration {
		took := time.Hour
		for range 8 {
			began := used(t)
			m.convert(text)
			if took = min(took, used(t)-began); took < enough {
				break
			}
		}
		return took
	}
	limit := max(5*time.Millisecond, timesWords*shortest(repeated("word "), 0))
	var slow []string
	for _, text := range texts {
		if took := shortest(text, limit); took > limit {
			slow = append(slow, fmt.Sprintf("%.20q takes %v", text, took))
		}
	}
	if slices.Sort(slow); len(slow) > 0 {
		t.Errorf("longer than %v:\n%s", limit, strings.Join(slow, "\n"))
	}
}

// A text is rendered once, and what is kept of texts stays small.
func TestATextIsRenderedOnce(t *testing.T) {
	t.Parallel()
	var k kept
	times := map[string]int{}
	render := func(text string) string { times[text]++; return "<p>" + text }
	for range 3 {
		for _, text := range []string{"a", "b", "c"} {
			if got := k.of(text, render); got != "<p>"+text {
				t.Fatalf("%q became %q", text, got)
			}
		}
	}
	if times["a"] != 1 || times["b"] != 1 || times["c"] != 1 {
		t.Errorf("rendered %v times", times)
	}
	held := 0
	for i := range 3000 {
		k.of(fmt.Sprint(i, strings.Repeat("x", written)), render)
		k.of("a", render)
	}
	for _, texts := range []map[string]string{k.newer, k.before} {
		for text, became := range texts {
			held += len(text) + len(became)
		}
	}
	if held > 3*maxKept || times["a"] != 1 {
		t.Errorf("%d bytes are kept, and what is read all the time was rendered %d times", held, times["a"])
	}
}

// What each view of a text costs, and the first one.
func BenchmarkRender(b *testing.B) {
	text := strings.Repeat("## Clause\n\n1. See [the form](/forms/travel), **please**.\n2. Or a@b.example\n\n", 200)
	m := New()
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			m.convert(text)
		}
	})
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			m.Render(text)
		}
	})
}
