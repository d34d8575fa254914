package content

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/markdown"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// Handlers answer the routes that all kinds of texts have: those that edit a text,
// and those that confirm it.
type Handlers struct {
	*web.Server
	Texts    Store
	Markdown *markdown.Converter
	// Open finds a text to be edited. That of the slug "" is a new one.
	Open func(ctx context.Context, p *store.Person, slug string) (Draft, error)
}

// Draft is a text that is edited.
type Draft struct {
	Slug     string // "" of a new one
	Version  int
	Texts    []Text // as they are stored, that which it was written in first; none of a new one
	Settings Settings
	// First is shown in place of an empty form: what must be there before there can be
	// a text. nil: nothing.
	First templ.Component
}

// IsNew reports whether it is not stored yet.
func (d Draft) IsNew() bool { return len(d.Texts) == 0 }

// Settings are what all languages of a text share: the part of the form that each
// kind has of its own. They know what is stored and what was typed.
type Settings interface {
	// Read takes what was typed in place of what was there, and notes by field the text
	// key of what is wrong.
	Read(r *http.Request, wrong views.FieldErrors)
	// Fields are shown behind those of the text.
	Fields(wrong views.FieldErrors) templ.Component
	// Stored shows what is stored, where somebody else has changed it.
	Stored() templ.Component
	// Create stores a new text with what was typed, and Update one that is there in
	// place of that version. It is InvalidFields where something that was typed names
	// what is not there.
	Create(ctx context.Context, actor *store.Person, t Text) (slug string, err error)
	Update(ctx context.Context, actor *store.Person, at Version, t Text) error
	// Saved is the key of what to say when it was saved.
	Saved() string
}

// form is a draft as its form shows it.
type form struct {
	Draft
	Kind     Kind
	Typed    Text
	Errors   views.FieldErrors
	Preview  templ.Component // sanitised HTML of the body; nil: none was asked for
	Conflict bool            // somebody changed it meanwhile
	Status   int             // of the page; 0 for 200
}

// New shows the form of a new text.
func (h Handlers) New(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	draft, err := h.Open(r.Context(), p, "")
	if err != nil {
		return err
	}
	return h.render(w, r, form{Draft: draft, Kind: h.Texts.Kind, Typed: Text{Lang: p.Lang}})
}

// Edit shows the form of a text that is there, in one of its languages or another
// one that it is to be translated into.
func (h Handlers) Edit(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	draft, err := h.Open(r.Context(), p, r.PathValue("slug"))
	if err != nil {
		return err
	}
	lang := draft.Texts[0].Lang
	if chosen := r.URL.Query().Get("lang"); i18n.Supported(chosen) {
		lang = chosen
	}
	return h.render(w, r, form{Draft: draft, Kind: h.Texts.Kind, Typed: In(draft.Texts, lang)})
}

// Create saves a new text.
func (h Handlers) Create(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	draft, err := h.Open(r.Context(), p, "")
	if err != nil {
		return err
	}
	f := h.typed(r, draft)
	if len(f.Errors) > 0 || f.asksForPreview(r) {
		return h.render(w, r, f)
	}
	slug, err := f.Settings.Create(r.Context(), p, f.Typed)
	if f.markInvalid(err) {
		return h.render(w, r, f)
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, web.Flash{Text: f.Settings.Saved(), Next: h.Texts.Kind.Show.Of(slug)})
}

// Update saves the text in one language, and the settings.
func (h Handlers) Update(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	slug := r.PathValue("slug")
	draft, err := h.Open(r.Context(), p, slug)
	if err != nil {
		return err
	}
	f := h.typed(r, draft)
	if f.Errors["lang"] != "" { // nobody chooses it here
		return web.StatusError(http.StatusUnprocessableEntity)
	}
	if len(f.Errors) > 0 || f.asksForPreview(r) {
		return h.render(w, r, f)
	}
	err = f.Settings.Update(r.Context(), p, Version{Slug: slug, Number: f.Version}, f.Typed)
	if f.markInvalid(err) {
		return h.render(w, r, f)
	}
	if errors.Is(err, store.ErrConflict) {
		return h.conflict(w, r, p, f)
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, web.Flash{Text: f.Settings.Saved(), Next: h.Texts.Kind.Show.Of(slug)})
}

// conflict shows what is stored beside what was typed. To save once more is to
// replace it.
func (h Handlers) conflict(w http.ResponseWriter, r *http.Request, p *store.Person, f form) (err error) {
	if f.Draft, err = h.Open(r.Context(), p, f.Slug); err != nil {
		return err
	}
	f.Settings.Read(r, views.FieldErrors{}) // once more: it was right before
	f.Conflict, f.Status = true, http.StatusConflict
	return h.render(w, r, f)
}

// Gone shows the form of a text that somebody has deleted as that of a new one.
func (h Handlers) Gone(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	draft, err := h.Open(r.Context(), p, "")
	if err != nil {
		return err
	}
	f := h.typed(r, draft)
	f.Errors[""], f.Status = "form.gone", http.StatusConflict
	return h.render(w, r, f)
}

// typed reads the form: as it was typed, with a text key for each field that is
// wrong.
func (h Handlers) typed(r *http.Request, draft Draft) form {
	f := form{Draft: draft, Kind: h.Texts.Kind, Errors: views.FieldErrors{}, Typed: Text{
		Lang: web.Field(r, "lang"), Title: web.Field(r, "title"), Body: web.Prose(r, "body"),
		Summary: store.Line(strings.Join(strings.Fields(web.Field(r, "summary")), " ")),
	}}
	f.Version = web.Number(r.PostForm.Get("version"))
	for _, name := range f.Typed.Invalid() {
		key, lines := f.Kind.Words.Errors+name, map[string]string{"title": f.Typed.Title, "summary": f.Typed.Summary}
		if name == "body" {
			f.Errors.MarkProse(name, key, f.Typed.Body)
		} else {
			f.Errors.Mark(name, key, lines[name])
		}
	}
	if problem := h.Markdown.Problem(f.Typed.Body); problem != "" && f.Errors["body"] == "" {
		f.Errors["body"] = problem
	}
	f.Settings.Read(r, f.Errors)
	return f
}

// asksForPreview reports whether the text is only to be looked at.
func (form) asksForPreview(r *http.Request) bool { return r.PostForm.Get("preview") != "" }

// action is where the form is posted to. Each language of a text has a form of its own, which
// the address tells apart for drafts.
func (f form) action(path string) string {
	if f.IsNew() {
		return path
	}
	return paths.WithQuery(path, "lang", f.Typed.Lang)
}

// markInvalid notes what the database knows to be wrong, if err says so.
func (f form) markInvalid(err error) bool {
	invalid, ok := errors.AsType[InvalidFields](err)
	for _, name := range invalid {
		f.Errors[name] = f.Kind.Words.Errors + name
	}
	return ok
}

// render shows the form of a new text, or of one that is stored. With a preview it
// shows the text as readers will see it, too.
func (h Handlers) render(w http.ResponseWriter, r *http.Request, f form) error {
	if f.asksForPreview(r) {
		problem := h.Markdown.Problem(f.Typed.Body)
		f.Errors.OfTheWhole() // it is asked for before all is filled in
		if problem != "" {
			f.Errors["body"], f.Status = problem, http.StatusUnprocessableEntity
		}
		f.Preview = h.Markdown.Render(f.Typed.Body)
	} else if len(f.Errors) > 0 && f.Status == 0 {
		f.Status = http.StatusUnprocessableEntity
	}
	title, body := i18n.T(r.Context(), f.Kind.New), newPage(f)
	if !f.IsNew() {
		title, body = f.Texts[0].Title, editPage(f)
	}
	return h.Render(w, r, web.Page{Status: f.Status, Title: title, Current: f.Kind.List, Body: body})
}

// DeleteTranslation removes one language of a text.
func (h Handlers) DeleteTranslation(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	done := web.Flash{Text: h.Texts.Kind.Removed, Next: h.Texts.Kind.Edit.Of(r.PathValue("slug"))}
	return h.Change(w, r, done, func(at Version) error {
		return h.Texts.DeleteTranslation(r.Context(), p, at, r.PostForm.Get("lang"))
	})
}

// Change does what a page of a text offers, to the version that the page was of,
// and leads on. Where somebody has changed the text since, nothing is done, and the
// page of the text says so.
func (h Handlers) Change(w http.ResponseWriter, r *http.Request, done web.Flash, change func(Version) error) error {
	at := Version{Slug: r.PathValue("slug"), Number: web.Number(r.PostForm.Get("version"))}
	stale := web.Flash{Text: h.Texts.Kind.Stale, Next: h.Texts.Kind.Show.Of(at.Slug)}
	return h.Settle(w, r, change(at), done, stale)
}
