// Package events is what happens in the company: a calendar that editors keep, with
// who comes to what. It is the model of a feature: the smallest complete one,
// written to be copied.
package events

import (
	"embed"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/markdown"
	"github.com/carameloai/intranet/internal/paths"
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

// What is recorded of events. Who comes is not: see attend.
const (
	Created store.Action = "event.created"
	Changed store.Action = "event.changed"
	Deleted store.Action = "event.deleted"
)

//go:embed en.json pt.json es.json
var texts embed.FS

//go:embed style.css
var style string

// Feature returns the events.
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
GRANT SELECT, INSERT, UPDATE ON attendance TO :"app"; -- goes with its event
`,
	}
}

// The values of listPath's when. Any other one is coming.
const (
	coming = ""
	past   = "past"
)

// listPath is the list of events, coming or past, continued behind a cursor.
func listPath(when, after string) string { return paths.WithQuery(Index, "when", when, "after", after) }

// home adds the next events to the home page.
func home(batch *pgx.Batch, p *store.Person) func(*views.HomeProps) {
	var events []Event
	queueNext(batch, p, &events)
	return func(home *views.HomeProps) {
		home.Rail = append(home.Rail, views.Card{Order: 100, Body: homeCard(events, web.Zone(p))})
	}
}

// handlers answer the routes.
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
		web.Post(Index, web.Editors, h.create),
		web.Get(Show, web.Employees, h.show),
		web.Post(Show, web.Editors, web.OrNew(h.update, h.gone)),
		web.Get(Edit, web.Editors, h.edit),
		web.Post(Delete, web.Editors, h.delete),
		web.Post(Attendance, web.Employees, h.attend),
		web.Get(File, web.Employees, h.file),
	}
}
