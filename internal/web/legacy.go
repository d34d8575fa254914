package web

import (
	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/markdown"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// What has not moved to packages of its own yet.

type handlers struct {
	*Server
	markdown *markdown.Converter
	tours    tours
}

func newLegacy() *handlers {
	return &handlers{
		markdown: markdown.New(), tours: tours{done: map[string][]string{}},
	}
}

// Legacy are the features that have not moved.
func Legacy() []Feature { return newLegacy().features() }

func (h *handlers) features() []Feature {
	return []Feature{
		{
			Name: "tour", Home: func(_ *pgx.Batch, p *store.Person) func(*views.HomeProps) {
				tour := h.tourOf(p)
				if tour.Panel == "" {
					return nil
				}
				return func(home *views.HomeProps) {
					home.Main = append(home.Main, views.Card{Order: 100, Body: views.Tour(tour)})
				}
			},
			Routes: func(s *Server) []Route {
				h.Server = s
				return []Route{
					Post(paths.Tour, Employees, h.tourUpdate),
				}
			},
		},
		{
			Name: "links", Actions: store.LinkActions, Home: h.linksHome,
			Routes: func(s *Server) []Route {
				h.Server = s
				return []Route{
					Get(paths.Links, Editors, h.linksIndex),
					Get(paths.LinksNew, Editors, h.linkNew),
					Post(paths.Links, Editors, h.linkCreate),
					Get(paths.Link, Editors, h.linkEdit),
					Post(paths.Link, Editors, OrNew(h.linkUpdate, h.linkGone)),
					Post(paths.LinkMove, Editors, h.linkMove),
					Post(paths.LinkDelete, Editors, h.linkDelete),
				}
			},
		},
		{
			Name: "search", Header: views.SearchField(),
			Routes: func(s *Server) []Route {
				h.Server = s
				return []Route{
					Get(paths.Search, Employees, h.searchShow),
					Get(paths.SearchResults, Employees, h.searchResults),
				}
			},
		},
	}
}

func (h *handlers) linksHome(batch *pgx.Batch, p *store.Person) func(*views.HomeProps) {
	var links []store.Link
	store.QueueLinks(batch, p, &links)
	return func(home *views.HomeProps) {
		home.Rail = append(home.Rail, views.Card{Order: 400, Body: views.HomeLinks(links, Editors.Allows(p))})
	}
}
