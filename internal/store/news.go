package store

import (
	"context"
	"fmt"
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
	Departments []string  // the names of those it is for; none: for everyone
	PublishedAt time.Time // zero: a draft
	Published   bool      // readers see it: that moment has come
	Version     int       // moves on with every change
	UpdatedAt   time.Time
	Acknowledgement
}

// Draft reports whether nobody has said when it is to be published.
func (a Article) Draft() bool { return a.PublishedAt.IsZero() }

// Edits reports whether p writes news, and so sees what readers do not see yet.
func (p *Person) Edits() bool { return p.Role == Editor || p.Role == Admin }

var newsMustRead = mustRead{
	noun: "news", table: "news", key: "news_id", texts: "news_texts", acknowledgements: "news_acknowledgements", departments: "news_departments", published: newsPublished,
}

// The SQL of news. $1 is the reader's language, $2 their id, $3 their department.
const newsPublished = `coalesce(n.published_at <= now(), false)`

var (
	// newsVisible is what a reader may see of it.
	newsVisible = newsPublished + ` AND ` + newsMustRead.isFor("$3")
	newsColumns = `n.id, n.slug, t.lang, t.title, t.summary, coalesce(a.name, '') AS author, n.pinned,
		ARRAY(SELECT coalesce(d.names->>$1, d.names->>'en') FROM news_departments x JOIN departments d ON d.slug = x.department WHERE x.news_id = n.id ORDER BY 1) AS departments,
		coalesce(n.published_at, '0001-01-01Z') AS published_at, ` + newsPublished + ` AS published, n.version, n.updated_at, ` + newsMustRead.columns("$2", "$3")
)

const newsFrom = ` FROM news n
	JOIN LATERAL (
		SELECT * FROM news_texts x WHERE x.news_id = n.id AND x.lang IN ($1, n.lang) ORDER BY (x.lang = $1) DESC LIMIT 1
	) t ON true
	LEFT JOIN people a ON a.id = n.author_id
	WHERE `

func newsArgs(reader *Person, more ...any) []any {
	return append([]any{reader.Lang, NullText(reader.ID), reader.Department}, more...)
}

func queueNews(batch *pgx.Batch, reader *Person, where, order string, into *[]Article) {
	batch.Queue(`SELECT `+newsColumns+`, '' AS body`+newsFrom+newsVisible+where+` ORDER BY `+order+` LIMIT 6`, newsArgs(reader)...).Query(Collect(into))
}

// QueueHomeNews asks for the announcements of the home page: the pinned first,
// then the newest.
func QueueHomeNews(batch *pgx.Batch, reader *Person, into *[]Article) {
	queueNews(batch, reader, ``, `n.pinned DESC, n.published_at DESC, n.id DESC`, into)
}

// QueueUnacknowledgedNews asks for what the reader has yet to confirm, the oldest
// first.
func QueueUnacknowledgedNews(batch *pgx.Batch, reader *Person, into *[]Article) {
	queueNews(batch, reader, ` AND n.must_read AND NOT EXISTS (
		SELECT FROM news_acknowledgements a WHERE a.news_id = n.id AND a.edition = n.edition AND a.person_id = $2)`, `n.published_at, n.id`, into)
}

// Which news a list has.
type Which string

// The lists of news. The last two are for those who write it.
const (
	AllNews         Which = ""            // all that the reader may see
	NewsForEveryone Which = "everyone"    // what is not for some departments only
	NewsForMine     Which = "department"  // what is for the reader's department
	NewsForOthers   Which = "others"      // what is for other departments only
	UnpublishedNews Which = "unpublished" // drafts, and what is to be published at a time
)

// NewsFilter chooses and continues a list of news.
type NewsFilter struct {
	Which Which
	After string // the cursor of the page before; "" is the first page
	Limit int    // rows a page, 1 to 100
}

// NewsPage is one page of the news: the pinned, then the newest. What is
// unpublished comes in the order of its last change.
type NewsPage struct {
	Articles []Article
	Next     string // the cursor of the next page; "" on the last one
}

type newsCursor struct {
	Pinned bool      `json:"p"`
	At     time.Time `json:"t"`
	ID     string    `json:"i"`
}

// News returns a page of the news that the reader may see. Who does not write it
// gets AllNews for the lists that are not theirs.
func (s *Store) News(ctx context.Context, reader *Person, f NewsFilter) (page NewsPage, err error) {
	f.Limit = min(max(f.Limit, 1), 100)
	where, at := newsVisible, `n.published_at`
	switch {
	case f.Which == NewsForEveryone:
		where += ` AND NOT EXISTS (SELECT FROM news_departments x WHERE x.news_id = n.id)`
	case f.Which == NewsForMine:
		where += ` AND EXISTS (SELECT FROM news_departments x WHERE x.news_id = n.id AND x.department = $3)`
	case f.Which == NewsForOthers && reader.Edits():
		where = newsPublished + ` AND NOT ` + newsMustRead.isFor("$3")
	case f.Which == UnpublishedNews && reader.Edits():
		where, at = `NOT `+newsPublished, `n.updated_at`
	}
	args := newsArgs(reader, f.Limit+1)
	if f.After != "" {
		after, err := ParseCursor(f.After, func(c newsCursor) bool { return ValidID(c.ID) })
		if err != nil {
			return page, fmt.Errorf("list news: %w", err)
		}
		where += ` AND (n.pinned, ` + at + `, n.id) < ($5, $6, $7::uuid)`
		args = append(args, after.Pinned, after.At, after.ID)
	}
	rows, _ := s.Pool.Query(ctx, `SELECT `+newsColumns+`, '' AS body`+newsFrom+where+` ORDER BY n.pinned DESC, `+at+` DESC, n.id DESC LIMIT $4`, args...)
	page.Articles, err = pgx.CollectRows(rows, pgx.RowToStructByName[Article])
	if len(page.Articles) > f.Limit {
		page.Articles = page.Articles[:f.Limit]
		last := page.Articles[f.Limit-1]
		cursor := newsCursor{Pinned: last.Pinned, At: last.PublishedAt, ID: last.ID}
		if !last.Published {
			cursor.At = last.UpdatedAt
		}
		page.Next = CursorOf(cursor)
	}
	return page, Wrap(err, "list news")
}

// Article returns an announcement by its slug: one that the reader may see, and
// any to those who write news.
func (s *Store) Article(ctx context.Context, reader *Person, slug string) (article Article, err error) {
	batch := &pgx.Batch{}
	queueArticle(batch, reader, slug, &article)
	return article, Wrap(s.Pool.SendBatch(ctx, batch).Close(), "find article")
}

func queueArticle(batch *pgx.Batch, reader *Person, slug string, into *Article) {
	batch.Queue(`SELECT `+newsColumns+`, t.body`+newsFrom+`n.slug = $4 AND ($5 OR `+newsVisible+`)`, newsArgs(reader, Plain(slug), reader.Edits())...).Query(CollectOne(into))
}

// AcknowledgeNews notes that the signed-in person has read that edition of an
// article: see acknowledge.
func (s *Store) AcknowledgeNews(ctx context.Context, actor *Person, slug string, edition int) error {
	return s.acknowledge(ctx, actor, newsMustRead, slug, edition)
}

// NewsAcknowledgements returns an article that must be read, and a page of those
// who have yet to confirm it.
func (s *Store) NewsAcknowledgements(ctx context.Context, reader *Person, slug string, f AcknowledgementsFilter) (article Article, page AcknowledgementsPage, err error) {
	batch := &pgx.Batch{}
	queueArticle(batch, reader, slug, &article)
	if err := newsMustRead.queueAcknowledgements(batch, reader.Lang, Plain(slug), f, &page); err != nil {
		return article, page, err
	}
	err = s.Pool.SendBatch(ctx, batch).Close()
	if err == nil && !article.MustRead {
		err = ErrNotFound
	}
	return article, page, Wrap(err, "list acknowledgements")
}

// NewArticle is an announcement to be added.
type NewArticle struct {
	Slug         string
	Lang         string // the language it was written in
	AuthorEmail  string // of one of the company's people
	Pinned       bool
	MustRead     bool
	Departments  []string  // slugs; none: for everyone
	PublishedAt  time.Time // zero: a draft
	Texts        []Written
	Acknowledged []string // e-mails of people who have confirmed it
}

func insertNews(ctx context.Context, tx pgx.Tx, c Company) error {
	batch := &pgx.Batch{}
	for _, n := range c.News {
		batch.Queue(`INSERT INTO news (slug, lang, pinned, must_read, author_id, published_at)
			VALUES ($1, $2, $3, $4, (SELECT id FROM people WHERE lower(email) = lower($5)), $6)`,
			n.Slug, n.Lang, n.Pinned, n.MustRead, n.AuthorEmail, NullTime(n.PublishedAt))
		for _, t := range n.Texts {
			batch.Queue(`INSERT INTO news_texts (news_id, lang, title, summary, body)
				VALUES ((SELECT id FROM news WHERE slug = $1), $2, $3, $4, $5)`, n.Slug, t.Lang, t.Title, t.Summary, t.Body)
		}
		batch.Queue(`INSERT INTO news_departments (news_id, department) SELECT n.id, d FROM news n, unnest($2::text[]) d WHERE n.slug = $1`, n.Slug, n.Departments)
		// Within a few days each, and always at the same moments.
		batch.Queue(`INSERT INTO news_acknowledgements (news_id, edition, person_id, at)
			SELECT n.id, n.edition, p.id, least(n.published_at + abs(hashtext(p.email)) % 400000 * interval '1 second', now())
			FROM news n, people p WHERE n.slug = $1 AND p.email = ANY ($2)`, n.Slug, n.Acknowledged)
	}
	return tx.SendBatch(ctx, batch).Close()
}
