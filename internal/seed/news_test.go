package seed

import (
	"slices"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/store"
)

func TestNews(t *testing.T) {
	t.Parallel()
	c := Company(now)
	slugs, originals, pinned, drafts, scheduled := map[string]bool{}, map[string]bool{}, 0, 0, 0
	for _, a := range c.News {
		switch {
		case a.PublishedAt.IsZero():
			drafts++
		case a.PublishedAt.After(now):
			scheduled++
		}
		if !slugPattern.MatchString(a.Slug) || len(a.Slug) > 120 || slugs[a.Slug] {
			t.Errorf("the slug %q is not one or is there twice", a.Slug)
		}
		slugs[a.Slug], originals[a.Lang] = true, true
		if a.Pinned {
			pinned++
		}
		if !writes(c.People, a.AuthorEmail, a.Lang) {
			t.Errorf("%s: %s cannot have written this in %s", a.Slug, a.AuthorEmail, a.Lang)
		}
	}
	if len(c.News) != 42 || drafts != 1 || scheduled != 1 || pinned != 2 || len(originals) != len(languages) {
		t.Errorf("%d announcements, %d drafts, %d scheduled, %d pinned, written in %d languages; want 42, 1, 1, 2, 3", len(c.News), drafts, scheduled, pinned, len(originals))
	}
	entries, err := files.ReadDir("news")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(c.News)*len(languages) {
		t.Errorf("%d files for %d announcements", len(entries), len(c.News))
	}
}

func TestWhatMustBeReadIsConfirmedByMany(t *testing.T) {
	t.Parallel()
	c, targeted, must := Company(now), 0, 0
	open := map[string]int{} // by persona
	for _, a := range c.News {
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
		for _, p := range Personas() {
			if !slices.Contains(a.Acknowledged, p.Email) {
				open[p.Email]++
			}
		}
	}
	for _, p := range Personas() {
		if open[p.Email] != 2 {
			t.Errorf("%s has %d to confirm", p.Name, open[p.Email])
		}
	}
	if targeted != 3 || must != 4 {
		t.Errorf("%d are for some departments, %d must be read", targeted, must)
	}
}

func TestEveryAnnouncementIsWellFormed(t *testing.T) {
	t.Parallel()
	for _, a := range Company(now).News {
		for _, text := range a.Texts {
			wellFormed(t, a.Slug, store.Written(text), 80, 200)
		}
	}
}

func TestEveryAnnouncementIsTranslated(t *testing.T) {
	t.Parallel()
	for _, a := range Company(now).News {
		translated(t, a.Slug, translations(files, "news/"+a.Slug))
	}
}

func TestNewColleaguesExist(t *testing.T) {
	t.Parallel()
	c := Company(now)
	i := slices.IndexFunc(c.News, func(a store.NewArticle) bool { return a.Slug == "new-colleagues" })
	for _, text := range c.News[i].Texts {
		for _, m := range bold.FindAllStringSubmatch(text.Body, -1) {
			if !slices.ContainsFunc(c.People, func(p store.NewPerson) bool { return p.Name == m[1] && p.JoinedAt.After(now.AddDate(0, -1, 0)) }) {
				t.Errorf("%s: nobody new is called %s", text.Lang, m[1])
			}
		}
	}
}

func TestNewsIsOfTheLastFourteenMonths(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for at := now; at.Before(now.AddDate(0, 1, 0)); at = at.Add(7 * time.Hour) { // every weekday, every hour
		news := articles(at, nil)[:40]
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
		if newest, oldest := at.Sub(news[0].PublishedAt), at.Sub(news[len(news)-1].PublishedAt); newest > 4*time.Hour || oldest < 420*day {
			t.Errorf("at %v: the news is %v to %v old", at, newest, oldest)
		}
	}
}

// The home page has six announcements: the pinned ones, then the newest.
func TestTheHomePageIsVaried(t *testing.T) {
	t.Parallel()
	news := Company(now).News[:40] // the others are not published
	slices.SortStableFunc(news, func(a, b store.NewArticle) int {
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
	if len(authors) < 5 || len(langs) != len(languages) {
		t.Errorf("the home page has %d authors, who write in %d languages; want 5 and 3", len(authors), len(langs))
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	got, err := parse("en", "# A title\n\nA summary\non two lines.\n\nThe body.\n\n## More\n")
	want := store.Written{Lang: "en", Title: "A title", Summary: "A summary on two lines.", Body: "The body.\n\n## More"}
	if err != nil || got != want {
		t.Errorf("parse = %+v, %v; want %+v", got, err, want)
	}
	for name, text := range map[string]string{
		"empty":             "",
		"no title":          "A summary.\n\nThe body.",
		"blank title":       "#  \n\nA summary.\n\nThe body.",
		"no empty line":     "# A title\nA summary.\n\nThe body.",
		"no summary":        "# A title\n\n## Heading\n\nThe body.",
		"no body":           "# A title\n\nA summary.\n",
		"carriage returns":  "# A title\r\n\r\nA summary.\r\n\r\nThe body.",
		"second-level head": "## A title\n\nA summary.\n\nThe body.",
	} {
		if got, err := parse("en", text); err == nil {
			t.Errorf("%s: parse = %+v, want an error", name, got)
		}
	}
}
