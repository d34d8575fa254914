package store_test

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest/pgbouncer"
)

// Postgres can be asked whom it works for. Through a pooler, too, where connections are lent for a
// transaction, and no id is seen with the statements of another request.
func TestPostgresKnowsTheRequest(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]func(*testing.T) string{
		"direct":    func(t *testing.T) string { return testdb.URL(t) },
		"pgbouncer": func(t *testing.T) string { return pgbouncer.Start(t, testdb.URL(t), "transaction") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, err := pgxpool.ParseConfig(address(t))
			if err != nil {
				t.Fatal(err)
			}
			config.MaxConns = 4
			config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
			config.ConnConfig.RuntimeParams["application_name"] = "intranet"
			pool, err := pgxpool.NewWithConfig(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			s := store.New(pool)
			var visitors sync.WaitGroup
			for _, id := range []string{"R1", "R2", "7f0c9a52-9e0f-4a57-8d0c-0f4f4bde9c11", ""} {
				visitors.Go(func() { keepsItsName(t, s, id) })
			}
			visitors.Wait()
			keepsItsName(t, s, "") // after all of them
		})
	}
}

// keepsItsName changes and reads for a request, and fails where Postgres calls that otherwise.
func keepsItsName(t *testing.T, s *store.Store, id string) {
	const name = `SELECT current_setting('application_name')`
	ctx, want := t.Context(), "intranet"
	if id != "" {
		ctx, want = store.WithRequest(ctx, store.RequestInfo{ID: id}), "intranet "+id
	}
	for n := range 20 {
		err := s.Change(ctx, store.CommandLine, "test", func(tx pgx.Tx) (store.Entry, error) {
			for range 2 {
				isCalled(t, tx, want)
			}
			if n%2 == 0 {
				_, err := tx.Exec(ctx, `SELECT 1 / 0`)
				return store.Entry{}, err
			}
			return store.Entry{}, nil
		})
		if (err != nil) != (n%2 == 0) {
			t.Error(err)
		}
		var names [2]string
		batch := &pgx.Batch{}
		for i := range names {
			batch.Queue(name).QueryRow(func(row pgx.Row) error { return row.Scan(&names[i]) })
		}
		if n%2 == 0 {
			batch.Queue(`SELECT 1 / 0`)
		}
		if err := s.Send(ctx, batch, "test"); (err != nil) != (n%2 == 0) || names[0] != want || names[1] != want {
			t.Errorf("a batch of %q is called %q, %v", want, names, err)
		}
		isCalled(t, s.Pool, "intranet") // what nobody has named has the name of no other
	}
}

func isCalled(t *testing.T, db interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}, want string,
) {
	var got string
	err := db.QueryRow(t.Context(), `SELECT current_setting('application_name')`).Scan(&got)
	if err != nil || got != want {
		t.Errorf("it is called %q and not %q, %v", got, want, err)
	}
}

// What is no id of ours gets into no statement.
func TestAnIDWithOtherCharactersIsNoName(t *testing.T) {
	t.Parallel()
	s := store.New(testdb.New(t))
	for _, id := range []string{`x'; DROP TABLE audit; --`, `\`, "x y", "ç", "a'"} {
		ctx, was := store.WithRequest(t.Context(), store.RequestInfo{ID: id}), ""
		if err := s.Pool.QueryRow(ctx, `SELECT current_setting('application_name')`).Scan(&was); err != nil {
			t.Fatal(err)
		}
		err := s.Change(ctx, store.CommandLine, "test", func(tx pgx.Tx) (store.Entry, error) {
			isCalled(t, tx, was)
			return store.Entry{}, nil
		})
		if err != nil {
			t.Errorf("%q: %v", id, err)
		}
	}
}
