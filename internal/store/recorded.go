package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Recorded is an entry as it stands in the audit trail.
type Recorded struct {
	ID        int64
	At        time.Time
	Action    Action
	ActorID   string // "" for nobody who is signed in
	Actor     string
	SubjectID string
	Subject   string
	Address   string
	RequestID string
	Detail    string
}

// RecordedColumns are those of the table audit that a Recorded has.
const RecordedColumns = `id, at, action, coalesce(actor_id::text, '') AS actor_id, actor,
	coalesce(subject_id::text, '') AS subject_id, subject, address, request_id, detail`

// transaction is one that tells what it has recorded, once that stands.
type transaction struct {
	pgx.Tx
	store    *Store
	recorded []Recorded
}

// Commit tells nothing where the connection breaks and the transaction may stand
// nevertheless, which is ErrUncertain: the trail has all.
func (t *transaction) Commit(ctx context.Context) error {
	if last, ok := ctx.Value(lastKey{}).(func(context.Context, pgx.Tx) error); ok {
		if err := last(ctx, t.Tx); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err // before anything is sent
	}
	if err := t.Tx.Commit(ctx); err != nil {
		if unanswered(err) {
			return fmt.Errorf("%w: %w", ErrUncertain, err)
		}
		return err
	}
	t.store.tell(t.recorded...)
	return nil
}

type lastKey struct{}

// WithLast returns a context whose transactions call last before they are committed.
func WithLast(ctx context.Context, last func(context.Context, pgx.Tx) error) context.Context {
	return context.WithValue(ctx, lastKey{}, last)
}

// unanswered reports whether err, of a COMMIT, leaves open whether it was done: the server has
// not refused it. pgconn.SafeToRetry is no help: it says yes where the answer was lost.
func unanswered(err error) bool {
	pg, answered := errors.AsType[*pgconn.PgError](err)
	refused := answered && pg.SeverityUnlocalized == "ERROR" && !strings.HasPrefix(pg.Code, "08")
	return !refused && !errors.Is(err, pgx.ErrTxCommitRollback) && !errors.Is(err, pgx.ErrTxClosed)
}

// note keeps what was recorded until the transaction is committed.
func note(tx pgx.Tx, recorded ...Recorded) error {
	t, ok := tx.(*transaction)
	if !ok {
		return errors.New("the transaction was not begun by Store.Begin, so nobody would be told what it records")
	}
	t.recorded = append(t.recorded, recorded...)
	return nil
}

// RecordedBy reads what a statement of the transaction has added to the audit trail: it
// ends with RETURNING and RecordedColumns.
func RecordedBy(tx pgx.Tx) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		recorded, err := pgx.CollectRows(rows, pgx.RowToStructByName[Recorded])
		if err != nil {
			return err
		}
		return note(tx, recorded...)
	}
}

func (s *Store) tell(recorded ...Recorded) {
	if s.Audit == nil {
		return
	}
	for _, r := range recorded {
		s.Audit(r)
	}
}
