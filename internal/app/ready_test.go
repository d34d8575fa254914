package app

import (
	"testing"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/testdb"
)

// A replica whose database takes no changes gets no requests: it could not sign anybody in.
// It is asked each time, because a server becomes a standby while it runs.
func TestAReplicaOfAReadOnlyDatabaseIsNotReady(t *testing.T) {
	t.Parallel()
	pool, err := OpenPool(t.Context(), caramelo.NewSecret(testdb.URL(t)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	a := &App{pool: pool}
	ready := a.ready(true)
	if err := ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, err := pool.Acquire(t.Context()) // it keeps the default that it began with
	if err != nil {
		t.Fatal(err)
	}
	defer before.Release()
	var database string
	if err := before.QueryRow(t.Context(), `SELECT quote_ident(current_database())`).Scan(&database); err != nil {
		t.Fatal(err)
	}
	role := `ALTER ROLE CURRENT_USER IN DATABASE ` + database
	for _, test := range []struct{ set, reset string }{
		{
			`ALTER DATABASE ` + database + ` SET default_transaction_read_only = on`,
			`ALTER DATABASE ` + database + ` RESET default_transaction_read_only`,
		},
		{role + ` SET default_transaction_read_only = on`, role + ` RESET default_transaction_read_only`},
	} {
		for _, step := range []struct {
			sql   string
			ready bool
		}{{test.set, false}, {test.reset, true}} {
			if _, err := before.Exec(t.Context(), step.sql); err != nil {
				t.Fatal(err)
			}
			pool.Reset() // new connections have the new default
			if err := ready(t.Context()); (err == nil) != step.ready {
				t.Errorf("after %q: %v", step.sql, err)
			}
			// Before its first time, too.
			if err := a.ready(false)(t.Context()); (err == nil) != step.ready {
				t.Errorf("at the start, after %q: %v", step.sql, err)
			}
		}
	}
}
