package signin

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// InvitationLife is how long a one-time link works.
const InvitationLife = 72 * time.Hour

// Invite makes a one-time code (130 bits) with which an active person sets their
// password within InvitationLife. A code they had before stops working. It is
// stored as a hash: who called must hand it over now.
func Invite(ctx context.Context, s *store.Store, actor *store.Person, personID string) (code string, err error) {
	code = rand.Text()
	const what = "invite person"
	err = s.AdministerPerson(ctx, actor, what, personID, func(tx pgx.Tx, before store.Subject) (store.Entry, error) {
		if !before.Active {
			return store.Entry{}, store.ErrNotFound
		}
		_, err := tx.Exec(ctx, `INSERT INTO invitations (person_id, code_hash, expires_at)
			VALUES ($1, $2, now() + $3::interval)
			ON CONFLICT (person_id) DO UPDATE SET code_hash = excluded.code_hash, expires_at = excluded.expires_at`,
			personID, store.HashToken(code), InvitationLife)
		return store.Entry{Action: store.PersonInvited}, err
	})
	return code, err
}
