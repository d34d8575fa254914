package webtest

import "testing"

// onPage are texts in Markdown, each with what its page reads, and with what only its source
// has.
var onPage = []struct {
	written    string
	found, not []string
}{
	{"The AT&amp;T contract, r&eacute;sum&eacute;s of caf&shy;é owners &#8212; 5&nbsp;kg", []string{
		"AT&T", "att", "résumés", "resume", "café", "5kg",
	}, []string{"amp", "AT&amp;T", "eacute", "shy", "8212", "nbsp"}},
	{"**NR**-35 and [RH](https://forms.example/rh)-012, *pre*fix, `srv`-db01, snake\\_case and 1\\*2", []string{
		"NR-35", "nr35", "RH-012", "rh012", "prefix", "srv-db01", "snake_case", "1*2",
	}, []string{"forms.example", "https", "forms"}},
	{"```kotlin\nval x = 1 &amp; 2\n```\n\nThe ![plan](/floor.png) of [ours](/somewhere \"Tooltip\")", []string{
		"val x", "amp", "ours",
	}, []string{"kotlin", "somewhere", "tooltip"}},
	{"| Site | Room |\n|---|:-:|\n| **Recife** | 12&ndash;B |\n\n1. first\n2. sec<!-- -->ond", []string{
		"recife", "12-B", "12b", "site room",
	}, []string{"ndash"}},
	{"See <https://wiki.corp.example/a>, www.bare.example and [a page](mailto:who@hidden.example)", []string{
		"wiki.corp.example/a", "bare.example", "a page",
	}, []string{"hidden", "mailto", "who@hidden.example"}},
}

// CheckOnPage tests that a text is found by what its page reads and by nothing else, also
// after a change: write gives the one text that it is about another body.
func (i *Intranet) CheckOnPage(t *testing.T, write func(body string)) {
	t.Helper()
	var before []string
	for _, text := range onPage {
		write(text.written)
		for _, query := range text.found {
			if got := i.Finds(query); len(got) != 1 {
				t.Errorf("%q in %q finds %q", query, text.written, got)
			}
		}
		for _, query := range append(before, text.not...) {
			if got := i.Finds(query); len(got) != 0 {
				t.Errorf("%q, which is not on the page of %q, finds %q", query, text.written, got)
			}
		}
		before = text.found[:1]
	}
}
