package store

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// ErrLastAdmin says that nobody could administer the intranet after the change.
var ErrLastAdmin = errors.New("the last admin")

// NewPerson is a person to be added.
type NewPerson struct {
	Name, Email, Lang, Department, Title string
	Role                                 Role
	PasswordHash                         string // "" for one who cannot sign in yet
	TimeZone                             string // IANA; "" is UTC
}

// PersonDetails is what may be changed of a person without touching what they
// may do.
type PersonDetails struct {
	Name, Email, Lang, Department, Title string
}

// Details are those of a person to be added.
func (p NewPerson) Details() PersonDetails {
	return PersonDetails{Name: p.Name, Email: p.Email, Lang: p.Lang, Department: p.Department, Title: p.Title}
}

// Invalid names the fields that cannot be stored: "name", "email", "lang" or
// "title". A department is checked by the database.
func (d PersonDetails) Invalid() (fields []string) {
	if d.Name == "" || !visible(d.Name, 200) {
		fields = append(fields, "name")
	}
	if !LooksLikeEmail(d.Email) {
		fields = append(fields, "email")
	}
	if d.Lang != "en" && d.Lang != "pt" && d.Lang != "es" {
		fields = append(fields, "lang")
	}
	if !visible(d.Title, 200) {
		fields = append(fields, "title")
	}
	return fields
}

// visible reports whether s is at most limit characters that can be seen.
func visible(s string, limit int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit && s == strings.TrimSpace(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// prose reports whether s is at most limit characters on any number of lines.
func prose(s string, limit int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
}

// LooksLikeEmail reports whether s is an address such as ana@example.com.
func LooksLikeEmail(s string) bool {
	address, err := mail.ParseAddress(s)
	return err == nil && address.Address == s && len(s) <= 254 && visible(s, 254)
}

// Account is a person as administration sees them.
type Account struct {
	Person       Person
	HasPassword  bool
	SecondFactor bool
	InvitedUntil time.Time // when their one-time link expires; zero without one
	Sessions     []Session // living ones, the last seen first
	Departments  []Department
}

// Account returns anybody by id, the disabled too, in one round trip.
func (s *Store) Account(ctx context.Context, lang, id string) (a Account, err error) {
	if !validID(id) {
		return a, wrap(ErrNotFound, "find account")
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT `+personColumns+` FROM people p LEFT JOIN departments d ON d.slug = p.department WHERE p.id = $2`, lang, id).
		Query(func(rows pgx.Rows) (err error) {
			a.Person, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Person])
			return err
		})
	batch.Queue(`SELECT p.password_hash IS NOT NULL, EXISTS (SELECT FROM second_factors f WHERE f.person_id = p.id AND f.confirmed_at IS NOT NULL),
			(SELECT expires_at FROM invitations i WHERE i.person_id = p.id AND i.expires_at > now())
		FROM people p WHERE p.id = $1`, id).QueryRow(func(row pgx.Row) error {
		var until *time.Time
		err := row.Scan(&a.HasPassword, &a.SecondFactor, &until)
		if until != nil {
			a.InvitedUntil = *until
		}
		return err
	})
	queueSessions(ctx, batch, id, &a.Sessions)
	queueDepartments(batch, lang, &a.Departments)
	return a, wrap(s.pool.SendBatch(ctx, batch).Close(), "find account %s", id)
}

// AccountID returns the id of whoever has that e-mail, disabled or not.
func (s *Store) AccountID(ctx context.Context, email string) (id string, err error) {
	err = s.pool.QueryRow(ctx, `SELECT id FROM people WHERE lower(email) = lower($1)`, plain(email)).Scan(&id)
	return id, wrap(err, "find account")
}

// Accounts returns everybody, disabled people included, by name: for the
// command line, which has no pages.
func (s *Store) Accounts(ctx context.Context) ([]Person, error) {
	rows, _ := s.pool.Query(ctx, `SELECT `+personColumns+` FROM people p LEFT JOIN departments d ON d.slug = p.department
		ORDER BY p.name, p.id`, "en")
	people, err := pgx.CollectRows(rows, pgx.RowToStructByName[Person])
	return people, wrap(err, "list accounts")
}

// CreatePerson adds a person and returns the new id; ErrConflict if somebody
// has that e-mail already.
func (s *Store) CreatePerson(ctx context.Context, p NewPerson) (id string, err error) {
	err = s.administer(ctx, "add person", func(tx pgx.Tx) (Event, error) {
		err := tx.QueryRow(ctx, `INSERT INTO people (name, email, role, lang, department, title, password_hash, time_zone)
			VALUES ($1, $2, $3, $4, nullif($5, ''), $6, nullif($7, ''), coalesce(nullif($8, ''), 'UTC')) RETURNING id`,
			p.Name, p.Email, p.Role, p.Lang, p.Department, p.Title, p.PasswordHash, p.TimeZone).Scan(&id)
		return Event{Action: PersonCreated, SubjectID: id, Subject: p.Email, Detail: string(p.Role)}, err
	})
	return id, err
}

// UpdatePerson changes a person's details; ErrConflict if somebody else has that
// e-mail.
func (s *Store) UpdatePerson(ctx context.Context, id string, d PersonDetails) error {
	return s.administerPerson(ctx, "change person", id, func(tx pgx.Tx, a subject) (Event, error) {
		_, err := tx.Exec(ctx, `UPDATE people SET name = $2, email = $3, lang = $4, department = nullif($5, ''), title = $6 WHERE id = $1`,
			id, d.Name, d.Email, d.Lang, d.Department, d.Title)
		event := Event{Action: PersonChanged}
		if d.Email != a.email {
			event.Detail = fmt.Sprintf("e-mail: %s to %s", a.email, d.Email)
		}
		return event, err
	})
}

// SetRole changes what a person may do and ends their sessions.
func (s *Store) SetRole(ctx context.Context, id string, role Role) error {
	return s.administerPerson(ctx, "change role", id, func(tx pgx.Tx, a subject) (Event, error) {
		event := Event{Action: RoleChanged, Detail: fmt.Sprintf("%s to %s", a.role, role)}
		if _, err := tx.Exec(ctx, `UPDATE people SET role = $2, session_version = session_version + 1 WHERE id = $1`, id, role); err != nil {
			return event, err
		}
		return event, a.mustLeaveAnAdmin(ctx, tx)
	})
}

// SetActive enables or disables a person. Both end their sessions, for good.
func (s *Store) SetActive(ctx context.Context, id string, active bool) error {
	return s.administerPerson(ctx, "enable or disable person", id, func(tx pgx.Tx, a subject) (Event, error) {
		event := Event{Action: PersonDisabled}
		if active {
			event.Action = PersonEnabled
		}
		if _, err := tx.Exec(ctx, `UPDATE people SET active = $2, session_version = session_version + 1 WHERE id = $1`, id, active); err != nil {
			return event, err
		}
		if !active { // a link that is still around must not work once they are enabled again
			if _, err := tx.Exec(ctx, `DELETE FROM invitations WHERE person_id = $1`, id); err != nil {
				return event, err
			}
		}
		return event, a.mustLeaveAnAdmin(ctx, tx)
	})
}

// SetPassword stores the hash of a new password and ends the person's sessions.
func (s *Store) SetPassword(ctx context.Context, id, hash string) error {
	return s.administerPerson(ctx, "set password", id, func(tx pgx.Tx, _ subject) (Event, error) {
		return Event{Action: PasswordChanged}, setPassword(ctx, tx, id, hash)
	})
}

// setPassword also takes back a one-time link: it was for the password before.
func setPassword(ctx context.Context, tx pgx.Tx, id, hash string) error {
	_, err := tx.Exec(ctx, `WITH gone AS (DELETE FROM invitations WHERE person_id = $1)
		UPDATE people SET password_hash = $2, session_version = session_version + 1 WHERE id = $1`, id, hash)
	return err
}

// RevokeSessions ends all sessions of a person.
func (s *Store) RevokeSessions(ctx context.Context, id string) error {
	return s.administerPerson(ctx, "end sessions", id, func(tx pgx.Tx, _ subject) (Event, error) {
		_, err := tx.Exec(ctx, `UPDATE people SET session_version = session_version + 1 WHERE id = $1`, id)
		return Event{Action: SessionsRevoked, Detail: "all"}, err
	})
}

// ResetSecondFactor removes a person's second factor and ends their sessions:
// for whoever has lost their phone and their recovery codes.
func (s *Store) ResetSecondFactor(ctx context.Context, id string) error {
	return s.administerPerson(ctx, "reset second factor", id, func(tx pgx.Tx, _ subject) (Event, error) {
		if err := removeSecondFactor(ctx, tx, id); err != nil {
			return Event{}, err
		}
		_, err := tx.Exec(ctx, `UPDATE people SET session_version = session_version + 1 WHERE id = $1`, id)
		return Event{Action: SecondFactorRemoved}, err
	})
}

// subject is the person something is done to, as they were before.
type subject struct {
	email    string
	role     Role
	isAdmin  bool // active, and able to sign in
	isActive bool
}

// administerPerson is administer with a person as the subject of its event.
func (s *Store) administerPerson(ctx context.Context, what, id string, f func(tx pgx.Tx, before subject) (Event, error)) error {
	if !validID(id) {
		return wrap(ErrNotFound, "%s", what)
	}
	return s.administer(ctx, what, func(tx pgx.Tx) (Event, error) {
		var a subject
		err := tx.QueryRow(ctx, `SELECT email, role, active, role = 'admin' AND active AND password_hash IS NOT NULL FROM people WHERE id = $1 FOR UPDATE`, id).
			Scan(&a.email, &a.role, &a.isActive, &a.isAdmin)
		if err != nil {
			return Event{}, err
		}
		event, err := f(tx, a)
		event.SubjectID, event.Subject = id, a.email
		return event, err
	})
}

// mustLeaveAnAdmin keeps the last admin who can sign in from being taken away.
func (a subject) mustLeaveAnAdmin(ctx context.Context, tx pgx.Tx) error {
	var left bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM people WHERE role = 'admin' AND active AND password_hash IS NOT NULL)`).Scan(&left)
	if err == nil && a.isAdmin && !left {
		return ErrLastAdmin
	}
	return err
}
