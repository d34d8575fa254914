package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Company is everything that fills an empty intranet.
type Company struct {
	Now    time.Time // that its dates are relative to
	Name   string
	Domain string // of its addresses

	Departments []NewDepartment
	People      []PersonDetails
	More        iter.Seq[PersonDetails] // people beyond these, for work at scale; nil for none
	Progress    func(people int)        // is told now and then how many people are in; may be nil
}

// Says is a text of the company, with its name in place of {company} and its domain
// in place of {domain}.
func (c Company) Says(text string) string {
	return strings.NewReplacer("{company}", c.Name, "{domain}", c.Domain).Replace(text)
}

// Texts is one text in each language; en is required.
type Texts map[string]string

// NewDepartment is a department to be added.
type NewDepartment struct {
	Slug  string
	Names Texts
}

// Seed fills an empty database with the company and its other parts, all or nothing. It
// returns ErrConflict if there are people already.
func (s *Store) Seed(ctx context.Context, c Company, parts ...func(context.Context, pgx.Tx, Company) error) error {
	err := pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error {
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
		if err := insertPeople(ctx, tx, c); err != nil {
			return err
		}
		for _, insert := range parts {
			if err := insert(ctx, tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && c.More != nil {
		// Index-only scans need to know which pages are visible to everybody.
		_, err = s.Pool.Exec(ctx, `VACUUM (ANALYZE) people, people_words`)
	}
	return Wrap(err, "seed")
}

// peopleAtOnce is how many people are copied in one go.
const peopleAtOnce = 10_000

// insertPeople copies the company's people. Where there are many, indexes that only make
// queries faster are dropped before and made again afterwards, which is quicker.
func insertPeople(ctx context.Context, tx pgx.Tx, c Company) error {
	ids, done := map[string]pgtype.UUID{}, 0
	put := func(people []PersonDetails) error {
		if len(people) == 0 {
			return nil
		}
		for _, p := range people {
			id := pgtype.UUID{Valid: true}
			_, _ = rand.Read(id.Bytes[:])                                           // never fails (crypto/rand)
			id.Bytes[6], id.Bytes[8] = id.Bytes[6]&0x0f|0x40, id.Bytes[8]&0x3f|0x80 // version 4 (RFC 9562)
			ids[p.Email] = id
		}
		columns := []string{"id", "password_hash", "created_at"}
		for _, f := range PersonFields {
			columns = append(columns, f.Column())
		}
		rowOf := func(i int) ([]any, error) {
			p := people[i]
			if _, known := ids[p.Manager]; p.Manager != "" && !known {
				return nil, fmt.Errorf("%s reports to %s, who is not there", p.Email, p.Manager)
			}
			args, row := p.Args(), []any{}
			args["id"], args["manager_id"] = ids[p.Email], ids[p.Manager]
			args["password_hash"] = NullText(p.PasswordHash)
			args["created_at"] = cmp.Or(p.JoinedAt, time.Now())
			for _, column := range columns {
				row = append(row, args[column])
			}
			return row, nil
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"people"}, columns, pgx.CopyFromSlice(len(people), rowOf))
		if done += len(people); c.Progress != nil {
			c.Progress(done)
		}
		return err
	}
	if c.More == nil {
		return put(c.People)
	}
	if _, err := tx.Exec(ctx, `ALTER TABLE people DISABLE TRIGGER people_words_added`); err != nil {
		return err
	}
	rows, _ := tx.Query(ctx, `SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
		FROM pg_index WHERE indrelid = 'people'::regclass AND NOT indisunique`)
	indexes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Name, Definition string }])
	if err != nil {
		return err
	}
	for _, index := range indexes {
		if _, err := tx.Exec(ctx, `DROP INDEX `+index.Name); err != nil { // #nosec G202 -- as Postgres quotes it
			return err
		}
	}
	if err := put(c.People); err != nil {
		return err
	}
	chunk := make([]PersonDetails, 0, peopleAtOnce)
	for p := range c.More {
		if chunk = append(chunk, p); len(chunk) == peopleAtOnce {
			if err := put(chunk); err != nil {
				return err
			}
			chunk = chunk[:0]
		}
	}
	if err := put(chunk); err != nil {
		return err
	}
	for _, index := range indexes {
		if _, err := tx.Exec(ctx, index.Definition); err != nil {
			return err
		}
	}
	var key string
	err = tx.QueryRow(ctx, `SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'people_words_pkey'`).
		Scan(&key)
	if err != nil {
		return err
	}
	for _, sql := range []string{
		`ALTER TABLE people ENABLE TRIGGER people_words_added`,
		`ALTER TABLE people_words DROP CONSTRAINT people_words_pkey`,
		`INSERT INTO people_words SELECT w.* FROM people p, words_of_person(p.id, p.name, p.words, p.active) w`,
		`ALTER TABLE people_words ADD CONSTRAINT people_words_pkey ` + key,
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}
