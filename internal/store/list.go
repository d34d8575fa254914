package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"iter"

	"github.com/jackc/pgx/v5"
)

// Stream returns what a query finds row by row, for what is too much to hold in memory.
// An error ends it.
func Stream[T any](ctx context.Context, s *Store, what, sql string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		rows, _ := s.Pool.Query(Unlimited(ctx), sql, args...)
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

// CutPage cuts the rows of a list to a page of that many. The list was asked for one row
// more than fits, which shows that there is a next page. at is the place of the last row,
// and next its cursor; "" where this page is the last one.
func CutPage[T any](rows *[]T, limit int, at func(last T) any) (next string) {
	if len(*rows) <= limit {
		return ""
	}
	*rows = (*rows)[:limit]
	return CursorOf(at((*rows)[limit-1]))
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
