package mail

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// The bounds of rounds. Rows are written some at a time, so that nobody waits for them, and
// none while so many wait already.
const (
	perStep    = 1000
	maxWaiting = 20000
)

// begin begins the rounds that are due by the clock.
func (s *Sender) begin(ctx context.Context) error {
	batch := &pgx.Batch{}
	for _, kind := range s.Outbox.Kinds {
		if kind.Due != "" {
			batch.Queue(`INSERT INTO mail_rounds (kind, about) SELECT $1, about FROM (`+kind.Due+`) due (about)
				ON CONFLICT DO NOTHING`, kind.Name)
		}
	}
	return s.Store.Send(ctx, batch, "begin the rounds that are due")
}

// step writes the next rows of one round, and reports whether there was one. Of several replicas
// each takes another round.
func (s *Sender) step(ctx context.Context) (more bool, err error) {
	err = pgx.BeginFunc(ctx, s.Store, func(tx pgx.Tx) error {
		var name, about, after string
		err := tx.QueryRow(ctx, `SELECT kind, about, after FROM mail_rounds
			WHERE ended_at IS NULL AND start_at <= now()
				AND (SELECT count(*) FROM (SELECT FROM mail_outbox WHERE ended_at IS NULL LIMIT $1) o) < $1
			ORDER BY start_at LIMIT 1 FOR UPDATE SKIP LOCKED`, maxWaiting).Scan(&name, &about, &after)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		more = true
		var last string
		var people int
		if kind, known := s.kind(name); known && kind.Recipients != "" {
			err = tx.QueryRow(ctx, `
				WITH r AS MATERIALIZED (SELECT id FROM (`+kind.Recipients+`) r (id)),
					o AS (
						INSERT INTO mail_outbox (person_id, kind, about, bulk, until)
						SELECT id, $4, $1, true, now() + $5::interval FROM r
						WHERE NOT EXISTS (SELECT FROM mail_unwanted u WHERE u.person_id = r.id AND u.kind = $4)
						ON CONFLICT DO NOTHING
					)
				SELECT coalesce((SELECT id FROM r ORDER BY id DESC LIMIT 1)::text, $2::uuid::text),
					(SELECT count(*) FROM r)`,
				about, after, perStep, name, kind.Life).Scan(&last, &people)
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE mail_rounds SET begun = true, after = coalesce(nullif($3, '')::uuid, after),
			ended_at = CASE WHEN $4 THEN now() END WHERE kind = $1 AND about = $2`,
			name, about, last, people < perStep)
		return err
	})
	return more, store.Wrap(err, "tell many people")
}

func (s *Sender) kind(name string) (Kind, bool) {
	i := slices.IndexFunc(s.Outbox.Kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return s.Outbox.Kinds[i], true
}
