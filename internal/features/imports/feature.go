// Package imports adds and changes people from a CSV file, on a page of administration
// and on the command line.
package imports

import (
	"embed"
	"time"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// The form, which is also where a file is tried, and what imports it.
const (
	Index = paths.AdminPeople + "/import"
	Apply = Index + "/apply"
)

// Imported is what is recorded of an import as a whole.
const Imported store.Action = "people.imported"

//go:embed en.json pt.json es.json
var texts embed.FS

//go:embed style.css
var style string

// Feature returns the import of people.
func Feature() web.Feature {
	return web.Feature{
		Name:         "imports",
		Routes:       routes,
		PageLinks:    map[string][]views.Entry{paths.AdminPeople: {{Path: Index, Text: "people.import"}}},
		Actions:      []store.Action{Imported},
		Texts:        texts,
		Style:        style,
		UserCommands: []any{&commands{}},
	}
}

// maxBody is the body of a form that carries a whole file: its commas, line breaks
// and accents take three bytes each.
const maxBody = 3*maxBytes + 256<<10

// maxTime is for the largest file: a minute to send it over a line of 1 Mbit/s, and a
// minute to import it.
const maxTime = 2 * time.Minute

// handlers answer the routes.
type handlers struct {
	*web.Server
	people people
}

func routes(s *web.Server) []web.Route {
	h := handlers{Server: s, people: people{s.Store}}
	return []web.Route{
		web.Get(Index, web.Admins, h.new),
		web.Post(Index, web.Admins, h.try).WithBody(maxBody).WithTime(maxTime), // changes nothing
		web.Post(Apply, web.Admins, h.apply).WithProof().WithBody(maxBody).WithTime(maxTime),
	}
}
