package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

var (
	// ErrLastAdmin says that nobody could administer the intranet after the change.
	ErrLastAdmin = errors.New("the last admin")
	// ErrNoManager says that nobody has the manager's e-mail.
	ErrNoManager = errors.New("nobody has the manager's e-mail")
	// ErrStale says that the person was changed since the form was made.
	ErrStale = errors.New("changed by somebody else meanwhile")
	// ErrOwnManager says that a person would be above themselves after the change.
	ErrOwnManager = errors.New("their own manager")
)

// NewPerson is a person to be added.
type NewPerson struct {
	Name, Email, Lang, Department, Title string
	Manager                              string // e-mail of somebody who is there, or is seeded before; "" for nobody
	Phone, Skills                        string
	Role                                 Role
	PasswordHash                         string    // "" for one who cannot sign in yet
	TimeZone                             string    // IANA; "" is UTC
	JoinedAt                             time.Time `db:"-"` // zero is now; for the seed
}

// Details are those of a person to be added.
func (p NewPerson) Details() PersonDetails {
	return PersonDetails{Name: p.Name, Email: p.Email, Lang: p.Lang, Department: p.Department, Title: p.Title, Manager: p.Manager, Phone: p.Phone, Skills: p.Skills}
}

// PersonDetails is what may be changed of a person without touching what they
// may do.
type PersonDetails struct {
	Name, Email, Lang, Department, Title string
	Manager                              string // e-mail; "" for nobody
	Phone                                string
	Skills                               string // separated by a comma and a space
}

// Skills reads skills however they were separated: by commas, semicolons or
// lines. Each is there once, behind it a comma and a space.
func Skills(typed string) string {
	var all []string
	for skill := range strings.FieldsFuncSeq(typed, func(r rune) bool { return r == ',' || r == ';' || r == '\n' || r == '\r' }) {
		skill = strings.Join(strings.Fields(Line(skill)), " ")
		if skill != "" && !slices.ContainsFunc(all, func(s string) bool { return strings.EqualFold(s, skill) }) {
			all = append(all, skill)
		}
	}
	return strings.Join(all, ", ")
}

// Invalid names the fields that cannot be stored: "name", "email", "lang",
// "title", "phone" or "skills". The department and the manager are checked by the
// database.
func (d PersonDetails) Invalid() (fields []string) {
	if d.Name == "" || !Visible(d.Name, 200) {
		fields = append(fields, "name")
	}
	if !LooksLikeEmail(d.Email) {
		fields = append(fields, "email")
	}
	if d.Lang != "en" && d.Lang != "pt" && d.Lang != "es" {
		fields = append(fields, "lang")
	}
	if !Visible(d.Title, 200) {
		fields = append(fields, "title")
	}
	return append(fields, InvalidContact(d.Phone, d.Skills)...)
}

// phones have a digit, and letters for an extension.
var phones = regexp.MustCompile(`^[\pL\pM\p{Nd} +().\-/#*]*\p{Nd}[\pL\pM\p{Nd} +().\-/#*]*$`)

// InvalidContact names those of "phone" and "skills" that cannot be stored.
func InvalidContact(phone, skills string) (fields []string) {
	if phone != "" && !phones.MatchString(phone) || !Visible(phone, 40) {
		fields = append(fields, "phone")
	}
	if !Visible(skills, 300) {
		fields = append(fields, "skills")
	}
	return fields
}

// Account is a person as administration sees them.
type Account struct {
	Person
	Version      int    // moves on with every change of details or role
	Manager      string // e-mail; "" for nobody
	HasPassword  bool
	SecondFactor bool
	InvitedUntil *time.Time    // when their one-time link expires; nil without one
	Sessions     []OpenSession `db:"-"` // living ones, the last seen first
	Departments  []Department  `db:"-"`
}

// Details are what may be changed of the person.
func (a Account) Details() PersonDetails {
	p := a.Person
	return PersonDetails{Name: p.Name, Email: p.Email, Lang: p.Lang, Department: p.Department, Title: p.Title, Manager: a.Manager, Phone: p.Phone, Skills: p.Skills}
}

// Account returns anybody by id, the disabled too, in one round trip.
func (s *Store) Account(ctx context.Context, lang, id string) (a Account, err error) {
	if !ValidID(id) {
		return a, Wrap(ErrNotFound, "find account")
	}
	batch := &pgx.Batch{}
	// One statement: a version goes with what was stored at that very moment.
	batch.Queue(`SELECT `+PersonColumns+`, p.version, p.password_hash IS NOT NULL AS has_password,
			EXISTS (SELECT FROM second_factors f WHERE f.person_id = p.id AND f.confirmed_at IS NOT NULL) AS second_factor,
			(SELECT expires_at FROM invitations i WHERE i.person_id = p.id AND i.expires_at > now()) AS invited_until,
			coalesce((SELECT email FROM people m WHERE m.id = p.manager_id), '') AS manager`+PeopleJoin+`WHERE p.id = $2`, lang, id).
		Query(CollectOne(&a))
	QueueSessions(ctx, batch, id, &a.Sessions)
	QueueDepartments(batch, lang, &a.Departments)
	return a, Wrap(s.Pool.SendBatch(ctx, batch).Close(), "find account %s", id)
}

// AccountID returns the id of whoever has that e-mail, disabled or not.
func (s *Store) AccountID(ctx context.Context, email string) (id string, err error) {
	err = s.Pool.QueryRow(ctx, `SELECT id FROM people WHERE lower(email) = lower($1)`, Plain(email)).Scan(&id)
	return id, Wrap(err, "find account")
}

// Accounts returns everybody, disabled people included, by name: for the
// command line, which has no pages.
func (s *Store) Accounts(ctx context.Context) ([]Person, error) {
	rows, _ := s.Pool.Query(ctx, `SELECT `+PersonColumns+` FROM people p LEFT JOIN departments d ON d.slug = p.department
		ORDER BY p.name, p.id`, "en")
	people, err := pgx.CollectRows(rows, pgx.RowToStructByName[Person])
	return people, Wrap(err, "list accounts")
}

// CreatePerson adds a person and returns the new id; ErrConflict if somebody
// has that e-mail already, ErrNoManager if nobody has the manager's.
func (s *Store) CreatePerson(ctx context.Context, actor *Person, p NewPerson) (id string, err error) {
	err = s.administer(ctx, actor, "add person", func(tx pgx.Tx) (Event, error) {
		manager, err := managerID(ctx, tx, p.Manager)
		if err != nil {
			return Event{}, err
		}
		err = tx.QueryRow(ctx, `INSERT INTO people (name, email, role, lang, department, title, password_hash, time_zone, manager_id, phone, skills)
			VALUES ($1, $2, $3, $4, nullif($5, ''), $6, nullif($7, ''), coalesce(nullif($8, ''), 'UTC'), $9, $10, $11) RETURNING id`,
			p.Name, p.Email, p.Role, p.Lang, p.Department, p.Title, p.PasswordHash, p.TimeZone, manager, p.Phone, p.Skills).Scan(&id)
		return Event{Action: PersonCreated, SubjectID: id, Subject: p.Email, Detail: string(p.Role)}, err
	})
	return id, err
}

// UpdatePerson changes a person's details, who must still be of that version:
// ErrStale where somebody has changed them since, ErrConflict if somebody else has
// that e-mail, ErrNoManager and ErrOwnManager for a manager who cannot be theirs.
func (s *Store) UpdatePerson(ctx context.Context, actor *Person, id string, version int, d PersonDetails) error {
	return s.administerPerson(ctx, actor, "change person", id, func(tx pgx.Tx, a subject) (Event, error) {
		if a.version != version {
			return Event{}, ErrStale
		}
		reportsTo, err := managerID(ctx, tx, d.Manager)
		if err != nil {
			return Event{}, err
		}
		self, manager := strings.ToLower(a.email), strings.ToLower(d.Manager)
		above, err := managersAbove(ctx, tx, manager)
		if err != nil {
			return Event{}, err
		}
		if above[self] = manager; circles(above)[self] {
			return Event{}, ErrOwnManager
		}
		_, err = tx.Exec(ctx, `UPDATE people SET name = $2, email = $3, lang = $4, department = nullif($5, ''), title = $6,
			manager_id = $7, phone = $8, skills = $9, version = version + 1 WHERE id = $1`,
			id, d.Name, d.Email, d.Lang, d.Department, d.Title, reportsTo, d.Phone, d.Skills)
		event := Event{Action: PersonChanged}
		if d.Email != a.email {
			event.Detail = fmt.Sprintf("e-mail: %s to %s", a.email, d.Email)
		}
		return event, err
	})
}

// SetRole changes what a person of that version may do and ends their sessions;
// ErrStale where somebody has changed them since.
func (s *Store) SetRole(ctx context.Context, actor *Person, id string, version int, role Role) error {
	return s.administerPerson(ctx, actor, "change role", id, func(tx pgx.Tx, a subject) (Event, error) {
		if a.version != version {
			return Event{}, ErrStale
		}
		event := Event{Action: RoleChanged, Detail: fmt.Sprintf("%s to %s", a.role, role)}
		if _, err := tx.Exec(ctx, `UPDATE people SET role = $2, version = version + 1, session_version = session_version + 1 WHERE id = $1`, id, role); err != nil {
			return event, err
		}
		return event, a.mustLeaveAnAdmin(ctx, tx)
	})
}

// SetActive enables or disables a person. Both end their sessions, for good.
func (s *Store) SetActive(ctx context.Context, actor *Person, id string, active bool) error {
	return s.administerPerson(ctx, actor, "enable or disable person", id, func(tx pgx.Tx, a subject) (Event, error) {
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
func (s *Store) SetPassword(ctx context.Context, actor *Person, id, hash string) error {
	return s.administerPerson(ctx, actor, "set password", id, func(tx pgx.Tx, _ subject) (Event, error) {
		return Event{Action: PasswordChanged}, SetPasswordIn(ctx, tx, id, hash)
	})
}

// RevokeSessions ends all sessions of a person.
func (s *Store) RevokeSessions(ctx context.Context, actor *Person, id string) error {
	return s.administerPerson(ctx, actor, "end sessions", id, func(tx pgx.Tx, _ subject) (Event, error) {
		_, err := tx.Exec(ctx, `UPDATE people SET session_version = session_version + 1 WHERE id = $1`, id)
		return Event{Action: SessionsRevoked, Detail: "all"}, err
	})
}

// ResetSecondFactor removes a person's second factor and ends their sessions:
// for whoever has lost their phone and their recovery codes.
func (s *Store) ResetSecondFactor(ctx context.Context, actor *Person, id string) error {
	return s.administerPerson(ctx, actor, "reset second factor", id, func(tx pgx.Tx, _ subject) (Event, error) {
		if err := RemoveSecondFactorIn(ctx, tx, id); err != nil {
			return Event{}, err
		}
		_, err := tx.Exec(ctx, `UPDATE people SET session_version = session_version + 1 WHERE id = $1`, id)
		return Event{Action: SecondFactorRemoved}, err
	})
}

// subject is the person something is done to, as they were before.
type subject struct {
	email    string
	version  int
	role     Role
	isAdmin  bool // active, and able to sign in
	isActive bool
}

// administerPerson is administer with a person as the subject of its event.
func (s *Store) administerPerson(ctx context.Context, actor *Person, what, id string, f func(tx pgx.Tx, before subject) (Event, error)) error {
	if !ValidID(id) {
		return Wrap(ErrNotFound, "%s", what)
	}
	return s.administer(ctx, actor, what, func(tx pgx.Tx) (Event, error) {
		var a subject
		err := tx.QueryRow(ctx, `SELECT email, version, role, active, role = 'admin' AND active AND password_hash IS NOT NULL FROM people WHERE id = $1 FOR UPDATE`, id).
			Scan(&a.email, &a.version, &a.role, &a.isActive, &a.isAdmin)
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
