// Package events is the calendar of the company: editors add events, and people say
// whether they come. It is the smallest complete feature, written to be copied.
package events

import (
	"embed"

	"github.com/carameloai/intranet/internal/markdown"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/personal"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// The pages and actions of events.
const (
	Index                    = "/events"
	New                      = "/events/new"
	Show       paths.Pattern = Index + "/{id}"
	Edit       paths.Pattern = Show + "/edit"
	Delete     paths.Pattern = Show + "/delete"
	Attendance paths.Pattern = Show + "/attendance"
	File       paths.Pattern = Show + "/event.ics"
)

// What the audit trail records of events. It does not record who comes: see attend.
const (
	Created store.Action = "event.created"
	Changed store.Action = "event.changed"
	Deleted store.Action = "event.deleted"
)

//go:embed en.json pt.json es.json
var texts embed.FS

//go:embed style.css
var style string

// Feature describes the events to the frame.
func Feature() web.Feature {
	return web.Feature{
		Name:    "events",
		Routes:  routes,
		Nav:     []views.Entry{{Order: 400, Path: Index, Icon: "calendar", Text: "nav.events"}},
		Home:    home,
		Search:  []store.Source{{Kind: "events", Page: string(Show), Hits: hits}},
		Actions: []store.Action{Created, Changed, Deleted},
		Texts:   texts,
		Style:   style,
		Demo:    demo,
		Grants: `
GRANT SELECT, INSERT, UPDATE, DELETE ON events TO :"app";
GRANT SELECT, INSERT, UPDATE ON attendance TO :"app"; -- is deleted with its event
`,
		Personal: []personal.Table{{
			Name: "events", Table: "events", Person: []string{"created_by"}, Stays: true,
			Export: `SELECT id, lang, title, place, body, starts_at, ends_at, first_day, last_day, created_by, version,
				created_at, updated_at FROM events WHERE created_by = $1 ORDER BY created_at`,
			Withheld: []string{"plain", "search"},
		}, {
			Name: "attendance", Table: "attendance", Person: []string{"person_id"},
			Export: `SELECT e.title, a.* FROM attendance a JOIN events e ON e.id = event_id WHERE person_id = $1 ORDER BY at`,
		}},
	}
}

// Which events the list shows: the parameter "when" of its address.
const (
	coming = "" // and every other value
	past   = "past"
)

// listPath is the path of the list of coming or past events, from a cursor on.
func listPath(when, after string) string { return paths.WithQuery(Index, "when", when, "after", after) }

// home asks for the next events, and returns what adds them to the home page.
func home(batch *store.Batch, p *store.Person) func(*views.HomeProps) {
	var events []Event
	next.Queue(batch, &events, p.TimeZone)
	return func(home *views.HomeProps) {
		home.Rail = append(home.Rail, views.Card{Order: 100, Body: homeCard(events, web.Zone(p))})
	}
}

// handlers answer the requests.
type handlers struct {
	*web.Server
	events   calendar
	markdown *markdown.Converter
}

func routes(s *web.Server) []web.Route {
	h := handlers{Server: s, events: calendar{s.Store}, markdown: markdown.New()}
	return []web.Route{
		web.Get(Index, web.Employees, h.index),
		web.Get(New, web.Editors, h.new),
		web.Post(Index, web.Editors, h.create).Creating(),
		web.Get(Show, web.Employees, h.show),
		web.Post(Show, web.Editors, web.OrNew(h.update, h.gone)),
		web.Get(Edit, web.Editors, h.edit),
		web.Post(Delete, web.Editors, h.delete),
		web.Post(Attendance, web.Employees, h.attend),
		web.Get(File, web.Employees, h.file).AsFile(),
	}
}
