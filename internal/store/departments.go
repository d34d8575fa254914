package store

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Department is one of the company's departments.
type Department struct {
	Slug string
	Name string // in the language that was asked for
}

// QueueDepartments asks for all of them by name.
func QueueDepartments(batch *pgx.Batch, lang string, into *[]Department) {
	batch.Queue(`SELECT slug, coalesce(names->>$1, names->>'en') AS name FROM departments
		ORDER BY coalesce(names->>$1, names->>'en') COLLATE "und-x-icu", slug`, lang).Query(Collect(into))
}

// Departments returns all of them by name.
func (s *Store) Departments(ctx context.Context, lang string) (departments []Department, err error) {
	batch := &pgx.Batch{}
	QueueDepartments(batch, lang, &departments)
	return departments, s.Send(ctx, batch, "list departments")
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

// NamesTaken is an error that lists the languages whose name is taken already.
type NamesTaken []string

func (n NamesTaken) Error() string { return "names taken: " + strings.Join(n, ", ") }
