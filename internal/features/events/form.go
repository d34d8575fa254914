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

// readForm reads the form of an event: as it was typed, with a text key for each field
// that is wrong, and what it means in the writer's time zone.
func readForm(r *http.Request, p *store.Person) (Form, Details) {
	form := typedForm(r)
	details := Details{Lang: form.Lang, Title: form.Title, Place: form.Place, Body: form.Body, AllDay: form.AllDay}
	details.Starts = form.moment(form.starts(), web.Zone(p))
	details.Ends = form.moment(form.ends(), web.Zone(p))
	form.markInvalid(details)
	return form, details
}

func typedForm(r *http.Request) Form {
	return Form{
		Lang:       web.Field(r, "lang"),
		Title:      web.Field(r, "title"),
		Place:      web.Field(r, "place"),
		Body:       web.Prose(r, "body"),
		AllDay:     r.PostForm.Get("all_day") != "",
		StartsDay:  web.Field(r, "starts_day"),
		StartsTime: web.Field(r, "starts_time"),
		EndsDay:    web.Field(r, "ends_day"),
		EndsTime:   web.Field(r, "ends_time"),
		Version:    web.Number(r.PostForm.Get("version")),
		Errors:     views.FieldErrors{},
	}
}

// typedMoment is when an event starts or ends, as it was typed.
type typedMoment struct {
	name       string // "starts" or "ends": the fields are starts_day and starts_time
	day, clock string
}

func (f *Form) starts() typedMoment { return typedMoment{"starts", f.StartsDay, f.StartsTime} }

// ends is on the first day where no last day was typed.
func (f *Form) ends() typedMoment {
	day := f.EndsDay
	if day == "" {
		day = f.StartsDay
	}
	return typedMoment{"ends", day, f.EndsTime}
}

// moment reads a day and a time in zone, and marks the one that cannot be read. A day
// without a time is midnight of UTC: see Details.
func (f *Form) moment(typed typedMoment, zone *time.Location) time.Time {
	if f.AllDay {
		typed.clock, zone = "00:00", time.UTC
	}
	at, problem := web.ClockTime(typed.day, typed.clock, zone)
	switch problem {
	case "":
	case "day":
		f.markDay(typed.name)
	default:
		f.Errors[typed.name+"_time"] = "event.error." + problem
	}
	return at
}

// markDay marks the first or the last day as wrong. An empty last day means the first
// one: it is marked only if nothing is wrong with the start.
func (f *Form) markDay(name string) {
	wrongStart := f.Errors["starts_day"] != "" || f.Errors["starts_time"] != ""
	if name == "ends" && f.EndsDay == "" && wrongStart {
		return
	}
	f.Errors[name+"_day"] = "event.error.day"
}

// markInvalid marks the fields that were read and cannot be stored.
func (f *Form) markInvalid(d Details) {
	allRead := len(f.Errors) == 0
	for _, name := range d.Invalid() {
		switch name {
		case "starts", "ends":
			if f.Errors[name+"_time"] == "" { // otherwise the time could not be read
				f.markDay(name)
			}
		case "order":
			if allRead {
				f.Errors[f.lastField()] = "event.error.order"
			}
		default:
			f.Errors[name] = "event.error." + name
		}
	}
}

// lastField is the field that says when the event ends.
func (f *Form) lastField() string {
	if f.AllDay {
		return "ends_day"
	}
	return "ends_time"
}
