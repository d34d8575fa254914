package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

func (h *handlers) newsNew(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	lang := p.Lang
	departments, err := h.Store.Departments(r.Context(), lang)
	if err != nil {
		return err
	}
	form := views.ArticleForm{Written: store.Written{Lang: lang}, ArticleSettings: store.ArticleSettings{Publish: store.Never}}
	return h.renderNewsForm(w, r, p, http.StatusOK, views.ArticleFormProps{Form: form, Departments: departments})
}

func (h *handlers) newsCreate(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	departments, err := h.Store.Departments(r.Context(), p.Lang)
	if err != nil {
		return err
	}
	props := views.ArticleFormProps{Form: articleForm(r, p, departments), Departments: departments}
	switch {
	case r.PostForm.Get("preview") != "":
		return h.previewNews(w, r, p, http.StatusOK, props)
	case len(props.Form.Errors) > 0:
		return h.renderNewsForm(w, r, p, http.StatusUnprocessableEntity, props)
	}
	slug, err := h.Store.CreateArticle(r.Context(), p, props.Form.Written, props.Form.ArticleSettings)
	if err != nil {
		return err
	}
	return h.Done(w, r, Flash{Text: saved(props.Form), Next: paths.Article.Of(slug)})
}

func (h *handlers) newsEdit(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	edit, err := h.Store.ArticleEdit(r.Context(), p, r.PathValue("slug"))
	if err != nil {
		return err
	}
	form := formOfArticle(edit, Zone(p), r.URL.Query().Get("lang"))
	return h.renderNewsForm(w, r, p, http.StatusOK, views.ArticleFormProps{Form: form, Edit: edit, Departments: edit.Departments})
}

func (h *handlers) newsUpdate(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	reader, slug := p, r.PathValue("slug")
	edit, err := h.Store.ArticleEdit(r.Context(), reader, slug)
	if err != nil {
		return err
	}
	props := views.ArticleFormProps{Form: articleForm(r, p, edit.Departments), Edit: edit, Departments: edit.Departments}
	switch {
	case props.Form.Errors["lang"] != "": // nobody chooses it here
		return StatusError(http.StatusUnprocessableEntity)
	case r.PostForm.Get("preview") != "":
		return h.previewNews(w, r, p, http.StatusOK, props)
	case len(props.Form.Errors) > 0:
		return h.renderNewsForm(w, r, p, http.StatusUnprocessableEntity, props)
	}
	err = h.Store.UpdateArticle(r.Context(), p, slug, props.Form.Version, props.Form.Written, props.Form.ArticleSettings)
	if errors.Is(err, store.ErrConflict) {
		// What is stored stands beside what was typed, and to save once more is to
		// replace it.
		if props.Edit, err = h.Store.ArticleEdit(r.Context(), reader, slug); err != nil {
			return err
		}
		props.Conflict, props.Form.Version = true, props.Edit.Article.Version
		return h.renderNewsForm(w, r, p, http.StatusConflict, props)
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, Flash{Text: saved(props.Form), Next: paths.Article.Of(slug)})
}

func (h *handlers) newsGone(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	departments, err := h.Store.Departments(r.Context(), p.Lang)
	if err != nil {
		return err
	}
	props := views.ArticleFormProps{Form: articleForm(r, p, departments), Departments: departments}
	props.Form.Errors[""] = "form.gone"
	if r.PostForm.Get("preview") != "" {
		return h.previewNews(w, r, p, http.StatusConflict, props)
	}
	return h.renderNewsForm(w, r, p, http.StatusConflict, props)
}

// previewNews shows the form again, with its text as readers will see it, and
// saves nothing.
func (h *handlers) previewNews(w http.ResponseWriter, r *http.Request, p *store.Person, status int, props views.ArticleFormProps) (err error) {
	props.Form.Errors.OfTheWhole() // it is asked for before all is filled in
	if props.Preview, err = h.markdown.Render(props.Form.Body); err != nil {
		return err
	}
	return h.renderNewsForm(w, r, p, status, props)
}

// renderNewsForm shows the form of a new article, or of one that is stored.
func (h *handlers) renderNewsForm(w http.ResponseWriter, r *http.Request, p *store.Person, status int, props views.ArticleFormProps) error {
	props.Zone = Zone(p)
	title, body := i18n.T(r.Context(), "news.new"), views.ArticleNew(props)
	if len(props.Edit.Texts) > 0 {
		title, body = props.Edit.Article.Title, views.ArticleEdit(props)
	}
	return h.Render(w, r, Page{Status: status, Title: title, Current: paths.News, Body: body})
}

// saved is the key of what to say when a form was saved.
func saved(form views.ArticleForm) string {
	switch form.Publish {
	case store.Now:
		return "notice.news.published"
	case store.At:
		return "notice.news.scheduled"
	}
	return "notice.news.draft"
}

// formOfArticle is an article as its form shows it, in one of its languages or
// another one that it is to be translated into.
func formOfArticle(edit store.ArticleEdit, zone *time.Location, lang string) views.ArticleForm {
	a := edit.Article
	form := views.ArticleForm{Version: a.Version, Written: store.Written{Lang: a.Lang}, ArticleSettings: store.ArticleSettings{Pinned: a.Pinned, MustRead: a.MustRead, Departments: edit.For}}
	if i18n.Supported(lang) {
		form.Lang = lang
	}
	for _, t := range edit.Texts {
		if t.Lang == form.Lang {
			form.Written = t
		}
	}
	switch {
	case a.Published:
		form.Publish = store.Now
	case a.Draft():
		form.Publish = store.Never
	default:
		at := a.PublishedAt.In(zone)
		form.Publish, form.Day, form.Time = store.At, at.Format(time.DateOnly), i18n.Clock(at)
	}
	return form
}

// articleForm reads the form of an article: as it was typed, with a text key for
// each field that is wrong.
func articleForm(r *http.Request, p *store.Person, departments []store.Department) views.ArticleForm {
	form := views.ArticleForm{
		Written: store.Written{
			Lang: Field(r, "lang"), Title: Field(r, "title"), Summary: strings.Join(strings.Fields(Field(r, "summary")), " "),
			Body: Prose(r, "body"),
		},
		ArticleSettings: store.ArticleSettings{
			Pinned: r.PostForm.Get("pinned") != "", MustRead: r.PostForm.Get("must_read") != "", AskAgain: r.PostForm.Get("again") != "",
			Publish: store.Publication(Field(r, "publish")),
		},
		Day: Field(r, "day"), Time: Field(r, "time"), Errors: views.FieldErrors{},
	}
	form.Version = Number(r.PostForm.Get("version"))
	for _, name := range form.Invalid() {
		form.Errors[name] = "news.error." + name
	}
	for _, slug := range r.PostForm["department"] {
		if !slices.ContainsFunc(departments, func(d store.Department) bool { return d.Slug == slug }) {
			form.Errors["department"] = "news.error.department"
			continue
		}
		form.Departments = append(form.Departments, slug)
	}
	switch form.Publish {
	case store.Never, store.Now:
	case store.At:
		at, problem := ClockTime(form.Day, form.Time, Zone(p))
		switch {
		case problem == "day" || problem == "" && at.Year() >= 2200: // another year is a typo
			form.Errors["day"] = "news.error.day"
		case problem != "":
			form.Errors["time"] = "news.error." + problem
		case !at.After(time.Now()):
			form.Errors["time"] = "news.error.past"
		}
		form.At = at
	default:
		form.Publish, form.Errors["publish"] = store.Never, "news.error.publish"
	}
	return form
}
