// Package personal is what the tables hold of people: to give them a copy of it, and to delete
// it. Each feature says what its tables hold.
package personal

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// Table is a table that holds something of people. What becomes of it when a person is
// deleted is for the database to do: by a reference, or by a trigger on people.
type Table struct {
	// Name is that of its files in a copy for the person. Its text has the key
	// personal.<name>; where rows stay, personal.<name>.stays says why.
	Name   string
	Table  string   // as Postgres calls it
	Person []string // its columns with the id of a person
	// Export is a SELECT of what the person gets a copy of: $1 is their id. "" where there is
	// nothing to read for them.
	Export string
	// Withheld are its columns that no copy has: secrets, and what is made of other columns.
	Withheld []string
	// Stays says that rows stay without the person.
	Stays bool
}

// Snapshot calls f with a transaction that reads everything as it is at one moment, as fast as
// what is read is taken.
func Snapshot(ctx context.Context, s *store.Store, what string, f func(context.Context, pgx.Tx) error) error {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	ctx = store.Unlimited(ctx)
	return store.Wrap(pgx.BeginTxFunc(ctx, s.Pool, options, func(tx pgx.Tx) error { return f(ctx, tx) }), "%s", what)
}

// Head are the columns of the copy for a person.
func (t Table) Head(ctx context.Context, tx pgx.Tx, id string) (names []string, err error) {
	rows, _ := tx.Query(ctx, `SELECT * FROM (`+t.Export+`) rows LIMIT 0`, id)
	rows.Close()
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, f := range rows.FieldDescriptions() {
		names = append(names, f.Name)
	}
	return names, nil
}

// Rows are the rows of the copy, each as a JSON object with its columns in order. An error ends
// them.
func (t Table) Rows(ctx context.Context, tx pgx.Tx, id string) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		rows, _ := tx.Query(ctx, `SELECT row_to_json(rows)::text FROM (`+t.Export+`) rows`, id)
		defer rows.Close()
		for rows.Next() {
			var row string
			err := rows.Scan(&row)
			if !yield(json.RawMessage(row), err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, err)
		}
	}
}
