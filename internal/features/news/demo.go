package news

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

// The announcements, one file a language: demo/<slug>.<lang>.md.
//
//go:embed demo/*.md
var files embed.FS

// schedule says who announced what, how many days ago, from the newest to the
// oldest.
var schedule = []struct {
	slug, lang, author string
	days               int
	pinned             bool
}{
	{"it-maintenance", "en", "gareth.llewellyn-price", 0, false},
	{"new-colleagues", "pt", "maria.cavalcanti", 5, false},
	{"meet-the-assistant", "pt", "conceicao.amaral", 10, true},
	{"benefits-enrolment", "es", "paola.restrepo", 15, true},
	{"new-crop", "pt", "goncalo.vilhena", 20, false},
	{"health-week", "es", "paola.restrepo", 26, false},
	{"quarterly-results", "es", "rodrigo.penaloza", 32, false},
	{"travel-expenses", "es", "rodrigo.penaloza", 38, false},
	{"security-training", "en", "priya.wadhwani", 44, false},
	{"warehouse-rules", "pt", "goncalo.vilhena", 49, false},
	{"recife-office", "pt", "dandara.lins", 54, false},
	{"two-step-sign-in", "en", "priya.wadhwani", 60, false},
	{"volunteering-day", "en", "imogen.clarke-okafor", 66, false},
	{"cafe-visits", "en", "imogen.clarke-okafor", 72, false},
	{"recycling", "pt", "goncalo.vilhena", 78, false},
	{"mentors", "pt", "maria.cavalcanti", 84, false},
	{"holiday-calendar", "pt", "maria.cavalcanti", 90, false},
	{"customer-questions", "pt", "conceicao.amaral", 97, false},
	{"family-day", "pt", "conceicao.amaral", 104, false},
	{"parental-leave", "pt", "maria.cavalcanti", 116, false},
	{"recall-drill", "en", "gareth.llewellyn-price", 131, false},
	{"payslips", "es", "rodrigo.penaloza", 140, false},
	{"fewer-meetings", "es", "paola.restrepo", 154, false},
	{"solar-roof", "pt", "goncalo.vilhena", 168, false},
	{"bogota-roaster", "es", "rodrigo.penaloza", 181, false},
	{"impostor-call", "en", "priya.wadhwani", 190, false},
	{"working-from-home", "pt", "maria.cavalcanti", 205, false},
	{"supermarket-win", "en", "imogen.clarke-okafor", 221, false},
	{"canteen", "es", "paola.restrepo", 233, false},
	{"raising-a-concern", "pt", "maria.cavalcanti", 246, false},
	{"old-laptops", "en", "harriet.mensah", 259, false},
	{"first-aiders", "es", "paola.restrepo", 274, false},
	{"cupping-course", "en", "imogen.clarke-okafor", 289, false},
	{"recife-keys", "pt", "dandara.lins", 301, false},
	{"growers-paid", "es", "rodrigo.penaloza", 318, false},
	{"picking-week", "pt", "conceicao.amaral", 333, false},
	{"evacuation-drill", "es", "paola.restrepo", 351, false},
	{"london-desks", "en", "imogen.clarke-okafor", 370, false},
	{"staff-survey", "pt", "maria.cavalcanti", 395, false},
	{"thirty-years", "pt", "conceicao.amaral", 424, false},

	// What only those who write news see.
	{"new-badges", "en", "gareth.llewellyn-price", -4, false},
	{"bike-parking", "pt", "conceicao.amaral", never, false},
}

const never = -1 << 15 // days ago: a draft

// departmentsOf are those that an announcement is for, where it is not for all.
var departmentsOf = map[string][]string{
	"cafe-visits":    {"marketing", "sales"},
	"bogota-roaster": {"production", "quality"},
	"growers-paid":   {"finance", "supply"},
}

// confirmedBy says how many in a hundred have confirmed what must be read.
var confirmedBy = map[string]int{
	"security-training": 38, "warehouse-rules": 64, "two-step-sign-in": 91, "raising-a-concern": 97,
}

// newArticle is an announcement to be added.
type newArticle struct {
	Slug         string
	Lang         string // the language it was written in
	AuthorEmail  string // of one of the company's people
	Pinned       bool
	MustRead     bool
	Departments  []string  // slugs; none: for everyone
	PublishedAt  time.Time // zero: a draft
	Texts        []content.Text
	Acknowledged []string // e-mails of people who have confirmed it
}

// announced returns the news with dates relative to now, and who has confirmed it:
// the same people every time. Of the two newest the personas have not, so that
// there is something to confirm, whoever signs in.
func announced(c store.Company) (all []newArticle) {
	rng := rand.New(rand.NewPCG(31, 5)) // #nosec G404 -- fixed, as the staff is
	personas := seed.Personas()
	for i, s := range schedule {
		a := newArticle{
			Slug: s.slug, Lang: s.lang, AuthorEmail: s.author + "@" + c.Domain, Pinned: s.pinned,
			Departments: departmentsOf[s.slug], MustRead: confirmedBy[s.slug] > 0,
			Texts: content.DemoTexts(c, files, "demo/"+s.slug),
		}
		if s.days != never {
			a.PublishedAt = publishedAt(c.Now.UTC(), i, s.days)
		}
		for _, p := range c.People {
			persona := slices.ContainsFunc(personas, func(q seed.Persona) bool { return q.Email == p.Email })
			chosen := rng.IntN(100) < confirmedBy[s.slug]
			if chosen && !(persona && s.days < 60) || persona && a.MustRead && s.days >= 60 {
				a.Acknowledged = append(a.Acknowledged, p.Email)
			}
		}
		all = append(all, a)
	}
	return all
}

// publishedAt is three hours ago for today's news and otherwise a time of that day
// at which all the offices are awake, moved back to a Friday from a weekend.
func publishedAt(now time.Time, i, days int) time.Time {
	if days == 0 {
		return now.Add(-3 * time.Hour).Truncate(time.Minute)
	}
	day := now.AddDate(0, 0, -days)
	switch day.Weekday() {
	case time.Saturday:
		day = day.AddDate(0, 0, -1)
	case time.Sunday:
		day = day.AddDate(0, 0, -2)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 14, 7*i%60, 0, 0, time.UTC)
}

// demo adds the news of the demo company.
func demo(ctx context.Context, tx pgx.Tx, c store.Company) error {
	batch := &pgx.Batch{}
	for _, a := range announced(c) {
		a.queue(batch)
	}
	return tx.SendBatch(ctx, batch).Close()
}

func (a newArticle) queue(batch *pgx.Batch) {
	batch.Queue(`INSERT INTO news (slug, lang, pinned, must_read, author_id, published_at)
		VALUES ($1, $2, $3, $4, (SELECT id FROM people WHERE lower(email) = lower($5)), $6)`,
		a.Slug, a.Lang, a.Pinned, a.MustRead, a.AuthorEmail, store.NullTime(a.PublishedAt))
	for _, t := range a.Texts {
		batch.Queue(`INSERT INTO news_texts (news_id, lang, title, summary, body, plain)
			VALUES ((SELECT id FROM news WHERE slug = $1), $2, $3, $4, $5, $6)`,
			a.Slug, t.Lang, t.Title, t.Summary, t.Body, markdown.Plain(t.Body))
	}
	batch.Queue(`INSERT INTO news_departments (news_id, department)
		SELECT n.id, d FROM news n, unnest($2::text[]) d WHERE n.slug = $1`, a.Slug, a.Departments)
	// Within a few days each, and always at the same moments.
	for _, t := range a.Texts {
		batch.Queue(`INSERT INTO news_confirmed (news_id, edition, digest, lang, title, summary, body, at)
			SELECT n.id, n.edition, $2, $3, $4, $5, $6, n.published_at
			FROM news n WHERE n.slug = $1 AND $7::text[] <> '{}'`,
			a.Slug, t.SHA256(), t.Lang, t.Title, t.Summary, t.Body, a.Acknowledged)
	}
	batch.Queue(`INSERT INTO news_acknowledgements (news_id, edition, digest, person_id, at)
		SELECT n.id, n.edition, c.digest, p.id,
			least(n.published_at + abs(hashtext(p.email)) % 400000 * interval '1 second', now())
		FROM news n CROSS JOIN people p CROSS JOIN LATERAL (
			SELECT c.digest FROM news_confirmed c WHERE c.news_id = n.id AND c.lang IN (p.lang, n.lang)
			ORDER BY c.lang = p.lang DESC LIMIT 1
		) c WHERE n.slug = $1 AND p.email = ANY ($2)`, a.Slug, a.Acknowledged)
}
