package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

func useSearch(ctx context.Context, s *store.Store, does func(method string, err error)) {
	_, err := s.Search(ctx, store.SessionOf(ctx).Person, people, store.SearchFilter{Query: "informações de x", Limit: 5})
	does("Search", err)
}

func TestSearchWords(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"": "", " !?'\"&|:*() ": "", "Férias": "Férias", "a & b | !c:*": "a b c", "it's x\x00y\xffz": "it s x y z", "o'neill@x.example": "o neill x example",
		"1 2 3 4 5 6 7 8 9": "1 2 3 4 5 6 7 8", "e\u0301": "e\u0301",
	} {
		if got := strings.Join(store.SearchWords(query), " "); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

// people are a source of a search, which finds them by their names.
var people = []store.Source{{Kind: "people", Page: "/people/{id}", Hits: `
	SELECT p.id::text AS id, 'en' AS lang, p.name AS title, '' AS text, 1::real AS rank
	FROM q JOIN people p ON q.lang = 'en' AND search_vector('en', p.name, '') @@ q.query`}}

// FuzzSearch asks Postgres for anything that can be typed.
func FuzzSearch(f *testing.F) {
	s := store.New(testdb.New(f))
	for _, query := range []string{
		"férias", "a' | b:*", "\x00\xff", "de", "हिन्दी ﬀ ǆ ß İ", "or and -not \"x\"", strings.Repeat("ção ", 60),
	} {
		f.Add(query, "")
	}
	f.Add("a", "eyJyIjoxLCJpIjoieCJ9")
	f.Fuzz(func(t *testing.T, query, after string) {
		for _, kind := range []store.Kind{"", "people"} {
			filter := store.SearchFilter{Query: query, Kind: kind, After: after, Limit: 5}
			_, err := s.Search(t.Context(), &store.Person{ID: nobody, Lang: "pt"}, people, filter)
			if err != nil && !errors.Is(err, store.ErrCursor) {
				t.Fatalf("%q %q %q: %v", query, after, kind, err)
			}
		}
	})
}

func TestASearchOfAnotherKindOrCursorIsRefused(t *testing.T) {
	t.Parallel()
	s := seeded(t)
	for _, f := range []store.SearchFilter{
		{Query: "x", After: "e30"}, {Query: "x", Kind: "people", After: "!"}, {Query: "x", Kind: "people", After: "e30"},
		{Query: "x", After: "eyJyIjoxLCJpIjoieCJ9"},
	} {
		if _, err := s.Search(t.Context(), &store.Person{ID: nobody}, people, f); !errors.Is(err, store.ErrCursor) {
			t.Errorf("%+v: %v", f, err)
		}
	}
	f := store.SearchFilter{Query: "x", Kind: "things"}
	if _, err := s.Search(t.Context(), &store.Person{ID: nobody}, people, f); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
}
