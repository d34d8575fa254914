package testdb

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Crowd is a database with many people, and all that is sent to it.
type Crowd struct {
	Pool  *pgxpool.Pool // of one connection
	t     testing.TB
	trips int
	sent  []pgx.TraceBatchQueryData
}

// NewCrowd is a database with that many people in 20 departments, of whom one in 50
// is disabled. Their e-mails are p.1@x.example and so on.
func NewCrowd(t testing.TB, people int) *Crowd {
	t.Helper()
	config, err := pgxpool.ParseConfig(URL(t))
	if err != nil {
		t.Fatal(err)
	}
	c := &Crowd{t: t}
	config.MaxConns, config.ConnConfig.Tracer = 1, c
	if c.Pool, err = pgxpool.NewWithConfig(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Pool.Close)
	for _, sql := range []string{
		`INSERT INTO departments (slug, names)
			SELECT 'd' || n, jsonb_build_object('en', 'Department ' || chr(64 + n), 'pt', 'Área ' || chr(64 + n))
			FROM generate_series(1, 20) n`,
		`ALTER TABLE people DISABLE TRIGGER people_words_added`,
		// Those of a given name stand together in the directory; surnames are all over
		// it: one in 10, in 100, in 1,000 and one alone.
		`INSERT INTO people (name, email, department, title, skills, active)
			SELECT CASE abs(hashint4(n) % 25) WHEN 1 THEN 'Yolanda' WHEN 2 THEN 'Maria Eduarda'
					ELSE initcap(translate(left(md5(n::text), 3), '0123456789', 'ghijklmnop')) END
				|| CASE WHEN abs(hashint4(-n) % 10) = 1 THEN ' Comum' ELSE '' END
				|| CASE WHEN abs(hashint4(n + 10000000) % 100) = 1 THEN ' Centena' ELSE '' END
				|| CASE WHEN abs(hashint4(n + 20000000) % 1000) = 1 THEN ' Milhar' ELSE '' END
				|| CASE WHEN n = 471 THEN ' Único' ELSE '' END
				|| ' ' || initcap(translate(right(md5(n::text), 2), '0123456789', 'ghijklmnop')),
				'p.' || n || '@x.example', 'd' || 1 + n % 20, 'Analista', 'Go, torra', n % 50 <> 0
			FROM generate_series(1, ` + fmt.Sprint(people) + `) n`,
		`ALTER TABLE people ENABLE TRIGGER people_words_added`,
		`INSERT INTO people_words SELECT w.* FROM people p, words_of_person(p.id, p.name, p.words, p.active) w
			ORDER BY w.word, w.place, w.name, w.person_id`,
		// Eight report to one, and so on up to the first.
		`UPDATE people p SET manager_id = m.id
			FROM generate_series(2, least(9000, (SELECT count(*) FROM people))) n
			JOIN people m ON lower(m.email) = 'p.' || (n + 6) / 8 || '@x.example'
			WHERE lower(p.email) = 'p.' || n || '@x.example'`,
		`VACUUM (ANALYZE) people, people_words`,
		`ANALYZE`,
	} {
		if _, err := c.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	return c
}

// Someone is the id of the person with that number.
func (c *Crowd) Someone(n int) (id string) {
	c.t.Helper()
	const byNumber = `SELECT id FROM people WHERE lower(email) = 'p.' || $1::int || '@x.example'`
	if err := c.Pool.QueryRow(c.t.Context(), byNumber, n).Scan(&id); err != nil {
		c.t.Fatal(err)
	}
	return id
}

// NeverScans fails where what load sends walks through the table of people or their
// words: in the plan of a statement, or in a function that one of them calls. And it
// must be one round trip.
func (c *Crowd) NeverScans(name string, load func(context.Context) error) {
	t := c.t
	t.Helper()
	c.scans() // what was counted before is flushed
	before := c.scans()
	c.trips, c.sent = 0, nil
	if err := load(t.Context()); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	trips, sent := c.trips, c.sent
	if trips != 1 || len(sent) == 0 {
		t.Errorf("%s: %d round trips, %d statements", name, trips, len(sent))
	}
	c.scans()
	if after := c.scans(); after != before {
		t.Errorf("%s: %d sequential scans of people", name, after-before)
	}
	for _, q := range sent {
		var text string
		if err := c.Pool.QueryRow(t.Context(), `EXPLAIN (FORMAT JSON) `+q.SQL, q.Args...).Scan(&text); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var plan any
		if err := json.Unmarshal([]byte(text), &plan); err != nil {
			t.Fatal(err)
		}
		if sequential(plan) {
			t.Errorf("%s: %s\n%s", name, strings.Join(strings.Fields(q.SQL), " "), text)
		}
	}
}

// scans is how often somebody walked through the tables.
func (c *Crowd) scans() (n int64) {
	c.t.Helper()
	err := c.Pool.QueryRow(c.t.Context(), `SELECT sum(seq_scan)
		FROM pg_stat_user_tables, pg_stat_force_next_flush()
		WHERE relname IN ('people', 'people_words')`).Scan(&n)
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

// sequential looks for a sequential scan of people or their words in a plan
// (EXPLAIN's JSON).
func sequential(plan any) bool {
	switch v := plan.(type) {
	case map[string]any:
		table := v["Relation Name"]
		if v["Node Type"] == "Seq Scan" && (table == "people" || table == "people_words") {
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

// TraceQueryStart notes a statement.
func (c *Crowd) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	c.trips++
	c.sent = append(c.sent, pgx.TraceBatchQueryData{SQL: q.SQL, Args: q.Args})
	return ctx
}

// TraceQueryEnd does nothing.
func (c *Crowd) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart counts a batch.
func (c *Crowd) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	c.trips++
	return ctx
}

// TraceBatchQuery notes a statement of a batch.
func (c *Crowd) TraceBatchQuery(_ context.Context, _ *pgx.Conn, q pgx.TraceBatchQueryData) {
	c.sent = append(c.sent, q)
}

// TraceBatchEnd does nothing.
func (c *Crowd) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}
