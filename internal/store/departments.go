package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// What is recorded of departments.
const (
	DepartmentCreated Action = "department.created"
	DepartmentChanged Action = "department.changed"
	DepartmentDeleted Action = "department.deleted"
)

var DepartmentActions = []Action{DepartmentCreated, DepartmentChanged, DepartmentDeleted}

// Department is one of the company's departments.
type Department struct {
	Slug string
	Name string // in the language that was asked for
}

func QueueDepartments(batch *pgx.Batch, lang string, into *[]Department) {
	batch.Queue(`SELECT slug, coalesce(names->>$1, names->>'en') AS name FROM departments
		ORDER BY coalesce(names->>$1, names->>'en') COLLATE "und-x-icu", slug`, lang).Query(Collect(into))
}

// Departments returns all of them by name.
func (s *Store) Departments(ctx context.Context, lang string) (departments []Department, err error) {
	batch := &pgx.Batch{}
	QueueDepartments(batch, lang, &departments)
	return departments, Wrap(s.Pool.SendBatch(ctx, batch).Close(), "list departments")
}

// MaxCounted is how many people of a department are counted.
const MaxCounted = 250

// DepartmentRecord is a department as administration sees it.
type DepartmentRecord struct {
	Department
	Names   Texts
	Version int // moves on with every change
	People  int // who are active, at most MaxCounted and one: then there are more
}

const departmentColumns = `d.slug, coalesce(d.names->>$1, d.names->>'en') AS name, d.names, d.version,
	(SELECT count(*) FROM (SELECT FROM people p WHERE p.active AND p.department = d.slug LIMIT $2) counted) AS people`

// DepartmentRecords returns all departments by name.
func (s *Store) DepartmentRecords(ctx context.Context, lang string) ([]DepartmentRecord, error) {
	rows, _ := s.Pool.Query(ctx, `SELECT `+departmentColumns+` FROM departments d
		ORDER BY coalesce(d.names->>$1, d.names->>'en') COLLATE "und-x-icu", d.slug`, lang, MaxCounted+1)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[DepartmentRecord])
	return all, Wrap(err, "list departments")
}

// DepartmentRecord returns one.
func (s *Store) DepartmentRecord(ctx context.Context, lang, slug string) (DepartmentRecord, error) {
	rows, _ := s.Pool.Query(ctx, `SELECT `+departmentColumns+` FROM departments d WHERE d.slug = $3`, lang, MaxCounted+1, Plain(slug))
	d, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[DepartmentRecord])
	return d, Wrap(err, "find department")
}

// InvalidNames returns the languages whose name of a department cannot be stored:
// English is required, each has at most 100 characters.
func InvalidNames(names Texts) (langs []string) {
	for _, lang := range []string{"en", "pt", "es"} {
		if !Visible(names[lang], 100) || lang == "en" && names[lang] == "" {
			langs = append(langs, lang)
		}
	}
	return langs
}

// NamesTaken is an error: the languages whose name another one has already.
type NamesTaken []string

func (n NamesTaken) Error() string { return "names taken: " + strings.Join(n, ", ") }

// mustBeNamedAlone is NamesTaken where another row of a table than that of slug has
// one of the names, case and accents aside: in any language, because a name stands
// in for those that are left out, and an import takes each of them. One at a time
// gets new names.
func mustBeNamedAlone(ctx context.Context, tx pgx.Tx, table, slug string, names Texts) error {
	if _, err := tx.Exec(ctx, `LOCK TABLE `+table+` IN SHARE ROW EXCLUSIVE MODE`); err != nil {
		return err
	}
	rows, _ := tx.Query(ctx, `SELECT n.key FROM jsonb_each_text($1) n WHERE EXISTS (SELECT FROM `+table+` o, jsonb_each_text(o.names) t
		WHERE o.slug <> $2 AND fold(t.value COLLATE "und-x-icu") = fold(n.value COLLATE "und-x-icu"))`, names, slug)
	taken, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if len(taken) > 0 {
		return NamesTaken(taken)
	}
	return err
}

// CreateDepartment adds one under a slug made of its English name; ErrConflict
// where another one has that, NamesTaken where it has one of the names.
func (s *Store) CreateDepartment(ctx context.Context, actor *Person, names Texts) error {
	return s.administer(ctx, actor, "add department", func(tx pgx.Tx) (Event, error) {
		if err := mustBeNamedAlone(ctx, tx, "departments", "", names); err != nil {
			return Event{}, err
		}
		_, err := tx.Exec(ctx, `INSERT INTO departments (slug, names)
			SELECT coalesce(nullif(trim(BOTH '-' FROM regexp_replace(array_to_string(words_of($1), '-'), '[^a-z0-9]+', '-', 'g')), ''), 'd-' || left(gen_random_uuid()::text, 8)), $2`,
			names["en"], names)
		return Event{Action: DepartmentCreated, Detail: names["en"]}, err
	})
}

// UpdateDepartment gives a department other names. It must still be of that
// version: it is ErrConflict where somebody has changed it since, and NamesTaken as
// CreateDepartment is.
func (s *Store) UpdateDepartment(ctx context.Context, actor *Person, slug string, version int, names Texts) error {
	return s.administer(ctx, actor, "change department", func(tx pgx.Tx) (event Event, err error) {
		var was string
		var stored int
		if err := tx.QueryRow(ctx, `SELECT names->>'en', version FROM departments WHERE slug = $1 FOR UPDATE`, Plain(slug)).Scan(&was, &stored); err != nil {
			return event, err
		}
		if stored != version {
			return event, ErrConflict
		}
		if err := mustBeNamedAlone(ctx, tx, "departments", slug, names); err != nil {
			return event, err
		}
		event = Event{Action: DepartmentChanged, Detail: names["en"]}
		if was != names["en"] {
			event.Detail = fmt.Sprintf("%s to %s", was, names["en"])
		}
		_, err = tx.Exec(ctx, `UPDATE departments SET names = $2, version = version + 1 WHERE slug = $1`, slug, names)
		return event, err
	})
}

// DeleteDepartment removes a department of that version; ErrInUse while anybody is
// in it, the disabled too.
func (s *Store) DeleteDepartment(ctx context.Context, actor *Person, slug string, version int) error {
	return s.administer(ctx, actor, "delete department", func(tx pgx.Tx) (Event, error) {
		event, stored := Event{Action: DepartmentDeleted}, 0
		err := tx.QueryRow(ctx, `DELETE FROM departments WHERE slug = $1 RETURNING names->>'en', version`, Plain(slug)).Scan(&event.Detail, &stored)
		if err == nil && stored != version {
			err = ErrConflict
		}
		return event, InUse(err)
	})
}
