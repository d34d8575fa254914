package webtest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/web"
)

// Fixture is what the tests of every feature need to know of this one.
type Fixture struct {
	// Feature makes the feature, and Others what its pages link to.
	Feature func() web.Feature
	Others  func() []web.Feature
	// Routes are those to be tested, where they are not the feature's: the sign-in's.
	// There may be no feature then.
	Routes func(*web.Server) []web.Route
	// Options change how the intranet is started, where the feature needs that.
	Options func(*Options)
	// Fill puts something of the feature into the database, with markup in every
	// text that people write.
	Fill func(*Intranet)
	// Personal puts in what the feature's tables can hold of people and Fill leaves out.
	Personal func(*Intranet)
	// Params are values of a parameter in a path for which there is something, by
	// pattern. Those of other patterns are for nobody's id.
	Params func(*Intranet) map[string]string
	// Pages are more pages for an admin than those of the route table: lists with a
	// filter, a second page.
	Pages func(*Intranet) []string
	// Secret are the paths of pages that have no assistant, because they show or take a
	// secret.
	Secret []string
	// Forms are forms of an admin's that change something, by path. One without fields
	// does so whatever is sent.
	Forms func(*Intranet) map[string]url.Values
	// Searchable is SQL that adds things which the search finds: $1 is their language,
	// $2 their titles, $3 a word of each text. "" where it finds nothing of the feature.
	Searchable string
}

// Start runs an intranet with the feature and something in it.
func (f Fixture) Start(t testing.TB, o Options) *Intranet {
	t.Helper()
	if f.Options != nil {
		f.Options(&o)
	}
	var features []web.Feature
	if f.Feature != nil {
		features = append(features, f.Feature())
	}
	if f.Others != nil {
		features = append(features, f.Others()...)
	}
	i := NewWith(t, o, features...)
	if f.Fill != nil {
		f.Fill(i)
	}
	return i
}

// routes are those of the feature alone.
func (f Fixture) routes(i *Intranet) []web.Route {
	if f.Routes != nil {
		return f.Routes(i.Server)
	}
	return i.Server.Features()[0].Routes(i.Server)
}

// path is a route's path with a value for its parameter, and whether something exists
// there.
func (f Fixture) path(i *Intranet, route web.Route) (path string, there bool) {
	if !strings.Contains(route.Path, "{") {
		return route.Path, true
	}
	value := NobodysID
	if f.Params != nil {
		for pattern, v := range f.Params(i) {
			if strings.HasPrefix(route.Path, pattern) && (route.Path == pattern || route.Path[len(pattern)] == '/') {
				value, there = v, true
			}
		}
	}
	return pathOf(route, value), there
}

// pathOf is a route's path with that value for its parameter.
func pathOf(route web.Route, value string) string {
	before, rest, found := strings.Cut(route.Path, "{")
	if !found {
		return route.Path
	}
	_, after, _ := strings.Cut(rest, "}")
	return before + url.PathEscape(value) + after
}

// pages are all pages of the feature that an admin can look at.
func (f Fixture) pages(i *Intranet) []string {
	var all []string
	for _, route := range f.routes(i) {
		if path, there := f.path(i, route); there && route.Method == http.MethodGet {
			all = append(all, path)
		}
	}
	if f.Pages != nil {
		all = append(all, f.Pages(i)...)
	}
	return all
}
