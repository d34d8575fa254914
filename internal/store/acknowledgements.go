package store

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// A mustRead is a noun whose texts people can be asked to confirm that they have
// read. Its own migration gives it
//
//   - the columns slug, must_read and edition: the edition is what people confirm,
//     and moves on when they are asked to confirm again;
//   - a table of acknowledgements (key, edition, person_id, at), whose primary key
//     are the first three;
//   - a table of the departments it is for (key, department), none of them for
//     everyone.
//
// An acknowledgement is a person's own act and stands for years: in its own table,
// once for each edition and with its time. The server's role can add one, and
// neither change nor remove it. The audit trail, which expires, has none.
type mustRead struct {
	noun, table, key, texts       string
	acknowledgements, departments string
	published                     string // SQL: whether readers see a thing n
}

// sql fills a statement with the names of the noun.
func (m mustRead) sql(statement string) string {
	return strings.NewReplacer("{table}", m.table, "{key}", m.key, "{texts}", m.texts, "{acknowledgements}", m.acknowledgements, "{departments}", m.departments, "{published}", m.published).Replace(statement)
}

// isFor is SQL: whether a thing n is for somebody of that department.
func (m mustRead) isFor(department string) string {
	return m.sql(`(NOT EXISTS (SELECT FROM {departments} t WHERE t.{key} = n.id)
		OR EXISTS (SELECT FROM {departments} t WHERE t.{key} = n.id AND t.department = ` + department + `))`)
}

// audience is SQL: the ids and names of the active people a thing n is for. tail
// narrows and bounds each of its parts, so that one page of them is one range of
// an index of people, however many there are.
func (m mustRead) audience(tail string) string {
	return m.sql(`(
		(SELECT p.id, p.name FROM {departments} t CROSS JOIN LATERAL (
			SELECT p.id, p.name FROM people p WHERE p.active AND p.department = t.department ` + tail + `
		) p WHERE t.{key} = n.id)
		UNION ALL
		(SELECT p.id, p.name FROM people p WHERE p.active AND NOT EXISTS (SELECT FROM {departments} t WHERE t.{key} = n.id) ` + tail + `)
	)`)
}

// Acknowledgement is what a text asks of its reader, and what they have done.
type Acknowledgement struct {
	MustRead    bool
	Edition     int        // what is confirmed
	Asked       bool       // it is published, and for the reader
	ConfirmedAt *time.Time // when the reader did; nil: not yet
}

// Due reports whether the reader has yet to confirm.
func (a Acknowledgement) Due() bool { return a.MustRead && a.Asked && a.ConfirmedAt == nil }

// columns read an Acknowledgement of a thing n; reader and department are SQL.
func (m mustRead) columns(reader, department string) string {
	return m.sql(`n.must_read, n.edition, (` + m.published + `) AND ` + m.isFor(department) + ` AS asked,
		(SELECT a.at FROM {acknowledgements} a WHERE a.{key} = n.id AND a.edition = n.edition AND a.person_id = ` + reader + `) AS confirmed_at`)
}

// acknowledge notes that the signed-in person has read that edition of a thing; a
// second time changes nothing. It is ErrNotFound where they are not asked, and
// ErrConflict where the text has changed since.
func (s *Store) acknowledge(ctx context.Context, actor *Person, m mustRead, slug string, edition int) error {
	return s.Change(ctx, actor, "acknowledge "+m.table, func(tx pgx.Tx) (Event, error) {
		var id string
		var current int
		// The lock keeps the edition from moving on, and nobody else waiting.
		err := tx.QueryRow(ctx, m.sql(`SELECT n.id, n.edition FROM {table} n WHERE n.slug = $1 AND n.must_read AND {published} AND `+m.isFor("$2")+` FOR KEY SHARE OF n`),
			Plain(slug), actor.Department).Scan(&id, &current)
		if err == nil && current != edition {
			err = ErrConflict
		}
		if err != nil {
			return Event{}, err
		}
		_, err = tx.Exec(ctx, m.sql(`INSERT INTO {acknowledgements} ({key}, edition, person_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`), id, edition, actor.ID)
		return Event{}, err
	})
}

// MaxAsked is how many people are counted who are asked to confirm a text.
const MaxAsked = 1000

// AcknowledgementsPage is who has yet to confirm a text, one page of them.
type AcknowledgementsPage struct {
	Asked     int      // active people, with the first page alone, at most MaxAsked and one: then there are more
	Confirmed int      // those of them who have confirmed
	Missing   []Person // by name
	Next      string   // the cursor of the next page; "" on the last one
}

// AcknowledgementsFilter continues the list.
type AcknowledgementsFilter struct {
	After string // the cursor of the page before; "" is the first page
	Limit int    // rows a page, 1 to 100
}

// queueAcknowledgements asks for a page of those who have yet to confirm a thing,
// with their departments in a language.
func (m mustRead) queueAcknowledgements(batch *pgx.Batch, lang, slug string, f AcknowledgementsFilter, into *AcknowledgementsPage) error {
	f.Limit = min(max(f.Limit, 1), 100)
	after := beforeEverybody
	if f.After != "" {
		var err error
		if after, err = ParseCursor(f.After, peopleCursor.ok); err != nil {
			return fmt.Errorf("list acknowledgements: %w", err)
		}
	}
	if f.After == "" {
		batch.Queue(m.sql(`SELECT count(*), count(a.person_id) FROM (
				SELECT n.id, n.edition, p.id AS person_id FROM {table} n CROSS JOIN LATERAL `+m.audience("ORDER BY p.name, p.id LIMIT $2")+` p WHERE n.slug = $1 LIMIT $2
			) asked LEFT JOIN {acknowledgements} a ON a.{key} = asked.id AND a.edition = asked.edition AND a.person_id = asked.person_id`), slug, MaxAsked+1).QueryRow(func(row pgx.Row) error {
			return row.Scan(&into.Asked, &into.Confirmed)
		})
	}
	missing := `AND (p.name, p.id) > ($3, $4::uuid)
		AND NOT EXISTS (SELECT FROM {acknowledgements} a WHERE a.{key} = n.id AND a.edition = n.edition AND a.person_id = p.id)
		ORDER BY p.name, p.id LIMIT $5`
	batch.Queue(m.sql(`SELECT `+PersonColumns+` FROM (
			SELECT m.id FROM {table} n CROSS JOIN LATERAL `+m.audience(missing)+` m WHERE n.slug = $2 ORDER BY m.name, m.id LIMIT $5
		) m JOIN people p ON p.id = m.id LEFT JOIN departments d ON d.slug = p.department ORDER BY p.name, p.id`), lang, slug, after.Name, after.ID, f.Limit+1).Query(func(rows pgx.Rows) (err error) {
		into.Missing, err = pgx.CollectRows(rows, pgx.RowToStructByName[Person])
		if len(into.Missing) > f.Limit {
			into.Missing = into.Missing[:f.Limit]
			last := into.Missing[f.Limit-1]
			into.Next = CursorOf(peopleCursor{Name: last.Name, ID: last.ID})
		}
		return err
	})
	return nil
}

// Asked is somebody who is asked to confirm a text.
type Asked struct {
	Name, Email, Department string
	ConfirmedAt             *time.Time // nil: not yet
}

// exportAcknowledgements records that it was asked for, and returns everybody who
// is asked to confirm a thing, by name, row by row. An error behind the first row
// ends it.
func (s *Store) exportAcknowledgements(ctx context.Context, actor *Person, m mustRead, action Action, lang, slug string) (iter.Seq2[Asked, error], error) {
	err := s.Change(ctx, actor, "export acknowledgements", func(tx pgx.Tx) (Event, error) {
		event := Event{Action: action}
		return event, tx.QueryRow(ctx, m.sql(`SELECT n.id, t.title FROM {table} n JOIN {texts} t ON t.{key} = n.id AND t.lang = n.lang WHERE n.slug = $1 AND n.must_read`),
			Plain(slug)).Scan(&event.SubjectID, &event.Detail)
	})
	if err != nil {
		return nil, err
	}
	return Stream[Asked](ctx, s, "export acknowledgements", m.sql(`SELECT p.name, p.email, coalesce(d.names->>$1, d.names->>'en', '') AS department, a.at AS confirmed_at
		FROM {table} n CROSS JOIN LATERAL `+m.audience("")+` m JOIN people p ON p.id = m.id LEFT JOIN departments d ON d.slug = p.department
		LEFT JOIN {acknowledgements} a ON a.{key} = n.id AND a.edition = n.edition AND a.person_id = p.id
		WHERE n.slug = $2 ORDER BY p.name, p.id`), lang, Plain(slug)), nil
}
