package policies

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// unconfirmed is what the reader has yet to confirm.
type unconfirmed struct{ Slug, Lang, Title string }

// listDue are those, the oldest first, at most 6. $1 is the reader's language, $2 their
// id.
const listDue = `SELECT n.slug, t.lang, t.title` + translated + `
	WHERE n.must_read AND n.published_at IS NOT NULL AND NOT EXISTS (
		SELECT FROM policies_acknowledgements a
		WHERE a.policy_id = n.id AND a.edition = n.edition AND a.person_id = $2
	) ORDER BY n.published_at, n.id LIMIT 6`

// Filter chooses and continues a list of policies.
type Filter struct {
	Category string // slug; "" is every category
	ToReview bool   // those to be reviewed soon or long ago, the oldest date first: for editors
	After    string // the cursor of the page before; "" is the first page
	Limit    int    // rows a page, 1 to 100
}

// List is one page of policies, by category and title.
type List struct {
	Policies   []Policy
	Categories []Category
	Next       string // the cursor of the next page; "" on the last one
}

type cursor struct {
	Rank  int    `json:"r"`
	Title string `json:"t"`
	ID    string `json:"i"`
}

func (c cursor) ok() bool {
	return store.ValidID(c.ID) && c.Title == store.Plain(c.Title) &&
		int(int32(c.Rank)) == c.Rank // #nosec G115 -- that is what is asked
}

// list returns a page of the policies that the reader may see, and the categories
// to filter by, in one round trip.
func (h handbook) list(ctx context.Context, reader *store.Person, f Filter) (page List, err error) {
	f.Limit = min(max(f.Limit, 1), 100)
	where, rank, args := "", `c.position`, args(reader, f.Limit+1)
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if f.Category != "" {
		where += ` AND n.category = ` + arg(store.Plain(f.Category))
	}
	if f.ToReview && reader.Role != store.Employee {
		rank = `n.review_on - date '2000-01-01'`
		where += ` AND n.published_at IS NOT NULL AND n.review_on <= (now() AT TIME ZONE $4::text)::date + 30`
	}
	if f.After != "" {
		after, err := store.ParseCursor(f.After, cursor.ok)
		if err != nil {
			return page, fmt.Errorf("list policies: %w", err)
		}
		where += ` AND (` + rank + `, t.title COLLATE "und-x-icu", n.id)
			> (` + arg(after.Rank) + `, ` + arg(after.Title) + `, ` + arg(after.ID) + `::uuid)`
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT `+columns+`, `+rank+` AS rank, '' AS body`+from+where+`
		ORDER BY rank, t.title COLLATE "und-x-icu", n.id LIMIT $5`, args...).Query(store.Collect(&page.Policies))
	queueCategories(batch, reader, &page.Categories)
	if err := h.Send(ctx, batch, "list policies"); err != nil {
		return page, err
	}
	page.Next = store.CutPage(&page.Policies, f.Limit, func(p Policy) any { return cursor{p.Rank, p.Title, p.ID} })
	return page, nil
}

// hits are published policies as the search finds them, in the language in which the
// reader would read them. The limits of one row keep Postgres from reading the
// tables as a whole: it cannot know how few texts a search finds. And IS TRUE keeps it
// from going through all texts of a language, in the index of the key.
const hits = `
	SELECT n.slug AS id, t.lang, t.title, t.summary || E'\n\n' || t.plain AS text, ts_rank(t.search, q.query) AS rank
	FROM reader r CROSS JOIN q JOIN policies_texts t ON (t.lang = q.lang) IS TRUE AND t.search @@ q.query
	JOIN LATERAL (
		SELECT * FROM policies n WHERE n.id = t.policy_id AND n.published_at IS NOT NULL LIMIT 1
	) n ON true
	LEFT JOIN LATERAL (
		SELECT true AS there FROM policies_texts own WHERE own.policy_id = t.policy_id AND own.lang = r.lang LIMIT 1
	) own ON true
	WHERE t.lang = r.lang OR t.lang = n.lang AND own.there IS NULL`
