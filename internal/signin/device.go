package signin

import (
	"crypto/rand"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/signin/letters"
	"github.com/carameloai/intranet/internal/store"
)

// recordSignIn records a sign-in, and tells its person by mail of one from a browser in which they
// never signed in before. The first one of all is no news to them.
func recordSignIn(in *SignIn, r *http.Request, c Credentials, entry store.Entry) error {
	ctx := r.Context()
	known, err := in.limiter.knows(r, c.Email)
	if err != nil {
		return err
	}
	if known || in.Mail == nil {
		return in.Store.Record(ctx, store.Visitor, entry)
	}
	return store.Wrap(pgx.BeginFunc(ctx, in.Store, func(tx pgx.Tx) error {
		var first bool
		err := tx.QueryRow(ctx, `SELECT created_at > now() - $2::interval
				AND NOT EXISTS (SELECT FROM audit WHERE actor_id = $1 AND action = $3)
			FROM people WHERE id = $1`, c.PersonID, store.MinAuditRetention, store.SignedInAction).Scan(&first)
		if err == nil && !first { // each of them by itself, or one would take the place of another
			err = letters.Notify(ctx, tx, in.Mail, letters.Device, c.PersonID, rand.Text())
		}
		if err != nil {
			return err
		}
		return store.RecordIn(ctx, tx, store.Visitor, entry)
	}), "record a sign-in")
}
