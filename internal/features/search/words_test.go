package search

import (
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/webtest"
)

func show(pieces []piece) string {
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

func TestWordsAreMarkedWhereTheyStand(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, words, want string }{
		{"As Férias, as férias e o feriado.", "ferias", "As [Férias], as [férias] e o [feriado]."},
		{"Informações úteis", "informacao", "[Informações] úteis"},
		{"Ação, ações, acaso", "acao", "[Ação], [ações], acaso"},
		{"Our policies, my policy", "policy", "Our [policies], my [policy]"},
		{"Ana Anabel Diana", "ana", "[Ana] [Anabel] Diana"},
		{"a<b> & c", "b x", "a<[b]> & c"},
		{"", "x", ""}, {"none", "", "none"}, {"e\u0301a", "ea", "[e\u0301a]"},
		{"an apple, an-apple", "anapple", "an apple, [an-apple]"},
		{"NR-35, NR 36, (nr35)", "nr 35", "[NR]-[35], [NR] 36, ([nr35])"},
		{"NR-35, NR 36, (nr35)", "NR-35", "[NR-35], NR 36, ([nr35])"},
		{"ask ethics@company.example.", "ethics@company", "ask [ethics@company].example."},
		{"entrada/saída", "saida", "entrada/[saída]"}, {"0.4, 0.45, 40.4", "0.4", "[0.4], [0.45], 40.4"},
		{"Tel. (11) 5555-0100, 4", "+551155550100", "Tel. ([11) 5555-0100], 4"},
		{"until 21/12/2026, 11/12/2026", "11/12/2026", "until 21/12/2026, [11/12/2026]"},
		{"Tel. +55 11 5555-0100", "5555-0100", "Tel. +55 11 [5555-0100]"},
		{"Tel. +551155550100.", "5555-0100", "Tel. +[551155550100]."},
		{"rooms 9001 and 14001", "9001 14001", "rooms [9001] and [14001]"},
		{"inter\u00adnatio\u00adnal", "international", "[inter\u00adnatio\u00adnal]"},
		{"Straße ﬁnance ＡＢＣ", "strasse finance abc", "[Straße] [ﬁnance] [ＡＢＣ]"},
		{"Tel. (11) 5555-0100, 4", "tel:+551155550100", "Tel. ([11) 5555-0100], 4"},
		{"mailto: ethics@company.example", "mailto:ethics@company", "mailto: [ethics@company].example"},
		{"http: https://wiki.corp/a.", "http://www.wiki.corp/a", "http: https://[wiki.corp/a]."},
		{"การประชุมทีม", "ประชุม", "การ[ประชุม]ทีม"}, {"ทีมการ", "ประชุม", "ทีมการ"},
		{"사내교육은 교사", "교육", "사내[교육]은 교사"}, {"رقم ٣٥ من الشركة", "35 شركه", "رقم [٣٥] من [الشركة]"},
		{"来週の社内研修会", "研修", "来週の社内[研修]会"}, {"研修 社内", "社内研修", "[研修] [社内]"},
	} {
		if got := show(marked(test.text, partsOf(test.words))); got != test.want {
			t.Errorf("%q in %q: %q, want %q", test.words, test.text, got, test.want)
		}
	}
}

func TestAnExcerptIsAroundTheFirstHit(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("filler ", 50) + "needle" + strings.Repeat(" straw", 50)
	got := show(excerpt(long, partsOf("needle")))
	if !strings.HasPrefix(got, "… filler") || !strings.HasSuffix(got, "straw …") ||
		!strings.Contains(got, " [needle] ") || len(strings.Fields(got)) != excerptWords+2 {
		t.Errorf("%q", got)
	}
	for text, want := range map[string]string{
		"short text": "short text", "short  x": "short [x]", "": "",
		strings.Repeat("研修会の", 500): "研修会の",
	} {
		if got := show(excerpt(text, partsOf("x"))); !strings.HasPrefix(got, want) || len(got) > 600 {
			t.Errorf("%q", got)
		}
	}
	if got := show(excerpt(strings.Repeat("の", 900)+"研修"+strings.Repeat("の", 900), partsOf("研修"))); len(got) > 600 ||
		!strings.Contains(got, "の[研修]の") || !strings.HasPrefix(got, "… の") || !strings.HasSuffix(got, "の …") {
		t.Errorf("%q", got)
	}
}

// Whatever finds a text is marked in it, and where it is far behind the beginning, the
// excerpt is around it.
func TestWhatFindsATextIsMarkedInIt(t *testing.T) {
	t.Parallel()
	hit := func(p piece) bool { return p.Hit }
	for text, queries := range webtest.Written {
		text := text[len("en "):]
		for _, query := range append(queries, text) {
			parts := partsOf(query)
			if !slices.ContainsFunc(marked(text, parts), hit) {
				t.Errorf("%q is not marked in %q", query, text)
			}
			far := strings.Repeat("filler ", 90) + text + strings.Repeat(" filler", 90)
			if pieces := excerpt(far, parts); !slices.ContainsFunc(pieces, hit) {
				t.Errorf("%q is not in the excerpt: %q", query, show(pieces))
			}
		}
	}
}
