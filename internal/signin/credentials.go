package signin

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/signin/letters"
	"github.com/carameloai/intranet/internal/store"
)

// Credentials is what a sign-in is checked against.
type Credentials struct {
	PersonID       string
	Name           string
	Email          string
	Role           store.Role
	PasswordHash   string // "" for a person who cannot sign in with a password
	SessionVersion int    // for the session that follows
	SecondFactor   bool   // a code is asked for, too
}

// accounts are the people who can sign in.
type accounts struct {
	*store.Store
	mail *mail.Outbox
}

// FindCredentials returns those of an active person; store.ErrNotFound for anybody
// else.
func FindCredentials(ctx context.Context, s *store.Store, email string) (Credentials, error) {
	return accounts{Store: s}.credentials(ctx, email)
}

func (a accounts) credentials(ctx context.Context, email string) (Credentials, error) {
	rows, _ := a.Pool.Query(ctx, `
		SELECT p.id AS person_id, p.name, p.email, p.role,
			coalesce(p.password_hash, '') AS password_hash, p.session_version,
			EXISTS (
				SELECT FROM second_factors f WHERE f.person_id = p.id AND f.confirmed_at IS NOT NULL
			) AS second_factor
		FROM people p
		WHERE p.active AND lower(p.email) = lower($1)`, store.Email(email))
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Credentials])
	return c, store.Wrap(err, "find credentials")
}

// credentialsOf is credentials by id.
func (a accounts) credentialsOf(ctx context.Context, personID string) (Credentials, error) {
	if !store.ValidID(personID) {
		return Credentials{}, store.Wrap(store.ErrNotFound, "find credentials")
	}
	rows, _ := a.Pool.Query(ctx, `
		SELECT p.id AS person_id, p.name, p.email, p.role,
			coalesce(p.password_hash, '') AS password_hash, p.session_version,
			EXISTS (
				SELECT FROM second_factors f WHERE f.person_id = p.id AND f.confirmed_at IS NOT NULL
			) AS second_factor
		FROM people p
		WHERE p.active AND p.id = $1`, personID)
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Credentials])
	return c, store.Wrap(err, "find credentials")
}

// rehash stores a stronger hash of the same password, unless that was changed
// meanwhile.
func (a accounts) rehash(ctx context.Context, c Credentials, stronger string) error {
	_, err := a.Pool.Exec(ctx, `UPDATE people SET password_hash = $3 WHERE id = $1 AND password_hash = $2`,
		c.PersonID, c.PasswordHash, stronger)
	return store.Wrap(err, "rehash")
}

// changePassword stores the hash of the signed-in person's new password and ends all
// their sessions. A session for the version that it returns goes on.
func (a accounts) changePassword(ctx context.Context, actor *store.Person, hash string) (version int, err error) {
	err = a.ChangeOwn(ctx, actor, "change password", func(tx pgx.Tx) (store.Entry, error) {
		if err := store.SetPasswordIn(ctx, tx, actor.ID, hash); err != nil {
			return store.Entry{}, err
		}
		if err := letters.Notify(ctx, tx, a.mail, letters.Password, actor.ID, ""); err != nil {
			return store.Entry{}, err
		}
		return store.Entry{Action: store.PasswordChanged},
			tx.QueryRow(ctx, `SELECT session_version FROM people WHERE id = $1`, actor.ID).Scan(&version)
	})
	return version, err
}

// invitee is the person that a one-time code belongs to.
type invitee struct {
	ID, Name, Email string
}

// invited returns whose code that is; store.ErrNotFound for one that was never
// made, was used, was replaced, or has expired.
func (a accounts) invited(ctx context.Context, code string) (invitee, error) {
	rows, _ := a.Pool.Query(ctx, `
		SELECT p.id, p.name, p.email
		FROM invitations i
			JOIN people p ON p.id = i.person_id
		WHERE i.code_hash = $1 AND i.expires_at > now() AND p.active`, store.HashToken(code))
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[invitee])
	return found, store.Wrap(err, "find invitation")
}

// accept uses a one-time code up: its person has the password with that hash from
// now on, and their sessions end.
func (a accounts) accept(ctx context.Context, actor *store.Person, code, passwordHash string) error {
	return a.Change(ctx, actor, "accept invitation", func(tx pgx.Tx) (store.Entry, error) {
		entry := store.Entry{Action: store.PasswordChanged, Detail: "one-time link"}
		err := tx.QueryRow(ctx, `
			DELETE FROM invitations i
			USING people p
			WHERE i.code_hash = $1 AND i.expires_at > now() AND p.id = i.person_id AND p.active
			RETURNING p.id, p.email`, store.HashToken(code)).Scan(&entry.SubjectID, &entry.Subject)
		if err != nil {
			return entry, err
		}
		if err := store.SetPasswordIn(ctx, tx, entry.SubjectID, passwordHash); err != nil {
			return entry, err
		}
		return entry, letters.Notify(ctx, tx, a.mail, letters.Password, entry.SubjectID, "")
	})
}
