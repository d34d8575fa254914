package webtest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/forms"
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

// Key is the key of the form on a page that is posted to a path.
func (b *Browser) Key(page, action string) string {
	b.I.T.Helper()
	key := b.Get(page).HTML(b.I.T).Find(`form[action="` + action + `"] [name=` + forms.KeyField + `]`)
	if key.Length() == 0 {
		b.I.T.Fatalf("%s has no form for %s", page, action)
	}
	return key.AttrOr("value", "")
}

// Twice sends a form as a browser does on a slow line when somebody clicks twice. The first
// click waits for held, which a test has locked; the browser gives its answer up, with all
// that it had, and waits for that of the second.
func (b *Browser) Twice(path string, form url.Values, held pgx.Tx) Answer {
	t := b.I.T
	t.Helper()
	leaving, leave := context.WithCancel(t.Context())
	first, err := http.NewRequestWithContext(leaving, http.MethodPost, b.I.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	first.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	gone := make(chan error, 1)
	go func() {
		res, err := b.Do(first)
		if err == nil {
			err = res.Body.Close()
		}
		gone <- err
	}()
	b.I.Waiting(1)
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Fatalf("the first click: %v", err)
	}
	second := b.Posted(path, form)
	if err := held.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	return <-second
}
