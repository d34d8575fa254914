package web

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// sample stands for the features of an intranet in the tests of the frame, which
// cannot import one: a list, a page of each in it, and an action of admins.
func sample() Feature {
	return Feature{Name: "sample", Routes: func(s *Server) []Route {
		list := func(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
			if r.URL.Query().Get("after") == "bad" {
				return store.ErrCursor
			}
			return s.Render(w, r, Page{Title: "Sample", Body: templ.Raw(`<h1>Sample</h1>`)})
		}
		one := func(w http.ResponseWriter, r *http.Request, p *store.Person) error {
			if !store.ValidID(r.PathValue("id")) {
				return store.ErrNotFound
			}
			return list(w, r, p)
		}
		return []Route{
			Get(paths.People, Employees, list),
			Get(paths.Person, Employees, one),
			Post(paths.AdminDepartments, Admins, list).WithProof(),
		}
	}}
}
