package links

import (
	"errors"
	"net/http"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

func (h handlers) index(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	links, err := h.links.all(r.Context())
	if err != nil {
		return err
	}
	return h.Render(w, r, web.Page{
		Title: i18n.T(r.Context(), "links.title"), Current: Index,
		Body: indexPage(links),
	})
}

func (h handlers) new(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderForm(w, r, http.StatusOK, formProps{})
}

func (h handlers) create(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := readForm(r)
	if len(form.Errors) > 0 {
		return h.renderForm(w, r, http.StatusUnprocessableEntity, formProps{Form: form})
	}
	err := h.links.create(r.Context(), p, form.Details)
	if errors.Is(err, store.ErrConflict) {
		return h.renderForm(w, r, http.StatusConflict, formProps{Form: form, Full: true})
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, web.Flash{Text: "notice.link.created", Next: Index})
}

// renderForm shows the form of a quick link that is not stored, or not as typed.
func (h handlers) renderForm(w http.ResponseWriter, r *http.Request, status int, props formProps) error {
	return h.Render(w, r, web.Page{
		Status: status, Title: i18n.T(r.Context(), "title.link"), Current: Index,
		Body: formPage(props),
	})
}

func (h handlers) edit(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	stored, err := h.links.find(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return h.renderForm(w, r, http.StatusOK, formProps{ID: stored.ID, Form: formOf(stored)})
}

func (h handlers) update(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	id, form := r.PathValue("id"), readForm(r)
	if len(form.Errors) > 0 {
		if _, err := h.links.find(r.Context(), id); err != nil {
			return err
		}
		return h.renderForm(w, r, http.StatusUnprocessableEntity, formProps{ID: id, Form: form})
	}
	err := h.links.update(r.Context(), p, id, form.Version, form.Details)
	if errors.Is(err, store.ErrConflict) { // what is stored is shown beside what was typed
		stored, err := h.links.find(r.Context(), id)
		if err != nil {
			return err
		}
		form.Version = stored.Version
		return h.renderForm(w, r, http.StatusConflict, formProps{ID: id, Form: form, Stored: &stored})
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, web.Flash{Text: "notice.link.changed", Next: Index})
}

func (h handlers) gone(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := readForm(r)
	form.Errors[""] = "form.gone"
	return h.renderForm(w, r, http.StatusConflict, formProps{Form: form})
}

func (h handlers) move(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if err := h.links.move(r.Context(), p, r.PathValue("id"), r.PostForm.Get("to") == "up"); err != nil {
		return err
	}
	return h.Done(w, r, web.Flash{Text: "notice.link.moved", Next: Index})
}

func (h handlers) delete(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	err := h.links.delete(r.Context(), p, r.PathValue("id"), web.Number(r.PostForm.Get("version")))
	done := web.Flash{Text: "notice.link.deleted", Next: Index}
	stays := web.Flash{Text: "notice.link.stays", Next: Index}
	return h.Settle(w, r, err, done, stays)
}
