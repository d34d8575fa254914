package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

// statements is a pgx tracer that keeps what the store sends.
type statements struct {
	trips int
	sent  []pgx.TraceBatchQueryData
}

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	s.trips++
	s.sent = append(s.sent, pgx.TraceBatchQueryData{SQL: q.SQL, Args: q.Args})
	return ctx
}
func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
func (s *statements) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	s.trips++
	return ctx
}
func (s *statements) TraceBatchQuery(_ context.Context, _ *pgx.Conn, q pgx.TraceBatchQueryData) {
	s.sent = append(s.sent, q)
}
func (s *statements) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// crowd is a store whose directory has that many people, and what it sends.
func crowd(t testing.TB, people int) (*store.Store, *pgxpool.Pool, *statements) {
	t.Helper()
	config, err := pgxpool.ParseConfig(testdb.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	sent := &statements{}
	config.MaxConns, config.ConnConfig.Tracer = 1, sent
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	for _, sql := range []string{
		`INSERT INTO departments (slug, names) SELECT 'd' || n, jsonb_build_object('en', 'Department ' || chr(64 + n), 'pt', 'Área ' || chr(64 + n)) FROM generate_series(1, 20) n`,
		`ALTER TABLE people DISABLE TRIGGER people_words_added`,
		// Those of a given name stand together in the directory; surnames are all over
		// it: one in 10, in 100, in 1,000 and one alone. One in 50 is disabled.
		`INSERT INTO people (name, email, department, title, skills, active)
			SELECT CASE abs(hashint4(n) % 25) WHEN 1 THEN 'Yolanda' WHEN 2 THEN 'Maria Eduarda' ELSE initcap(translate(left(md5(n::text), 3), '0123456789', 'ghijklmnop')) END
				|| CASE WHEN abs(hashint4(-n) % 10) = 1 THEN ' Comum' ELSE '' END || CASE WHEN abs(hashint4(n + 10000000) % 100) = 1 THEN ' Centena' ELSE '' END
				|| CASE WHEN abs(hashint4(n + 20000000) % 1000) = 1 THEN ' Milhar' ELSE '' END || CASE WHEN n = 471 THEN ' Único' ELSE '' END
				|| ' ' || initcap(translate(right(md5(n::text), 2), '0123456789', 'ghijklmnop')),
				'p.' || n || '@x.example', 'd' || 1 + n % 20, 'Analista', 'Go, torra', n % 50 <> 0
			FROM generate_series(1, ` + fmt.Sprint(people) + `) n`,
		`ALTER TABLE people ENABLE TRIGGER people_words_added`,
		`INSERT INTO people_words SELECT w.* FROM people p, words_of_person(p.id, p.name, p.words, p.active) w ORDER BY w.word, w.place, w.name, w.person_id`,
		// Eight report to one, and so on up to the first.
		`UPDATE people p SET manager_id = m.id FROM generate_series(2, least(9000, (SELECT count(*) FROM people))) n
			JOIN people m ON lower(m.email) = 'p.' || (n + 6) / 8 || '@x.example' WHERE lower(p.email) = 'p.' || n || '@x.example'`,
		`VACUUM (ANALYZE) people, people_words`, `ANALYZE`,
	} {
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	*sent = statements{}
	return store.New(pool), pool, sent
}

// someone is the id of the person with that number.
func someone(t testing.TB, pool *pgxpool.Pool, n int) (id string) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), `SELECT id FROM people WHERE lower(email) = 'p.' || $1::int || '@x.example'`, n).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

// listing is one of the lists of people.
type listing struct {
	name string
	load func(context.Context, *store.Store) error
}

// listings are all lists of people, and pages of them that lie deep.
func listings(t testing.TB, s *store.Store, pool *pgxpool.Pool) (all []listing) {
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
		if err := pool.QueryRow(t.Context(), `SELECT translate(rtrim(encode(convert_to(json_build_object('p', $1::int, 'n', name, 'i', id)::text, 'UTF8'), 'base64'), '='), E'+/\n', '-_')
		FROM people ORDER BY name, id OFFSET (SELECT count(*) * 9 / 10 FROM people) LIMIT 1`, place).Scan(&deep[place]); err != nil {
			t.Fatal(err)
		}
	}
	manager, leaf := someone(t, pool, 20), someone(t, pool, 999)
	people("first page", store.PeopleFilter{})
	people("second page", second(store.PeopleFilter{}))
	people("deep page", store.PeopleFilter{After: deep[0]})
	people("department", store.PeopleFilter{Department: "d7"})
	people("department, second page", second(store.PeopleFilter{Department: "d7"}))
	people("reports", store.PeopleFilter{Manager: manager})
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
	all = append(all,
		listing{"profile of a manager", func(ctx context.Context, s *store.Store) error { _, err := s.Profile(ctx, "pt", manager); return err }},
		listing{"profile", func(ctx context.Context, s *store.Store) error { _, err := s.Profile(ctx, "pt", leaf); return err }},
		listing{"account", func(ctx context.Context, s *store.Store) error { _, err := s.Account(ctx, "pt", leaf); return err }},
		listing{"departments", func(ctx context.Context, s *store.Store) error { _, err := s.DepartmentRecords(ctx, "pt"); return err }},
		listing{"department", func(ctx context.Context, s *store.Store) error {
			_, err := s.DepartmentRecord(ctx, "pt", "d3")
			return err
		}},
	)
	return all
}

// sequential looks for a sequential scan of people or their words in a plan (EXPLAIN's JSON).
func sequential(plan any) bool {
	switch v := plan.(type) {
	case map[string]any:
		if v["Node Type"] == "Seq Scan" && (v["Relation Name"] == "people" || v["Relation Name"] == "people_words") {
			return true
		}
		for _, child := range v {
			if sequential(child) {
				return true
			}
		}
	case []any:
		for _, child := range v {
			if sequential(child) {
				return true
			}
		}
	}
	return false
}

// No list of people walks through the table: not in the plan of a statement that
// the store sends, nor in a function that one of them calls. And each is one round
// trip.
func TestNoListOfPeopleScansTheTable(t *testing.T) {
	t.Parallel()
	s, pool, sent := crowd(t, 30_000)
	lists := listings(t, s, pool)
	scans := func() (n int64) {
		if err := pool.QueryRow(t.Context(), `SELECT sum(seq_scan) FROM pg_stat_user_tables, pg_stat_force_next_flush() WHERE relname IN ('people', 'people_words')`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, list := range lists {
		scans() // what was counted before is flushed
		before := scans()
		*sent = statements{}
		if err := list.load(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", list.name, err)
		}
		asked := *sent
		if asked.trips != 1 || len(asked.sent) == 0 {
			t.Errorf("%s: %d round trips, %d statements", list.name, asked.trips, len(asked.sent))
		}
		scans()
		if after := scans(); after != before {
			t.Errorf("%s: %d sequential scans of people", list.name, after-before)
		}
		for _, q := range asked.sent {
			var text string
			if err := pool.QueryRow(t.Context(), `EXPLAIN (FORMAT JSON) `+q.SQL, q.Args...).Scan(&text); err != nil {
				t.Fatalf("%s: %v", list.name, err)
			}
			var plan any
			if err := json.Unmarshal([]byte(text), &plan); err != nil {
				t.Fatal(err)
			}
			if sequential(plan) {
				t.Errorf("%s: %s\n%s", list.name, strings.Join(strings.Fields(q.SQL), " "), text)
			}
		}
	}
}
