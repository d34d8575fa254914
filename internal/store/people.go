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

// Roles are all of them, from the least to the most.
var Roles = []Role{Employee, Editor, Admin}

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
	TimeZone       string // IANA
	Theme          Theme
}

// Theme is whether the pages are light or dark.
type Theme string

// The themes. Auto leaves it to the person's device.
const (
	Auto  Theme = "auto"
	Light Theme = "light"
	Dark  Theme = "dark"
)

// Themes are all of them.
var Themes = []Theme{Auto, Light, Dark}

// personColumns reads a Person; $1 is the reader's language.
const personColumns = `p.id, p.name, p.email, p.role, p.lang, coalesce(p.department, '') AS department,
	coalesce(d.names->>$1, d.names->>'en', '') AS department_name, p.title, p.active, p.time_zone, p.theme`

// Department is one of the company's departments.
type Department struct {
	Slug string
	Name string // in the language that was asked for
}

// PeopleFilter narrows and continues the directory.
type PeopleFilter struct {
	Query      string // words that must all occur in name, title or e-mail; accents and case are ignored
	Department string // slug; "" is every department
	Everybody  bool   // the disabled too: for administration
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
	where, args := []string{"p.active"}, []any{lang} // as a constant: the indexes are of the active
	if f.Everybody {
		where = []string{"true"}
	}
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
	queueDepartments(batch, lang, &page.Departments)
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

func queueDepartments(batch *pgx.Batch, lang string, into *[]Department) {
	batch.Queue(`SELECT slug, coalesce(names->>$1, names->>'en') AS name FROM departments
		ORDER BY coalesce(names->>$1, names->>'en') COLLATE "und-x-icu", slug`, lang).Query(func(rows pgx.Rows) (err error) {
		*into, err = pgx.CollectRows(rows, pgx.RowToStructByName[Department])
		return err
	})
}

// Departments returns all of them by name.
func (s *Store) Departments(ctx context.Context, lang string) (departments []Department, err error) {
	batch := &pgx.Batch{}
	queueDepartments(batch, lang, &departments)
	return departments, wrap(s.pool.SendBatch(ctx, batch).Close(), "list departments")
}

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
