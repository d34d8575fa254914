package news

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/store"
)

// Publication is when readers get to see an article.
type Publication string

// The ways to publish. What is published already stays so Now, since it was.
const (
	Never Publication = "draft"
	Now   Publication = "now"
	At    Publication = "at"
)

// Settings are what all languages of an article share.
type Settings struct {
	Pinned, MustRead bool
	Departments      []string // slugs of existing ones; none: for everyone
	Publish          Publication
	At               time.Time // with Publish At
	AskAgain         bool      // those who have confirmed it are asked once more
}

// Stored is an article as those who write it see it.
type Stored struct {
	Article     Article
	For         []string           // the slugs of the departments it is for
	Texts       []content.Text     // that which it was written in first
	Departments []store.Department // to choose from
}

// stored returns an article to be edited, in one round trip.
func (a articles) stored(ctx context.Context, reader *store.Person, slug string) (s Stored, err error) {
	batch := &pgx.Batch{}
	queueArticle(batch, reader, slug, &s.Article)
	a.QueueTexts(batch, slug, &s.Texts)
	batch.Queue(`SELECT x.department FROM news n JOIN news_departments x ON x.news_id = n.id WHERE n.slug = $1`,
		store.Plain(slug)).Query(func(rows pgx.Rows) (err error) {
		s.For, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	store.QueueDepartments(batch, reader.Lang, &s.Departments)
	return s, a.Send(ctx, batch, "find article")
}

// create adds an article in its first language and returns its slug, which is made
// of the title and never changes.
func (a articles) create(
	ctx context.Context, actor *store.Person, t content.Text, settings Settings,
) (slug string, err error) {
	err = a.Change(ctx, actor, "add article", func(tx pgx.Tx) (store.Entry, error) {
		if slug, err = a.NewSlug(ctx, tx, t.Title); err != nil {
			return store.Entry{}, err
		}
		article := change{tx: tx, actor: actor}
		err := tx.QueryRow(ctx, `INSERT INTO news (slug, lang, author_id) VALUES ($1, $2, $3) RETURNING id`,
			slug, t.Lang, store.NullText(actor.ID)).Scan(&article.id)
		if err != nil {
			return store.Entry{}, err
		}
		return store.Entry{}, a.set(ctx, article, Created, t, settings)
	})
	return slug, err
}

// update changes an article's settings and its text in one language, which may be
// new. The article must still be of that version: it is store.ErrConflict where
// somebody has changed it since.
func (a articles) update(
	ctx context.Context, actor *store.Person, at content.Version, t content.Text, settings Settings,
) error {
	return a.ChangeText(ctx, actor, "change article", at, func(tx pgx.Tx, held content.Held) (store.Entry, error) {
		return store.Entry{}, a.set(ctx, change{tx: tx, actor: actor, id: held.ID}, Changed, t, settings)
	})
}

// change is one to an article, in a transaction.
type change struct {
	tx    pgx.Tx
	actor *store.Person
	id    string // of the article
}

func (c change) record(ctx context.Context, action store.Action, detail string) error {
	return store.RecordIn(ctx, c.tx, c.actor, store.Entry{Action: action, SubjectID: c.id, Detail: detail})
}

// set stores a text and the settings and records it, and so where readers begin or
// cease to see the article.
func (a articles) set(ctx context.Context, c change, action store.Action, t content.Text, s Settings) error {
	if err := c.record(ctx, action, t.Title); err != nil {
		return err
	}
	if err := a.SetText(ctx, c.tx, c.id, t); err != nil {
		return err
	}
	if _, err := c.tx.Exec(ctx, `DELETE FROM news_departments WHERE news_id = $1`, c.id); err != nil {
		return err
	}
	_, err := c.tx.Exec(ctx, `
		INSERT INTO news_departments (news_id, department) SELECT $1, d FROM unnest($2::text[]) d`,
		c.id, slices.Compact(slices.Sorted(slices.Values(s.Departments))))
	if err != nil {
		return err
	}
	var asks bool // those who were not asked before
	err = c.tx.QueryRow(ctx, `UPDATE news n SET updated_at = now(), pinned = $2, must_read = $3,
			edition = n.edition + $4::boolean::int
		FROM (SELECT must_read FROM news WHERE id = $1) b
		WHERE n.id = $1 RETURNING n.must_read AND ($4 OR NOT b.must_read)`,
		c.id, s.Pinned, s.MustRead, s.MustRead && s.AskAgain).Scan(&asks)
	if err != nil {
		return err
	}
	moved, err := c.publish(ctx, t.Title, s)
	if err != nil {
		return err
	}
	return a.tell(ctx, c.tx, c.id, asks || moved)
}

// publish says when readers see an article, and records it where that is another
// time than before.
func (c change) publish(ctx context.Context, title string, s Settings) (moved bool, err error) {
	var before, after *time.Time
	err = c.tx.QueryRow(ctx, `UPDATE news n SET updated_at = now(), published_at = CASE $2::text
			WHEN 'at' THEN $3::timestamptz WHEN 'now' THEN least(b.published_at, now())
		END FROM (SELECT published_at FROM news WHERE id = $1) b
		WHERE n.id = $1 RETURNING b.published_at, n.published_at`,
		c.id, s.Publish, store.NullTime(s.At)).Scan(&before, &after)
	switch {
	case err != nil || before == nil && after == nil || before != nil && after != nil && before.Equal(*after):
		return false, err
	case after == nil:
		return true, c.record(ctx, Unpublished, title)
	case s.Publish == At:
		title += ", at " + after.UTC().Format(time.RFC3339)
	}
	return true, c.record(ctx, Published, title)
}

// unpublish makes a draft of an article. Who has confirmed it has confirmed it
// still.
func (a articles) unpublish(ctx context.Context, actor *store.Person, at content.Version) error {
	return a.ChangeText(ctx, actor, "unpublish article", at, func(tx pgx.Tx, held content.Held) (store.Entry, error) {
		draft := change{tx: tx, actor: actor, id: held.ID}
		_, err := draft.publish(ctx, held.Title, Settings{Publish: Never})
		if err == nil {
			err = a.tell(ctx, tx, held.ID, false)
		}
		return store.Entry{}, err
	})
}

// delete removes an article with its texts and who has confirmed it.
func (a articles) delete(ctx context.Context, actor *store.Person, at content.Version) error {
	return a.ChangeText(ctx, actor, "delete article", at, func(tx pgx.Tx, held content.Held) (store.Entry, error) {
		_, err := tx.Exec(ctx, `DELETE FROM news WHERE id = $1`, held.ID)
		return store.Entry{Action: Deleted, Detail: held.Title}, err
	})
}
