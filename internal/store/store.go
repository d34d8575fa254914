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
	if name := requestName(ctx); name != "" && batch.Len() > 0 {
		named := &pgx.Batch{}
		named.Queue(`SELECT set_config('application_name', $1, true)`, name)
		named.QueuedQueries = append(named.QueuedQueries, batch.QueuedQueries...)
		batch = named
	}
	return Wrap(s.Pool.SendBatch(ctx, batch).Close(), "%s", what)
}

// requestName is what Postgres calls a connection in pg_stat_activity and in its log while it
// works for the request of ctx: "" outside of requests. It is set for a transaction or a batch,
// because the next request has the connection afterwards.
func requestName(ctx context.Context) string {
	id := RequestOf(ctx).ID
	if id == "" || strings.Trim(id, idCharacters) != "" {
		return ""
	}
	return "intranet " + id
}

// idCharacters are those of a request's id. They need no escape in SQL.
const idCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

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
