package webtest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// checkSearch tests what holds for everything that the search finds. How the search reads
// the words that were typed is tested in its own folder.
func (f Fixture) checkSearch(t *testing.T) {
	t.Run("by the rules of its language", func(t *testing.T) { t.Parallel(); f.checkLanguages(t) })
	t.Run("a title weighs more than a text", func(t *testing.T) { t.Parallel(); f.checkRank(t) })
	t.Run("on a page, under a name", func(t *testing.T) { t.Parallel(); f.checkFound(t) })
	t.Run("from an index", func(t *testing.T) { t.Parallel(); f.checkPlan(t) })
}

// searchable is an intranet in which each of the texts can be found. A text begins with its
// language: "pt Férias".
func (f Fixture) searchable(t *testing.T, all ...string) *Intranet {
	t.Helper()
	i := New(t, f.Feature())
	for n, text := range all {
		lang, title, _ := strings.Cut(text, " ")
		i.Exec(f.Searchable, lang, []string{title}, []string{fmt.Sprint("body", n)})
	}
	return i
}

// Finds are the titles that somebody who reads English finds, the best first.
func (i *Intranet) Finds(query string) []string {
	i.T.Helper()
	return i.FindsAs(store.Person{Lang: "en"}, query)
}

// FindsAs is Finds for another reader.
func (i *Intranet) FindsAs(reader store.Person, query string) (titles []string) {
	i.T.Helper()
	for _, feature := range i.Server.Features() {
		for _, source := range feature.Search {
			for _, hit := range i.hits(source, reader, query) {
				titles = append(titles, hit.Title)
			}
		}
	}
	return titles
}

// hits are what a reader finds of a kind.
func (i *Intranet) hits(source store.Source, reader store.Person, query string) []store.Hit {
	i.T.Helper()
	sql, args := statement(source, reader, query)
	rows, _ := i.Store.Pool.Query(i.T.Context(), sql, args...)
	hits, err := pgx.CollectRows(rows, pgx.RowToStructByName[store.Hit])
	if err != nil {
		i.T.Fatal(err)
	}
	return hits
}

func statement(source store.Source, reader store.Person, query string) (sql string, args []any) {
	reader.ID = NobodysID
	terms := store.Terms{Words: strings.Fields(query), Limit: 50}
	for _, word := range terms.Words {
		terms.Inflected = append(terms.Inflected, `"`+word+`"`)
	}
	return source.Statement(&reader, terms)
}

// checkLanguages finds other forms of a word and its beginning, by the rules of the
// language of each text.
func (f Fixture) checkLanguages(t *testing.T) {
	i := f.searchable(t, "pt Informações sobre férias", "es Política de nómina y vacaciones",
		"en Our policies for running shoes", "en O'Neill & 100% <Setor>")
	for want, queries := range map[string][]string{
		"Informações sobre férias": {
			"INFORMAÇÕES", "inform", "ferias", "féria", "sobre férias",
			"as ferias", // "as" is a word that Portuguese leaves out
		},
		"Política de nómina y vacaciones": {
			"politicas", "nominas", "vacacion", "vacaciones de politica", "body1",
		},
		"Our policies for running shoes": {"policy", "run shoe", "the policy"},
		"O'Neill & 100% <Setor>":         {"o neill", "100", "setor"},
		"":                               {"oneill", "policy férias", "zzz", ""},
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

// checkFound tests that everything found has a page, and that its kind has a name.
func (f Fixture) checkFound(t *testing.T) {
	i := f.searchable(t, "en Coffee")
	for _, source := range f.Feature().Search {
		hits := i.hits(source, store.Person{Lang: "en"}, "coffee")
		if len(hits) != 1 {
			t.Fatalf("%s: %v", source.Kind, hits)
		}
		page := i.As("bea").Get(paths.Pattern(source.Page).Of(hits[0].ID))
		if page.StatusCode != http.StatusOK || !strings.Contains(page.HTML(t).Find("h1").Text(), "Coffee") {
			t.Errorf("%s leads to %s: %d", source.Kind, page.Request.URL.Path, page.StatusCode)
		}
		key := "search.kind." + source.Kind
		for _, lang := range i18n.Languages {
			if i.Says(lang, key) == key {
				t.Errorf("%s: there is no text %s", lang, key)
			}
		}
	}
}

// checkPlan tests that Postgres searches with an index: it reads only the texts that it
// finds, however many there are.
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
	sql, args := statement(f.Feature().Search[0], store.Person{Lang: "en"}, "word01234")
	rows, _ := i.Pool.Query(t.Context(), `EXPLAIN `+sql, args...)
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
