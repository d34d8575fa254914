package events

import (
	"cmp"
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
		first, last := i18n.DayTimeOf(starts, zone), i18n.DayTimeOf(ends, zone)
		form.StartsTime, form.StartsWhich = first.Time, first.Which
		form.EndsTime, form.EndsWhich = last.Time, last.Which
	}
	return form
}

// readForm reads the form of an event: as it was typed, with a text key for each field
// that is wrong, and what it means in the writer's time zone.
func (h handlers) readForm(r *http.Request, p *store.Person) (Form, Details) {
	form := typedForm(r)
	details := Details{Lang: form.Lang, Title: form.Title, Place: form.Place, Body: form.Body, AllDay: form.AllDay}
	details.Starts = form.moment("starts", form.starts(web.Zone(p)))
	details.Ends = form.moment("ends", form.ends(web.Zone(p)))
	for _, at := range form.ends(web.Zone(p)).Twice() { // unasked, the end is the first one behind the start
		if form.EndsWhich == "" && at.After(details.Starts) {
			details.Ends = at
			break
		}
	}
	form.markInvalid(details)
	if problem := h.markdown.Problem(form.Body); problem != "" && form.Errors["body"] == "" {
		form.Errors["body"] = problem
	}
	return form, details
}

func typedForm(r *http.Request) Form {
	return Form{
		Lang:        web.Field(r, "lang"),
		Title:       web.Field(r, "title"),
		Place:       web.Field(r, "place"),
		Body:        web.Prose(r, "body"),
		AllDay:      r.PostForm.Get("all_day") != "",
		StartsDay:   web.Field(r, "starts_day"),
		StartsTime:  i18n.TypedTime(web.Field(r, "starts_time")),
		StartsWhich: web.Field(r, "starts_which"),
		EndsDay:     web.Field(r, "ends_day"),
		EndsTime:    i18n.TypedTime(web.Field(r, "ends_time")),
		EndsWhich:   web.Field(r, "ends_which"),
		Version:     web.Number(r.PostForm.Get("version")),
		Errors:      views.FieldErrors{},
	}
}

// starts is when the event starts, as it was typed. A day without a time is midnight of
// UTC: see Details.
func (f *Form) starts(zone *time.Location) i18n.DayTime {
	if f.AllDay {
		return i18n.DayTime{Day: f.StartsDay, Time: "00:00", Zone: time.UTC}
	}
	return i18n.DayTime{Day: f.StartsDay, Time: f.StartsTime, Which: f.StartsWhich, Zone: zone}
}

// ends is on the first day where no last day was typed.
func (f *Form) ends(zone *time.Location) i18n.DayTime {
	day := cmp.Or(f.EndsDay, f.StartsDay)
	if f.AllDay {
		return i18n.DayTime{Day: day, Time: "00:00", Zone: time.UTC}
	}
	return i18n.DayTime{Day: day, Time: f.EndsTime, Which: f.EndsWhich, Zone: zone}
}

// moment reads what was typed in the fields of a name, and marks the one that cannot be
// read.
func (f *Form) moment(name string, typed i18n.DayTime) time.Time {
	at, problem := typed.Moment()
	switch problem {
	case "":
	case "day":
		f.markDay(name, i18n.NoDay)
	default:
		f.Errors[name+"_time"] = "event.error." + problem
	}
	return at
}

// markDay marks the first or the last day as wrong, unless it is already. An empty last day means the first
// one: it is marked only if nothing is wrong with the start.
func (f *Form) markDay(name, why string) {
	wrongStart := f.Errors["starts_day"] != "" || f.Errors["starts_time"] != ""
	if name == "ends" && f.EndsDay == "" && wrongStart {
		return
	}
	f.Errors[name+"_day"] = cmp.Or(f.Errors[name+"_day"], why)
}

// markInvalid marks the fields that were read and cannot be stored.
func (f *Form) markInvalid(d Details) {
	allRead := len(f.Errors) == 0
	for _, name := range d.Invalid() {
		switch name {
		case "starts", "ends":
			if f.Errors[name+"_time"] == "" { // otherwise the time could not be read
				f.markDay(name, "event.error.day")
			}
		case "order":
			if allRead {
				f.Errors[f.lastField()] = "event.error.order"
			}
		case "body":
			f.Errors.MarkProse(name, "event.error.body", d.Body)
		default:
			line := map[string]string{"title": d.Title, "place": d.Place}[name]
			f.Errors.Mark(name, "event.error."+name, line)
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
