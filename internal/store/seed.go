package store

import (
	"cmp"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Company is everything that fills an empty intranet.
type Company struct {
	Departments []NewDepartment
	People      []NewPerson
	News        []NewArticle
	Links       []NewLink
	Events      []NewEvent

	PolicyCategories []NewPolicyCategory
	Policies         []NewPolicy
}

// Texts is one text in each language; en is required.
type Texts map[string]string

// NewDepartment is a department to be added.
type NewDepartment struct {
	Slug  string
	Names Texts
}

// Seed fills an empty database, all or nothing. It returns ErrConflict where
// anybody is in it already.
func (s *Store) Seed(ctx context.Context, c Company) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		// The lock keeps a second seeding out until this one is done.
		var taken bool
		if _, err := tx.Exec(ctx, `LOCK TABLE people IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM people)`).Scan(&taken); err != nil {
			return err
		}
		if taken {
			return fmt.Errorf("the database holds people already: %w", ErrConflict)
		}
		batch := &pgx.Batch{}
		for _, d := range c.Departments {
			batch.Queue(`INSERT INTO departments (slug, names) VALUES ($1, $2)`, d.Slug, d.Names)
		}
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		if err := copyPeople(ctx, tx, c.People); err != nil {
			return err
		}
		for _, insert := range []func(context.Context, pgx.Tx, Company) error{
			insertLinks,
			insertNews,
			insertEvents,
			insertPolicies,
		} {
			if err := insert(ctx, tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	return wrap(err, "seed")
}

func copyPeople(ctx context.Context, tx pgx.Tx, people []NewPerson) error {
	columns := []string{"name", "email", "role", "lang", "department", "title", "password_hash", "time_zone"}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"people"}, columns, pgx.CopyFromSlice(len(people), func(i int) ([]any, error) {
		p := people[i]
		return []any{p.Name, p.Email, string(p.Role), p.Lang, null(p.Department), p.Title, null(p.PasswordHash), cmp.Or(p.TimeZone, "UTC")}, nil
	}))
	return err
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}
