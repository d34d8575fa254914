package events

import (
	"net/http"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// formOf is an event as its form shows it in zone.
func formOf(e Event, zone *time.Location) Form {
	starts, ends := e.In(zone)
	form := Form{
		Lang: e.Lang, Title: e.Title, Place: e.Place, Body: e.Body, AllDay: e.AllDay, Version: e.Version,
		StartsDay: starts.Format(time.DateOnly), EndsDay: ends.Format(time.DateOnly),
	}
	if !e.AllDay {
		form.StartsTime, form.EndsTime = i18n.Clock(starts), i18n.Clock(ends)
	}
	return form
}

// readForm reads the form of an event: as it was typed, with a text key for
// each field that is wrong, and what it means in the writer's time zone.
func readForm(r *http.Request, p *store.Person) (form Form, d Details) {
	form = Form{
		Lang: web.Field(r, "lang"), Title: web.Field(r, "title"), Place: web.Field(r, "place"), Body: web.Prose(r, "body"), AllDay: r.PostForm.Get("all_day") != "",
		StartsDay: web.Field(r, "starts_day"), StartsTime: web.Field(r, "starts_time"), EndsDay: web.Field(r, "ends_day"), EndsTime: web.Field(r, "ends_time"),
		Errors: views.FieldErrors{},
	}
	form.Version = web.Number(r.PostForm.Get("version"))
	d = Details{Lang: form.Lang, Title: form.Title, Place: form.Place, Body: form.Body, AllDay: form.AllDay}

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
		zone := web.Zone(p)
		if form.AllDay {
			clock, zone = "00:00", time.UTC
		}
		at, problem := web.ClockTime(day, clock, zone)
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
