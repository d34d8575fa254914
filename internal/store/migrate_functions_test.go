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

// A function that sets a parameter is called for each row, and planned apart.
func TestWhatTheSearchForPeopleCallsIsInlined(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	for _, call := range []string{
		`people p, words_of_person(p.id, p.name, p.words, p.active) f`,
		`unnest('{a,b}'::text[]) t (term), ranges_of(t.term, '') f`,
	} {
		rows, _ := pool.Query(t.Context(), `EXPLAIN (COSTS off) SELECT f.* FROM `+call)
		plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
		text := strings.Join(plan, "\n")
		if err != nil || text == "" || strings.Contains(text, "Scan on words_of_person") ||
			strings.Contains(text, "Scan on ranges_of") {
			t.Errorf("%s: %v\n%s", call, err, text)
		}
	}
}
