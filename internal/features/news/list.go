package news

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// Which news a list has.
type Which string

// The lists of news. The last two are for those who write it.
const (
	All             Which = ""            // all that the reader may see
	ForEveryone     Which = "everyone"    // what is not for some departments only
	ForMine         Which = "department"  // what is for the reader's department
	ForOthers       Which = "others"      // what is for other departments only
	NotYetPublished Which = "unpublished" // drafts, and what is to be published at a time
)

// Filter chooses and continues a list of news.
type Filter struct {
	Which Which
	After string // the cursor of the page before; "" is the first page
	Limit int    // rows a page, 1 to 100
}

// List is one page of the news: the pinned, then the newest. What is unpublished
// comes in the order of its last change.
type List struct {
	Articles []Article
	Next     string // the cursor of the next page; "" on the last one
}

type cursor struct {
	Pinned bool      `json:"p"`
	At     time.Time `json:"t"`
	ID     string    `json:"i"`
}

// list returns a page of the news that the reader may see. Who does not write it
// gets All for the lists that are not theirs.
func (a articles) list(ctx context.Context, reader *store.Person, f Filter) (page List, err error) {
	f.Limit = min(max(f.Limit, 1), 100)
	where, at, editor := visible, `n.published_at`, web.Editors.Allows(reader)
	switch {
	case f.Which == ForEveryone:
		where += ` AND NOT EXISTS (SELECT FROM news_departments x WHERE x.news_id = n.id)`
	case f.Which == ForMine:
		where += ` AND EXISTS (SELECT FROM news_departments x WHERE x.news_id = n.id AND x.department = $2)`
	case f.Which == ForOthers && editor:
		where = published + ` AND NOT ` + isFor
	case f.Which == NotYetPublished && editor:
		where, at = `NOT `+published, `n.updated_at`
	}
	args := args(reader, f.Limit+1)
	if f.After != "" {
		after, err := store.ParseCursor(f.After, func(c cursor) bool { return store.ValidID(c.ID) })
		if err != nil {
			return page, fmt.Errorf("list news: %w", err)
		}
		where += ` AND (n.pinned, ` + at + `, n.id) < ($5, $6, $7::uuid)`
		args = append(args, after.Pinned, after.At, after.ID)
	}
	rows, _ := a.Pool.Query(ctx, `SELECT `+columns+`, '' AS body`+from+where+`
		ORDER BY n.pinned DESC, `+at+` DESC, n.id DESC LIMIT $4`, args...)
	page.Articles, err = pgx.CollectRows(rows, pgx.RowToStructByName[Article])
	page.Next = store.CutPage(&page.Articles, f.Limit, func(a Article) any {
		if !a.Published {
			return cursor{a.Pinned, a.UpdatedAt, a.ID}
		}
		return cursor{a.Pinned, a.PublishedAt, a.ID}
	})
	return page, store.Wrap(err, "list news")
}

// hits are announcements as the search finds them, in the language in which the
// reader would read them. The limits of one row keep Postgres from reading the
// tables as a whole: it cannot know how few texts a search finds. And IS TRUE keeps it
// from going through all texts of a language, in the index of the key.
const hits = `
	SELECT n.slug AS id, t.lang, t.title, t.summary || E'\n\n' || t.plain AS text, ts_rank(t.search, q.query) AS rank
	FROM reader r CROSS JOIN q JOIN news_texts t ON (t.lang = q.lang) IS TRUE AND t.search @@ q.query
	JOIN LATERAL (
		SELECT * FROM news n
		WHERE n.id = t.news_id AND coalesce(n.published_at <= now(), false)
			AND (NOT EXISTS (SELECT FROM news_departments d WHERE d.news_id = n.id)
				OR EXISTS (SELECT FROM news_departments d WHERE d.news_id = n.id AND d.department = r.department))
		LIMIT 1
	) n ON true
	LEFT JOIN LATERAL (
		SELECT true AS there FROM news_texts own WHERE own.news_id = t.news_id AND own.lang = r.lang LIMIT 1
	) own ON true
	WHERE t.lang = r.lang OR t.lang = n.lang AND own.there IS NULL`
