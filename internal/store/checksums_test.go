package store_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/store"
)

// Two programs with the same numbers and other files do not share a database unseen.
func TestADatabaseOfOtherMigrationsIsRefused(t *testing.T) {
	t.Parallel()
	pool := empty(t)
	const number, name = "90001", "90001_rooms.sql"
	ours := files(t, name, "90002_keys.sql")
	if err := store.MigrateFrom(t.Context(), pool, ours); err != nil {
		t.Fatal(err)
	}
	edited, renumbered, without := files(t, name, "90002_keys.sql"), files(t, "90002_keys.sql"), files(t, name)
	edited[name].Data = append(edited[name].Data, "-- another comment\n"...)
	renumbered["90003_rooms.sql"] = ours[name]
	later := files(t, name, "90002_keys.sql", "90004_later.sql")
	check := func(when string) {
		t.Helper()
		for _, test := range []struct {
			what  string
			err   error
			wants []string
		}{
			{"edited", migrateAndLook(t, pool, edited), []string{name}},
			{"renumbered", migrateAndLook(t, pool, renumbered), []string{"90003_rooms.sql", number}},
		} {
			if !errors.Is(test.err, store.ErrOtherSchema) {
				t.Errorf("%s, %s: %v", when, test.what, test.err)
				continue
			}
			for _, want := range test.wants {
				if !strings.Contains(test.err.Error(), want) {
					t.Errorf("%s, %s: %v", when, test.what, test.err)
				}
			}
		}
	}
	check("")
	if n := tables(t, pool); n != 2 {
		t.Errorf("%d tables: something was applied", n)
	}
	for what, files := range map[string]error{
		"the same": migrateAndLook(t, pool, ours), "one taken out": migrateAndLook(t, pool, without),
		"a later one": migrateAndLook(t, pool, later),
	} {
		if files != nil {
			t.Errorf("%s: %v", what, files)
		}
	}
	// A database from before the checksums gets them with its next start.
	if _, err := pool.Exec(t.Context(), `UPDATE goose_db_version SET sha256 = NULL`); err != nil {
		t.Fatal(err)
	}
	if err := migrateAndLook(t, pool, later); err != nil {
		t.Error(err)
	}
	check("afterwards")
}

// migrateAndLook migrates with files. What looks at the schema must say the same.
func migrateAndLook(t *testing.T, pool *pgxpool.Pool, files fs.FS) error {
	t.Helper()
	_, _, looked := store.SchemaFrom(t.Context(), pool, files)
	err := store.MigrateFrom(t.Context(), pool, files)
	if errors.Is(looked, store.ErrOtherSchema) != errors.Is(err, store.ErrOtherSchema) {
		t.Errorf("migrating says %v, and looking %v", err, looked)
	}
	return err
}

func tables(t *testing.T, pool *pgxpool.Pool) (n int) {
	t.Helper()
	const sql = `SELECT count(*) FROM pg_tables WHERE tablename LIKE 'made_by_%'`
	if err := pool.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
