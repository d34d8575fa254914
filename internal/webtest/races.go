package webtest

import (
	"context"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
)

// A test of a race forces an order of events: it takes a lock that the requests need,
// waits until they wait for it, and releases it.

// Hold runs a statement in a transaction that stays open until the test calls Commit
// or Rollback.
func (i *Intranet) Hold(sql string, args ...any) pgx.Tx {
	i.T.Helper()
	tx, err := i.Pool.Begin(i.T.Context())
	if err != nil {
		i.T.Fatal(err)
	}
	i.T.Cleanup(func() { _ = tx.Rollback(context.Background()) }) // of a test that failed
	if _, err := tx.Exec(i.T.Context(), sql, args...); err != nil {
		i.T.Fatal(err)
	}
	return tx
}

// Waiting returns as soon as that many statements wait for a lock.
func (i *Intranet) Waiting(statements int) {
	i.T.Helper()
	waiting := func() int {
		return i.Count(`pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
	}
	n := 0
	for deadline := time.Now().Add(8 * time.Second); n < statements; n = waiting() {
		if time.Now().After(deadline) {
			i.T.Fatalf("%d statements wait, not %d", n, statements)
		}
	}
}

// Posted is a form that was sent and not yet answered.
func (b *Browser) Posted(path string, form url.Values) <-chan Answer {
	done := make(chan Answer, 1)
	go func() { done <- b.Post(path, form) }()
	return done
}
