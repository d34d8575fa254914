// Package styleguide is a page that shows every component of views, in the light scheme and
// beside it in the dark one. It is for who changes the look: it is there only where the assistant
// is a sandbox, as in the demo, and nowhere in production.
package styleguide

import (
	"embed"
	"net/http"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// Index is the page.
const Index = "/styleguide"

//go:embed en.json pt.json es.json
var texts embed.FS

//go:embed style.css
var style string

// Feature returns the page of all components.
func Feature() web.Feature {
	g := &guide{}
	return web.Feature{
		Name:   "styleguide",
		Routes: g.routes,
		Home:   g.home,
		Texts:  texts,
		Style:  style,
	}
}

type guide struct {
	*web.Server
	open bool // in a sandbox, which an https address refuses
}

func (g *guide) routes(s *web.Server) []web.Route {
	g.Server, g.open = s, s.Sandbox || s.SandboxPanel != ""
	return []web.Route{web.Get(Index, web.Employees, g.index)}
}

// home tells admins of the page.
func (g *guide) home(_ *store.Batch, p *store.Person) func(*views.HomeProps) {
	if !g.open || !web.Admins.Allows(p) {
		return nil
	}
	return func(home *views.HomeProps) {
		home.Rail = append(home.Rail, views.Card{Order: 900, Body: homeCard()})
	}
}

func (g *guide) index(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if !g.open {
		return web.StatusError(http.StatusNotFound)
	}
	return g.Render(w, r, web.Page{
		Title: i18n.T(r.Context(), "styleguide.title"), Body: page(groups(r.Context(), p)),
	})
}
