package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Remembered is a list that is the same for many people. It is kept in memory for those
// who ask with the same arguments, and is current all the same: a change of a table that
// it shows moves the version of lists on (see migrations/00100_lists.sql), and each page
// reads that version with its session. On the next page everybody sees the change, on
// every replica.
type Remembered[T any] struct {
	Rows string // SQL for the rows
	// Until is SQL for when there would be other rows by the clock alone, with the same
	// arguments as Rows; NULL for never. "" is for a list that does not ask for the time.
	Until string
}

// Batch is what a page asks the database for in one round trip.
type Batch struct {
	pgx.Batch
	store   *Store
	version int64
}

// NewBatch returns a batch for the request of ctx. What is remembered is as current as the
// session of that request; without a session everything is read.
func (s *Store) NewBatch(ctx context.Context) *Batch {
	return &Batch{store: s, version: SessionOf(ctx).lists}
}

// Queue reads the rows into into: from memory, or with the batch. Many requests have the
// same rows, so nobody may change them.
func (r *Remembered[T]) Queue(batch *Batch, into *[]T, args ...string) {
	lists, key, asked := &batch.store.lists, listKey{r, strings.Join(args, "\x00")}, time.Now()
	if rows, ok := lists.find(batch.version, key, asked).([]T); ok {
		*into = rows
		return
	}
	values := make([]any, len(args))
	for i, arg := range args {
		values[i] = arg
	}
	batch.Queue(r.Rows, values...).Query(func(rows pgx.Rows) error {
		err := Collect(into)(rows)
		*into = slices.Clip(*into)
		if err == nil && r.Until == "" {
			lists.keep(batch.version, key, list{rows: *into})
		}
		return err
	})
	if r.Until == "" {
		return
	}
	until := `SELECT extract(epoch FROM (` + r.Until + `) - now())::float8 WHERE true`
	for i := range args {
		until += fmt.Sprintf(` AND $%d::text IS NOT NULL`, i+1) // it may leave out some of them
	}
	batch.Queue(until, values...).QueryRow(func(row pgx.Row) error {
		var seconds *float64
		if err := row.Scan(&seconds); err != nil {
			return err
		}
		// The clock of the database counts. Seen from asked it is as long, or longer.
		lasts := maxRemembered
		if seconds != nil && *seconds < lasts.Seconds() {
			lasts = time.Duration(*seconds * float64(time.Second))
		}
		lists.keep(batch.version, key, list{rows: *into, until: asked.Add(lasts)})
		return nil
	})
}

// Bounds of what is remembered: how many lists, and how long one that the clock ends.
const (
	maxLists      = 2048
	maxRemembered = 24 * time.Hour
)

// lists are those that are remembered, all of one version.
type lists struct {
	mu      sync.RWMutex
	version int64
	kept    map[listKey]list
}

type listKey struct {
	list any    // a *Remembered
	args string // with NUL between them, which no text in Postgres has
}

type list struct {
	rows  any
	until time.Time // zero: as long as the version
}

// find returns the rows of a list, or nil. No version is 0.
func (l *lists) find(version int64, key listKey, now time.Time) any {
	l.mu.RLock()
	defer l.mu.RUnlock()
	found := l.kept[key]
	if version == 0 || version != l.version || !found.until.IsZero() && !now.Before(found.until) {
		return nil
	}
	return found.rows
}

func (l *lists) keep(version int64, key listKey, found list) {
	if version == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if version != l.version || len(l.kept) >= maxLists {
		l.version, l.kept = version, map[listKey]list{}
	}
	l.kept[key] = found
}
