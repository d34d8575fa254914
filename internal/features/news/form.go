package news

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// form is the settings' part of an article's form. It implements content.Settings.
type form struct {
	Settings
	clock i18n.DayTime // when, with Publish At

	articles    articles
	article     Article // as it is stored; zero for a new one
	departments []store.Department
}

// open finds an article to be edited; that of the slug "" is a new one.
func (a articles) open(ctx context.Context, p *store.Person, slug string) (content.Draft, error) {
	f := &form{articles: a, clock: i18n.DayTime{Zone: web.Zone(p)}}
	if slug == "" {
		departments, err := a.Departments(ctx, p.Lang)
		f.Publish, f.departments = Never, departments
		return content.Draft{Settings: f}, err
	}
	s, err := a.stored(ctx, p, slug)
	if err != nil {
		return content.Draft{}, err
	}
	f.article, f.departments = s.Article, s.Departments
	f.Pinned, f.MustRead, f.Departments = s.Article.Pinned, s.Article.MustRead, s.For
	switch {
	case s.Article.Published:
		f.Publish = Now
	case s.Article.Draft():
		f.Publish = Never
	default:
		f.Publish, f.clock = At, i18n.DayTimeOf(s.Article.PublishedAt, f.clock.Zone)
	}
	return content.Draft{Slug: s.Article.Slug, Version: s.Article.Version, Texts: s.Texts, Settings: f}, nil
}

// Read takes what was typed.
func (f *form) Read(r *http.Request, wrong views.FieldErrors) {
	checked := func(name string) bool { return r.PostForm.Get(name) != "" }
	f.Settings = Settings{
		Pinned: checked("pinned"), MustRead: checked("must_read"), AskAgain: checked("again"),
		Publish: Publication(web.Field(r, "publish")),
	}
	f.clock.Day, f.clock.Time = web.Field(r, "day"), i18n.TypedTime(web.Field(r, "time"))
	f.clock.Which = web.Field(r, "which")
	for _, slug := range r.PostForm["department"] {
		if !slices.ContainsFunc(f.departments, func(d store.Department) bool { return d.Slug == slug }) {
			wrong["department"] = "news.error.department"
			continue
		}
		f.Departments = append(f.Departments, slug)
	}
	switch f.Publish {
	case Never, Now:
	case At:
		f.readTime(wrong)
	default:
		f.Publish, wrong["publish"] = Never, "news.error.publish"
	}
}

// readTime takes the time at which the article is to be published.
func (f *form) readTime(wrong views.FieldErrors) {
	at, problem := f.clock.Moment()
	switch {
	case problem == "day":
		wrong["day"] = i18n.NoDay
	case problem == "" && at.Year() >= 2200: // another year is a typo
		wrong["day"] = "news.error.day"
	case problem != "":
		wrong["time"] = "news.error." + problem
	case !at.After(time.Now()):
		wrong["time"] = "news.error.past"
	}
	f.At = at
}

// Fields are the settings' fields.
func (f *form) Fields(wrong views.FieldErrors) templ.Component { return settingsFields(f, wrong) }

// Stored are the settings as somebody else has saved them.
func (f *form) Stored() templ.Component { return storedTags(f.article, f.clock.Zone) }

// Create adds an article.
func (f *form) Create(ctx context.Context, actor *store.Person, t content.Text) (slug string, err error) {
	return f.articles.create(ctx, actor, t, f.Settings)
}

// Update changes an article.
func (f *form) Update(ctx context.Context, actor *store.Person, at content.Version, t content.Text) error {
	return f.articles.update(ctx, actor, at, t, f.Settings)
}

// Saved is the key of what to say when it was saved.
func (f *form) Saved() string {
	switch f.Publish {
	case Now:
		return "notice.news.published"
	case At:
		return "notice.news.scheduled"
	}
	return "notice.news.draft"
}
