// Package links is the quick links of the home page: a short list of where people
// go every day, which editors keep in its order.
package links

import (
	"embed"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// The pages and actions of quick links. Edit is also where a change is posted to.
const (
	Index                = "/links"
	New                  = "/links/new"
	Edit   paths.Pattern = Index + "/{id}"
	Move   paths.Pattern = Edit + "/move"
	Delete paths.Pattern = Edit + "/delete"
)

// What is recorded of quick links.
const (
	Created store.Action = "link.created"
	Changed store.Action = "link.changed"
	Deleted store.Action = "link.deleted"
)

//go:embed en.json pt.json es.json
var texts embed.FS

//go:embed style.css
var style string

// Feature returns the quick links.
func Feature() web.Feature {
	return web.Feature{
		Name:    "links",
		Routes:  routes,
		Home:    home,
		Actions: []store.Action{Created, Changed, Deleted},
		Texts:   texts,
		Style:   style,
		Demo:    demo,
		Grants: `
GRANT SELECT, INSERT, UPDATE, DELETE ON links TO :"app";
`,
	}
}

// home adds the links to the home page.
func home(batch *store.Batch, p *store.Person) func(*views.HomeProps) {
	var links []shortcut
	shortcuts.Queue(batch, &links, p.Lang)
	return func(home *views.HomeProps) {
		home.Rail = append(home.Rail, views.Card{Order: 400, Body: homeCard(links, web.Editors.Allows(p))})
	}
}

// handlers answer the routes.
type handlers struct {
	*web.Server
	links list
}

func routes(s *web.Server) []web.Route {
	h := handlers{Server: s, links: list{s.Store}}
	return []web.Route{
		web.Get(Index, web.Editors, h.index),
		web.Get(New, web.Editors, h.new),
		web.Post(Index, web.Editors, h.create).Creating(),
		web.Get(Edit, web.Editors, h.edit),
		web.Post(Edit, web.Editors, web.OrNew(h.update, h.gone)),
		web.Post(Move, web.Editors, h.move),
		web.Post(Delete, web.Editors, h.delete),
	}
}
