package store

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Company is everything that fills an empty intranet.
type Company struct {
	Departments []NewDepartment
	People      []NewPerson
	News        []NewArticle
	Links       []NewLink
	Events      []NewEvent
}

// Texts is one text in each language; en is required.
type Texts map[string]string

// NewDepartment is a department to be added.
type NewDepartment struct {
	Slug  string
	Names Texts
}

// NewArticle is an announcement to be added.
type NewArticle struct {
	Slug        string
	Lang        string // the language it was written in
	AuthorEmail string // of one of the company's people
	Pinned      bool
	PublishedAt time.Time
	Texts       []ArticleText
}

// ArticleText is an announcement in one language.
type ArticleText struct {
	Lang, Title, Summary string
	Body                 string // Markdown
}

// NewLink is a quick link to be added; the order is that of the slice.
type NewLink struct {
	URL    string
	Labels Texts
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
		for i, l := range c.Links {
			batch.Queue(`INSERT INTO links (position, url, labels) VALUES ($1, $2, $3)`, i, l.URL, l.Labels)
		}
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		if err := copyPeople(ctx, tx, c.People); err != nil {
			return err
		}
		if err := insertNews(ctx, tx, c.News); err != nil {
			return err
		}
		return insertEvents(ctx, tx, c.Events)
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

func insertNews(ctx context.Context, tx pgx.Tx, news []NewArticle) error {
	batch := &pgx.Batch{}
	for _, n := range news {
		batch.Queue(`INSERT INTO news (slug, lang, pinned, author_id, published_at)
			VALUES ($1, $2, $3, (SELECT id FROM people WHERE lower(email) = lower($4)), $5)`,
			n.Slug, n.Lang, n.Pinned, n.AuthorEmail, n.PublishedAt)
		for _, t := range n.Texts {
			batch.Queue(`INSERT INTO news_texts (news_id, lang, title, summary, body)
				VALUES ((SELECT id FROM news WHERE slug = $1), $2, $3, $4, $5)`, n.Slug, t.Lang, t.Title, t.Summary, t.Body)
		}
	}
	return tx.SendBatch(ctx, batch).Close()
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}
