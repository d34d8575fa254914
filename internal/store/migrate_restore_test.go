package store_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

// pg_dump restores with an empty search_path. Left out are the tables that the
// migrations and the triggers fill:
//
//	pg_dump --data-only --exclude-table=goose_db_version --exclude-table=people_words --exclude-table=vocabulary
func TestADataOnlyRestore(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	connect := func(dsn string) *pgx.Conn {
		t.Helper()
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(context.Background()) })
		return conn
	}
	pool := testdb.New(t)
	if err := store.New(pool).Seed(ctx, seed.Company(time.Now())); err != nil {
		t.Fatal(err)
	}
	from, to := connect(pool.Config().ConnString()), connect(testdb.URL(t))
	if _, err := to.Exec(ctx, `SELECT set_config('search_path', '', false)`); err != nil {
		t.Fatal(err)
	}
	for _, table := range dumped(t, from) {
		var data bytes.Buffer
		if _, err := from.PgConn().CopyTo(ctx, &data, `COPY `+table+` TO STDOUT`); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		if _, err := to.PgConn().CopyFrom(ctx, &data, `COPY `+table+` FROM STDIN`); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
	}
	rows, _ := from.Query(ctx, `SELECT tablename::text FROM pg_tables
		WHERE schemaname = 'public' AND tablename NOT IN ('goose_db_version', 'lists_version')`) // moves on
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		var contents [2]string
		for i, conn := range []*pgx.Conn{from, to} {
			err := conn.QueryRow(ctx, `
				SELECT coalesce(count(*) || ' rows ' || md5(string_agg(t::text, '|' ORDER BY t::text COLLATE "C")), '')
				FROM public.`+table+` t`).Scan(&contents[i])
			if err != nil {
				t.Fatal(err)
			}
		}
		if contents[0] != contents[1] || contents[0] == "" && strings.HasPrefix(table, "people") {
			t.Errorf("%s: %q became %q", table, contents[0], contents[1])
		}
	}
}

// dumped are the tables that are restored, with their columns, each after those
// that it refers to, as pg_dump orders them.
func dumped(t *testing.T, conn *pgx.Conn) (tables []string) {
	t.Helper()
	type table struct {
		Name, Columns string
		RefersTo      []string
	}
	rows, _ := conn.Query(t.Context(), `SELECT c.relname::text AS name,
			(SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
				WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns,
			ARRAY(SELECT DISTINCT r.relname::text FROM pg_constraint f JOIN pg_class r ON r.oid = f.confrelid
				WHERE f.contype = 'f' AND f.conrelid = c.oid AND r.oid <> c.oid) AS refers_to
		FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
			AND c.relname NOT IN ('goose_db_version', 'people_words', 'vocabulary') ORDER BY name`)
	left, err := pgx.CollectRows(rows, pgx.RowToStructByName[table])
	if err != nil {
		t.Fatal(err)
	}
	var done []string
	for len(left) > 0 {
		i := slices.IndexFunc(left, func(next table) bool {
			return !slices.ContainsFunc(next.RefersTo, func(name string) bool { return !slices.Contains(done, name) })
		})
		if i < 0 {
			t.Fatalf("tables refer to each other in a circle: %v", left)
		}
		done = append(done, left[i].Name)
		tables = append(tables, fmt.Sprintf("public.%s (%s)", left[i].Name, left[i].Columns))
		left = slices.Delete(left, i, i+1)
	}
	return tables
}
