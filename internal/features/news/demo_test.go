package news

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/content/contenttest"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/webtest"
)

// now is a moment of the demo company's.
var now = time.Date(2026, time.March, 4, 9, 30, 12, 345, time.FixedZone("", -3*60*60))

func TestTheDemoCompanyHasNews(t *testing.T) {
	t.Parallel()
	c := seed.Company(now)
	slugs, originals, pinned, drafts, scheduled := map[string]bool{}, map[string]bool{}, 0, 0, 0
	all := announced(c)
	for _, a := range all {
		switch {
		case a.PublishedAt.IsZero():
			drafts++
		case a.PublishedAt.After(now):
			scheduled++
		}
		if !contenttest.Slug.MatchString(a.Slug) || len(a.Slug) > 120 || slugs[a.Slug] {
			t.Errorf("the slug %q is not one or is there twice", a.Slug)
		}
		slugs[a.Slug], originals[a.Lang] = true, true
		if a.Pinned {
			pinned++
		}
		if !contenttest.Writes(c, a.AuthorEmail, a.Lang) {
			t.Errorf("%s: %s cannot have written this in %s", a.Slug, a.AuthorEmail, a.Lang)
		}
		for _, text := range a.Texts {
			contenttest.WellFormed(t, a.Slug, text, [2]int{80, 200})
		}
		contenttest.Translated(t, a.Slug, a.Texts)
	}
	if len(all) != 42 || drafts != 1 || scheduled != 1 || pinned != 2 || len(originals) != len(i18n.Languages) {
		t.Errorf("%d announcements, %d drafts, %d scheduled, %d pinned, written in %d languages; want 42, 1, 1, 2, 3",
			len(all), drafts, scheduled, pinned, len(originals))
	}
	entries, err := files.ReadDir("demo")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(all)*len(i18n.Languages) {
		t.Errorf("%d files for %d announcements", len(entries), len(all))
	}
}

// The demo's news goes into the database.
func TestTheDemosNewsIsStored(t *testing.T) {
	t.Parallel()
	i := webtest.Demo(t, Feature())
	n, confirmed := i.Count(`news`), i.Count(`news_acknowledgements`)
	if n != 42 || confirmed < 200 || i.Count(`news_departments`) != 6 {
		t.Errorf("%d announcements, %d times confirmed", n, confirmed)
	}
}

func TestWhatMustBeReadIsConfirmedByMany(t *testing.T) {
	t.Parallel()
	c, targeted, must := seed.Company(now), 0, 0
	open := map[string]int{} // by persona
	for _, a := range announced(c) {
		for _, slug := range a.Departments {
			if !slices.ContainsFunc(c.Departments, func(d store.NewDepartment) bool { return d.Slug == slug }) {
				t.Errorf("%s is for %s, which is none", a.Slug, slug)
			}
		}
		if len(a.Departments) > 0 {
			targeted++
		}
		if !a.MustRead {
			if len(a.Acknowledged) > 0 {
				t.Errorf("%s need not be read", a.Slug)
			}
			continue
		}
		must++
		if n := len(a.Acknowledged); n < 50 || n == len(c.People) {
			t.Errorf("%s is confirmed by %d", a.Slug, n)
		}
		for _, p := range seed.Personas() {
			if !slices.Contains(a.Acknowledged, p.Email) {
				open[p.Email]++
			}
		}
	}
	for _, p := range seed.Personas() {
		if open[p.Email] != 2 {
			t.Errorf("%s has %d to confirm", p.Name, open[p.Email])
		}
	}
	if targeted != 3 || must != 4 {
		t.Errorf("%d are for some departments, %d must be read", targeted, must)
	}
}

func TestNewColleaguesExist(t *testing.T) {
	t.Parallel()
	c := seed.Company(now)
	all := announced(c)
	i := slices.IndexFunc(all, func(a newArticle) bool { return a.Slug == "new-colleagues" })
	for _, text := range all[i].Texts {
		for _, m := range regexp.MustCompile(`\*\*([^*]+)\*\*`).FindAllStringSubmatch(text.Body, -1) {
			if !slices.ContainsFunc(c.People, func(p store.PersonDetails) bool {
				return p.Name == m[1] && p.JoinedAt.After(now.AddDate(0, -1, 0))
			}) {
				t.Errorf("%s: nobody new is called %s", text.Lang, m[1])
			}
		}
	}
}

func TestNewsIsOfTheLastFourteenMonths(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for at := now; at.Before(now.AddDate(0, 1, 0)); at = at.Add(7 * time.Hour) { // every weekday, every hour
		news := announced(store.Company{Now: at, Domain: seed.Domain})[:40]
		for i, a := range news {
			if age := at.Sub(a.PublishedAt); age < 2*time.Hour || age > 428*day {
				t.Errorf("at %v: %s is %v old", at, a.Slug, age)
			}
			if wd := a.PublishedAt.Weekday(); i > 0 && (wd == time.Saturday || wd == time.Sunday) {
				t.Errorf("at %v: %s is of a %v", at, a.Slug, wd)
			}
			if i > 0 && news[i-1].PublishedAt.Sub(a.PublishedAt) < 2*day {
				t.Errorf("at %v: %s is less than two days older than %s", at, a.Slug, news[i-1].Slug)
			}
			if i > 0 && news[i-1].PublishedAt.Sub(a.PublishedAt) > 32*day {
				t.Errorf("at %v: there is no news for a month before %s", at, news[i-1].Slug)
			}
		}
		newest, oldest := at.Sub(news[0].PublishedAt), at.Sub(news[len(news)-1].PublishedAt)
		if newest > 4*time.Hour || oldest < 420*day {
			t.Errorf("at %v: the news is %v to %v old", at, newest, oldest)
		}
	}
}

// The home page has six announcements: the pinned ones, then the newest.
func TestTheHomePageIsVaried(t *testing.T) {
	t.Parallel()
	news := announced(seed.Company(now))[:40] // the others are not published
	slices.SortStableFunc(news, func(a, b newArticle) int {
		switch {
		case a.Pinned == b.Pinned:
			return b.PublishedAt.Compare(a.PublishedAt)
		case a.Pinned:
			return -1
		}
		return 1
	})
	authors, langs := map[string]bool{}, map[string]bool{}
	for _, a := range news[:6] {
		authors[a.AuthorEmail], langs[a.Lang] = true, true
	}
	if len(authors) < 5 || len(langs) != len(i18n.Languages) {
		t.Errorf("the home page has %d authors, who write in %d languages; want 5 and 3", len(authors), len(langs))
	}
}
