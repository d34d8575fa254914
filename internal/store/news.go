package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Article is an announcement in the language that fits its reader best: their
// own if there is a translation, else the one it was written in.
type Article struct {
	ID          string
	Slug        string
	Lang        string // of the text
	Title       string
	Summary     string
	Body        string // Markdown; "" in lists
	Author      string // name; "" if the author is gone
	Pinned      bool
	PublishedAt time.Time
}

const articleFrom = ` FROM news n
	JOIN LATERAL (
		SELECT * FROM news_texts x WHERE x.news_id = n.id AND x.lang IN ($1, n.lang) ORDER BY (x.lang = $1) DESC LIMIT 1
	) t ON true
	LEFT JOIN people a ON a.id = n.author_id
	WHERE n.published_at <= now()`

// queueHomeNews asks for the announcements of the home page: the pinned first,
// then the newest.
func queueHomeNews(batch *pgx.Batch, reader *Person, into *[]Article) {
	batch.Queue(`SELECT n.id, n.slug, t.lang, t.title, t.summary, '' AS body, coalesce(a.name, '') AS author, n.pinned, n.published_at`+
		articleFrom+` ORDER BY n.pinned DESC, n.published_at DESC, n.id LIMIT 6`, reader.Lang).Query(func(rows pgx.Rows) (err error) {
		*into, err = pgx.CollectRows(rows, pgx.RowToStructByName[Article])
		return err
	})
}

// Article returns a published announcement by its slug.
func (s *Store) Article(ctx context.Context, lang, slug string) (Article, error) {
	rows, _ := s.pool.Query(ctx, `SELECT n.id, n.slug, t.lang, t.title, t.summary, t.body, coalesce(a.name, '') AS author, n.pinned, n.published_at`+
		articleFrom+` AND n.slug = $2`, lang, plain(slug))
	article, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Article])
	return article, wrap(err, "find article")
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

func insertNews(ctx context.Context, tx pgx.Tx, c Company) error {
	batch := &pgx.Batch{}
	for _, n := range c.News {
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
