package web

import (
	"errors"
	"net/http"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

const eventsPerPage = 20

func (h *handlers) eventsIndex(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	reader, query := p, r.URL.Query()
	filter := store.EventsFilter{Past: query.Get("when") == paths.Past, After: query.Get("after"), Limit: eventsPerPage}
	events, err := h.Store.Events(r.Context(), reader, filter)
	if err != nil {
		return err
	}
	return h.Render(w, r, Page{
		Title: i18n.T(r.Context(), "events.title"), Current: paths.Events,
		Body: views.Events(views.EventsProps{Filter: filter, Page: events, Zone: Zone(reader), Editor: Editors.Allows(reader)}),
	})
}

func (h *handlers) eventShow(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	event, err := h.Store.CalendarEvent(r.Context(), p, r.PathValue("id"))
	if err != nil {
		return err
	}
	body, err := h.markdown.render(event.Event.Body)
	if err != nil {
		return err
	}
	return h.Render(w, r, Page{
		Title: event.Event.Title, Current: paths.Events,
		Body: views.Event(views.EventProps{Page: event, Body: body, Zone: Zone(p), Editor: Editors.Allows(p)}),
	})
}

func (h *handlers) eventAttend(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	notice := map[string]string{"yes": "notice.event.yes", "no": "notice.event.no"}[r.PostForm.Get("going")]
	if notice == "" {
		return StatusError(http.StatusUnprocessableEntity)
	}
	id := r.PathValue("id")
	err := h.Store.Attend(r.Context(), p, id, r.PostForm.Get("going") == "yes")
	return h.Settle(w, r, err, Flash{Text: notice, Next: paths.Event.Of(id)}, Flash{Text: "notice.event.past", Next: paths.Event.Of(id)})
}

func (h *handlers) eventNew(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderEventNew(w, r, p, http.StatusOK, views.EventForm{Lang: p.Lang})
}

func (h *handlers) renderEventNew(w http.ResponseWriter, r *http.Request, p *store.Person, status int, form views.EventForm) error {
	return h.Render(w, r, Page{
		Status: status, Title: i18n.T(r.Context(), "event.new"), Current: paths.Events,
		Body: views.EventNew(views.EventFormProps{Form: form, Zone: Zone(p)}),
	})
}

func (h *handlers) eventCreate(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form, details := eventForm(r, p)
	if len(form.Errors) > 0 {
		return h.renderEventNew(w, r, p, http.StatusUnprocessableEntity, form)
	}
	id, err := h.Store.CreateEvent(r.Context(), p, details)
	if err != nil {
		return err
	}
	return h.Done(w, r, Flash{Text: "notice.event.created", Next: paths.Event.Of(id)})
}

func (h *handlers) eventEdit(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderEventEdit(w, r, p, http.StatusOK, nil)
}

// renderEventEdit shows the form of an event. typed is what did not fit or, with
// a 409, came too late: then the stored event stands beside it, and to save once
// more is to replace it.
func (h *handlers) renderEventEdit(w http.ResponseWriter, r *http.Request, p *store.Person, status int, typed *views.EventForm) error {
	stored, err := h.Store.CalendarEvent(r.Context(), p, r.PathValue("id"))
	if err != nil {
		return err
	}
	props := views.EventFormProps{Event: stored.Event, Conflict: status == http.StatusConflict, Zone: Zone(p)}
	if typed == nil {
		props.Form = formOf(stored.Event, props.Zone)
	} else {
		props.Form = *typed
	}
	if props.Conflict {
		props.Form.Version = stored.Event.Version
	}
	return h.Render(w, r, Page{
		Status: status, Title: stored.Event.Title, Current: paths.Events,
		Body: views.EventEdit(props),
	})
}

func (h *handlers) eventUpdate(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	id := r.PathValue("id")
	form, details := eventForm(r, p)
	if len(form.Errors) > 0 {
		return h.renderEventEdit(w, r, p, http.StatusUnprocessableEntity, &form)
	}
	err := h.Store.UpdateEvent(r.Context(), p, id, form.Version, details)
	if errors.Is(err, store.ErrConflict) {
		return h.renderEventEdit(w, r, p, http.StatusConflict, &form)
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, Flash{Text: "notice.event.changed", Next: paths.Event.Of(id)})
}

func (h *handlers) eventGone(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form, _ := eventForm(r, p)
	form.Errors[""] = "form.gone"
	return h.renderEventNew(w, r, p, http.StatusConflict, form)
}

func (h *handlers) eventDelete(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	id := r.PathValue("id")
	err := h.Store.DeleteEvent(r.Context(), p, id, Number(r.PostForm.Get("version")))
	return h.Settle(w, r, err, Flash{Text: "notice.event.deleted", Next: paths.Events}, Flash{Text: "notice.event.stays", Next: paths.Event.Of(id)})
}

// formOf is an event as its form shows it in zone.
func formOf(e store.CalendarEvent, zone *time.Location) views.EventForm {
	starts, ends := e.In(zone)
	form := views.EventForm{
		Lang: e.Lang, Title: e.Title, Place: e.Place, Body: e.Body, AllDay: e.AllDay, Version: e.Version,
		StartsDay: starts.Format(time.DateOnly), EndsDay: ends.Format(time.DateOnly),
	}
	if !e.AllDay {
		form.StartsTime, form.EndsTime = i18n.Clock(starts), i18n.Clock(ends)
	}
	return form
}

// eventForm reads the form of an event: as it was typed, with a text key for
// each field that is wrong, and what it means in the writer's time zone.
func eventForm(r *http.Request, p *store.Person) (form views.EventForm, d store.EventDetails) {
	form = views.EventForm{
		Lang: Field(r, "lang"), Title: Field(r, "title"), Place: Field(r, "place"), Body: Prose(r, "body"), AllDay: r.PostForm.Get("all_day") != "",
		StartsDay: Field(r, "starts_day"), StartsTime: Field(r, "starts_time"), EndsDay: Field(r, "ends_day"), EndsTime: Field(r, "ends_time"),
		Errors: views.FieldErrors{},
	}
	form.Version = Number(r.PostForm.Get("version"))
	d = store.EventDetails{Lang: form.Lang, Title: form.Title, Place: form.Place, Body: form.Body, AllDay: form.AllDay}

	endsDay := form.EndsDay
	if endsDay == "" {
		endsDay = form.StartsDay
	}
	badDay := func(name string) {
		// Where the last day is empty it is the first one, which is marked already.
		if name == "starts" || form.EndsDay != "" || form.Errors["starts_day"]+form.Errors["starts_time"] == "" {
			form.Errors[name+"_day"] = "event.error.day"
		}
	}
	read := func(name, day, clock string) time.Time {
		zone := Zone(p)
		if form.AllDay {
			clock, zone = "00:00", time.UTC
		}
		at, problem := ClockTime(day, clock, zone)
		if problem == "day" {
			badDay(name)
		} else if problem != "" {
			form.Errors[name+"_time"] = "event.error." + problem
		}
		return at
	}
	d.Starts, d.Ends = read("starts", form.StartsDay, form.StartsTime), read("ends", endsDay, form.EndsTime)
	unread := len(form.Errors) > 0
	for _, name := range d.Invalid() {
		switch {
		case name != "starts" && name != "ends" && name != "order":
			form.Errors[name] = "event.error." + name
		case name != "order" && form.Errors[name+"_time"] == "":
			badDay(name)
		case name != "order" || unread: // it is said already
		case form.AllDay:
			form.Errors["ends_day"] = "event.error.order"
		default:
			form.Errors["ends_time"] = "event.error.order"
		}
	}
	return form, d
}
