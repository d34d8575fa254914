package account

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// Account is what people see of their own one.
type Account struct {
	Sessions      []store.OpenSession // the current one first, then the last seen
	RecoveryCodes int                 // how many are left
	HasPassword   bool                // nobody has one who signs in with a provider alone
	Profile
}

// Profile is what people say of themselves.
type Profile struct {
	store.PersonDetails     // the fields that people write themselves
	Version             int // that it is of
}

// load returns the account in one round trip.
func (o own) load(ctx context.Context, actor *store.Person) (a Account, err error) {
	batch := &pgx.Batch{}
	store.QueueSessions(ctx, batch, actor.ID, &a.Sessions)
	store.QueueWritten(batch, actor.ID, &a.PersonDetails, &a.Version)
	batch.Queue(`SELECT (SELECT count(*) FROM recovery_codes WHERE person_id = $1), password_hash IS NOT NULL
		FROM people WHERE id = $1`, actor.ID).
		QueryRow(func(row pgx.Row) error { return row.Scan(&a.RecoveryCodes, &a.HasPassword) })
	return a, o.Send(ctx, batch, "load account")
}

// Preferences is what people choose for themselves.
type Preferences struct {
	Lang     string
	TimeZone string // IANA
	Theme    store.Theme
}

// changePreferences changes them; store.ErrConflict for a time zone that the
// database does not know.
func (o own) changePreferences(ctx context.Context, actor *store.Person, p Preferences) error {
	return o.ChangeOwn(ctx, actor, "change preferences", func(tx pgx.Tx) (store.Entry, error) {
		// Of these only the language stands in a form of administration's.
		_, err := tx.Exec(ctx, `
			UPDATE people SET lang = $2, time_zone = $3, theme = $4, version = version + (lang <> $2)::int
			WHERE id = $1 AND now() AT TIME ZONE $3::text IS NOT NULL`, actor.ID, p.Lang, p.TimeZone, p.Theme)
		detail := fmt.Sprintf("language: %s, time zone: %s, theme: %s", p.Lang, p.TimeZone, p.Theme)
		return store.Entry{Action: store.PersonChanged, Detail: detail}, err
	})
}

// changeProfile changes what the person says of themselves: store.ErrStale where
// they are not of that version any more. That it was changed is recorded, because
// colleagues call that number and trust who answers; what it says is not, because
// the trail is kept for longer.
func (o own) changeProfile(ctx context.Context, actor *store.Person, p Profile) error {
	fields, args := store.PersonFields.InProfile(), p.Args()
	args["id"], args["version"] = actor.ID, p.Version
	return o.ChangeOwn(ctx, actor, "change profile", func(tx pgx.Tx) (store.Entry, error) {
		tag, err := tx.Exec(ctx, `
			UPDATE people SET (version, `+fields.Columns("")+`) = (version + 1, `+fields.Columns("@")+`)
			WHERE id = @id AND version = @version`, args)
		if err == nil && tag.RowsAffected() == 0 {
			err = store.ErrStale
		}
		changed := strings.ReplaceAll(fields.Columns(""), ", ", " and ")
		return store.Entry{Action: store.PersonChanged, Detail: changed}, err
	})
}

// endSession ends one of the person's sessions; store.ErrNotFound for anybody
// else's.
func (o own) endSession(ctx context.Context, actor *store.Person, id string) error {
	if !store.ValidID(id) {
		return store.Wrap(store.ErrNotFound, "end session")
	}
	return o.ChangeOwn(ctx, actor, "end session", func(tx pgx.Tx) (store.Entry, error) {
		tag, err := tx.Exec(ctx, `
			UPDATE sessions SET revoked_at = now()
			WHERE id = $1 AND person_id = $2 AND revoked_at IS NULL`, id, actor.ID)
		if err == nil && tag.RowsAffected() == 0 {
			err = store.ErrNotFound
		}
		return store.Entry{Action: store.SessionsRevoked, Detail: "one"}, err
	})
}

// endOtherSessions ends all of the person's sessions but the one that asks.
func (o own) endOtherSessions(ctx context.Context, actor *store.Person) error {
	return o.ChangeOwn(ctx, actor, "end other sessions", func(tx pgx.Tx) (store.Entry, error) {
		entry := store.Entry{Action: store.SessionsRevoked, Detail: "all others"}
		return entry, store.EndOtherSessionsIn(ctx, tx, actor.ID)
	})
}
