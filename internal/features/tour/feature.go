// Package tour is the guided tour of the demo: a checklist on the home page of
// admins, which shows how the assistant gets onto a page, and what the page does
// when it does not.
package tour

import (
	"embed"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// Update marks a step as done, or as not done again.
const Update = "/tour"

//go:embed en.json pt.json es.json
var texts embed.FS

//go:embed style.css
var style string

// Feature returns the tour.
func Feature() web.Feature {
	t := &tour{done: map[string][]string{}}
	return web.Feature{
		Name:   "tour",
		Routes: t.routes,
		Home:   t.home,
		Texts:  texts,
		Style:  style,
	}
}

// home adds the checklist to the home page.
func (t *tour) home(_ *store.Batch, p *store.Person) func(*views.HomeProps) {
	if !t.isFor(p) {
		return nil
	}
	props := cardProps{Panel: t.panel, Inspector: t.inspector, Steps: t.steps(), Done: t.doneBy(p)}
	return func(home *views.HomeProps) {
		home.Main = append(home.Main, views.Card{Order: 100, Body: card(props)})
	}
}

func (t *tour) routes(s *web.Server) []web.Route {
	t.panel = s.SandboxPanel
	for _, f := range s.Features() {
		if f.Name == "inspector" && len(f.Nav) > 0 {
			t.inspector = f.Nav[0].Path
		}
	}
	return []web.Route{
		web.Post(Update, web.Employees, t.update),
	}
}
