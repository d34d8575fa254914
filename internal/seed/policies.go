package seed

import (
	"embed"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/carameloai/intranet/internal/store"
)

// The policies, one file a language: policies/<slug>.<lang>.md, written like the
// announcements.
//
//go:embed policies/*.md
var policyFiles embed.FS

// policyCategories are the parts of the handbook, in their order.
var policyCategories = []store.NewPolicyCategory{
	{Slug: "working-here", Names: texts("Working here", "Trabalhar aqui", "Trabajar aquí")},
	{Slug: "health-and-safety", Names: texts("Health and safety", "Saúde e segurança", "Salud y seguridad")},
	{Slug: "money", Names: texts("Money and travel", "Dinheiro e viagens", "Dinero y viajes")},
	{Slug: "security-and-data", Names: texts("Security and data", "Segurança e dados", "Seguridad y datos")},
	{Slug: "conduct", Names: texts("Conduct", "Conduta", "Conducta")},
}

// handbook says who answers for which policy, in which language it was written,
// how many days ago it first came out, and in how many days it is to be looked
// at again: a review may be late.
var handbook = []struct {
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

// policies returns the handbook with dates relative to now, and who has confirmed
// what: the same people every time. The personas have yet to confirm the newest, so
// that there is something to confirm, whoever signs in.
func policies(now time.Time, people []store.NewPerson) (policies []store.NewPolicy) {
	rng := rand.New(rand.NewPCG(37, 6)) // #nosec G404 -- fixed, as the staff is
	today := now.UTC().Truncate(24 * time.Hour)
	for _, h := range handbook {
		p := store.NewPolicy{
			Slug: h.slug, Category: h.category, Lang: h.lang, OwnerEmail: h.owner + "@" + Domain, MustRead: h.acknowledged,
			PublishedAt: today.AddDate(0, 0, -h.days).Add(14 * time.Hour), ReviewOn: today.AddDate(0, 0, h.review),
		}
		p.UpdatedAt = p.PublishedAt
		if reviewed := p.ReviewOn.AddDate(-1, 0, 0); reviewed.After(p.UpdatedAt) {
			p.UpdatedAt = reviewed
		}
		p.Texts = translations(policyFiles, "policies/"+h.slug)
		for _, person := range people {
			confirmed := rng.IntN(1500) < 600+h.days/2 // the older, the more of them
			if slices.ContainsFunc(Personas(), func(q Persona) bool { return q.Email == person.Email }) {
				confirmed = h.days > 1000
			}
			if h.acknowledged && confirmed {
				p.Acknowledged = append(p.Acknowledged, person.Email)
			}
		}
		policies = append(policies, p)
	}
	return policies
}
