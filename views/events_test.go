package views_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

func eventPages() map[string]templ.Component {
	zone, yes, no := time.FixedZone("America/Nowhere", -3*3600), true, false
	event := store.CalendarEvent{ID: "0198c2a4-7d1e-7c3b-9f50-2b6a41d0ce01", Version: 2, Going: 30, Answer: &yes, EventDetails: store.EventDetails{
		Lang: "es", Title: `Fiesta <b>"x"`, Place: "Sala 1", Body: "**x**", Starts: time.Date(2026, 3, 17, 1, 0, 0, 0, time.UTC), Ends: time.Date(2026, 3, 17, 4, 0, 0, 0, time.UTC),
	}}
	days := event
	days.ID, days.AllDay, days.Answer, days.Going, days.Starts, days.Ends = "0198c2a4-7d1e-7c3b-9f50-2b6a41d0ce02", true, &no, 1, time.Date(2026, 3, 17, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 18, 0, 0, 0, 0, time.UTC)
	bare := store.CalendarEvent{ID: "0198c2a4-7d1e-7c3b-9f50-2b6a41d0ce03", EventDetails: store.EventDetails{Lang: "en", Title: "Bare", AllDay: true}}
	over := event
	over.Past = true
	form := views.EventForm{Lang: "pt", Title: `"><b>`, Body: "</textarea>", AllDay: true, StartsDay: "x", Version: 1, Errors: views.FieldErrors{
		"title": "event.error.title", "lang": "event.error.lang", "place": "event.error.place", "body": "event.error.body", "starts_day": "event.error.day", "starts_time": "event.error.gap", "ends_time": "event.error.time", "ends_day": "event.error.order",
	}}
	list := func(f store.EventsFilter, next string, events ...store.CalendarEvent) templ.Component {
		return views.Events(views.EventsProps{Filter: f, Page: store.EventsPage{Events: events, Next: next}, Zone: zone, Editor: f.Past})
	}
	show := func(e store.CalendarEvent, editor bool, coming ...store.Person) templ.Component {
		return views.Event(views.EventProps{Page: store.EventPage{Event: e, Coming: coming}, Body: templ.Raw("<p>Body</p>"), Zone: zone, Editor: editor})
	}
	return map[string]templ.Component{
		"events":                list(store.EventsFilter{}, "next", event, days, bare),
		"events, past":          list(store.EventsFilter{Past: true, After: "a"}, "", over),
		"events, none":          list(store.EventsFilter{}, ""),
		"events, none past":     list(store.EventsFilter{Past: true}, ""),
		"events, after the end": list(store.EventsFilter{After: "a"}, ""),
		"event":                 show(event, false, colleague(1), colleague(2)),
		"event, all day":        show(days, true, colleague(1)),
		"event, bare":           show(bare, false),
		"event, over":           show(over, true, colleague(1)),
		"event, over, nobody":   show(store.CalendarEvent{Past: true}, false),
		"event, popular":        show(event, false, slices.Repeat([]store.Person{colleague(1)}, 14)...),
		"event, new":            views.EventNew(views.EventFormProps{Form: views.EventForm{Lang: "en"}, Zone: zone}),
		"event, new again":      views.EventNew(views.EventFormProps{Form: form, Zone: zone}),
		"event, conflict":       views.EventEdit(views.EventFormProps{Form: form, Event: event, Conflict: true, Zone: zone}),
	}
}

func someEvents() (all []store.CalendarEvent) {
	for i := range 4 {
		e := store.CalendarEvent{ID: fmt.Sprint("event-", i)}
		e.Lang, e.Title, e.AllDay, e.Starts = []string{"pt", "en"}[i%2], "Festa", i == 3, time.Date(2026, 3, 18+i, 20, 0, 0, 0, time.UTC)
		e.Ends = e.Starts.Add(time.Hour)
		all = append(all, e)
	}
	return all
}

// Who came is not known: only who said so.
func TestWhatIsOverIsToldInThePast(t *testing.T) {
	for lang, words := range map[string][4]string{
		"en": {"You said you would come", "30 people said they would come", "Nobody said", "attending"},
		"pt": {"Você confirmou", "30 pessoas confirmaram", "Ninguém confirmou", "30 pessoas vão"},
		"es": {"Confirmaste", "30 personas confirmaron", "Nadie confirmó", "30 confirmaciones"},
	} {
		for name, want := range map[string][]string{"events, past": words[:2], "event, over": words[1:2], "event, over, nobody": words[2:3]} {
			text := page(t, lang, eventPages()[name]).Find("main").Text()
			for _, words := range want {
				if !strings.Contains(text, words) {
					t.Errorf("%s, %s: %q is missing", lang, name, words)
				}
			}
			if strings.Contains(text, words[3]) {
				t.Errorf("%s, %s: %q", lang, name, words[3])
			}
		}
		if text := page(t, lang, eventPages()["event"]).Find("main").Text(); !strings.Contains(text, words[3]) {
			t.Errorf("%s: %q is missing", lang, words[3])
		}
	}
}

func TestHomeHasTheNextEvents(t *testing.T) {
	doc := page(t, "pt", views.Home(fullHome())).Find("[aria-labelledby=home-events]")
	if doc.Find("li a[href='/events/event-1'] [lang=en]").Length() != 1 || doc.Find("li").Length() != 4 {
		html, _ := doc.Html()
		t.Error(html)
	}
	if got := doc.Find("li time").First().Text(); got != "Quarta-feira, 18 de março de 2026, das 20:00 às 21:00" {
		t.Errorf("%q", got)
	}
}
