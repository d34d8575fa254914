package policies

import (
	"context"
	"embed"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/markdown"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/store"
)

// The policies, one file a language: demo/<slug>.<lang>.md.
//
//go:embed demo/*.md
var files embed.FS

// parts are the categories of the handbook, in their order.
var parts = []Category{
	{Slug: "working-here", Names: store.Texts{"en": "Working here", "pt": "Trabalhar aqui", "es": "Trabajar aquí"}},
	{Slug: "health-and-safety", Names: store.Texts{
		"en": "Health and safety", "pt": "Saúde e segurança", "es": "Salud y seguridad",
	}},
	{Slug: "money", Names: store.Texts{"en": "Money and travel", "pt": "Dinheiro e viagens", "es": "Dinero y viajes"}},
	{Slug: "security-and-data", Names: store.Texts{
		"en": "Security and data", "pt": "Segurança e dados", "es": "Seguridad y datos",
	}},
	{Slug: "conduct", Names: store.Texts{"en": "Conduct", "pt": "Conduta", "es": "Conducta"}},
}

// rules says who answers for which policy, in which language it was written,
// how many days ago it first came out, and in how many days it is to be looked
// at again: a review may be late.
var rules = []struct {
	slug, category, lang, owner string
	days, review                int
	acknowledged                bool // whether everybody confirms having read it
}{
	{"working-hours", "working-here", "pt", "maria.cavalcanti", 640, 210, false},
	{"holidays-and-leave", "working-here", "pt", "maria.cavalcanti", 455, 90, false},
	{"parental-leave", "working-here", "pt", "maria.cavalcanti", 1120, 249, false},
	{"working-from-home", "working-here", "pt", "maria.cavalcanti", 205, 160, false},
	{"joining-and-leaving", "working-here", "es", "paola.restrepo", 780, -12, false},

	{"workplace-safety", "health-and-safety", "es", "paola.restrepo", 1300, 60, true},
	{"warehouse-rules", "health-and-safety", "pt", "goncalo.vilhena", 910, 316, false},
	{"alarms-and-first-aid", "health-and-safety", "es", "paola.restrepo", 345, 35, false},
	{"illness-and-well-being", "health-and-safety", "es", "paola.restrepo", 520, 120, false},
	{"driving-for-work", "health-and-safety", "pt", "goncalo.vilhena", 830, -40, false},

	{"business-travel", "money", "es", "rodrigo.penaloza", 700, 327, false},
	{"expenses", "money", "es", "rodrigo.penaloza", 1240, 327, false},
	{"purchasing", "money", "pt", "goncalo.vilhena", 1010, 75, false},
	{"gifts-and-hospitality", "money", "en", "imogen.clarke-okafor", 590, 45, false},
	{"company-cards", "money", "es", "rodrigo.penaloza", 415, 180, false},

	{"information-security", "security-and-data", "en", "priya.wadhwani", 1410, 300, true},
	{"devices", "security-and-data", "en", "harriet.mensah", 259, 106, false},
	{"personal-data", "security-and-data", "en", "priya.wadhwani", 960, 5, true},
	{"using-the-assistant", "security-and-data", "en", "gareth.llewellyn-price", 210, 155, true},
	{"visitors-and-badges", "security-and-data", "pt", "dandara.lins", 380, 350, false},

	{"code-of-conduct", "conduct", "pt", "maria.cavalcanti", 1480, 140, true},
	{"raising-a-concern", "conduct", "pt", "maria.cavalcanti", 246, 119, false},
	{"respect-at-work", "conduct", "es", "paola.restrepo", 860, 230, true},
	{"conflicts-of-interest", "conduct", "es", "rodrigo.penaloza", 1080, 270, false},
	{"social-media-and-press", "conduct", "pt", "conceicao.amaral", 490, 195, false},
}

// newPolicy is a policy to be added.
type newPolicy struct {
	Slug         string
	Category     string // slug
	Lang         string // the language it was written in
	OwnerEmail   string // of one of the company's people
	ReviewOn     time.Time
	MustRead     bool
	PublishedAt  time.Time // zero: a draft
	UpdatedAt    time.Time
	Texts        []content.Text
	Acknowledged []string // e-mails of people who have confirmed it
}

// written returns the policies with dates relative to now, and who has confirmed
// what: the same people every time. The personas have yet to confirm the newest, so
// that there is something to confirm, whoever signs in.
func written(c store.Company) (all []newPolicy) {
	rng := rand.New(rand.NewPCG(37, 6)) // #nosec G404 -- fixed, as the staff is
	personas, today := seed.Personas(), c.Now.UTC().Truncate(24*time.Hour)
	for _, r := range rules {
		p := newPolicy{
			Slug: r.slug, Category: r.category, Lang: r.lang, OwnerEmail: r.owner + "@" + c.Domain,
			MustRead:    r.acknowledged,
			PublishedAt: today.AddDate(0, 0, -r.days).Add(14 * time.Hour), ReviewOn: today.AddDate(0, 0, r.review),
			Texts: content.DemoTexts(c, files, "demo/"+r.slug),
		}
		p.UpdatedAt = p.PublishedAt
		if reviewed := p.ReviewOn.AddDate(-1, 0, 0); reviewed.After(p.UpdatedAt) {
			p.UpdatedAt = reviewed
		}
		for _, person := range c.People {
			confirmed := rng.IntN(1500) < 600+r.days/2 // the older, the more of them
			if slices.ContainsFunc(personas, func(q seed.Persona) bool { return q.Email == person.Email }) {
				confirmed = r.days > 1000
			}
			if r.acknowledged && confirmed {
				p.Acknowledged = append(p.Acknowledged, person.Email)
			}
		}
		all = append(all, p)
	}
	return all
}

// demo adds the handbook of the demo company.
func demo(ctx context.Context, tx pgx.Tx, c store.Company) error {
	batch := &pgx.Batch{}
	for _, part := range parts {
		batch.Queue(`INSERT INTO policy_categories (slug, names) VALUES ($1, $2)`, part.Slug, part.Names)
	}
	for _, p := range written(c) {
		p.queue(batch)
	}
	return tx.SendBatch(ctx, batch).Close()
}

func (p newPolicy) queue(batch *pgx.Batch) {
	batch.Queue(`INSERT INTO policies (slug, category, lang, owner_id, review_on, must_read, published_at, updated_at)
		VALUES ($1, $2, $3, (SELECT id FROM people WHERE lower(email) = lower($4)), $5, $6, $7, $8)`,
		p.Slug, p.Category, p.Lang, p.OwnerEmail, p.ReviewOn, p.MustRead, store.NullTime(p.PublishedAt), p.UpdatedAt)
	for _, t := range p.Texts {
		batch.Queue(`INSERT INTO policies_texts (policy_id, lang, title, summary, body, plain)
			VALUES ((SELECT id FROM policies WHERE slug = $1), $2, $3, $4, $5, $6)`,
			p.Slug, t.Lang, t.Title, t.Summary, t.Body, markdown.Plain(t.Body))
	}
	// Within a few days each, and always at the same moments.
	for _, t := range p.Texts {
		batch.Queue(`INSERT INTO policies_confirmed (policy_id, edition, digest, lang, title, summary, body, at)
			SELECT n.id, n.edition, $2, $3, $4, $5, $6, n.published_at
			FROM policies n WHERE n.slug = $1 AND $7::text[] <> '{}'`,
			p.Slug, t.SHA256(), t.Lang, t.Title, t.Summary, t.Body, p.Acknowledged)
	}
	batch.Queue(`INSERT INTO policies_acknowledgements (policy_id, edition, digest, person_id, at)
		SELECT n.id, n.edition, c.digest, p.id,
			least(n.published_at + abs(hashtext(p.email)) % 400000 * interval '1 second', now())
		FROM policies n CROSS JOIN people p CROSS JOIN LATERAL (
			SELECT c.digest FROM policies_confirmed c WHERE c.policy_id = n.id AND c.lang IN (p.lang, n.lang)
			ORDER BY c.lang = p.lang DESC LIMIT 1
		) c WHERE n.slug = $1 AND p.email = ANY ($2)`, p.Slug, p.Acknowledged)
}
