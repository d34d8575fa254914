package mail

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/seal"
)

// Outbox is where mail waits. A nil one takes nothing: the intranet sends no mail.
type Outbox struct {
	// Kinds are those of the intranet.
	Kinds []Kind
	// Seal keeps one-time links from whoever reads the database.
	Seal seal.Sealer
}

// Queued is a mail to be queued.
type Queued struct {
	PersonID string
	About    string // up to 200 characters; a newer mail takes the place of one that waits about the same
	Secret   string // is stored sealed, and not at all once the mail is sent
}

// perHour is how many mails of a kind one person gets in an hour.
const perHour = 10

// Queue queues a mail in the transaction of what it tells of. It reports false where none will
// be sent: nobody who is there and wants it, too many already, or no mail at all.
func (o *Outbox) Queue(ctx context.Context, tx pgx.Tx, kind Kind, m Queued) (queued bool, err error) {
	if o == nil {
		return false, nil
	}
	sealed := ""
	if m.Secret != "" {
		sealed = o.Seal.Seal(m.Secret, owner(kind.Name, m.PersonID))
	}
	var id int64
	err = tx.QueryRow(ctx, `
		INSERT INTO mail_outbox AS o (person_id, kind, about, sealed, bulk, until)
		SELECT id, $2, $3, $4, false, now() + $5::interval FROM people p
		WHERE id = $1 AND active
			AND ($7 OR NOT EXISTS (SELECT FROM mail_unwanted u WHERE u.person_id = p.id AND u.kind = $2))
			AND (SELECT count(*) FROM mail_outbox e
				WHERE e.person_id = p.id AND e.kind = $2 AND e.made_at > now() - interval '1 hour') < $6
		ON CONFLICT (person_id, kind, about) WHERE ended_at IS NULL DO UPDATE SET
			sealed = excluded.sealed, made_at = now(), next_at = now(), until = excluded.until, attempts = 0,
			reason = ''
		RETURNING id`,
		m.PersonID, kind.Name, m.About, sealed, kind.Life, perHour, kind.Always).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// owner is for whom a secret is sealed.
func owner(kind, personID string) string { return "mail " + kind + " " + personID }

// Round tells many people about the same, once, and from a time on. A round that has not begun
// can be moved by another call, and called off.
func (o *Outbox) Round(ctx context.Context, tx pgx.Tx, kind Kind, about string, from time.Time) error {
	if o == nil {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO mail_rounds AS r (kind, about, start_at) VALUES ($1, $2, $3)
		ON CONFLICT (kind, about) DO UPDATE SET start_at = excluded.start_at WHERE NOT r.begun`,
		kind.Name, about, from)
	return err
}

// CallOff takes a round back that has not begun.
func (o *Outbox) CallOff(ctx context.Context, tx pgx.Tx, kind Kind, about string) error {
	if o == nil {
		return nil
	}
	_, err := tx.Exec(ctx, `DELETE FROM mail_rounds WHERE kind = $1 AND about = $2 AND NOT begun`, kind.Name, about)
	return err
}
