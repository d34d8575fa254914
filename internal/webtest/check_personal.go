package webtest

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/personal"
)

// checkPersonal tests what the feature says of its tables: a copy has each row of a person and
// no other, with every column but those that are withheld, and when the person is deleted
// nothing points to them any more.
func (f Fixture) checkPersonal(t *testing.T) {
	i := f.Start(t, Options{})
	if f.Personal != nil {
		f.Personal(i)
	}
	ids := texts(i, `SELECT id::text FROM people ORDER BY created_at, id`)
	emails := texts(i, `SELECT email FROM people ORDER BY created_at, id`)
	for _, p := range f.Feature().Personal {
		rows, whose := 0, strings.Join(p.Person, " = $1 OR ")+" = $1"
		for _, id := range ids {
			n := i.Count(p.Table+" WHERE "+whose, id)
			rows += n
			if p.Export == "" {
				continue
			}
			head, copied := Copied(i, p, id)
			if len(copied) != n {
				t.Errorf("%s: the copy of %s has %d rows, the table %d", p.Name, id, len(copied), n)
			}
			for _, row := range copied {
				for k, other := range ids {
					// People's own row says who their manager is.
					strange := strings.Contains(row, other) && !slices.Contains(p.Person, "id")
					if other != id && (strange || strings.Contains(row, emails[k])) {
						t.Errorf("%s: the copy of %s has something of somebody else: %s", p.Name, id, row)
					}
				}
			}
			checkHead(i, p, head)
		}
		if rows == 0 {
			t.Errorf("the fixture fills in nothing of anybody's in %s", p.Table)
		}
	}
	for _, id := range ids {
		i.Exec(`SELECT FROM erase_person($1, NULL, '', '', '')`, id)
		for _, p := range f.Feature().Personal {
			for _, column := range p.Person {
				// In the trail ids stay: see migrations/00119_privacy.sql.
				if n := i.Count(p.Table+" WHERE "+column+" = $1", id); n > 0 && p.Table != "audit" {
					t.Errorf("%s: %d rows point to %s, who is deleted", p.Name, n, id)
				}
			}
		}
	}
}

// checkHead fails where a column of the table is neither in the copy nor withheld.
func checkHead(i *Intranet, p personal.Table, head []string) {
	i.T.Helper()
	columns := texts(i, `SELECT attname::text FROM pg_attribute
		WHERE attrelid = '`+p.Table+`'::regclass AND attnum > 0 AND NOT attisdropped`)
	for _, column := range columns {
		if slices.Contains(head, column) == slices.Contains(p.Withheld, column) {
			i.T.Errorf("%s: is the column %s in the copy, or withheld?", p.Name, column)
		}
	}
}

// Copied is what a copy for a person has of a table: its columns, and its rows as JSON.
func Copied(i *Intranet, p personal.Table, id string) (head, rows []string) {
	i.T.Helper()
	ctx := i.T.Context()
	tx, err := i.Pool.Begin(ctx)
	if err != nil {
		i.T.Fatal(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	if head, err = p.Head(ctx, tx, id); err != nil {
		i.T.Fatalf("%s: %v", p.Name, err)
	}
	for row, err := range p.Rows(ctx, tx, id) {
		if err != nil {
			i.T.Fatalf("%s: %v", p.Name, err)
		}
		rows = append(rows, string(row))
	}
	return head, rows
}

// texts is a column of a query.
func texts(i *Intranet, sql string) []string {
	i.T.Helper()
	rows, _ := i.Pool.Query(i.T.Context(), sql)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		i.T.Fatal(err)
	}
	return all
}
