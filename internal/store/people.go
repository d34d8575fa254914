package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Role is what a person may do; each includes the one before it.
type Role string

// The roles.
const (
	Employee Role = "employee"
	Editor   Role = "editor"
	Admin    Role = "admin"
)

// Person is somebody of the company. ID is the identity that Caramelo gets as
// external_customer_id: a UUID, immutable and never reused.
type Person struct {
	ID             string
	Name           string
	Email          string
	Role           Role
	Lang           string // en, pt or es
	Department     string // slug; "" without one
	DepartmentName string // in the language that was asked for
	Title          string
	Active         bool
}

// personColumns reads a Person; $1 is the reader's language.
const personColumns = `p.id, p.name, p.email, p.role, p.lang, coalesce(p.department, '') AS department,
	coalesce(d.names->>$1, d.names->>'en', '') AS department_name, p.title, p.active`

// Department is one of the company's departments.
type Department struct {
	Slug string
	Name string // in the language that was asked for
}

// PeopleFilter narrows and continues the directory.
type PeopleFilter struct {
	Query      string // words that must all occur in name, title or e-mail; accents and case are ignored
	Department string // slug; "" is every department
	After      string // the cursor of the page before; "" is the first page
	Limit      int    // rows a page, 1 to 100
}

// PeoplePage is one page of the directory.
type PeoplePage struct {
	People      []Person
	Next        string // the cursor of the next page; "" on the last one
	Departments []Department
}

// ErrCursor says that a cursor was not made by this package.
var ErrCursor = errors.New("bad cursor")

type peopleCursor struct {
	Name string `json:"n"`
	ID   string `json:"i"`
}

func (c peopleCursor) String() string {
	b, _ := json.Marshal(c) // two strings cannot fail
	return base64.RawURLEncoding.EncodeToString(b)
}

func parsePeopleCursor(s string) (c peopleCursor, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return c, ErrCursor
	}
	if err := json.Unmarshal(b, &c); err != nil || !validID(c.ID) || c.Name != plain(c.Name) {
		return c, ErrCursor
	}
	return c, nil
}

// People returns a page of the active people by name, and the departments to
// filter by, in one round trip.
func (s *Store) People(ctx context.Context, lang string, f PeopleFilter) (page PeoplePage, err error) {
	f.Limit = min(max(f.Limit, 1), 100)
	where, args := []string{"p.active"}, []any{lang}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	for _, word := range strings.Fields(plain(f.Query)) {
		where = append(where, "p.search LIKE fold("+arg(likePattern(word))+")")
	}
	if f.Department != "" {
		where = append(where, "p.department = "+arg(plain(f.Department)))
	}
	if f.After != "" {
		after, err := parsePeopleCursor(f.After)
		if err != nil {
			return page, fmt.Errorf("list people: %w", err)
		}
		where = append(where, "(p.name, p.id) > ("+arg(after.Name)+", "+arg(after.ID)+"::uuid)")
	}
	sql := `SELECT ` + personColumns + `
		FROM people p LEFT JOIN departments d ON d.slug = p.department
		WHERE ` + strings.Join(where, " AND ") + `
		ORDER BY p.name, p.id LIMIT ` + arg(f.Limit+1)

	batch := &pgx.Batch{}
	batch.Queue(sql, args...).Query(func(rows pgx.Rows) (err error) {
		page.People, err = pgx.CollectRows(rows, pgx.RowToStructByName[Person])
		return err
	})
	batch.Queue(departmentsSQL, lang).Query(func(rows pgx.Rows) (err error) {
		page.Departments, err = pgx.CollectRows(rows, pgx.RowToStructByName[Department])
		return err
	})
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return page, wrap(err, "list people")
	}
	if len(page.People) > f.Limit {
		page.People = page.People[:f.Limit]
		last := page.People[f.Limit-1]
		page.Next = peopleCursor{Name: last.Name, ID: last.ID}.String()
	}
	return page, nil
}

const departmentsSQL = `SELECT slug, coalesce(names->>$1, names->>'en') AS name FROM departments
	ORDER BY coalesce(names->>$1, names->>'en') COLLATE "und-x-icu", slug`

// Profile is a person with some of the colleagues around them.
type Profile struct {
	Person     Person
	Colleagues []Person // of the same department, by name, at most 6
}

// Profile returns an active person by id.
func (s *Store) Profile(ctx context.Context, lang, id string) (profile Profile, err error) {
	if !validID(id) {
		return profile, wrap(ErrNotFound, "find person")
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT `+personColumns+` FROM people p LEFT JOIN departments d ON d.slug = p.department
		WHERE p.id = $2 AND p.active`, lang, id).Query(func(rows pgx.Rows) (err error) {
		profile.Person, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Person])
		return err
	})
	batch.Queue(`SELECT `+personColumns+` FROM people p LEFT JOIN departments d ON d.slug = p.department
		WHERE p.active AND p.id <> $2 AND p.department = (SELECT department FROM people WHERE id = $2)
		ORDER BY p.name, p.id LIMIT 6`, lang, id).Query(func(rows pgx.Rows) (err error) {
		profile.Colleagues, err = pgx.CollectRows(rows, pgx.RowToStructByName[Person])
		return err
	})
	return profile, wrap(s.pool.SendBatch(ctx, batch).Close(), "find person %s", id)
}

// Credentials is what a sign-in is checked against.
type Credentials struct {
	PersonID       string
	PasswordHash   string // "" for a person who cannot sign in with a password
	SessionVersion int    // for the session that follows
}

// Credentials returns those of an active person; ErrNotFound for anybody else.
func (s *Store) Credentials(ctx context.Context, email string) (Credentials, error) {
	rows, _ := s.pool.Query(ctx, `SELECT id AS person_id, coalesce(password_hash, '') AS password_hash, session_version
		FROM people WHERE lower(email) = lower($1) AND active`, plain(email))
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Credentials])
	return c, wrap(err, "find credentials")
}

// NewPerson is a person to be added.
type NewPerson struct {
	Name, Email, Lang, Department, Title string
	Role                                 Role
	PasswordHash                         string // "" for one who cannot sign in yet
}

// CreatePerson adds a person and returns the new id; ErrConflict if somebody
// has that e-mail already.
func (s *Store) CreatePerson(ctx context.Context, p NewPerson) (id string, err error) {
	err = s.pool.QueryRow(ctx, `INSERT INTO people (name, email, role, lang, department, title, password_hash)
		VALUES ($1, $2, $3, $4, nullif($5, ''), $6, nullif($7, '')) RETURNING id`,
		p.Name, p.Email, p.Role, p.Lang, p.Department, p.Title, p.PasswordHash).Scan(&id)
	return id, wrap(err, "add person")
}

// Accounts returns everybody, disabled people included, by name: for the
// command line, which has no pages.
func (s *Store) Accounts(ctx context.Context) ([]Person, error) {
	rows, _ := s.pool.Query(ctx, `SELECT `+personColumns+` FROM people p LEFT JOIN departments d ON d.slug = p.department
		ORDER BY p.name, p.id`, "en")
	people, err := pgx.CollectRows(rows, pgx.RowToStructByName[Person])
	return people, wrap(err, "list accounts")
}

// SetActive enables or disables the person with that e-mail. Disabling ends
// their sessions, for good.
func (s *Store) SetActive(ctx context.Context, email string, active bool) error {
	return s.setPerson(ctx, `UPDATE people SET active = $2, session_version = session_version + 1 WHERE lower(email) = lower($1)`, email, active)
}

// SetPassword stores the hash of a new password for the person with that
// e-mail and ends all their sessions.
func (s *Store) SetPassword(ctx context.Context, email, hash string) error {
	return s.setPerson(ctx, `UPDATE people SET password_hash = $2, session_version = session_version + 1 WHERE lower(email) = lower($1)`, email, hash)
}

func (s *Store) setPerson(ctx context.Context, sql, email string, value any) error {
	tag, err := s.pool.Exec(ctx, sql, plain(email), value)
	if err == nil && tag.RowsAffected() == 0 {
		err = ErrNotFound
	}
	return wrap(err, "change person")
}
