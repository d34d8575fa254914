package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// ErrLastAdmin says that nobody could administer the intranet after the change.
var ErrLastAdmin = errors.New("the last admin")

// Subject is the person something is done to, as they were before.
type Subject struct {
	Email   string
	Version int // moves on with every change of what the forms of a person show
	Role    Role
	Active  bool
	Admin   bool // an admin who is active and able to sign in
}

// AdministerPerson is Administer with a person as the subject of its entry.
func (s *Store) AdministerPerson(
	ctx context.Context, actor *Person, what, id string, f func(tx pgx.Tx, before Subject) (Entry, error),
) error {
	if !ValidID(id) {
		return Wrap(ErrNotFound, "%s", what)
	}
	return s.Administer(ctx, actor, what, func(tx pgx.Tx) (Entry, error) {
		var before Subject
		err := tx.QueryRow(ctx, `SELECT email, version, role, active,
				role = 'admin' AND active AND password_hash IS NOT NULL
			FROM people WHERE id = $1 FOR UPDATE`, id).
			Scan(&before.Email, &before.Version, &before.Role, &before.Active, &before.Admin)
		if err != nil {
			return Entry{}, err
		}
		entry, err := f(tx, before)
		entry.SubjectID, entry.Subject = id, before.Email
		return entry, err
	})
}

// LeaveAnAdmin keeps the last admin who can sign in from being taken away: ErrLastAdmin.
func LeaveAnAdmin(ctx context.Context, tx pgx.Tx, before Subject) error {
	var left bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM people
		WHERE role = 'admin' AND active AND password_hash IS NOT NULL)`).Scan(&left)
	if err == nil && before.Admin && !left {
		return ErrLastAdmin
	}
	return err
}
