package store_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

func useSearch(ctx context.Context, s *store.Store, does func(method string, err error)) {
	_, err := s.Search(ctx, store.SessionOf(ctx).Person, store.SearchFilter{Query: "informações de x", Limit: 5})
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

// FuzzSearch asks Postgres for anything that can be typed.
func FuzzSearch(f *testing.F) {
	s := store.New(testdb.New(f))
	for _, query := range []string{"férias", "a' | b:*", "\x00\xff", "de", "हिन्दी ﬀ ǆ ß İ", "or and -not \"x\"", strings.Repeat("ção ", 60)} {
		f.Add(query, "")
	}
	f.Add("a", "eyJyIjoxLCJpIjoieCJ9")
	f.Fuzz(func(t *testing.T, query, after string) {
		for _, kind := range append([]store.Kind{""}, store.Kinds...) {
			_, err := s.Search(t.Context(), &store.Person{ID: nobody, Lang: "pt"}, store.SearchFilter{Query: query, Kind: kind, After: after, Limit: 5})
			if err != nil && !errors.Is(err, store.ErrCursor) {
				t.Fatalf("%q %q %q: %v", query, after, kind, err)
			}
		}
	})
}

// texts is a store with one thing to find of each text, and what kind it is. The
// text's language comes first: "pt Férias".
func texts(t *testing.T, kind store.Kind, all ...string) (*store.Store, *pgx.Conn) {
	t.Helper()
	pool := testdb.New(t)
	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Release)
	for i, text := range all {
		lang, title, _ := strings.Cut(text, " ")
		add(t, conn.Conn(), kind, lang, []string{title}, []string{fmt.Sprint("body", i)})
	}
	return store.New(pool), conn.Conn()
}

func add(t *testing.T, conn *pgx.Conn, kind store.Kind, lang string, titles, texts []string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), searchable[kind], lang, titles, texts); err != nil {
		t.Fatal(err)
	}
}

// searchable adds things to find of a kind: $1 is their language, $2 their titles
// and $3 a word of each text.
var searchable = map[store.Kind]string{
	store.Announcements: searchableNews,
	store.Policies:      searchablePolicies,
}

func found(t *testing.T, s *store.Store, reader store.Person, f store.SearchFilter) (titles []string, page store.SearchPage) {
	t.Helper()
	if f.Limit == 0 {
		f.Limit = 50
	}
	reader.ID = nobody
	page, err := s.Search(t.Context(), &reader, f)
	if err != nil {
		t.Fatalf("%+v: %v", f, err)
	}
	for _, hits := range page.Hits {
		for _, hit := range hits {
			titles = append(titles, hit.Title)
		}
	}
	return titles, page
}

// However a word is typed, inflected or begun, in the language of each text.
func TestTextsAreFoundByTheRulesOfTheirLanguage(t *testing.T) {
	t.Parallel()
	for _, kind := range store.Kinds {
		s, _ := texts(t, kind, "pt Informações sobre férias", "es Política de nómina y vacaciones", "en Our policies for running shoes", "pt Ação de inverno", "en O'Neill & 100% <Setor>")
		for query, want := range map[string]string{
			"informacao": "Informações sobre férias", "INFORMAÇÃO": "Informações sobre férias", "inform": "Informações sobre férias", "ferias": "Informações sobre férias", "féria": "Informações sobre férias",
			"sobre férias": "Informações sobre férias", "as ferias": "Informações sobre férias", // "as" is a word that Portuguese leaves out
			"politicas": "Política de nómina y vacaciones", "nominas": "Política de nómina y vacaciones", "vacacion": "Política de nómina y vacaciones", "vacaciones de politica": "Política de nómina y vacaciones",
			"policy": "Our policies for running shoes", "run shoe": "Our policies for running shoes", "the policy": "Our policies for running shoes",
			"acao": "Ação de inverno", "acoes": "Ação de inverno", "ações": "Ação de inverno", "oneill": "", "o'neill": "O'Neill & 100% <Setor>", "100": "O'Neill & 100% <Setor>",
			"setor": "O'Neill & 100% <Setor>", "policy férias": "", "body1": "Política de nómina y vacaciones", "zzz": "", "%": "", "'": "",
		} {
			got, _ := found(t, s, store.Person{Lang: "en"}, store.SearchFilter{Query: query})
			if strings.Join(got, ", ") != want {
				t.Errorf("%s %q: %q, want %q", kind, query, got, want)
			}
		}
	}
}

func TestATitleWeighsMoreThanAText(t *testing.T) {
	t.Parallel()
	for _, kind := range store.Kinds {
		s, conn := texts(t, kind, "en Shoes", "en Boots", "en Coffee and tea")
		add(t, conn, kind, "en", []string{"Boots again"}, []string{"coffee"})
		if got, _ := found(t, s, store.Person{Lang: "en"}, store.SearchFilter{Query: "coffee"}); strings.Join(got, ", ") != "Coffee and tea, Boots again" {
			t.Errorf("%s: %q", kind, got)
		}
	}
}

func TestASearchIsContinuedBehindItsCursor(t *testing.T) {
	t.Parallel()
	for _, kind := range store.Kinds {
		var all []string
		for i := range 7 { // two of them with a rank of their own
			all = append(all, fmt.Sprintf("en Coffee%s %d", strings.Repeat(" coffee", i/5), i))
		}
		s, _ := texts(t, kind, all...)
		seen := map[string]bool{}
		f := store.SearchFilter{Query: "coffee", Kind: kind, Limit: 2}
		for pages := 1; ; pages++ {
			titles, page := found(t, s, store.Person{Lang: "en"}, f)
			for _, title := range titles {
				if seen[title] {
					t.Errorf("%s: %s came twice", kind, title)
				}
				seen[title] = true
			}
			if page.More[kind] != (page.Next != "") {
				t.Errorf("%s: more %v, next %q", kind, page.More[kind], page.Next)
			}
			if f.After = page.Next; f.After == "" {
				if pages != 4 || len(seen) != 7 {
					t.Errorf("%s: %d pages, %d hits", kind, pages, len(seen))
				}
				break
			}
		}
		if titles, page := found(t, s, store.Person{Lang: "en"}, store.SearchFilter{Query: "coffee", Limit: 2}); len(titles) != 2 || !page.More[kind] || page.Next != "" {
			t.Errorf("%s, among everything: %q, %+v", kind, titles, page)
		}
	}
	s := seeded(t)
	for _, f := range []store.SearchFilter{{Query: "x", After: "e30"}, {Query: "x", Kind: store.Kinds[0], After: "!"}, {Query: "x", Kind: store.Kinds[0], After: "e30"}, {Query: "x", After: "eyJyIjoxLCJpIjoieCJ9"}} {
		if _, err := s.Search(t.Context(), &store.Person{ID: nobody}, f); !errors.Is(err, store.ErrCursor) {
			t.Errorf("%+v: %v", f, err)
		}
	}
	if _, err := s.Search(t.Context(), &store.Person{ID: nobody}, store.SearchFilter{Query: "x", Kind: "people"}); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
}

// However many texts there are, a search reads those that it finds.
func TestASearchReadsNoTableAsAWhole(t *testing.T) {
	t.Parallel()
	for _, kind := range store.Kinds {
		s, conn := texts(t, kind)
		var titles, words []string
		for i := range 20_000 {
			titles, words = append(titles, fmt.Sprintf("Title %x", i*7919)), append(words, fmt.Sprintf("word%05d", i))
		}
		add(t, conn, kind, "en", titles, words)
		if _, err := conn.Exec(t.Context(), `ANALYZE`); err != nil {
			t.Fatal(err)
		}
		if got, _ := found(t, s, store.Person{Lang: "en"}, store.SearchFilter{Query: "word01234"}); len(got) != 1 {
			t.Errorf("%s: %q", kind, got)
		}
		sql, args := store.HitsSQL(kind), []any{[]string{"word01234"}, []string{`"word01234"`}, nobody, "en", "", nil, "", 6}
		rows, _ := conn.Query(t.Context(), `EXPLAIN `+sql, args...)
		plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		rows, _ = conn.Query(t.Context(), `SELECT relname::text FROM pg_class WHERE relkind = 'r' AND reltuples > 1000`)
		large, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || len(large) == 0 {
			t.Fatal(large, err)
		}
		text := strings.Join(plan, "\n")
		if regexp.MustCompile(`Seq Scan on (`+strings.Join(large, "|")+`)\b`).MatchString(text) || !strings.Contains(text, "_search") {
			t.Errorf("%s:\n%s", kind, text)
		}
	}
}
