package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

var searchNoun = aNoun{
	company: func(*store.Company) {},
	pages: func(*intranet) []string {
		return []string{paths.Search, paths.SearchFor("ana", "", ""), paths.SearchFor(`</script>"`, "", ""), paths.SearchFor("x", "colleagues", "")}
	},
	changes: func(*intranet) map[string]url.Values { return nil },
	seeds:   func(*intranet, func(pattern paths.Pattern, id, body string)) {},
	again:   func(*intranet, *pgx.Batch) {},
}

// colleagues are what the tests of the search find: Ana, whose text is **bold**.
func colleagues() Feature {
	return Feature{Name: "colleagues", Search: []store.Source{{Kind: "colleagues", Page: string(paths.Person), Hits: `
		SELECT p.id::text AS id, 'en' AS lang, p.name AS title, 'Some **bold** text' AS text, 1::real AS rank
		FROM q JOIN people p ON q.lang = 'en' AND p.email LIKE 'ana@%'
		WHERE search_vector('en', p.name, 'some bold text') @@ q.query`}}}
}

func TestASearchShowsWhereAndLeadsThere(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.as("bea")
	page := b.get(paths.SearchFor("BOLD", "", "")).html(t)
	if page.Find(".found a").Length() == 0 || page.Find("#results mark").Length() == 0 || page.Find(".found script, .found b, .found i").Length() != 0 {
		html, _ := page.Find("#results").Html()
		t.Error(html)
	}
	page.Find(".found a").Each(func(_ int, a *goquery.Selection) {
		if res := b.get(a.AttrOr("href", "")); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", a.AttrOr("href", ""), res.StatusCode)
		}
	})
	if got := page.Find("main input[name=q]").AttrOr("value", ""); got != "BOLD" {
		t.Errorf("the form forgets what was typed: %q", got)
	}
	for path, want := range map[string]int{
		paths.SearchFor("x", "none", ""): http.StatusNotFound, paths.SearchFor("x", "", "!"): http.StatusBadRequest,
		paths.SearchFor("%00\x00\xff", "", ""): http.StatusOK, paths.SearchFor(strings.Repeat("word ", 5000), "", ""): http.StatusOK,
	} {
		if res := b.get(path); res.StatusCode != want {
			t.Errorf("%.60s: %d, want %d", path, res.StatusCode, want)
		}
	}
	if none := b.get(paths.SearchFor("nothing-like-this", "", "")).html(t); none.Find("#results .empty a").Length() == 0 || !strings.Contains(none.Find("#results").Text(), "nothing-like-this") {
		t.Error("a search that finds nothing leads nowhere")
	}
}

func TestASearchSaysWhomItTakesForWhoWasMeant(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.exec(`INSERT INTO people (name, email, title) VALUES ('Zuleide', 'z@aroeira.example', 'Quality control')`)
	b := i.enter("bea", 0)
	for query, want := range map[string]string{"controk": "control", "control": ""} {
		people := b.get(paths.SearchFor(query, "", "")).html(t).Find("[aria-labelledby=found-people]")
		if got := people.Find(".meant strong").Text(); got != want || !strings.Contains(people.Text(), "Zuleide") {
			t.Errorf("%s: %q, want %q, in %q", query, got, want, people.Text())
		}
	}
}

// The results alone are a part of a page, not one: no layout, no token.
func TestResultsWhileTypingCostNoToken(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.as("bea")
	res := b.get(paths.SearchResults + "?q=bold")
	if res.StatusCode != http.StatusOK || strings.Contains(res.body, "<html") || i.calls.Load() != 0 || !strings.Contains(res.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%d, %d calls: %.200s", res.StatusCode, i.calls.Load(), res.body)
	}
	whole := b.get(paths.SearchFor("bold", "", ""))
	if part := strings.TrimSpace(res.html(t).Find("body").Text()); part == "" || part != strings.TrimSpace(whole.html(t).Find("#results").Text()) {
		t.Errorf("the part is not that of the page: %q", part)
	}
	if res := i.browser().get(paths.SearchResults + "?q=bold"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("signed out: %d", res.StatusCode)
	}
}

func TestWordsAreMarkedWhereTheyStand(t *testing.T) {
	t.Parallel()
	show := func(pieces []views.Piece) string {
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
	if got := excerpt(long, []string{"needle"}); !strings.HasPrefix(got, "… filler") || !strings.HasSuffix(got, "straw …") || !strings.Contains(got, " needle ") || len(strings.Fields(got)) != excerptWords+2 {
		t.Errorf("%q", got)
	}
	if got := excerpt("short text", []string{"x"}); got != "short text" {
		t.Errorf("%q", got)
	}
}
