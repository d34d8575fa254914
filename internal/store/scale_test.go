package store_test

import (
	"context"
	"testing"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

// listing is one of the lists of people.
type listing struct {
	name string
	load func(context.Context, *store.Store) error
}

// listings are all lists of people, and pages of them that lie deep.
func listings(t testing.TB, s *store.Store, crowd *testdb.Crowd) (all []listing) {
	t.Helper()
	people := func(name string, f store.PeopleFilter) {
		f.Limit = 24
		all = append(all, listing{name, func(ctx context.Context, s *store.Store) error {
			_, err := s.People(ctx, "pt", f)
			return err
		}})
	}
	second := func(f store.PeopleFilter) store.PeopleFilter {
		f.Limit = 24
		page, err := s.People(t.Context(), "pt", f)
		if err != nil || page.Next == "" {
			t.Fatalf("%+v has no second page: %v", f, err)
		}
		f.After = page.Next
		return f
	}
	var deep [2]string // behind nine in ten: in the list, and in what a search finds
	for place := range deep {
		err := crowd.Pool.QueryRow(t.Context(), `SELECT translate(rtrim(encode(convert_to(
				json_build_object('p', $1::int, 'n', name, 'i', id)::text, 'UTF8'), 'base64'), '='), E'+/\n', '-_')
			FROM people ORDER BY name, id OFFSET (SELECT count(*) * 9 / 10 FROM people) LIMIT 1`, place).
			Scan(&deep[place])
		if err != nil {
			t.Fatal(err)
		}
	}
	people("first page", store.PeopleFilter{})
	people("second page", second(store.PeopleFilter{}))
	people("deep page", store.PeopleFilter{After: deep[0]})
	people("department", store.PeopleFilter{Department: "d7"})
	people("department, second page", second(store.PeopleFilter{Department: "d7"}))
	people("reports", store.PeopleFilter{Manager: crowd.Someone(20)})
	people("accounts", store.PeopleFilter{Everybody: true})
	people("accounts, search", store.PeopleFilter{Everybody: true, Query: "p.471"})
	people("given name", store.PeopleFilter{Query: "yolanda"})
	people("given name, second page", second(store.PeopleFilter{Query: "yolanda"}))
	people("word of everybody", store.PeopleFilter{Query: "analista"})
	people("word of one in 10", store.PeopleFilter{Query: "comum"})
	people("word of one in 100", store.PeopleFilter{Query: "centena"})
	people("word of one in 1,000", store.PeopleFilter{Query: "milhar"})
	people("word of one", store.PeopleFilter{Query: "unico"})
	people("word that stands together", store.PeopleFilter{Query: "eduarda"})
	people("two words", store.PeopleFilter{Query: "centena comum"})
	people("two words, given name first", store.PeopleFilter{Query: "yolanda comum"})
	people("misspelled word", store.PeopleFilter{Query: "cemtena"})
	people("word and department", store.PeopleFilter{Query: "comum", Department: "d3"})
	people("word and department, second page", second(store.PeopleFilter{Query: "comum", Department: "d3"}))
	people("two words and department", store.PeopleFilter{Query: "centena comum", Department: "d3"})
	people("department's name", store.PeopleFilter{Query: "department c"})
	people("department's name in it", store.PeopleFilter{Query: "department c comum", Department: "d3"})
	people("one letter", store.PeopleFilter{Query: "y"})
	people("no hit", store.PeopleFilter{Query: "qqqqqq"})
	people("deep page of a search", store.PeopleFilter{Query: "comum", After: deep[1]})
	return all
}

// No list of people walks through the table. And each is one round trip.
func TestNoListOfPeopleScansTheTable(t *testing.T) {
	t.Parallel()
	crowd := testdb.NewCrowd(t, 30_000)
	s := store.New(crowd.Pool)
	for _, list := range listings(t, s, crowd) {
		crowd.NeverScans(list.name, func(ctx context.Context) error { return list.load(ctx, s) })
	}
}
