package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Credentials is what a sign-in is checked against.
type Credentials struct {
	PersonID       string
	Name           string
	Email          string
	PasswordHash   string // "" for a person who cannot sign in with a password
	SessionVersion int    // for the session that follows
	SecondFactor   bool   // a code is asked for, too
}

const signInSQL = `SELECT p.id AS person_id, p.name, p.email, coalesce(p.password_hash, '') AS password_hash, p.session_version,
	EXISTS (SELECT FROM second_factors f WHERE f.person_id = p.id AND f.confirmed_at IS NOT NULL) AS second_factor
	FROM people p WHERE p.active AND `

// Credentials returns those of an active person; ErrNotFound for anybody else.
func (s *Store) Credentials(ctx context.Context, email string) (Credentials, error) {
	rows, _ := s.Pool.Query(ctx, signInSQL+`lower(p.email) = lower($1)`, Plain(email))
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Credentials])
	return c, Wrap(err, "find credentials")
}

// CredentialsOf is Credentials by id.
func (s *Store) CredentialsOf(ctx context.Context, personID string) (Credentials, error) {
	if !ValidID(personID) {
		return Credentials{}, Wrap(ErrNotFound, "find credentials")
	}
	rows, _ := s.Pool.Query(ctx, signInSQL+`p.id = $1`, personID)
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Credentials])
	return c, Wrap(err, "find credentials")
}

// Rehash stores a stronger hash of the same password, unless that was changed
// meanwhile.
func (s *Store) Rehash(ctx context.Context, personID, was, is string) error {
	_, err := s.Pool.Exec(ctx, `UPDATE people SET password_hash = $3 WHERE id = $1 AND password_hash = $2`, personID, was, is)
	return Wrap(err, "rehash")
}

// OpenSession is where somebody is signed in.
type OpenSession struct {
	ID      string // not the token
	Address string // where it was last seen
	Agent   string // the browser, as it calls itself
	SeenAt  time.Time
	Current bool // the one that asks
}

func queueSessions(ctx context.Context, batch *pgx.Batch, personID string, into *[]OpenSession) {
	batch.Queue(`SELECT s.id, s.address, s.agent, s.seen_at, coalesce(s.token_hash = $2, false) AS current
		FROM sessions s JOIN people p ON p.id = s.person_id
		WHERE s.person_id = $1 AND s.revoked_at IS NULL AND s.expires_at > now() AND p.active AND s.version = p.session_version
		ORDER BY current DESC, s.seen_at DESC LIMIT 50`, personID, SessionOf(ctx).tokenHash).Query(Collect(into))
}

// OwnAccount is what the signed-in person sees of their own account.
type OwnAccount struct {
	Sessions      []OpenSession // the current one first, then the last seen
	RecoveryCodes int           // how many are left
	Version       int           // of what stands in the profile; see Account
	Phone, Skills string
}

// OwnAccount returns it in one round trip.
func (s *Store) OwnAccount(ctx context.Context, actor *Person) (a OwnAccount, err error) {
	id := actor.ID
	batch := &pgx.Batch{}
	queueSessions(ctx, batch, id, &a.Sessions)
	batch.Queue(`SELECT (SELECT count(*) FROM recovery_codes WHERE person_id = $1), version, phone, skills FROM people WHERE id = $1`, id).QueryRow(func(row pgx.Row) error {
		return row.Scan(&a.RecoveryCodes, &a.Version, &a.Phone, &a.Skills)
	})
	return a, Wrap(s.Pool.SendBatch(ctx, batch).Close(), "load account")
}

// own is change for what people do to their own account.
func (s *Store) own(ctx context.Context, actor *Person, what string, f func(tx pgx.Tx, id string) (Event, error)) error {
	return s.Change(ctx, actor, what, func(tx pgx.Tx) (Event, error) {
		event, err := f(tx, actor.ID)
		event.SubjectID, event.Subject = actor.ID, actor.Email
		return event, err
	})
}

// ChangePassword stores the hash of the signed-in person's new password and ends
// all their sessions. A session for the version that it returns goes on.
func (s *Store) ChangePassword(ctx context.Context, actor *Person, hash string) (version int, err error) {
	err = s.own(ctx, actor, "change password", func(tx pgx.Tx, id string) (Event, error) {
		if err := setPassword(ctx, tx, id, hash); err != nil {
			return Event{}, err
		}
		return Event{Action: PasswordChanged}, tx.QueryRow(ctx, `SELECT session_version FROM people WHERE id = $1`, id).Scan(&version)
	})
	return version, err
}

// Preferences is what people choose for themselves.
type Preferences struct {
	Lang     string
	TimeZone string // IANA
	Theme    Theme
}

// SetPreferences changes those of the signed-in person; ErrConflict for a time
// zone that the database does not know.
func (s *Store) SetPreferences(ctx context.Context, actor *Person, p Preferences) error {
	return s.own(ctx, actor, "change preferences", func(tx pgx.Tx, id string) (Event, error) {
		// Of these only the language stands in a form of administration's.
		_, err := tx.Exec(ctx, `UPDATE people SET lang = $2, time_zone = $3, theme = $4, version = version + (lang <> $2)::int WHERE id = $1 AND now() AT TIME ZONE $3::text IS NOT NULL`,
			id, p.Lang, p.TimeZone, p.Theme)
		return Event{Action: PersonChanged, Detail: fmt.Sprintf("language: %s, time zone: %s, theme: %s", p.Lang, p.TimeZone, p.Theme)}, err
	})
}

// SetProfile changes what the signed-in person says of themselves: ErrStale where
// they are not of that version any more. That it was changed is recorded, because
// colleagues call that number and trust who answers; what it says is not, because
// the trail is kept for longer.
func (s *Store) SetProfile(ctx context.Context, actor *Person, version int, phone, skills string) error {
	return s.own(ctx, actor, "change profile", func(tx pgx.Tx, id string) (Event, error) {
		tag, err := tx.Exec(ctx, `UPDATE people SET phone = $3, skills = $4, version = version + 1 WHERE id = $1 AND version = $2`, id, version, phone, skills)
		if err == nil && tag.RowsAffected() == 0 {
			err = ErrStale
		}
		return Event{Action: PersonChanged, Detail: "phone and skills"}, err
	})
}

// EndSession ends one of the signed-in person's sessions; ErrNotFound for
// anybody else's.
func (s *Store) EndSession(ctx context.Context, actor *Person, sessionID string) error {
	if !ValidID(sessionID) {
		return Wrap(ErrNotFound, "end session")
	}
	return s.own(ctx, actor, "end session", func(tx pgx.Tx, id string) (Event, error) {
		tag, err := tx.Exec(ctx, `UPDATE sessions SET revoked_at = now() WHERE id = $1 AND person_id = $2 AND revoked_at IS NULL`, sessionID, id)
		if err == nil && tag.RowsAffected() == 0 {
			err = ErrNotFound
		}
		return Event{Action: SessionsRevoked, Detail: "one"}, err
	})
}

// EndOtherSessions ends all of the signed-in person's sessions but the one that
// asks.
func (s *Store) EndOtherSessions(ctx context.Context, actor *Person) error {
	return s.own(ctx, actor, "end other sessions", func(tx pgx.Tx, id string) (Event, error) {
		return Event{Action: SessionsRevoked, Detail: "all others"}, endOthers(ctx, tx, id)
	})
}

// endOthers ends all of a person's sessions but the one that asks.
func endOthers(ctx context.Context, tx pgx.Tx, id string) error {
	_, err := tx.Exec(ctx, `UPDATE sessions SET revoked_at = now() WHERE person_id = $1 AND token_hash <> $2 AND revoked_at IS NULL`, id, SessionOf(ctx).tokenHash)
	return err
}
