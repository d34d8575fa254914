// Package store is the database that every feature stands on: people, sessions,
// departments, the audit trail with the changes that go into it, rate limits, what the
// search finds and what a company begins with, and migrations. It knows nothing of HTTP:
// it returns plain values, and errors that say what happened. What forms need to know of
// a person's fields is in their list, so that there is one.
package store

import (
	"context"
	_ "embed" // grants.sql
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Grants is what the application's role may do, as SQL for psql: deploy/roles.sql, but
// for what features add in place of {features}.
//
//go:embed grants.sql
var Grants string

// Store asks and changes the database.
type Store struct {
	Pool *pgxpool.Pool
	// Audit, if set, is told each entry of the audit trail, once it stands there. Requests
	// wait for it, many at once.
	Audit func(Recorded)

	lists lists // that are remembered
}

// New returns a Store on pool, which stays the caller's to close.
func New(pool *pgxpool.Pool) *Store { return &Store{Pool: pool} }

// Send sends a batch, in one round trip, and reads all that its statements find.
func (s *Store) Send(ctx context.Context, batch *pgx.Batch, what string) error {
	return Wrap(s.Pool.SendBatch(ctx, batch).Close(), "%s", what)
}

// Collect reads all rows of a statement.
func Collect[T any](into *[]T) func(pgx.Rows) error {
	return func(rows pgx.Rows) (err error) {
		*into, err = pgx.CollectRows(rows, pgx.RowToStructByName[T])
		return err
	}
}

// CollectOne reads the one row of a statement.
func CollectOne[T any](into *T) func(pgx.Rows) error {
	return func(rows pgx.Rows) (err error) {
		*into, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
		return err
	}
}

// Wrap adds to err what was being done, and turns an error of the driver into the one
// of this package that says what it means. A nil err stays nil.
func Wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), meaning(err))
}

// ValidID reports whether id is a UUID. Postgres would answer with an error to anything
// else, and not with "not found".
func ValidID(id string) bool {
	var u pgtype.UUID // its Scan does not look at what stands in place of the hyphens
	return len(id) == 36 && u.Scan(id) == nil && id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-'
}

// Plain replaces what Postgres cannot hold in a text: NUL and broken UTF-8. A search for
// it finds nothing instead of failing.
func Plain(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// NullText is a text, or NULL for none.
func NullText(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// NullTime is a time, or NULL for none.
func NullTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}
