package store_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/testdb"
)

// A function sets its search_path, or has a body in standard SQL, whose names are
// looked up when it is made.
func TestEveryFunctionFindsWhatItNames(t *testing.T) {
	t.Parallel()
	rows, _ := testdb.New(t).Query(t.Context(), `SELECT oid::regprocedure::text,
			prosqlbody IS NOT NULL OR EXISTS (SELECT FROM unnest(proconfig) c WHERE starts_with(c, 'search_path=')),
			prosecdef AND NOT EXISTS (SELECT FROM unnest(proconfig) c WHERE starts_with(c, 'search_path='))
		FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
			AND NOT EXISTS (SELECT FROM pg_depend d
				WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')`)
	var function string
	var finds, unsafe bool
	all, err := pgx.ForEachRow(rows, []any{&function, &finds, &unsafe}, func() error {
		if !finds {
			t.Errorf("%s has neither a search_path nor a body in standard SQL", function)
		}
		if unsafe {
			t.Errorf("%s runs with its owner's rights and no search_path", function)
		}
		return nil
	})
	if err != nil || all.RowsAffected() < 10 {
		t.Errorf("%d functions, %v", all.RowsAffected(), err)
	}
}

// What is not inlined is called for each row. And if it is in SQL, each statement reads and
// plans it anew: that took longer than the search itself.
func TestWhatASearchCallsIsInlined(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	rows, _ := pool.Query(t.Context(), `SELECT proname::text FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
		WHERE p.pronamespace = 'public'::regnamespace AND l.lanname = 'sql'`)
	functions, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(functions) < 10 {
		t.Fatal(functions, err)
	}
	for _, call := range []string{
		`people p, words_of_person(p.id, p.name, p.words, p.active)`,
		`unnest('{a,b}'::text[]) t (term), ranges_of(t.term, '')`,
		`unnest('{a,b}'::text[]) t (term), alike(t.term)`,
		`unnest('{a,b}'::text[]) t (typed), parts_of(t.typed) p, begun(p.part, p.words, p.joined)`,
		`unnest('{a,b}'::text[]) t (typed), search_queries(t.typed)`,
		// In functions that are not in SQL.
		`unnest('{a,b}'::text[]) t (part), LATERAL (SELECT dialled(t.part), number_of(national_number(t.part)))`,
		`unnest('{a,b}'::text[]) t (value), LATERAL (SELECT spaced(t.value), unspaced(t.value))`,
	} {
		rows, _ := pool.Query(t.Context(), `EXPLAIN (VERBOSE, COSTS off) SELECT f.* FROM `+call+` f`)
		plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
		text := strings.Join(plan, "\n")
		if err != nil || text == "" {
			t.Errorf("%s: %v", call, err)
		}
		for _, function := range functions {
			if strings.Contains(text, function+"(") {
				t.Errorf("%s calls %s:\n%s", call, function, text)
			}
		}
	}
}
