package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
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
	ToReview       bool      // that is in ReviewSoon days or less
	Overdue        bool      // it is over for the reader
	Published      bool
	Version        int // moves on with every change
	UpdatedAt      time.Time
	Rank           int // the first that a list is in the order of
	Acknowledgement
}

// ReviewSoon is how many days ahead a review is announced to editors.
const ReviewSoon = 30

// Policies are for everyone: none has a department.
var policyMustRead = mustRead{
	noun: "policy", table: "policies", key: "policy_id", texts: "policies_texts", acknowledgements: "policies_acknowledgements",
	departments: "(SELECT NULL::uuid AS policy_id, NULL::text AS department WHERE false)", published: policyPublished,
}

// The SQL of policies. $1 is the reader's language, $2 their id, $3 their role, $4
// their time zone.
const (
	policyPublished = `n.published_at IS NOT NULL`
	policyVisible   = `(` + policyPublished + ` OR $3::text IN ('editor', 'admin'))`
	policyToday     = `(now() AT TIME ZONE $4::text)::date`
	policyFrom      = ` FROM policies n
		JOIN policy_categories c ON c.slug = n.category
		JOIN LATERAL (
			SELECT * FROM policies_texts x WHERE x.policy_id = n.id AND x.lang IN ($1, n.lang) ORDER BY (x.lang = $1) DESC LIMIT 1
		) t ON true
		LEFT JOIN people o ON o.id = n.owner_id
		WHERE ` + policyVisible
)

func policyColumns(rank string) string {
	return fmt.Sprintf(`n.id, n.slug, t.lang, t.title, t.summary, n.category, coalesce(c.names->>$1, c.names->>'en') AS category_name,
		coalesce(o.name, '') AS owner, CASE WHEN o.active THEN o.id::text ELSE '' END AS owner_id, coalesce(o.email, '') AS owner_email,
		n.review_on, n.review_on <= %[1]s + %[2]d AS to_review, n.review_on < %[1]s AS overdue,
		%[3]s AS published, n.version, n.updated_at, %[4]s AS rank, %[5]s`,
		policyToday, ReviewSoon, policyPublished, rank, policyMustRead.columns("$2", "''"))
}

func policyArgs(reader *Person) []any {
	return []any{reader.Lang, NullText(reader.ID), reader.Role, reader.TimeZone}
}

// QueueUnacknowledgedPolicies asks for what the reader has yet to confirm: the
// oldest first, at most 6.
func QueueUnacknowledgedPolicies(batch *pgx.Batch, reader *Person, into *[]Policy) {
	batch.Queue(`SELECT `+policyColumns("c.position")+`, '' AS body`+policyFrom+` AND n.must_read AND `+policyPublished+` AND NOT EXISTS (
		SELECT FROM policies_acknowledgements a WHERE a.policy_id = n.id AND a.edition = n.edition AND a.person_id = $2)
		ORDER BY n.published_at, n.id LIMIT 6`, policyArgs(reader)...).Query(Collect(into))
}

// PolicyCategory is a part of the handbook.
type PolicyCategory struct {
	Slug  string
	Name  string // in the reader's language
	Names Texts
	Used  bool // the reader may see a policy of it

	Version int // moves on with every change
}

func queuePolicyCategories(batch *pgx.Batch, reader *Person, into *[]PolicyCategory) {
	batch.Queue(`SELECT c.slug, coalesce(c.names->>$1, c.names->>'en') AS name, c.names, c.version, EXISTS (SELECT FROM policies n WHERE n.category = c.slug AND (`+policyPublished+` OR $2::text IN ('editor', 'admin'))) AS used
		FROM policy_categories c ORDER BY c.position`, reader.Lang, reader.Role).Query(Collect(into))
}

// PolicyCategories returns all of them, in their order.
func (s *Store) PolicyCategories(ctx context.Context, reader *Person) (categories []PolicyCategory, err error) {
	batch := &pgx.Batch{}
	queuePolicyCategories(batch, reader, &categories)
	return categories, Wrap(s.Pool.SendBatch(ctx, batch).Close(), "list categories")
}

// PoliciesFilter chooses and continues a list of policies.
type PoliciesFilter struct {
	Category string // slug; "" is every category
	ToReview bool   // those to be reviewed soon or long ago, the oldest date first: for editors
	After    string // the cursor of the page before; "" is the first page
	Limit    int    // rows a page, 1 to 100
}

// PoliciesPage is one page of policies, by category and title.
type PoliciesPage struct {
	Policies   []Policy
	Categories []PolicyCategory
	Next       string // the cursor of the next page; "" on the last one
}

type policiesCursor struct {
	Rank  int    `json:"r"`
	Title string `json:"t"`
	ID    string `json:"i"`
}

// Policies returns a page of the policies that the reader may see, and the
// categories to filter by, in one round trip.
func (s *Store) Policies(ctx context.Context, reader *Person, f PoliciesFilter) (page PoliciesPage, err error) {
	f.Limit = min(max(f.Limit, 1), 100)
	where, rank, args := "", `c.position`, policyArgs(reader)
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if f.Category != "" {
		where += ` AND n.category = ` + arg(Plain(f.Category))
	}
	if f.ToReview && reader.Role != Employee {
		rank = `n.review_on - date '2000-01-01'`
		where += fmt.Sprintf(` AND %s AND n.review_on <= %s + %d`, policyPublished, policyToday, ReviewSoon)
	}
	if f.After != "" {
		after, err := ParseCursor(f.After, func(c policiesCursor) bool {
			return ValidID(c.ID) && c.Title == Plain(c.Title) && int(int32(c.Rank)) == c.Rank // #nosec G115 -- that is what is asked
		})
		if err != nil {
			return page, fmt.Errorf("list policies: %w", err)
		}
		where += ` AND (` + rank + `, t.title COLLATE "und-x-icu", n.id) > (` + arg(after.Rank) + `, ` + arg(after.Title) + `, ` + arg(after.ID) + `::uuid)`
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT `+policyColumns(rank)+`, '' AS body`+policyFrom+where+` ORDER BY rank, t.title COLLATE "und-x-icu", n.id LIMIT `+arg(f.Limit+1), args...).Query(Collect(&page.Policies))
	queuePolicyCategories(batch, reader, &page.Categories)
	if err := s.Pool.SendBatch(ctx, batch).Close(); err != nil {
		return page, Wrap(err, "list policies")
	}
	if len(page.Policies) > f.Limit {
		page.Policies = page.Policies[:f.Limit]
		last := page.Policies[f.Limit-1]
		page.Next = CursorOf(policiesCursor{last.Rank, last.Title, last.ID})
	}
	return page, nil
}

// Policy returns a policy by its slug: a published one, and any to editors.
func (s *Store) Policy(ctx context.Context, reader *Person, slug string) (policy Policy, err error) {
	batch := &pgx.Batch{}
	queuePolicy(batch, reader, slug, &policy)
	return policy, Wrap(s.Pool.SendBatch(ctx, batch).Close(), "find policy")
}

func queuePolicy(batch *pgx.Batch, reader *Person, slug string, into *Policy) {
	batch.Queue(`SELECT `+policyColumns("c.position")+`, t.body`+policyFrom+` AND n.slug = $5`, append(policyArgs(reader), Plain(slug))...).Query(CollectOne(into))
}

// AcknowledgePolicy notes that the signed-in person has read that edition of a
// policy: see acknowledge.
func (s *Store) AcknowledgePolicy(ctx context.Context, actor *Person, slug string, edition int) error {
	return s.acknowledge(ctx, actor, policyMustRead, slug, edition)
}

// PolicyAcknowledgements returns a policy that must be read, and a page of those
// who have yet to confirm it.
func (s *Store) PolicyAcknowledgements(ctx context.Context, reader *Person, slug string, f AcknowledgementsFilter) (policy Policy, page AcknowledgementsPage, err error) {
	batch := &pgx.Batch{}
	queuePolicy(batch, reader, slug, &policy)
	if err := policyMustRead.queueAcknowledgements(batch, reader.Lang, Plain(slug), f, &page); err != nil {
		return policy, page, err
	}
	err = s.Pool.SendBatch(ctx, batch).Close()
	if err == nil && !policy.MustRead {
		err = ErrNotFound
	}
	return policy, page, Wrap(err, "list acknowledgements")
}

// NewPolicy is a policy to be added.
type NewPolicy struct {
	Slug         string
	Category     string // slug
	Lang         string // the language it was written in
	OwnerEmail   string // of one of the company's people
	ReviewOn     time.Time
	MustRead     bool
	PublishedAt  time.Time // zero: a draft
	UpdatedAt    time.Time
	Texts        []Written
	Acknowledged []string // e-mails of people who have confirmed it
}

// NewPolicyCategory is a part of the handbook to be added.
type NewPolicyCategory struct {
	Slug  string
	Names Texts
}

func insertPolicies(ctx context.Context, tx pgx.Tx, c Company) error {
	batch := &pgx.Batch{}
	for _, category := range c.PolicyCategories {
		batch.Queue(`INSERT INTO policy_categories (slug, names) VALUES ($1, $2)`, category.Slug, category.Names)
	}
	for _, p := range c.Policies {
		batch.Queue(`INSERT INTO policies (slug, category, lang, owner_id, review_on, must_read, published_at, updated_at)
			VALUES ($1, $2, $3, (SELECT id FROM people WHERE lower(email) = lower($4)), $5, $6, $7, $8)`,
			p.Slug, p.Category, p.Lang, p.OwnerEmail, p.ReviewOn, p.MustRead, NullTime(p.PublishedAt), p.UpdatedAt)
		for _, t := range p.Texts {
			batch.Queue(`INSERT INTO policies_texts (policy_id, lang, title, summary, body)
				VALUES ((SELECT id FROM policies WHERE slug = $1), $2, $3, $4, $5)`, p.Slug, t.Lang, t.Title, t.Summary, t.Body)
		}
		// Within a few days each, and always at the same moments.
		batch.Queue(`INSERT INTO policies_acknowledgements (policy_id, edition, person_id, at)
			SELECT n.id, n.edition, p.id, least(n.published_at + abs(hashtext(p.email)) % 400000 * interval '1 second', now())
			FROM policies n, people p WHERE n.slug = $1 AND p.email = ANY ($2)`, p.Slug, p.Acknowledged)
	}
	return tx.SendBatch(ctx, batch).Close()
}
