package events

import (
	"errors"
	"net/http"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

const perPage = 20

func (h handlers) index(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	reader, query := p, r.URL.Query()
	filter := Filter{Past: query.Get("when") == past, After: query.Get("after"), Limit: perPage}
	events, err := h.events.list(r.Context(), reader, filter)
	if err != nil {
		return err
	}
	return h.Render(w, r, web.Page{
		Title: i18n.T(r.Context(), "events.title"), Current: Index,
		Body: indexPage(indexProps{Filter: filter, Page: events, Zone: web.Zone(reader), Editor: web.Editors.Allows(reader)}),
	})
}

func (h handlers) show(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	event, err := h.events.find(r.Context(), p, r.PathValue("id"))
	if err != nil {
		return err
	}
	body, err := h.markdown.Render(event.Event.Body)
	if err != nil {
		return err
	}
	return h.Render(w, r, web.Page{
		Title: event.Event.Title, Current: Index,
		Body: showPage(showProps{Page: event, Body: body, Zone: web.Zone(p), Editor: web.Editors.Allows(p)}),
	})
}

func (h handlers) attend(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	notice := map[string]string{"yes": "notice.event.yes", "no": "notice.event.no"}[r.PostForm.Get("going")]
	if notice == "" {
		return web.StatusError(http.StatusUnprocessableEntity)
	}
	id := r.PathValue("id")
	err := h.events.attend(r.Context(), p, id, r.PostForm.Get("going") == "yes")
	return h.Settle(w, r, err, web.Flash{Text: notice, Next: Show.Of(id)}, web.Flash{Text: "notice.event.past", Next: Show.Of(id)})
}

func (h handlers) new(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderNew(w, r, p, http.StatusOK, Form{Lang: p.Lang})
}

func (h handlers) renderNew(w http.ResponseWriter, r *http.Request, p *store.Person, status int, form Form) error {
	return h.Render(w, r, web.Page{
		Status: status, Title: i18n.T(r.Context(), "event.new"), Current: Index,
		Body: newPage(formProps{Form: form, Zone: web.Zone(p)}),
	})
}

func (h handlers) create(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form, details := readForm(r, p)
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

// renderEdit shows the form of an event. typed is what did not fit or, with
// a 409, came too late: then the stored event stands beside it, and to save once
// more is to replace it.
func (h handlers) renderEdit(w http.ResponseWriter, r *http.Request, p *store.Person, status int, typed *Form) error {
	stored, err := h.events.find(r.Context(), p, r.PathValue("id"))
	if err != nil {
		return err
	}
	props := formProps{Event: stored.Event, Conflict: status == http.StatusConflict, Zone: web.Zone(p)}
	if typed == nil {
		props.Form = formOf(stored.Event, props.Zone)
	} else {
		props.Form = *typed
	}
	if props.Conflict {
		props.Form.Version = stored.Event.Version
	}
	return h.Render(w, r, web.Page{
		Status: status, Title: stored.Event.Title, Current: Index,
		Body: editPage(props),
	})
}

func (h handlers) update(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	id := r.PathValue("id")
	form, details := readForm(r, p)
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

func (h handlers) gone(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form, _ := readForm(r, p)
	form.Errors[""] = "form.gone"
	return h.renderNew(w, r, p, http.StatusConflict, form)
}

func (h handlers) delete(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	id := r.PathValue("id")
	err := h.events.delete(r.Context(), p, id, web.Number(r.PostForm.Get("version")))
	return h.Settle(w, r, err, web.Flash{Text: "notice.event.deleted", Next: Index}, web.Flash{Text: "notice.event.stays", Next: Show.Of(id)})
}
