package policies

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/store"
)

// Policy is a rule of the company in the language that fits its reader best: their
// own if there is a translation, else the one it was written in.
type Policy struct {
	ID, Slug       string
	Lang           string // of the text
	Title, Summary string
	Body           string // Markdown; "" in lists
	Category       string // slug
	CategoryName   string // in the reader's language
	Owner          string // name; "" if they are gone
	OwnerID        string // "" if they are gone, or work here no more
	OwnerEmail     string
	ReviewOn       time.Time // a date, as midnight of UTC
	ToReview       bool      // that is in 30 days or less, which is announced to editors
	Overdue        bool      // it is over for the reader
	Published      bool
	Version        int // moves on with every change
	UpdatedAt      time.Time
	Rank           int // the first that a list is in the order of
	content.Acknowledgement
}

// handbook asks and changes the policies in the database.
type handbook struct{ content.Store }

// The SQL of policies. $1 is the reader's language, $2 their id, $3 their role, $4
// their time zone. Policies are for everyone: none has a department.
const (
	columns = `n.id, n.slug, t.lang, t.title, t.summary,
		n.category, coalesce(c.names->>$1, c.names->>'en') AS category_name,
		coalesce(o.name, '') AS owner, CASE WHEN o.active THEN o.id::text ELSE '' END AS owner_id,
		coalesce(o.email, '') AS owner_email,
		n.review_on, n.review_on <= (now() AT TIME ZONE $4::text)::date + 30 AS to_review,
		n.review_on < (now() AT TIME ZONE $4::text)::date AS overdue,
		n.published_at IS NOT NULL AS published, n.version, n.updated_at,
		n.must_read, n.edition, n.published_at IS NOT NULL AS asked,
		(SELECT a.at FROM policies_acknowledgements a
			WHERE a.policy_id = n.id AND a.edition = n.edition AND a.person_id = $2) AS confirmed_at`
	translated = ` FROM policies n JOIN policies_texts t ON t.policy_id = n.id AND t.lang = CASE WHEN EXISTS (
			SELECT FROM policies_texts x WHERE x.policy_id = n.id AND x.lang = $1
		) THEN $1 ELSE n.lang END`
	from = translated + `
		JOIN policy_categories c ON c.slug = n.category
		LEFT JOIN people o ON o.id = n.owner_id
		WHERE (n.published_at IS NOT NULL OR $3::text IN ('editor', 'admin'))`
)

func args(reader *store.Person, more ...any) []any {
	return append([]any{reader.Lang, store.NullText(reader.ID), reader.Role, reader.TimeZone}, more...)
}

// find returns a policy by its slug: a published one, and any to editors.
func (h handbook) find(ctx context.Context, reader *store.Person, slug string) (policy Policy, err error) {
	batch := &pgx.Batch{}
	queuePolicy(batch, reader, slug, &policy)
	return policy, h.Send(ctx, batch, "find policy")
}

func queuePolicy(batch *pgx.Batch, reader *store.Person, slug string, into *Policy) {
	batch.Queue(`SELECT `+columns+`, c.position AS rank, t.body`+from+` AND n.slug = $5`,
		args(reader, store.Plain(slug))...).Query(store.CollectOne(into))
}
