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
	Day, Time string // 2006-01-02 and 15:04 in the writer's time zone, with Publish At

	articles    articles
	article     Article // as it is stored; zero for a new one
	departments []store.Department
	zone        *time.Location // the writer's
}

// open finds an article to be edited; that of the slug "" is a new one.
func (a articles) open(ctx context.Context, p *store.Person, slug string) (content.Draft, error) {
	f := &form{articles: a, zone: web.Zone(p)}
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
		at := s.Article.PublishedAt.In(f.zone)
		f.Publish, f.Day, f.Time = At, at.Format(time.DateOnly), i18n.Clock(at)
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
	f.Day, f.Time = web.Field(r, "day"), web.Field(r, "time")
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
	at, problem := web.ClockTime(f.Day, f.Time, f.zone)
	switch {
	case problem == "day" || problem == "" && at.Year() >= 2200: // another year is a typo
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
func (f *form) Stored() templ.Component { return storedTags(f.article, f.zone) }

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
