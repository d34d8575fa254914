package web

import (
	"net/http"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// Limits of the directory: rows a page, and bytes of a search. What is longer
// is cut: nobody has a name of that length.
const (
	peoplePerPage = 24
	maxQuery      = 200
)

func (h *handlers) peopleIndex(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	query := r.URL.Query()
	filter := store.PeopleFilter{
		Query:      Text(query.Get("q"), maxQuery),
		Department: Text(query.Get("department"), maxQuery),
		Manager:    Text(query.Get("manager"), maxQuery),
		After:      query.Get("after"),
		Limit:      peoplePerPage,
	}
	people, err := h.Store.People(r.Context(), p.Lang, filter)
	if err != nil {
		return err
	}
	return h.Render(w, r, Page{
		Title: i18n.T(r.Context(), "people.title"), Current: paths.People,
		Body: views.People(views.PeopleProps{Filter: filter, Page: people}),
	})
}

func (h *handlers) personShow(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	profile, err := h.Store.Profile(r.Context(), p.Lang, r.PathValue("id"))
	if err != nil {
		return err
	}
	return h.Render(w, r, Page{
		Title: profile.Person.Name, Current: paths.People,
		Body: views.Person(views.PersonProps{Profile: profile, Self: profile.Person.ID == p.ID, Now: time.Now().In(Zone(&profile.Person))}),
	})
}
