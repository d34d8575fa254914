package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// Whoever is told of an entry can rely on it: it stands in the trail, with the same fields.
// What came to nothing is not told.
func TestWhatIsToldOfTheTrailStandsInIt(t *testing.T) {
	t.Parallel()
	s := seeded(t)
	stands := func() []store.Recorded {
		rows, _ := s.Pool.Query(t.Context(), `SELECT `+store.RecordedColumns+` FROM audit ORDER BY id`)
		all, err := pgx.CollectRows(rows, pgx.RowToStructByName[store.Recorded])
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	var told []store.Recorded
	s.Audit = func(r store.Recorded) {
		if !slices.Contains(stands(), r) {
			t.Errorf("told before it stands: %+v", r)
		}
		told = append(told, r)
	}
	const id = "7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c11"
	entry := store.Entry{
		Action: store.PersonChanged, ActorID: id, Actor: "a@x.example", SubjectID: id, Subject: "s@x.example",
		Detail: "one\ntwo",
	}
	ctx := store.WithRequest(t.Context(), store.RequestInfo{Address: "203.0.113.9", ID: "R1"})
	changing := func(ctx context.Context, after func(tx pgx.Tx) error) error {
		return s.Change(ctx, store.CommandLine, "change", func(tx pgx.Tx) (store.Entry, error) {
			if err := store.RecordIn(ctx, tx, store.CommandLine, entry); err != nil {
				return store.Entry{}, err
			}
			return store.Entry{Action: store.PersonEnabled}, after(tx)
		})
	}
	for what, err := range map[string]error{
		"record":   s.Record(ctx, store.Visitor, entry),
		"settings": s.RecordSettings(ctx, "A=1"),
		"the same": s.RecordSettings(ctx, "A=1"),
		"change":   changing(ctx, func(pgx.Tx) error { return nil }),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if all := stands(); len(all) != 4 || !slices.Equal(told, all) {
		t.Errorf("told %+v\nof %+v", told, all)
	}

	ending, end := context.WithCancel(ctx)
	for what, err := range map[string]error{
		"refused": changing(ctx, func(pgx.Tx) error { return errors.New("no") }),
		"a commit that fails": changing(ctx, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `CREATE TEMP TABLE late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP;
				INSERT INTO late VALUES (1), (1)`)
			return err
		}),
		"left": changing(ending, func(pgx.Tx) error { end(); return nil }),
		"a transaction of somebody's": pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error {
			return store.RecordIn(ctx, tx, store.CommandLine, entry)
		}),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	if all := stands(); len(all) != 4 || len(told) != 4 {
		t.Errorf("told %d, of %d", len(told), len(all))
	}
}
