package accounts

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// Predecessor is somebody else who had a person's e-mail before.
type Predecessor struct {
	ID    string
	Name  string    // "" of somebody whose data is erased
	Until time.Time // when the trail shows them with it last
}

// queuePredecessors finds who else had a person's e-mail, as far back as the audit trail
// goes, whoever had it last first. Whoever is disabled keeps their e-mail, until it is
// changed.
func queuePredecessors(batch *pgx.Batch, id string, into *[]Predecessor) {
	batch.Queue(`
		SELECT a.subject_id AS id, coalesce(max(p.name), '') AS name, max(a.at) AS until
		FROM people me
			JOIN audit a ON fold(a.subject) = fold(me.email) AND lower(a.subject) = lower(me.email)
			LEFT JOIN people p ON p.id = a.subject_id
		WHERE me.id = $1 AND a.action LIKE 'person.%' AND a.subject_id <> me.id
		GROUP BY a.subject_id ORDER BY until DESC`, id).Query(store.Collect(into))
}

// predecessors are those of a person.
func (s Accounts) predecessors(ctx context.Context, id string) (all []Predecessor, err error) {
	batch := &pgx.Batch{}
	queuePredecessors(batch, id, &all)
	return all, s.Send(ctx, batch, "find who had an e-mail before")
}
