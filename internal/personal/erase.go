package personal

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// ErrSelf says that people do not delete themselves.
var ErrSelf = errors.New("their own account")

// KnownAs is what Caramelo may know a person by, and has to be asked to erase.
type KnownAs struct {
	ID     string   // external_customer_id
	Emails []string // all that the intranet still knows of, in lower case
	Since  time.Time
}

// QueueKnownAs asks for it.
func QueueKnownAs(batch *pgx.Batch, id string, into *KnownAs) {
	batch.Queue(`SELECT id, ARRAY(SELECT emails_of(p.id) ORDER BY 1), created_at FROM people p WHERE id = $1`, id).
		QueryRow(func(row pgx.Row) error { return row.Scan(&into.ID, &into.Emails, &into.Since) })
}

// erasingLimit is how long it may take: in a large company the whole trail is read.
const erasingLimit = time.Minute

// Erase deletes a person, for good. Their sessions end with it. It returns what Caramelo knew
// them by, which is in the database no more, but for the id in the audit trail.
func Erase(ctx context.Context, s *store.Store, actor *store.Person, id string) (known KnownAs, err error) {
	const what = "delete person"
	if !store.ValidID(id) {
		return known, store.Wrap(store.ErrNotFound, what)
	}
	if actor != nil && actor.ID == id {
		return known, store.Wrap(ErrSelf, what)
	}
	ctx, cancel := context.WithTimeout(store.Unlimited(ctx), erasingLimit)
	defer cancel()
	err = s.Administer(ctx, actor, what, func(tx pgx.Tx) (store.Entry, error) {
		return store.Entry{}, eraseIn(ctx, tx, actor, id, &known)
	})
	return known, err
}

func eraseIn(ctx context.Context, tx pgx.Tx, actor *store.Person, id string, known *KnownAs) error {
	var before store.Subject
	err := tx.QueryRow(ctx, `SELECT role = 'admin' AND active AND password_hash IS NOT NULL
		FROM people WHERE id = $1 FOR UPDATE`, id).Scan(&before.Admin)
	if err != nil {
		return err
	}
	batch, request := &pgx.Batch{}, store.RequestOf(ctx)
	QueueKnownAs(batch, id, known)
	// It writes the entry itself, so that nobody is deleted without one.
	batch.Queue(`SELECT `+store.RecordedColumns+` FROM erase_person($1, $2, $3, $4, $5)`,
		id, store.NullText(actor.ID), actor.Email, store.Clip(request.Address, 64), store.Clip(request.ID, 64)).
		Query(store.RecordedBy(tx))
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	return store.LeaveAnAdmin(ctx, tx, before)
}

// EraseDisabled deletes one person who has been disabled for that long, if there is one.
func EraseDisabled(
	ctx context.Context, s *store.Store, retention time.Duration,
) (known KnownAs, found bool, err error) {
	err = s.Administer(ctx, store.Retention, "delete who is disabled", func(tx pgx.Tx) (store.Entry, error) {
		var id string
		err := tx.QueryRow(ctx, `SELECT id FROM people WHERE NOT active AND disabled_at < now() - $1::interval
			ORDER BY disabled_at, id LIMIT 1 FOR UPDATE`, retention).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return store.Entry{}, nil
		}
		if err == nil {
			found = true
			err = eraseIn(ctx, tx, store.Retention, id, &known)
		}
		return store.Entry{}, err
	})
	return known, found && err == nil, err
}
