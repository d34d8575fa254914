// Package directory is the company's people: the list of colleagues with its search,
// and a profile of each.
package directory

import (
	"embed"
	"slices"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/personal"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

//go:embed en.json pt.json es.json
var texts embed.FS

//go:embed style.css
var style string

// Feature returns the directory. Its paths stand in package paths, because many
// pages link to people.
func Feature() web.Feature {
	return web.Feature{
		Name:   "directory",
		Routes: routes,
		Nav:    []views.Entry{{Order: 200, Path: paths.People, Icon: "people", Text: "nav.people"}},
		Home:   home,
		Texts:  texts,
		Style:  style,
		Personal: []personal.Table{
			{Name: "words", Table: "people_words", Person: []string{"person_id"}}, // made of what the person's row has
		},
	}
}

// home adds those who came last to the home page.
func home(batch *store.Batch, p *store.Person) func(*views.HomeProps) {
	var colleagues []store.Person
	newest.Queue(batch, &colleagues, p.Lang)
	return func(home *views.HomeProps) {
		others := slices.DeleteFunc(slices.Clone(colleagues), func(c store.Person) bool { return c.ID == p.ID })
		home.Rail = append(home.Rail, views.Card{Order: 200, Body: homeCard(*p, others[:min(len(others), 4)])})
	}
}

// handlers answer the routes.
type handlers struct {
	*web.Server
	people people
}

func routes(s *web.Server) []web.Route {
	h := handlers{Server: s, people: people{s.Store}}
	return []web.Route{
		web.Get(paths.People, web.Employees, h.index),
		web.Get(paths.Person, web.Employees, h.show),
	}
}
