// Package store is the database that every feature stands on: people, sessions,
// departments, the audit trail with the changes that go into it, rate limits and
// migrations. It knows nothing of HTTP or HTML: it returns plain values, and errors that
// say what happened.
package store

import (
	"context"
	_ "embed" // grants.sql
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

var (
	// ErrNotFound says that nothing was found that this person may see.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that the change does not fit what is stored already, such as an
	// e-mail that somebody else has.
	ErrConflict = errors.New("conflict")
	// ErrInUse says that others refer to what was to be deleted.
	ErrInUse = errors.New("in use")
	// ErrCursor says that a cursor was not made by this package.
	ErrCursor = errors.New("bad cursor")
	// ErrUnavailable says that the database did not answer, or not in time. The same
	// request may succeed in a moment.
	ErrUnavailable = errors.New("database unavailable")
)

// Grants is what the application's role may do, as SQL for psql: deploy/roles.sql, but
// for what features add in place of {features}.
//
//go:embed grants.sql
var Grants string

// Store asks and changes the database.
type Store struct {
	Pool *pgxpool.Pool
}

// New returns a Store on pool, which stays the caller's to close.
func New(pool *pgxpool.Pool) *Store { return &Store{Pool: pool} }

// Wrap adds to err what was being done, and turns an error of the driver into the one
// above that says what it means. A nil err stays nil.
func Wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	what := fmt.Sprintf(format, args...)
	pg, answered := errors.AsType[*pgconn.PgError](err)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("%s: %w", what, ErrNotFound)
	case answered && pg.Code == "40P01": // deadlock_detected
		return fmt.Errorf("%s: %w: %w", what, ErrUnavailable, err)
	case answered && (pg.Code == "23505" || pg.Code == "22023"):
		// unique_violation, or a time zone that this database does not know
		return fmt.Errorf("%s: %w", what, ErrConflict)
	case unavailable(err):
		return fmt.Errorf("%s: %w: %w", what, ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// unavailable reports whether err says that the database is away. It is false for an
// answer of the database, and for a person who has left (a canceled context).
func unavailable(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		// Connection exceptions, too many connections, shutting or starting up,
		// a statement's time limit, a server that became a replica.
		return slices.Contains([]string{"08", "53", "57"}, pg.Code[:min(len(pg.Code), 2)]) || pg.Code == "25006"
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return !errors.Is(err, context.Canceled)
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, context.DeadlineExceeded) || pgconn.SafeToRetry(err)
}

// Stream returns what a query finds row by row, for what is too much to hold in memory.
// An error ends it.
func Stream[T any](ctx context.Context, s *Store, what, sql string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		rows, _ := s.Pool.Query(ctx, sql, args...)
		defer rows.Close()
		for rows.Next() {
			row, err := pgx.RowToStructByName[T](rows)
			if !yield(row, Wrap(err, "%s", what)) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			var none T
			yield(none, Wrap(err, "%s", what))
		}
	}
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

// CursorOf is the text for the place where a page of a list ended, so that the next page
// can begin there.
func CursorOf(at any) string {
	b, _ := json.Marshal(at) // cannot fail for texts, numbers and times
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseCursor reads what CursorOf has written. It returns ErrCursor for anything else.
func ParseCursor[T any](s string, ok func(T) bool) (at T, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || json.Unmarshal(b, &at) != nil || !ok(at) {
		return at, ErrCursor
	}
	return at, nil
}

// ValidID reports whether id is a UUID. Postgres would answer with an error to anything
// else, and not with "not found".
func ValidID(id string) bool {
	var u pgtype.UUID
	return len(id) == 36 && u.Scan(id) == nil
}

// Plain replaces what Postgres cannot hold in a text: NUL and broken UTF-8. A search for
// it finds nothing instead of failing.
func Plain(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// NullTime is a time, or NULL for none.
func NullTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// InUse returns ErrInUse if err says that other rows refer to what was to be deleted, and
// err otherwise.
func InUse(err error) error {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "23503" { // foreign_key_violation
		return ErrInUse
	}
	return err
}

// NullText is a text, or NULL for none.
func NullText(s string) any {
	if s == "" {
		return nil
	}
	return s
}
