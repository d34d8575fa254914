package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Written is an article or a policy in one language.
type Written struct {
	Lang, Title, Summary string
	Body                 string // Markdown
}

// MaxWritten is how many characters a text that is written in a form may have.
const MaxWritten = 20000

// Invalid names the fields that cannot be stored: "lang", "title", "summary" or
// "body".
func (t Written) Invalid() (fields []string) {
	if t.Lang != "en" && t.Lang != "pt" && t.Lang != "es" {
		fields = append(fields, "lang")
	}
	if t.Title == "" || !Visible(t.Title, 200) {
		fields = append(fields, "title")
	}
	if t.Summary == "" || !Visible(t.Summary, 500) {
		fields = append(fields, "summary")
	}
	if !ValidProse(t.Body, MaxWritten) {
		fields = append(fields, "body")
	}
	return fields
}

// slugSQL makes a slug of a text: "Férias: o que muda" becomes ferias-o-que-muda, a
// long one ends with a word, and a title in another script is what it is instead.
func slugSQL(text, instead string) string {
	return `(SELECT coalesce(substring(s FROM '^(.{1,80})(?:-|$)'), nullif(left(s, 80), ''), '` + instead + `')
		FROM trim(BOTH '-' FROM regexp_replace(fold(normalize(` + text + `, NFKD)), '[^a-z0-9]+', '-', 'g')) s)`
}

// newSlug is one that nothing has yet. One is made at a time: two of the same
// title must not get the same.
func (m mustRead) newSlug(ctx context.Context, tx pgx.Tx, title string) (slug string, err error) {
	if _, err := tx.Exec(ctx, m.sql(`LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE`)); err != nil {
		return "", err
	}
	err = tx.QueryRow(ctx, m.sql(`WITH made AS (SELECT `+slugSQL("$1::text", m.noun)+` AS slug)
		SELECT c.slug FROM (
			SELECT 1 AS i, slug FROM made UNION ALL
			SELECT i, slug || '-' || i FROM made, generate_series(2, 3 + (SELECT count(*) FROM {table} n WHERE n.slug LIKE made.slug || '-%')) i
		) c WHERE c.slug <> 'new' AND NOT EXISTS (SELECT FROM {table} n WHERE n.slug = c.slug) ORDER BY c.i LIMIT 1`), title).Scan(&slug)
	return slug, err
}

// queueTexts asks for a thing's texts, that which it was written in first.
func (m mustRead) queueTexts(batch *pgx.Batch, slug string, into *[]Written) {
	batch.Queue(m.sql(`SELECT t.lang, t.title, t.summary, t.body FROM {table} n JOIN {texts} t ON t.{key} = n.id WHERE n.slug = $1 ORDER BY t.lang <> n.lang, t.lang`), Plain(slug)).
		Query(Collect(into))
}

func (m mustRead) setText(ctx context.Context, tx pgx.Tx, id string, t Written) error {
	_, err := tx.Exec(ctx, m.sql(`INSERT INTO {texts} ({key}, lang, title, summary, body) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT ({key}, lang) DO UPDATE SET title = excluded.title, summary = excluded.summary, body = excluded.body`), id, t.Lang, t.Title, t.Summary, t.Body)
	return err
}

// changeText is change for a thing of that version, which stays as it is meanwhile
// and is of the next one then. title is the one it was written with.
func (s *Store) changeText(ctx context.Context, actor *Person, m mustRead, what, slug string, version int, f func(tx pgx.Tx, id, title string) (Event, error)) error {
	return s.Change(ctx, actor, what, func(tx pgx.Tx) (Event, error) {
		var id, title string
		var stored int
		if err := tx.QueryRow(ctx, m.sql(`SELECT n.id, t.title, n.version FROM {table} n JOIN {texts} t ON t.{key} = n.id AND t.lang = n.lang
			WHERE n.slug = $1 FOR UPDATE OF n`), Plain(slug)).Scan(&id, &title, &stored); err != nil {
			return Event{}, err
		}
		if stored != version {
			return Event{}, ErrConflict
		}
		if _, err := tx.Exec(ctx, m.sql(`UPDATE {table} SET version = version + 1 WHERE id = $1`), id); err != nil {
			return Event{}, err
		}
		event, err := f(tx, id, title)
		event.SubjectID = id
		return event, err
	})
}

// deleteTranslation removes one language of a thing, which is ErrNotFound for the
// one it was written in.
func (s *Store) deleteTranslation(ctx context.Context, actor *Person, m mustRead, action Action, slug string, version int, lang string) error {
	return s.changeText(ctx, actor, m, "delete translation", slug, version, func(tx pgx.Tx, id, _ string) (Event, error) {
		event := Event{Action: action}
		return event, tx.QueryRow(ctx, m.sql(`DELETE FROM {texts} t USING {table} n WHERE n.id = $1 AND t.{key} = n.id AND t.lang = $2 AND t.lang <> n.lang RETURNING t.title || ' (' || t.lang || ')'`),
			id, Plain(lang)).Scan(&event.Detail)
	})
}
