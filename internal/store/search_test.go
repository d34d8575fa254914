package store_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

// sources are those of the nouns whose SQL is in this package.
var sources = map[string]store.Source{
	"news":     {Kind: "news", Hits: store.NewsHits},
	"policies": {Kind: "policies", Hits: store.PolicyHits},
}

// searchable adds things to find of a kind: $1 is their language, $2 their titles
// and $3 a word of each text.
var searchable = map[string]string{
	"news":     searchableNews,
	"policies": searchablePolicies,
}

// texts is a database with one thing to find of each text, and what kind it is. The
// text's language comes first: "pt Férias".
func texts(t *testing.T, kind string, all ...string) *pgx.Conn {
	t.Helper()
	conn, err := testdb.New(t).Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Release)
	for i, text := range all {
		lang, title, _ := strings.Cut(text, " ")
		add(t, conn.Conn(), kind, lang, []string{title}, []string{fmt.Sprint("body", i)})
	}
	return conn.Conn()
}

func add(t *testing.T, conn *pgx.Conn, kind, lang string, titles, texts []string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), searchable[kind], lang, titles, texts); err != nil {
		t.Fatal(err)
	}
}

func terms(word string) store.Terms {
	return store.Terms{Words: []string{word}, Inflected: []string{`"` + word + `"`}, Limit: 50}
}

// hits are the titles of what a reader finds of a kind.
func hits(t *testing.T, conn *pgx.Conn, kind string, reader store.Person, word string) (titles []string) {
	t.Helper()
	reader.ID = nobody
	sql, args := sources[kind].Statement(&reader, terms(word))
	rows, _ := conn.Query(t.Context(), sql, args...)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[store.Hit])
	if err != nil {
		t.Fatal(err)
	}
	for _, hit := range all {
		titles = append(titles, hit.Title)
	}
	return titles
}

func TestATitleWeighsMoreThanAText(t *testing.T) {
	t.Parallel()
	for kind := range sources {
		conn := texts(t, kind, "en Shoes", "en Boots", "en Coffee and tea")
		add(t, conn, kind, "en", []string{"Boots again"}, []string{"coffee"})
		got := hits(t, conn, kind, store.Person{Lang: "en"}, "coffee")
		if strings.Join(got, ", ") != "Coffee and tea, Boots again" {
			t.Errorf("%s: %q", kind, got)
		}
	}
}

// However many texts there are, a search reads those that it finds.
func TestASearchReadsNoTableAsAWhole(t *testing.T) {
	t.Parallel()
	for kind, source := range sources {
		conn := texts(t, kind)
		var titles, words []string
		for i := range 20_000 {
			titles = append(titles, fmt.Sprintf("Title %x", i*7919))
			words = append(words, fmt.Sprintf("word%05d", i))
		}
		add(t, conn, kind, "en", titles, words)
		if _, err := conn.Exec(t.Context(), `ANALYZE`); err != nil {
			t.Fatal(err)
		}
		if got := hits(t, conn, kind, store.Person{Lang: "en"}, "word01234"); len(got) != 1 {
			t.Errorf("%s: %q", kind, got)
		}
		sql, args := source.Statement(&store.Person{ID: nobody, Lang: "en"}, terms("word01234"))
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
		if regexp.MustCompile(`Seq Scan on (`+strings.Join(large, "|")+`)\b`).MatchString(text) ||
			!strings.Contains(text, "_search") {
			t.Errorf("%s:\n%s", kind, text)
		}
	}
}
