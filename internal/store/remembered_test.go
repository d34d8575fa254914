package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// readers is a list of people, by the language that they read.
var readers = &store.Remembered[struct{ Name string }]{
	Rows: `SELECT name FROM people WHERE lang = $1 ORDER BY name`,
}

// replica is a server with what it remembers.
type replica struct {
	fixture
	t *testing.T
}

func newReplica(t *testing.T, f fixture) replica {
	f.store = store.New(f.pool)
	return replica{f, t}
}

// read is what a page shows, and whether the page asked for it.
func (r replica) read(lang string) (found []string, asked bool) {
	r.t.Helper()
	batch := r.store.NewBatch(withSession(r.t, r.store, r.t.Context(), "token"))
	var people []struct{ Name string }
	readers.Queue(batch, &people, lang)
	if err := r.store.Send(r.t.Context(), &batch.Batch, "read"); err != nil {
		r.t.Fatal(err)
	}
	for _, p := range people {
		found = append(found, p.Name)
	}
	return found, batch.Len() > 0
}

func (r replica) mustAsk(want bool, when string) {
	r.t.Helper()
	if _, asked := r.read("pt"); asked != want {
		r.t.Errorf("%s: asked: %v", when, asked)
	}
}

func remembering(t *testing.T) (one, other replica) {
	f := newSessions(t)
	f.commit(t.Context(), t, "token", f.data(t, ""), time.Now().Add(time.Hour))
	one, other = newReplica(t, f), newReplica(t, f)
	one.mustAsk(true, "for the first time")
	other.mustAsk(true, "for the first time, on another replica")
	return one, other
}

func TestARememberedListIsAskedForOnce(t *testing.T) {
	t.Parallel()
	one, other := remembering(t)
	one.mustAsk(false, "again")
	if _, asked := one.read("en"); !asked {
		t.Error("with another argument it is another list")
	}
	before, _ := one.read("pt")
	if _, err := one.pool.Exec(t.Context(), `UPDATE people SET name = 'Zz ' || name WHERE lang = 'pt'`); err != nil {
		t.Fatal(err)
	}
	for _, r := range []replica{one, other} {
		after, asked := r.read("pt")
		if !asked || len(before) == 0 || slices.Equal(before, after) {
			t.Errorf("after a change: asked: %v, %q became %q", asked, before, after)
		}
		r.mustAsk(false, "after the change, again")
	}
}

// Without a session nobody knows the version.
func TestNothingIsRememberedWithoutASession(t *testing.T) {
	t.Parallel()
	one, _ := remembering(t)
	for range 2 {
		batch := one.store.NewBatch(t.Context())
		var people []struct{ Name string }
		readers.Queue(batch, &people, "pt")
		if batch.Len() != 1 {
			t.Error("it is remembered")
		}
		if err := one.store.Send(t.Context(), &batch.Batch, "read"); err != nil {
			t.Fatal(err)
		}
	}
	one.mustAsk(false, "with a session")
}

const change = `UPDATE people SET title = title || '.' WHERE lang = 'pt'`

// A change counts when it is committed, whatever was committed before it, and one that is
// not committed does not. None waits for another.
func TestEveryCommittedChangeCounts(t *testing.T) {
	t.Parallel()
	one, _ := remembering(t)
	begin := func() pgx.Tx {
		tx, err := one.pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
		return tx
	}
	exec := func(tx pgx.Tx, sql string) {
		t.Helper()
		if _, err := tx.Exec(t.Context(), `SET LOCAL lock_timeout = '5s'`); err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	end := func(end func(context.Context) error) {
		t.Helper()
		if err := end(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var open []pgx.Tx
	for n := range 3 { // one connection is left
		tx := begin()
		exec(tx, fmt.Sprintf(`UPDATE departments SET version = version + 1 WHERE slug =
			(SELECT slug FROM departments ORDER BY slug LIMIT 1 OFFSET %d)`, n))
		open = append(open, tx)
	}
	one.mustAsk(false, "while changes are not committed")
	for _, n := range []int{2, 0, 1} {
		end(open[n].Commit)
		one.mustAsk(true, fmt.Sprint("after the commit of change ", n))
		one.mustAsk(false, fmt.Sprint("again after the commit of change ", n))
	}
	tx := begin()
	exec(tx, change)
	end(tx.Rollback)
	one.mustAsk(false, "after a change that was taken back")

	// What a savepoint takes back does not keep a later change from counting.
	tx = begin()
	exec(tx, `SAVEPOINT before`)
	exec(tx, change)
	exec(tx, `ROLLBACK TO SAVEPOINT before`)
	exec(tx, change)
	end(tx.Commit)
	one.mustAsk(true, "after a savepoint")

	var rows int
	if err := one.pool.QueryRow(t.Context(), `SELECT count(*) FROM lists_version`).Scan(&rows); err != nil || rows > 4 {
		t.Errorf("%d rows, %v: nobody puts them together", rows, err)
	}
}

// What the clock changes is asked for again by then, and not before.
func TestARememberedListEndsByTheClock(t *testing.T) {
	t.Parallel()
	one, _ := remembering(t)
	type row struct{ Future bool }
	ends := time.Now().Add(300 * time.Millisecond)
	list := &store.Remembered[row]{
		Rows:  `SELECT now() < $1::timestamptz AS future`,
		Until: `SELECT $1::timestamptz WHERE now() < $1::timestamptz`,
	}
	asked, rounds, until := 0, 0, ends.UTC().Format(time.RFC3339Nano)
	for future := true; future; rounds++ {
		batch := one.store.NewBatch(withSession(t, one.store, t.Context(), "token"))
		var rows []row
		list.Queue(batch, &rows, until)
		if batch.Len() > 0 {
			asked++
		}
		before := time.Now()
		if err := one.store.Send(t.Context(), &batch.Batch, "read"); err != nil {
			t.Fatal(err)
		}
		future = rows[0].Future
		if late := before.Sub(ends); future && late > 0 {
			t.Fatalf("%v late, the list is still the old one", late)
		}
	}
	if asked > rounds/2 { // in the moment before the end it may be asked for again
		t.Errorf("it was asked for %d times of %d", asked, rounds)
	}
}
