// Package search is the search over everything: people, and what other features
// contribute to it. With its script the results follow what somebody types.
package search

import (
	"embed"
	"io/fs"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/web"
)

// The pages of the search. Results is what was found alone, for the page that shows
// it while somebody types.
const (
	Index   = "/search"
	Results = "/search/results"
)

//go:embed en.json pt.json es.json
var texts embed.FS

//go:embed style.css
var style string

//go:embed scripts/*.js
var files embed.FS

// Feature returns the search.
func Feature() web.Feature {
	return web.Feature{
		Name:    "search",
		Routes:  routes,
		Header:  field(),
		Texts:   texts,
		Style:   style,
		Scripts: scripts(),
	}
}

// scripts are the files of the folder scripts.
func scripts() fs.FS {
	all, err := fs.Sub(files, "scripts")
	if err != nil {
		panic("search: " + err.Error()) // only for a name that is no path
	}
	return all
}

// address is the page of what a filter finds.
func address(f Filter) string {
	return paths.WithQuery(Index, "q", f.Query, "in", f.Kind, "after", f.After)
}

// handlers answer the routes.
type handlers struct {
	*web.Server
	finder finder
}

func routes(s *web.Server) []web.Route {
	h := handlers{Server: s, finder: finder{Store: s.Store}}
	for _, f := range s.Features() {
		h.finder.sources = append(h.finder.sources, f.Search...)
	}
	return []web.Route{
		web.Get(Index, web.Employees, h.index),
		web.Get(Results, web.Employees, h.results),
	}
}
