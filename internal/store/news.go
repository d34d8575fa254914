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

const homeNewsSQL = `SELECT n.id, n.slug, t.lang, t.title, t.summary, '' AS body, coalesce(a.name, '') AS author, n.pinned, n.published_at` +
	articleFrom + ` ORDER BY n.pinned DESC, n.published_at DESC, n.id LIMIT $2`

// Article returns a published announcement by its slug.
func (s *Store) Article(ctx context.Context, lang, slug string) (Article, error) {
	rows, _ := s.pool.Query(ctx, `SELECT n.id, n.slug, t.lang, t.title, t.summary, t.body, coalesce(a.name, '') AS author, n.pinned, n.published_at`+
		articleFrom+` AND n.slug = $2`, lang, plain(slug))
	article, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Article])
	return article, wrap(err, "find article")
}
