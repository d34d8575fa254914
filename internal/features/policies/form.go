package policies

import (
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// form is the settings' part of a policy's form. It implements content.Settings.
type form struct {
	Settings
	ReviewDay string // 2006-01-02

	handbook   handbook
	policy     Policy // as it is stored; zero for a new one
	categories []Category
}

// open finds a policy to be edited; that of the slug "" is a new one.
func (h handbook) open(ctx context.Context, p *store.Person, slug string) (content.Draft, error) {
	f := &form{handbook: h}
	if slug == "" {
		categories, err := h.categories(ctx, p)
		f.OwnerEmail, f.ReviewDay, f.categories = p.Email, nextReview(p), categories
		draft := content.Draft{Settings: f}
		if len(categories) == 0 {
			draft.First = noCategories()
		}
		return draft, err
	}
	s, err := h.stored(ctx, p, slug)
	if err != nil {
		return content.Draft{}, err
	}
	f.policy, f.categories = s.Policy, s.Categories
	f.Category, f.OwnerEmail, f.MustRead = s.Policy.Category, s.Policy.OwnerEmail, s.Policy.MustRead
	f.ReviewDay = s.Policy.ReviewOn.Format(time.DateOnly)
	return content.Draft{Slug: s.Policy.Slug, Version: s.Policy.Version, Texts: s.Texts, Settings: f}, nil
}

// isNew reports whether the policy is not stored yet.
func (f *form) isNew() bool { return f.policy.ID == "" }

// Read takes what was typed.
func (f *form) Read(r *http.Request, wrong views.FieldErrors) {
	f.Settings = Settings{
		Category: web.Field(r, "category"), OwnerEmail: store.Email(web.Field(r, "owner")),
		MustRead: r.PostForm.Get("must_read") != "", AskAgain: r.PostForm.Get("again") != "",
	}
	f.ReviewDay = web.Field(r, "review_on")
	day, is := i18n.TypedDay(f.ReviewDay)
	f.ReviewOn = day // what is no day is one long ago
	for _, name := range f.Invalid() {
		wrong[name] = "policy.error." + name
	}
	if !is {
		wrong["review_on"] = i18n.NoDay
	}
}

// Fields are the settings' fields.
func (f *form) Fields(wrong views.FieldErrors) templ.Component { return settingsFields(f, wrong) }

// Stored are the settings as somebody else has saved them.
func (f *form) Stored() templ.Component { return storedSettings(f.policy) }

// Create adds a draft.
func (f *form) Create(ctx context.Context, actor *store.Person, t content.Text) (slug string, err error) {
	return f.handbook.create(ctx, actor, t, f.Settings)
}

// Update changes a policy.
func (f *form) Update(ctx context.Context, actor *store.Person, at content.Version, t content.Text) error {
	return f.handbook.update(ctx, actor, at, t, f.Settings)
}

// Saved is the key of what to say when it was saved.
func (f *form) Saved() string {
	if f.isNew() {
		return "notice.policy.created"
	}
	return "notice.policy.changed"
}
