package events

import (
	"errors"
	"net/http"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

const perPage = 20 // rows of the list

func (h handlers) index(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	query := r.URL.Query()
	filter := Filter{Past: query.Get("when") == past, After: query.Get("after"), Limit: perPage}
	page, err := h.events.list(r.Context(), p, filter)
	if err != nil {
		return err
	}
	return h.Render(w, r, web.Page{
		Title:   i18n.T(r.Context(), "events.title"),
		Current: Index,
		Body: indexPage(indexProps{
			Filter: filter,
			Page:   page,
			Zone:   web.Zone(p),
			Editor: web.Editors.Allows(p),
		}),
	})
}

func (h handlers) show(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	page, err := h.events.find(r.Context(), p, r.PathValue("id"))
	if err != nil {
		return err
	}
	return h.Render(w, r, web.Page{
		Title:   page.Event.Title,
		Current: Index,
		Body: showPage(showProps{
			Page:   page,
			Body:   h.markdown.Render(page.Event.Body),
			Zone:   web.Zone(p),
			Editor: web.Editors.Allows(p),
		}),
	})
}

func (h handlers) attend(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	id, going := r.PathValue("id"), r.PostForm.Get("going")
	notice := map[string]string{"yes": "notice.event.yes", "no": "notice.event.no"}[going]
	if notice == "" {
		return web.StatusError(http.StatusUnprocessableEntity)
	}
	err := h.events.attend(r.Context(), p, id, going == "yes")
	return h.Settle(w, r, err,
		web.Flash{Text: notice, Next: Show.Of(id)},
		web.Flash{Text: "notice.event.past", Next: Show.Of(id)})
}

func (h handlers) new(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderNew(w, r, p, http.StatusOK, Form{Lang: p.Lang})
}

func (h handlers) renderNew(w http.ResponseWriter, r *http.Request, p *store.Person, status int, form Form) error {
	return h.Render(w, r, web.Page{
		Status:  status,
		Title:   i18n.T(r.Context(), "event.new"),
		Current: Index,
		Body:    newPage(formProps{Form: form, Zone: web.Zone(p)}),
	})
}

func (h handlers) create(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form, details := h.readForm(r, p)
	if len(form.Errors) > 0 {
		return h.renderNew(w, r, p, http.StatusUnprocessableEntity, form)
	}
	id, err := h.events.create(r.Context(), p, details)
	if err != nil {
		return err
	}
	return h.Done(w, r, web.Flash{Text: "notice.event.created", Next: Show.Of(id)})
}

func (h handlers) edit(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderEdit(w, r, p, http.StatusOK, nil)
}

// renderEdit shows the form of an event. typed is a form that could not be saved. With
// status 409 the reason is that somebody else has changed the event: the page then shows
// the stored event beside the form, and saving again replaces it.
func (h handlers) renderEdit(w http.ResponseWriter, r *http.Request, p *store.Person, status int, typed *Form) error {
	page, err := h.events.find(r.Context(), p, r.PathValue("id"))
	if err != nil {
		return err
	}
	props := formProps{Event: page.Event, Conflict: status == http.StatusConflict, Zone: web.Zone(p)}
	if typed == nil {
		props.Form = formOf(page.Event, props.Zone)
	} else {
		props.Form = *typed
	}
	if props.Conflict {
		props.Form.Version = page.Event.Version
	}
	return h.Render(w, r, web.Page{
		Status:  status,
		Title:   page.Event.Title,
		Current: Index,
		Body:    editPage(props),
	})
}

func (h handlers) update(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	id := r.PathValue("id")
	form, details := h.readForm(r, p)
	if len(form.Errors) > 0 {
		return h.renderEdit(w, r, p, http.StatusUnprocessableEntity, &form)
	}
	err := h.events.update(r.Context(), p, id, form.Version, details)
	if errors.Is(err, store.ErrConflict) {
		return h.renderEdit(w, r, p, http.StatusConflict, &form)
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, web.Flash{Text: "notice.event.changed", Next: Show.Of(id)})
}

// gone answers update where somebody has deleted the event: it offers what was typed as
// a new one.
func (h handlers) gone(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form, _ := h.readForm(r, p)
	form.Errors[""] = "form.gone"
	return h.renderNew(w, r, p, http.StatusConflict, form)
}

func (h handlers) delete(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	id := r.PathValue("id")
	err := h.events.delete(r.Context(), p, id, web.Number(r.PostForm.Get("version")))
	return h.Settle(w, r, err,
		web.Flash{Text: "notice.event.deleted", Next: Index},
		web.Flash{Text: "notice.event.stays", Next: Show.Of(id)})
}
