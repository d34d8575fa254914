package store

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/unicode/norm"
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

var newsActions = []Action{NewsCreated, NewsChanged, NewsPublished, NewsUnpublished, NewsDeleted, NewsExported}

// MaxArticle is how many characters a text that is written in a form may have. It
// leaves room for what a form adds to them on the way.
const MaxArticle = 20000

// Invalid names the fields that cannot be stored: "lang", "title", "summary" or
// "body".
func (t ArticleText) Invalid() (fields []string) {
	if t.Lang != "en" && t.Lang != "pt" && t.Lang != "es" {
		fields = append(fields, "lang")
	}
	if t.Title == "" || !visible(t.Title, 200) {
		fields = append(fields, "title")
	}
	if t.Summary == "" || !visible(t.Summary, 500) {
		fields = append(fields, "summary")
	}
	if !prose(t.Body, MaxArticle) {
		fields = append(fields, "body")
	}
	return fields
}

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
	Article     Article       // in the language it was written in
	For         []string      // the slugs of the departments it is for
	Texts       []ArticleText // that of the article first
	Departments []Department  // to choose from
}

// ArticleEdit returns an article to be edited, in one round trip.
func (s *Store) ArticleEdit(ctx context.Context, reader *Person, slug string) (edit ArticleEdit, err error) {
	batch := &pgx.Batch{}
	queueArticle(batch, reader, slug, &edit.Article)
	batch.Queue(`SELECT t.lang, t.title, t.summary, t.body FROM news n JOIN news_texts t ON t.news_id = n.id WHERE n.slug = $1 ORDER BY t.lang <> n.lang, t.lang`, plain(slug)).Query(collect(&edit.Texts))
	batch.Queue(`SELECT x.department FROM news n JOIN news_departments x ON x.news_id = n.id WHERE n.slug = $1`, plain(slug)).Query(func(rows pgx.Rows) (err error) {
		edit.For, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	queueDepartments(batch, reader.Lang, &edit.Departments)
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return edit, wrap(err, "find article")
	}
	original := edit.Texts[0]
	edit.Article.Lang, edit.Article.Title, edit.Article.Summary, edit.Article.Body = original.Lang, original.Title, original.Summary, original.Body
	return edit, nil
}

// slugOf makes a slug of a title: "Férias: o que muda" becomes ferias-o-que-muda.
func slugOf(title string) string {
	words := strings.FieldsFunc(strings.ToLower(norm.NFKD.String(title)), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || unicode.Is(unicode.Mn, r))
	})
	slug := ""
	for _, word := range words {
		word = strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Mn, r) {
				return -1
			}
			return r
		}, word)
		switch {
		case word == "" || len(slug)+len(word) > 80 && slug != "":
		case slug == "":
			slug = word[:min(len(word), 80)]
		default:
			slug += "-" + word
		}
	}
	if slug == "" { // a title in another script
		return "news"
	}
	return slug
}

// CreateArticle adds an article in its first language and returns its slug, which
// is made of the title and never changes.
func (s *Store) CreateArticle(ctx context.Context, t ArticleText, a ArticleSettings) (slug string, err error) {
	err = s.change(ctx, "add article", func(tx pgx.Tx) (Event, error) {
		var author any
		if p := SignedIn(ctx); p != nil {
			author = p.ID
		}
		// One at a time: two of the same title must not get the same slug.
		if _, err := tx.Exec(ctx, `LOCK TABLE news IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return Event{}, err
		}
		var id string
		err := tx.QueryRow(ctx, `INSERT INTO news (slug, lang, author_id)
			SELECT c.slug, $2, $3 FROM (
				SELECT 1 AS i, $1 AS slug UNION ALL
				SELECT i, $1 || '-' || i FROM generate_series(2, 3 + (SELECT count(*) FROM news WHERE slug LIKE $1 || '-%')) i
			) c WHERE c.slug <> 'new' AND NOT EXISTS (SELECT FROM news n WHERE n.slug = c.slug) ORDER BY c.i LIMIT 1 RETURNING id, slug`,
			slugOf(t.Title), t.Lang, author).Scan(&id, &slug)
		if err != nil {
			return Event{}, err
		}
		return Event{}, setArticle(ctx, tx, NewsCreated, id, t, a)
	})
	return slug, err
}

// UpdateArticle changes an article's settings and its text in one language, which
// may be new. The article must still be of that version: it is ErrConflict where
// somebody has changed it since.
func (s *Store) UpdateArticle(ctx context.Context, slug string, version int, t ArticleText, a ArticleSettings) error {
	return s.changeArticle(ctx, "change article", slug, version, func(tx pgx.Tx, id string) (Event, error) {
		return Event{}, setArticle(ctx, tx, NewsChanged, id, t, a)
	})
}

// setArticle stores a text and the settings and records it, and so where readers
// begin or cease to see the article.
func setArticle(ctx context.Context, tx pgx.Tx, action Action, id string, t ArticleText, a ArticleSettings) error {
	if err := record(ctx, tx, Event{Action: action, SubjectID: id, Detail: t.Title}); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO news_texts (news_id, lang, title, summary, body) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (news_id, lang) DO UPDATE SET title = excluded.title, summary = excluded.summary, body = excluded.body`, id, t.Lang, t.Title, t.Summary, t.Body)
	if err != nil {
		return err
	}
	if _, err = tx.Exec(ctx, `DELETE FROM news_departments WHERE news_id = $1`, id); err != nil {
		return err
	}
	if _, err = tx.Exec(ctx, `INSERT INTO news_departments (news_id, department) SELECT $1, d FROM unnest($2::text[]) d`, id, slices.Compact(slices.Sorted(slices.Values(a.Departments)))); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE news SET pinned = $2, must_read = $3, edition = edition + $4::boolean::int WHERE id = $1`, id, a.Pinned, a.MustRead, a.MustRead && a.AskAgain)
	if err != nil {
		return err
	}
	return publish(ctx, tx, id, t.Title, a.Publish, a.At)
}

// publish says when readers see an article, and records it where that is another
// time than before.
func publish(ctx context.Context, tx pgx.Tx, id, title string, p Publication, at time.Time) error {
	var before, after *time.Time
	err := tx.QueryRow(ctx, `UPDATE news n SET published_at = CASE $2::text WHEN 'at' THEN $3::timestamptz WHEN 'now' THEN least(b.published_at, now()) END
		FROM (SELECT published_at FROM news WHERE id = $1) b WHERE n.id = $1 RETURNING b.published_at, n.published_at`, id, p, moment(at)).Scan(&before, &after)
	switch {
	case err != nil || before == nil && after == nil || before != nil && after != nil && before.Equal(*after):
		return err
	case after == nil:
		return record(ctx, tx, Event{Action: NewsUnpublished, SubjectID: id, Detail: title})
	case p == At:
		title += ", at " + after.UTC().Format(time.RFC3339)
	}
	return record(ctx, tx, Event{Action: NewsPublished, SubjectID: id, Detail: title})
}

// UnpublishArticle makes a draft of an article. Who has confirmed it has
// confirmed it still.
func (s *Store) UnpublishArticle(ctx context.Context, slug string, version int) error {
	return s.changeArticle(ctx, "unpublish article", slug, version, func(tx pgx.Tx, id string) (Event, error) {
		title, err := articleTitle(ctx, tx, id)
		if err != nil {
			return Event{}, err
		}
		return Event{}, publish(ctx, tx, id, title, Never, time.Time{})
	})
}

// DeleteTranslation removes one language of an article, which is ErrNotFound for
// the one it was written in.
func (s *Store) DeleteTranslation(ctx context.Context, slug string, version int, lang string) error {
	return s.changeArticle(ctx, "delete translation", slug, version, func(tx pgx.Tx, id string) (event Event, err error) {
		event.Action = NewsChanged
		err = tx.QueryRow(ctx, `DELETE FROM news_texts t USING news n WHERE n.id = $1 AND t.news_id = n.id AND t.lang = $2 AND t.lang <> n.lang RETURNING t.title || ' (' || t.lang || ')'`,
			id, plain(lang)).Scan(&event.Detail)
		return event, err
	})
}

// DeleteArticle removes an article with its texts and who has confirmed it.
func (s *Store) DeleteArticle(ctx context.Context, slug string, version int) error {
	return s.changeArticle(ctx, "delete article", slug, version, func(tx pgx.Tx, id string) (Event, error) {
		title, err := articleTitle(ctx, tx, id)
		if err != nil {
			return Event{}, err
		}
		_, err = tx.Exec(ctx, `DELETE FROM news WHERE id = $1`, id)
		return Event{Action: NewsDeleted, Detail: title}, err
	})
}

// changeArticle is change for an article of that version, which stays as it is
// meanwhile and is of the next one then.
func (s *Store) changeArticle(ctx context.Context, what, slug string, version int, f func(tx pgx.Tx, id string) (Event, error)) error {
	return s.change(ctx, what, func(tx pgx.Tx) (Event, error) {
		var id string
		var stored int
		if err := tx.QueryRow(ctx, `SELECT id, version FROM news WHERE slug = $1 FOR UPDATE`, plain(slug)).Scan(&id, &stored); err != nil {
			return Event{}, err
		}
		if stored != version {
			return Event{}, ErrConflict
		}
		if _, err := tx.Exec(ctx, `UPDATE news SET version = version + 1, updated_at = now() WHERE id = $1`, id); err != nil {
			return Event{}, err
		}
		event, err := f(tx, id)
		event.SubjectID = id
		return event, err
	})
}

// articleTitle is the title that an article was written with.
func articleTitle(ctx context.Context, tx pgx.Tx, id string) (title string, err error) {
	err = tx.QueryRow(ctx, `SELECT t.title FROM news n JOIN news_texts t ON t.news_id = n.id AND t.lang = n.lang WHERE n.id = $1`, id).Scan(&title)
	return title, err
}

// ExportNewsAcknowledgements records that it was asked for, and returns everybody
// who is asked to confirm an article: see exportAcknowledgements.
func (s *Store) ExportNewsAcknowledgements(ctx context.Context, lang, slug string) (iter.Seq2[Asked, error], error) {
	err := s.change(ctx, "export acknowledgements", func(tx pgx.Tx) (event Event, err error) {
		event.Action = NewsExported
		err = tx.QueryRow(ctx, `SELECT id FROM news WHERE slug = $1 AND must_read`, plain(slug)).Scan(&event.SubjectID)
		if err == nil {
			event.Detail, err = articleTitle(ctx, tx, event.SubjectID)
		}
		return event, err
	})
	if err != nil {
		return nil, err
	}
	return s.exportAcknowledgements(ctx, newsMustRead, lang, plain(slug)), nil
}
