package webtest

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// Finds is what a search for these words finds of what a feature contributes to it,
// for a reader. It knows no inflections but those of the database.
func (i *Intranet) Finds(source store.Source, reader *store.Person, words ...string) []store.Hit {
	i.T.Helper()
	sql, args := source.Statement(reader, terms(words))
	rows, _ := i.Store.Pool.Query(i.T.Context(), sql, args...)
	hits, err := pgx.CollectRows(rows, pgx.RowToStructByName[store.Hit])
	if err != nil {
		i.T.Fatal(err)
	}
	return hits
}

func terms(words []string) store.Terms {
	t := store.Terms{Words: words, Limit: 50}
	for _, word := range words {
		t.Inflected = append(t.Inflected, `"`+word+`"`)
	}
	return t
}

// checkSearch tests what the feature contributes to the search: it is found by the
// rules of the language of each text, by its title first, it has a page and a name,
// and however much there is, no table is read as a whole.
func (f Fixture) checkSearch(t *testing.T) {
	i := f.Start(t, Options{NoChat: true})
	bea := i.As("bea")
	for _, source := range i.Server.Features()[0].Search {
		add := func(lang string, titles, words []string) {
			t.Helper()
			if f.Searchable[source.Kind] == "" {
				t.Fatalf("the fixture does not say how to add %s", source.Kind)
			}
			i.Exec(f.Searchable[source.Kind], lang, titles, words)
		}
		add("en", []string{"Boots", "Coffee and tea", "Running shoes"}, []string{"coffee", "mug", "policies"})
		add("pt", []string{"Informações sobre férias"}, []string{"descanso"})
		add("es", []string{"Nóminas de enero"}, []string{"recibos"})
		for words, want := range map[string]string{
			"coffee": "Coffee and tea, Boots", "COFFEE mug": "Coffee and tea",
			"run shoe": "Running shoes", "policy": "Running shoes",
			"ferias": "Informações sobre férias", "as férias": "Informações sobre férias",
			"inform": "Informações sobre férias",
			"nomina": "Nóminas de enero", "recibo": "Nóminas de enero", "qqqqq": "", "coffee ferias": "",
		} {
			hits := i.Finds(source, i.Person("bea"), strings.Fields(words)...)
			var titles []string
			for _, hit := range hits {
				titles = append(titles, hit.Title)
				page := paths.Pattern(source.Page).Of(hit.ID)
				res := bea.Get(page)
				if res.StatusCode != http.StatusOK || !strings.Contains(res.HTML(t).Find("h1").Text(), hit.Title) {
					t.Errorf("%s %q leads to %s: %d", source.Kind, hit.Title, page, res.StatusCode)
				}
			}
			if got := strings.Join(titles, ", "); got != want {
				t.Errorf("%s, %q: %q, want %q", source.Kind, words, got, want)
			}
		}
		key := "search.kind." + source.Kind
		for _, lang := range i18n.Languages {
			if i.Says(lang, key) == key {
				t.Errorf("%s: there is no text %s", lang, key)
			}
		}
		var titles, words []string
		for n := range 20_000 {
			titles, words = append(titles, fmt.Sprintf("Title %x", n*7919)), append(words, fmt.Sprintf("word%05d", n))
		}
		add("en", titles, words)
		i.checkPlan(t, source)
	}
}

// checkPlan tests that a search for one of many texts reads no large table.
func (i *Intranet) checkPlan(t *testing.T, source store.Source) {
	t.Helper()
	i.Exec(`ANALYZE`)
	if got := i.Finds(source, i.Person("bea"), "word01234"); len(got) != 1 {
		t.Errorf("%s: %v", source.Kind, got)
	}
	sql, args := source.Statement(i.Person("bea"), terms([]string{"word01234"}))
	rows, _ := i.Pool.Query(t.Context(), `EXPLAIN `+sql, args...)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	rows, _ = i.Pool.Query(t.Context(), `SELECT relname::text FROM pg_class WHERE relkind = 'r' AND reltuples > 1000`)
	large, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(large) == 0 {
		t.Fatal(large, err)
	}
	plan := strings.Join(lines, "\n")
	whole := regexp.MustCompile(`Seq Scan on (` + strings.Join(large, "|") + `)\b`)
	if whole.MatchString(plan) || !strings.Contains(plan, "_search") {
		t.Errorf("%s:\n%s", source.Kind, plan)
	}
}
