package store

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/jackc/pgx/v5"
)

// InvitationLife is how long a one-time link works.
const InvitationLife = 72 * time.Hour

// Invitee is the person that a one-time code belongs to.
type Invitee struct {
	ID, Name, Email string
}

// Invite makes a one-time code (130 bits) with which an active person sets their
// password within InvitationLife. A code they had before stops working. It is
// stored as a hash: who called must hand it over now.
func (s *Store) Invite(ctx context.Context, actor *Person, personID string) (code string, err error) {
	code = rand.Text()
	err = s.administerPerson(ctx, actor, "invite person", personID, func(tx pgx.Tx, a subject) (Event, error) {
		if !a.isActive {
			return Event{}, ErrNotFound
		}
		_, err := tx.Exec(ctx, `INSERT INTO invitations (person_id, code_hash, expires_at) VALUES ($1, $2, now() + $3::interval)
			ON CONFLICT (person_id) DO UPDATE SET code_hash = excluded.code_hash, expires_at = excluded.expires_at`, personID, HashToken(code), InvitationLife)
		return Event{Action: PersonInvited}, err
	})
	return code, err
}

// Invited returns whose code that is; ErrNotFound for one that was never made,
// was used, was replaced, or has expired.
func (s *Store) Invited(ctx context.Context, code string) (Invitee, error) {
	rows, _ := s.Pool.Query(ctx, `SELECT p.id, p.name, p.email FROM invitations i JOIN people p ON p.id = i.person_id
		WHERE i.code_hash = $1 AND i.expires_at > now() AND p.active`, HashToken(code))
	invitee, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Invitee])
	return invitee, Wrap(err, "find invitation")
}

// AcceptInvitation uses a code up: its person has the password with that hash
// from now on, and their sessions end.
func (s *Store) AcceptInvitation(ctx context.Context, actor *Person, code, passwordHash string) error {
	return s.Change(ctx, actor, "accept invitation", func(tx pgx.Tx) (Event, error) {
		event := Event{Action: PasswordChanged, Detail: "one-time link"}
		err := tx.QueryRow(ctx, `DELETE FROM invitations i USING people p WHERE i.code_hash = $1 AND i.expires_at > now() AND p.id = i.person_id AND p.active
			RETURNING p.id, p.email`, HashToken(code)).Scan(&event.SubjectID, &event.Subject)
		if err != nil {
			return event, err
		}
		return event, setPassword(ctx, tx, event.SubjectID, passwordHash)
	})
}
