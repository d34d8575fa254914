package content

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/markdown"
	"github.com/carameloai/intranet/internal/store"
)

// Store asks and changes the texts of a kind in the database.
type Store struct {
	*store.Store
	Kind Kind
	Mail *mail.Outbox // nil: no mail is sent
}

// Slug makes a slug of a text: "Férias: o que muda" becomes ferias-o-que-muda, a
// long one ends with a word, and a title in another script is what it is instead.
func Slug(ctx context.Context, tx pgx.Tx, title, instead string) (slug string, err error) {
	err = tx.QueryRow(ctx, `
		SELECT coalesce(substring(s FROM '^(.{1,80})(?:-|$)'), nullif(left(s, 80), ''), $2)
		FROM trim(BOTH '-' FROM regexp_replace(fold($1::text), '[^a-z0-9]+', '-', 'g')) s`,
		title, instead).Scan(&slug)
	return slug, err
}

// NewSlug is one that nothing has yet. One is made at a time: two of the same
// title must not get the same.
func (s Store) NewSlug(ctx context.Context, tx pgx.Tx, title string) (slug string, err error) {
	if _, err := tx.Exec(ctx, s.Kind.SQL.Lock); err != nil {
		return "", err
	}
	if slug, err = Slug(ctx, tx, title, s.Kind.Noun); err != nil {
		return "", err
	}
	err = tx.QueryRow(ctx, s.Kind.SQL.FreeSlug, slug).Scan(&slug)
	return slug, err
}

// QueueTexts asks for the texts of a thing, that which it was written in first.
func (s Store) QueueTexts(batch *pgx.Batch, slug string, into *[]Text) {
	batch.Queue(s.Kind.SQL.Texts, store.Plain(slug)).Query(store.Collect(into))
}

// SetText stores a text in its language, which may be new.
func (s Store) SetText(ctx context.Context, tx pgx.Tx, id string, t Text) error {
	_, err := tx.Exec(ctx, s.Kind.SQL.SetText, id, t.Lang, t.Title, t.Summary, t.Body, markdown.Plain(t.Body))
	return err
}

// Held is what is changed.
type Held struct {
	ID    string
	Title string // that it was written with
}

// ChangeText is store.Change for a thing of that version, which stays as it is
// meanwhile and is of the next one then.
func (s Store) ChangeText(
	ctx context.Context, actor *store.Person, what string, at Version,
	f func(tx pgx.Tx, held Held) (store.Entry, error),
) error {
	return s.Change(ctx, actor, what, func(tx pgx.Tx) (store.Entry, error) {
		var held Held
		var stored int
		err := tx.QueryRow(ctx, s.Kind.SQL.Hold, store.Plain(at.Slug)).Scan(&held.ID, &held.Title, &stored)
		if err != nil {
			return store.Entry{}, err
		}
		if stored != at.Number {
			return store.Entry{}, store.ErrConflict
		}
		if _, err := tx.Exec(ctx, s.Kind.SQL.MoveOn, held.ID); err != nil {
			return store.Entry{}, err
		}
		entry, err := f(tx, held)
		entry.SubjectID = held.ID
		return entry, err
	})
}

// DeleteTranslation removes one language of a thing, which is store.ErrNotFound for
// the one it was written in.
func (s Store) DeleteTranslation(ctx context.Context, actor *store.Person, at Version, lang string) error {
	return s.ChangeText(ctx, actor, "delete translation", at, func(tx pgx.Tx, held Held) (store.Entry, error) {
		entry := store.Entry{Action: s.Kind.Changed}
		return entry, tx.QueryRow(ctx, s.Kind.SQL.DeleteText, held.ID, store.Plain(lang)).Scan(&entry.Detail)
	})
}
