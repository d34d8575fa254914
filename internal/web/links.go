package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

func (h *handlers) linksIndex(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	links, err := h.Store.Links(r.Context())
	if err != nil {
		return err
	}
	return h.Render(w, r, Page{
		Title: i18n.T(r.Context(), "links.title"), Current: paths.Links,
		Body: views.Links(links),
	})
}

func (h *handlers) linkNew(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderLink(w, r, http.StatusOK, views.LinkForm{})
}

func (h *handlers) linkCreate(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form, details := linkForm(r)
	if len(form.Errors) > 0 {
		return h.renderLink(w, r, http.StatusUnprocessableEntity, form)
	}
	err := h.Store.CreateLink(r.Context(), p, details)
	if errors.Is(err, store.ErrConflict) {
		form.Full = true
		return h.renderLink(w, r, http.StatusConflict, form)
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, Flash{Text: "notice.link.created", Next: paths.Links})
}

// renderLink shows the form of a quick link that is not stored, or not as typed.
func (h *handlers) renderLink(w http.ResponseWriter, r *http.Request, status int, form views.LinkForm) error {
	return h.Render(w, r, Page{
		Status: status, Title: i18n.T(r.Context(), "title.link"), Current: paths.Links,
		Body: views.Link(form),
	})
}

func (h *handlers) linkEdit(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	stored, err := h.link(r)
	if err != nil {
		return err
	}
	return h.renderLink(w, r, http.StatusOK, views.LinkForm{ID: stored.ID, URL: stored.URL, Labels: stored.Labels, Version: stored.Version})
}

// link is the quick link that a path names: there are few of them.
func (h *handlers) link(r *http.Request) (store.KeptLink, error) {
	links, err := h.Store.Links(r.Context())
	for _, link := range links {
		if link.ID == r.PathValue("id") {
			return link, nil
		}
	}
	if err == nil {
		err = store.ErrNotFound
	}
	return store.KeptLink{}, err
}

func (h *handlers) linkUpdate(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form, details := linkForm(r)
	form.ID = r.PathValue("id")
	if len(form.Errors) > 0 {
		if _, err := h.link(r); err != nil {
			return err
		}
		return h.renderLink(w, r, http.StatusUnprocessableEntity, form)
	}
	err := h.Store.UpdateLink(r.Context(), p, form.ID, form.Version, details)
	if errors.Is(err, store.ErrConflict) { // what is stored stands beside what was typed
		stored, err := h.link(r)
		if err != nil {
			return err
		}
		form.Stored, form.Version = &stored, stored.Version
		return h.renderLink(w, r, http.StatusConflict, form)
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, Flash{Text: "notice.link.changed", Next: paths.Links})
}

func (h *handlers) linkGone(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form, _ := linkForm(r)
	form.Errors[""] = "form.gone"
	return h.renderLink(w, r, http.StatusConflict, form)
}

func (h *handlers) linkMove(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if err := h.Store.MoveLink(r.Context(), p, r.PathValue("id"), r.PostForm.Get("to") == "up"); err != nil {
		return err
	}
	return h.Done(w, r, Flash{Text: "notice.link.moved", Next: paths.Links})
}

func (h *handlers) linkDelete(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	err := h.Store.DeleteLink(r.Context(), p, r.PathValue("id"), Number(r.PostForm.Get("version")))
	return h.Settle(w, r, err, Flash{Text: "notice.link.deleted", Next: paths.Links}, Flash{Text: "notice.link.stays", Next: paths.Links})
}

// linkForm reads the form of a quick link: as it was typed, with a text key for
// each field that is wrong, and what it means.
func linkForm(r *http.Request) (form views.LinkForm, d store.LinkDetails) {
	d = store.LinkDetails{URL: Field(r, "url"), Labels: store.Texts{}}
	for _, lang := range i18n.Languages {
		d.Labels[lang] = Field(r, "label_"+lang)
	}
	form = views.LinkForm{URL: d.URL, Labels: d.Labels, Version: Number(r.PostForm.Get("version")), Errors: views.FieldErrors{}}
	for _, name := range d.Invalid() {
		kind, _, _ := strings.Cut(name, "_")
		form.Errors[name] = "link.error." + kind
	}
	return form, d
}
