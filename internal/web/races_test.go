package web

import (
	"context"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
)

// Each test here forces an order of events: it holds a lock that the requests in
// question need, waits until they wait for it, and lets go.

// hold runs a statement in a transaction that stays open until the test calls
// Commit or Rollback.
func (i *intranet) hold(sql string, args ...any) pgx.Tx {
	i.t.Helper()
	tx, err := i.pool.Begin(i.t.Context())
	if err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() { _ = tx.Rollback(context.Background()) }) // of a test that failed
	if _, err := tx.Exec(i.t.Context(), sql, args...); err != nil {
		i.t.Fatal(err)
	}
	return tx
}

// waiting returns once so many statements wait for a lock.
func (i *intranet) waiting(statements int) {
	i.t.Helper()
	n := 0
	for deadline := time.Now().Add(8 * time.Second); n < statements; n = i.count(`pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) {
		if time.Now().After(deadline) {
			i.t.Fatalf("%d statements wait, not %d", n, statements)
		}
	}
}

func (i *intranet) exec(sql string, args ...any) {
	i.t.Helper()
	if _, err := i.pool.Exec(i.t.Context(), sql, args...); err != nil {
		i.t.Fatal(err)
	}
}

// count is how many rows a query finds.
func (i *intranet) count(sql string, args ...any) (n int) {
	i.t.Helper()
	if err := i.pool.QueryRow(i.t.Context(), `SELECT count(*) FROM `+sql, args...).Scan(&n); err != nil {
		i.t.Fatal(err)
	}
	return n
}

// posted is a form on its way.
func (b *browser) posted(path string, form url.Values) <-chan answer {
	done := make(chan answer, 1)
	go func() { done <- b.post(path, form) }()
	return done
}
