package notifications

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// outbox is what administration sees of the mail.
type outbox struct{ *store.Store }

// state is how much there is of it, and what went wrong last.
type state struct {
	Waiting int
	Oldest  *time.Time // of those that wait
	Sent    int        // in the last days
	Trouble []trouble
}

// trouble is a mail that was not delivered, or not yet.
type trouble struct {
	PersonID, Name, Email string
	Kind                  string
	Result                string // "" where it is tried again
	Reason                string
	Attempts              int
	At                    time.Time // when it ended, or of its next attempt
}

// shown is how many are listed.
const shown = 50

func (o outbox) state(ctx context.Context) (s state, err error) {
	batch := &pgx.Batch{}
	batch.Queue(`SELECT count(*), min(made_at) FROM mail_outbox WHERE ended_at IS NULL`).
		QueryRow(func(row pgx.Row) error { return row.Scan(&s.Waiting, &s.Oldest) })
	batch.Queue(`SELECT count(*) FROM mail_outbox WHERE ended_at IS NOT NULL AND result = 'sent'`).
		QueryRow(func(row pgx.Row) error { return row.Scan(&s.Sent) })
	batch.Queue(`SELECT o.person_id, p.name, p.email, o.kind, coalesce(o.result, '') AS result, o.reason, o.attempts,
			coalesce(o.ended_at, o.next_at) AS at
		FROM mail_outbox o JOIN people p ON p.id = o.person_id
		WHERE o.reason <> '' AND o.result IS DISTINCT FROM 'sent'
		ORDER BY o.ended_at DESC NULLS FIRST, o.id DESC LIMIT $1`, shown).Query(store.Collect(&s.Trouble))
	return s, o.Send(ctx, batch, "read the outbox")
}
