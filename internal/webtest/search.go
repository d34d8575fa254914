package webtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// checkSearch tests what holds for everything that a search finds.
func (f Fixture) checkSearch(t *testing.T) {
	t.Run("by the rules of its language", func(t *testing.T) { t.Parallel(); f.checkLanguages(t) })
	t.Run("a title weighs more than a text", func(t *testing.T) { t.Parallel(); f.checkRank(t) })
	t.Run("page by page", func(t *testing.T) { t.Parallel(); f.checkSearchPages(t) })
	t.Run("from an index", func(t *testing.T) { t.Parallel(); f.checkPlan(t) })
}

// searchable is an intranet with one thing to find of each text. The text's language
// comes first: "pt Férias".
func (f Fixture) searchable(t *testing.T, all ...string) *Intranet {
	t.Helper()
	i := New(t, f.Feature())
	for n, text := range all {
		lang, title, _ := strings.Cut(text, " ")
		i.Exec(f.Searchable, lang, []string{title}, []string{fmt.Sprint("body", n)})
	}
	return i
}

// Finds are the titles that somebody who reads English finds.
func (i *Intranet) Finds(query string) []string {
	i.T.Helper()
	titles, _ := i.search(store.Person{Lang: "en"}, store.SearchFilter{Query: query})
	return titles
}

// FindsAs is Finds for another reader.
func (i *Intranet) FindsAs(reader store.Person, query string) []string {
	i.T.Helper()
	titles, _ := i.search(reader, store.SearchFilter{Query: query})
	return titles
}

func (i *Intranet) search(reader store.Person, f store.SearchFilter) (titles []string, page store.SearchPage) {
	i.T.Helper()
	if f.Limit == 0 {
		f.Limit = 50
	}
	reader.ID = NobodysID
	var sources []store.Source
	for _, feature := range i.Server.Features() {
		sources = append(sources, feature.Search...)
	}
	page, err := i.Store.Search(i.T.Context(), &reader, sources, f)
	if err != nil {
		i.T.Fatalf("%+v: %v", f, err)
	}
	for _, hits := range page.Hits {
		for _, hit := range hits {
			titles = append(titles, hit.Title)
		}
	}
	return titles, page
}

// checkLanguages finds words however they are typed, inflected or begun, in the
// language of each text.
func (f Fixture) checkLanguages(t *testing.T) {
	i := f.searchable(t, "pt Informações sobre férias", "es Política de nómina y vacaciones",
		"en Our policies for running shoes", "pt Ação de inverno", "en O'Neill & 100% <Setor>")
	for want, queries := range map[string][]string{
		"Informações sobre férias": {
			"informacao", "INFORMAÇÃO", "inform", "ferias", "féria", "sobre férias",
			"as ferias", // "as" is a word that Portuguese leaves out
		},
		"Política de nómina y vacaciones": {
			"politicas", "nominas", "vacacion", "vacaciones de politica", "body1",
		},
		"Our policies for running shoes": {"policy", "run shoe", "the policy"},
		"Ação de inverno":                {"acao", "acoes", "ações"},
		"O'Neill & 100% <Setor>":         {"o'neill", "100", "setor"},
		"":                               {"oneill", "policy férias", "zzz", "%", "'"},
	} {
		for _, query := range queries {
			if got := strings.Join(i.Finds(query), ", "); got != want {
				t.Errorf("%q: %q, want %q", query, got, want)
			}
		}
	}
}

func (f Fixture) checkRank(t *testing.T) {
	i := f.searchable(t, "en Shoes", "en Boots", "en Coffee and tea")
	i.Exec(f.Searchable, "en", []string{"Boots again"}, []string{"coffee"})
	if got := strings.Join(i.Finds("coffee"), ", "); got != "Coffee and tea, Boots again" {
		t.Errorf("%q", got)
	}
}

// checkSearchPages continues a search behind its cursor.
func (f Fixture) checkSearchPages(t *testing.T) {
	var all []string
	for n := range 7 { // two of them with a rank of their own
		all = append(all, fmt.Sprintf("en Coffee%s %d", strings.Repeat(" coffee", n/5), n))
	}
	i, kind := f.searchable(t, all...), f.Feature().Search[0].Kind
	seen, reader := map[string]bool{}, store.Person{Lang: "en"}
	filter := store.SearchFilter{Query: "coffee", Kind: kind, Limit: 2}
	for pages := 1; ; pages++ {
		titles, page := i.search(reader, filter)
		for _, title := range titles {
			if seen[title] {
				t.Errorf("%s came twice", title)
			}
			seen[title] = true
		}
		if page.More[kind] != (page.Next != "") {
			t.Errorf("more %v, next %q", page.More[kind], page.Next)
		}
		if filter.After = page.Next; filter.After == "" {
			if pages != 4 || len(seen) != 7 {
				t.Errorf("%d pages, %d hits", pages, len(seen))
			}
			break
		}
	}
	titles, page := i.search(reader, store.SearchFilter{Query: "coffee", Limit: 2})
	if len(titles) != 2 || !page.More[kind] || page.Next != "" {
		t.Errorf("among everything: %q, %+v", titles, page)
	}
}

// checkPlan looks at how Postgres searches: however many texts there are, it reads
// those that it finds.
func (f Fixture) checkPlan(t *testing.T) {
	i := f.searchable(t)
	var titles, words []string
	for n := range 20_000 {
		titles, words = append(titles, fmt.Sprintf("Title %x", n*7919)), append(words, fmt.Sprintf("word%05d", n))
	}
	i.Exec(f.Searchable, "en", titles, words)
	i.Exec(`ANALYZE`)
	if got := i.Finds("word01234"); len(got) != 1 {
		t.Errorf("%q", got)
	}
	args := []any{[]string{"word01234"}, []string{`"word01234"`}, NobodysID, "en", "", nil, "", 6}
	rows, _ := i.Pool.Query(t.Context(), `EXPLAIN `+f.Feature().Search[0].SQL(), args...)
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	rows, _ = i.Pool.Query(t.Context(), `SELECT relname::text FROM pg_class WHERE relkind = 'r' AND reltuples > 1000`)
	large, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(large) == 0 {
		t.Fatal(large, err)
	}
	text := strings.Join(plan, "\n")
	for _, table := range large {
		if strings.Contains(text+" ", "Seq Scan on "+table+" ") {
			t.Errorf("%s is read as a whole", table)
		}
	}
	if !strings.Contains(text, "_search") || t.Failed() {
		t.Errorf("%s", text)
	}
}
