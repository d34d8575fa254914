package seed

import (
	"embed"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/carameloai/intranet/internal/store"
)

// The announcements, one file a language: news/<slug>.<lang>.md begins with
// "# Title" and a paragraph that is the summary; the rest is the body.
//
//go:embed news/*.md
var files embed.FS

// schedule says who announced what, how many days ago, from the newest to the
// oldest.
var schedule = []struct {
	slug, lang, author string
	days               int
	pinned             bool
}{
	{"it-maintenance", "en", "gareth.llewellyn-price@" + Domain, 0, false},
	{"new-colleagues", "pt", "maria.cavalcanti@" + Domain, 5, false},
	{"meet-the-assistant", "pt", "conceicao.amaral@" + Domain, 10, true},
	{"benefits-enrolment", "es", "paola.restrepo@" + Domain, 15, true},
	{"new-crop", "pt", "goncalo.vilhena@" + Domain, 20, false},
	{"health-week", "es", "paola.restrepo@" + Domain, 26, false},
	{"quarterly-results", "es", "rodrigo.penaloza@" + Domain, 32, false},
	{"travel-expenses", "es", "rodrigo.penaloza@" + Domain, 38, false},
	{"security-training", "en", "priya.wadhwani@" + Domain, 44, false},
	{"warehouse-rules", "pt", "goncalo.vilhena@" + Domain, 49, false},
	{"recife-office", "pt", "dandara.lins@" + Domain, 54, false},
	{"two-step-sign-in", "en", "priya.wadhwani@" + Domain, 60, false},
	{"volunteering-day", "en", "imogen.clarke-okafor@" + Domain, 66, false},
	{"cafe-visits", "en", "imogen.clarke-okafor@" + Domain, 72, false},
	{"recycling", "pt", "goncalo.vilhena@" + Domain, 78, false},
	{"mentors", "pt", "maria.cavalcanti@" + Domain, 84, false},
	{"holiday-calendar", "pt", "maria.cavalcanti@" + Domain, 90, false},
	{"customer-questions", "pt", "conceicao.amaral@" + Domain, 97, false},
	{"family-day", "pt", "conceicao.amaral@" + Domain, 104, false},
	{"parental-leave", "pt", "maria.cavalcanti@" + Domain, 116, false},
	{"recall-drill", "en", "gareth.llewellyn-price@" + Domain, 131, false},
	{"payslips", "es", "rodrigo.penaloza@" + Domain, 140, false},
	{"fewer-meetings", "es", "paola.restrepo@" + Domain, 154, false},
	{"solar-roof", "pt", "goncalo.vilhena@" + Domain, 168, false},
	{"bogota-roaster", "es", "rodrigo.penaloza@" + Domain, 181, false},
	{"impostor-call", "en", "priya.wadhwani@" + Domain, 190, false},
	{"working-from-home", "pt", "maria.cavalcanti@" + Domain, 205, false},
	{"supermarket-win", "en", "imogen.clarke-okafor@" + Domain, 221, false},
	{"canteen", "es", "paola.restrepo@" + Domain, 233, false},
	{"raising-a-concern", "pt", "maria.cavalcanti@" + Domain, 246, false},
	{"old-laptops", "en", "harriet.mensah@" + Domain, 259, false},
	{"first-aiders", "es", "paola.restrepo@" + Domain, 274, false},
	{"cupping-course", "en", "imogen.clarke-okafor@" + Domain, 289, false},
	{"recife-keys", "pt", "dandara.lins@" + Domain, 301, false},
	{"growers-paid", "es", "rodrigo.penaloza@" + Domain, 318, false},
	{"picking-week", "pt", "conceicao.amaral@" + Domain, 333, false},
	{"evacuation-drill", "es", "paola.restrepo@" + Domain, 351, false},
	{"london-desks", "en", "imogen.clarke-okafor@" + Domain, 370, false},
	{"staff-survey", "pt", "maria.cavalcanti@" + Domain, 395, false},
	{"thirty-years", "pt", "conceicao.amaral@" + Domain, 424, false},

	// What only those who write news see.
	{"new-badges", "en", "gareth.llewellyn-price@" + Domain, -4, false},
	{"bike-parking", "pt", "conceicao.amaral@" + Domain, never, false},
}

const never = -1 << 15 // days ago: a draft

// departmentsOf are those that an announcement is for, where it is not for all.
var departmentsOf = map[string][]string{
	"cafe-visits":    {"marketing", "sales"},
	"bogota-roaster": {"production", "quality"},
	"growers-paid":   {"finance", "supply"},
}

// confirmedBy says how many in a hundred have confirmed what must be read.
var confirmedBy = map[string]int{"security-training": 38, "warehouse-rules": 64, "two-step-sign-in": 91, "raising-a-concern": 97}

// articles returns the news with dates relative to now, and who has confirmed it:
// the same people every time. Of the two newest the personas have not, so that
// there is something to confirm, whoever signs in.
func articles(now time.Time, people []store.NewPerson) []store.NewArticle {
	rng := rand.New(rand.NewPCG(31, 5)) // #nosec G404 -- fixed, as the staff is
	var all []store.NewArticle
	for i, s := range schedule {
		a := store.NewArticle{Slug: s.slug, Lang: s.lang, AuthorEmail: s.author, Pinned: s.pinned, Departments: departmentsOf[s.slug], MustRead: confirmedBy[s.slug] > 0}
		if s.days != never {
			a.PublishedAt = published(now.UTC(), i, s.days)
		}
		for _, p := range people {
			persona := slices.ContainsFunc(Personas(), func(q Persona) bool { return q.Email == p.Email })
			if rng.IntN(100) < confirmedBy[s.slug] && !(persona && s.days < 60) || persona && a.MustRead && s.days >= 60 {
				a.Acknowledged = append(a.Acknowledged, p.Email)
			}
		}
		a.Texts = translations(files, "news/"+s.slug)
		all = append(all, a)
	}
	return all
}

// published is three hours ago for today's news and otherwise a time of that day
// at which all the offices are awake, moved back to a Friday from a weekend.
func published(now time.Time, i, days int) time.Time {
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
