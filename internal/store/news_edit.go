package store

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// What is recorded of news. Who has read it is not: see mustRead.
const (
	NewsCreated     Action = "news.created"
	NewsChanged     Action = "news.changed"
	NewsPublished   Action = "news.published" // or it will be, at a time
	NewsUnpublished Action = "news.unpublished"
	NewsDeleted     Action = "news.deleted"
	NewsExported    Action = "news.exported" // who has confirmed it
)

var NewsActions = []Action{NewsCreated, NewsChanged, NewsPublished, NewsUnpublished, NewsDeleted, NewsExported}

// Publication is when readers get to see an article.
type Publication string

// The ways to publish. What is published already stays so Now, since it was.
const (
	Never Publication = "draft"
	Now   Publication = "now"
	At    Publication = "at"
)

// ArticleSettings are what all languages of an article share.
type ArticleSettings struct {
	Pinned, MustRead bool
	Departments      []string // slugs of existing ones; none: for everyone
	Publish          Publication
	At               time.Time // with Publish At
	AskAgain         bool      // those who have confirmed it are asked once more
}

// ArticleEdit is an article as those who write it see it.
type ArticleEdit struct {
	Article     Article      // in the language it was written in
	For         []string     // the slugs of the departments it is for
	Texts       []Written    // that of the article first
	Departments []Department // to choose from
}

// ArticleEdit returns an article to be edited, in one round trip.
func (s *Store) ArticleEdit(ctx context.Context, reader *Person, slug string) (edit ArticleEdit, err error) {
	batch := &pgx.Batch{}
	queueArticle(batch, reader, slug, &edit.Article)
	newsMustRead.queueTexts(batch, slug, &edit.Texts)
	batch.Queue(`SELECT x.department FROM news n JOIN news_departments x ON x.news_id = n.id WHERE n.slug = $1`, Plain(slug)).Query(func(rows pgx.Rows) (err error) {
		edit.For, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	QueueDepartments(batch, reader.Lang, &edit.Departments)
	if err := s.Pool.SendBatch(ctx, batch).Close(); err != nil {
		return edit, Wrap(err, "find article")
	}
	original := edit.Texts[0]
	edit.Article.Lang, edit.Article.Title, edit.Article.Summary, edit.Article.Body = original.Lang, original.Title, original.Summary, original.Body
	return edit, nil
}

// CreateArticle adds an article in its first language and returns its slug, which
// is made of the title and never changes.
func (s *Store) CreateArticle(ctx context.Context, actor *Person, t Written, a ArticleSettings) (slug string, err error) {
	err = s.Change(ctx, actor, "add article", func(tx pgx.Tx) (Event, error) {
		if slug, err = newsMustRead.newSlug(ctx, tx, t.Title); err != nil {
			return Event{}, err
		}
		var id string
		if err := tx.QueryRow(ctx, `INSERT INTO news (slug, lang, author_id) VALUES ($1, $2, $3) RETURNING id`, slug, t.Lang, NullText(actor.ID)).Scan(&id); err != nil {
			return Event{}, err
		}
		return Event{}, setArticle(ctx, tx, actor, NewsCreated, id, t, a)
	})
	return slug, err
}

// UpdateArticle changes an article's settings and its text in one language, which
// may be new. The article must still be of that version: it is ErrConflict where
// somebody has changed it since.
func (s *Store) UpdateArticle(ctx context.Context, actor *Person, slug string, version int, t Written, a ArticleSettings) error {
	return s.changeText(ctx, actor, newsMustRead, "change article", slug, version, func(tx pgx.Tx, id, _ string) (Event, error) {
		return Event{}, setArticle(ctx, tx, actor, NewsChanged, id, t, a)
	})
}

// setArticle stores a text and the settings and records it, and so where readers
// begin or cease to see the article.
func setArticle(ctx context.Context, tx pgx.Tx, actor *Person, action Action, id string, t Written, a ArticleSettings) error {
	if err := RecordIn(ctx, tx, actor, Event{Action: action, SubjectID: id, Detail: t.Title}); err != nil {
		return err
	}
	if err := newsMustRead.setText(ctx, tx, id, t); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM news_departments WHERE news_id = $1`, id); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO news_departments (news_id, department) SELECT $1, d FROM unnest($2::text[]) d`, id, slices.Compact(slices.Sorted(slices.Values(a.Departments)))); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE news SET updated_at = now(), pinned = $2, must_read = $3, edition = edition + $4::boolean::int WHERE id = $1`, id, a.Pinned, a.MustRead, a.MustRead && a.AskAgain)
	if err != nil {
		return err
	}
	return publish(ctx, tx, actor, id, t.Title, a.Publish, a.At)
}

// publish says when readers see an article, and records it where that is another
// time than before.
func publish(ctx context.Context, tx pgx.Tx, actor *Person, id, title string, p Publication, at time.Time) error {
	var before, after *time.Time
	err := tx.QueryRow(ctx, `UPDATE news n SET updated_at = now(), published_at = CASE $2::text WHEN 'at' THEN $3::timestamptz WHEN 'now' THEN least(b.published_at, now()) END
		FROM (SELECT published_at FROM news WHERE id = $1) b WHERE n.id = $1 RETURNING b.published_at, n.published_at`, id, p, NullTime(at)).Scan(&before, &after)
	switch {
	case err != nil || before == nil && after == nil || before != nil && after != nil && before.Equal(*after):
		return err
	case after == nil:
		return RecordIn(ctx, tx, actor, Event{Action: NewsUnpublished, SubjectID: id, Detail: title})
	case p == At:
		title += ", at " + after.UTC().Format(time.RFC3339)
	}
	return RecordIn(ctx, tx, actor, Event{Action: NewsPublished, SubjectID: id, Detail: title})
}

// UnpublishArticle makes a draft of an article. Who has confirmed it has
// confirmed it still.
func (s *Store) UnpublishArticle(ctx context.Context, actor *Person, slug string, version int) error {
	return s.changeText(ctx, actor, newsMustRead, "unpublish article", slug, version, func(tx pgx.Tx, id, title string) (Event, error) {
		return Event{}, publish(ctx, tx, actor, id, title, Never, time.Time{})
	})
}

// DeleteTranslation removes one language of an article, which is ErrNotFound for
// the one it was written in.
func (s *Store) DeleteTranslation(ctx context.Context, actor *Person, slug string, version int, lang string) error {
	return s.deleteTranslation(ctx, actor, newsMustRead, NewsChanged, slug, version, lang)
}

// DeleteArticle removes an article with its texts and who has confirmed it.
func (s *Store) DeleteArticle(ctx context.Context, actor *Person, slug string, version int) error {
	return s.changeText(ctx, actor, newsMustRead, "delete article", slug, version, func(tx pgx.Tx, id, title string) (Event, error) {
		_, err := tx.Exec(ctx, `DELETE FROM news WHERE id = $1`, id)
		return Event{Action: NewsDeleted, Detail: title}, err
	})
}

// ExportNewsAcknowledgements records that it was asked for, and returns everybody
// who is asked to confirm an article: see exportAcknowledgements.
func (s *Store) ExportNewsAcknowledgements(ctx context.Context, actor *Person, lang, slug string) (iter.Seq2[Asked, error], error) {
	return s.exportAcknowledgements(ctx, actor, newsMustRead, NewsExported, lang, slug)
}
