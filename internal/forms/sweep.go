package forms

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// How long what people have sent and typed is kept.
const (
	// answerLife is how long an answer can be given once more. It may hold a one-time link.
	answerLife = 10 * time.Minute
	// sentLife is how long it is known that a form was sent: longer than a session lasts.
	sentLife = 24 * time.Hour
	// draftLife is how long a draft is kept. store.Sweep keeps sessions for as long.
	draftLife = 7 * 24 * time.Hour
)

// forget removes answers that nobody may get any more.
const forget = `
	UPDATE sent_forms SET answer = NULL, shown_at = NULL
	WHERE answer IS NOT NULL AND answered_at < now() - $1::interval`

// maybeGone forgets what a person has made and where it is shown, when they have deleted
// something: it may have been that. A page that is shown once is no such answer.
const maybeGone = `
	UPDATE sent_forms SET answer = NULL, shown_at = NULL, likeness = NULL
	WHERE person_id = $1 AND key_hash <> $2 AND state = 'done' AND shown_at IS NOT NULL
		AND claimed_at > now() - $3::interval`

// Sweep removes what has expired.
func Sweep(ctx context.Context, s *store.Store) error {
	batch := &pgx.Batch{}
	batch.Queue(forget, answerLife)
	batch.Queue(`DELETE FROM sent_forms WHERE claimed_at < now() - $1::interval`, sentLife)
	batch.Queue(`DELETE FROM drafts WHERE saved_at < now() - $1::interval`, draftLife)
	return s.Send(ctx, batch, "sweep what people have sent")
}
