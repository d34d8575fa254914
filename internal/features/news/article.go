package news

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
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
	Departments []string  // the names of those it is for; none: for everyone
	PublishedAt time.Time // zero: a draft
	Published   bool      // readers see it: that moment has come
	Version     int       // moves on with every change
	UpdatedAt   time.Time
	content.Acknowledgement
}

// Draft reports whether nobody has said when it is to be published.
func (a Article) Draft() bool { return a.PublishedAt.IsZero() }

// articles asks and changes the news in the database.
type articles struct{ content.Store }

// The SQL of news. $1 is the reader's language, $2 their department, $3 their id.
const (
	published = `coalesce(n.published_at <= now(), false)`
	isFor     = `(NOT EXISTS (SELECT FROM news_departments t WHERE t.news_id = n.id)
		OR EXISTS (SELECT FROM news_departments t WHERE t.news_id = n.id AND t.department = $2))`
	visible = published + ` AND ` + isFor // to readers
	columns = everyones + `, (SELECT a.at FROM news_acknowledgements a
		WHERE a.news_id = n.id AND a.edition = n.edition AND a.person_id = $3) AS confirmed_at`
	// everyones are the columns that are the same for all readers of a language and a department.
	everyones = `n.id, n.slug, t.lang, t.title, t.summary, coalesce(a.name, '') AS author, n.pinned,
		ARRAY(
			SELECT coalesce(d.names->>$1, d.names->>'en')
			FROM news_departments x JOIN departments d ON d.slug = x.department
			WHERE x.news_id = n.id ORDER BY 1
		) AS departments,
		coalesce(n.published_at, '0001-01-01Z') AS published_at, ` + published + ` AS published,
		n.version, n.updated_at, n.must_read, n.edition, ` + visible + ` AS asked`
	translated = ` FROM news n JOIN news_texts t ON t.news_id = n.id AND t.lang = CASE WHEN EXISTS (
			SELECT FROM news_texts x WHERE x.news_id = n.id AND x.lang = $1
		) THEN $1 ELSE n.lang END`
	from = translated + ` LEFT JOIN people a ON a.id = n.author_id WHERE `
)

func args(reader *store.Person, more ...any) []any {
	return append([]any{reader.Lang, reader.Department, store.NullText(reader.ID)}, more...)
}

// find returns an announcement by its slug: one that the reader may see, and any
// to editors.
func (a articles) find(ctx context.Context, reader *store.Person, slug string) (article Article, err error) {
	batch := &pgx.Batch{}
	queueArticle(batch, reader, slug, &article)
	return article, a.Send(ctx, batch, "find article")
}

func queueArticle(batch *pgx.Batch, reader *store.Person, slug string, into *Article) {
	batch.Queue(`SELECT `+columns+`, t.body`+from+`n.slug = $4 AND ($5 OR `+visible+`)`,
		args(reader, store.Plain(slug), web.Editors.Allows(reader))...).Query(store.CollectOne(into))
}
