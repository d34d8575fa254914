package search

import (
	"strings"
	"testing"
)

func TestSearchWords(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"": "", " !?'\"&|:*() ": "", "Férias": "Férias", "a & b | !c:*": "a b c", "it's x\x00y\xffz": "it s x y z",
		"o'neill@x.example": "o neill x example", "1 2 3 4 5 6 7 8 9": "1 2 3 4 5 6 7 8", "e\u0301": "e\u0301",
	} {
		if got := strings.Join(wordsOf(query), " "); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

func TestWordsAreMarkedWhereTheyStand(t *testing.T) {
	t.Parallel()
	show := func(pieces []piece) string {
		var b strings.Builder
		for _, p := range pieces {
			if p.Hit {
				b.WriteString("[" + p.Text + "]")
			} else {
				b.WriteString(p.Text)
			}
		}
		return b.String()
	}
	for _, test := range []struct{ text, words, want string }{
		{"As Férias, as férias e o feriado.", "ferias", "As [Férias], as [férias] e o [feriado]."},
		{"Informações úteis", "informacao", "[Informações] úteis"},
		{"Our policies, my policy", "policy", "Our [policies], my [policy]"},
		{"Ana Anabel Diana", "ana", "[Ana] [Anabel] Diana"},
		{"a<b> & c", "b x", "a<[b]> & c"},
		{"", "x", ""}, {"none", "", "none"}, {"e\u0301a", "ea", "[e\u0301a]"},
	} {
		if got := show(marked(test.text, strings.Fields(test.words))); got != test.want {
			t.Errorf("%q in %q: %q, want %q", test.words, test.text, got, test.want)
		}
	}
	long := strings.Repeat("filler ", 50) + "needle" + strings.Repeat(" straw", 50)
	got := excerpt(long, []string{"needle"})
	if !strings.HasPrefix(got, "… filler") || !strings.HasSuffix(got, "straw …") ||
		!strings.Contains(got, " needle ") || len(strings.Fields(got)) != excerptWords+2 {
		t.Errorf("%q", got)
	}
	if got := excerpt("short text", []string{"x"}); got != "short text" {
		t.Errorf("%q", got)
	}
}
