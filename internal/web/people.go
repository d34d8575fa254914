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

func (h *handlers) peopleIndex(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	filter := store.PeopleFilter{
		Query:      text(query.Get("q"), maxQuery),
		Department: text(query.Get("department"), maxQuery),
		Manager:    text(query.Get("manager"), maxQuery),
		After:      query.Get("after"),
		Limit:      peoplePerPage,
	}
	people, err := h.Store.People(r.Context(), person(r).Lang, filter)
	if err != nil {
		return err
	}
	return h.render(w, r, page{
		status: http.StatusOK, title: i18n.T(r.Context(), "people.title"), current: paths.People, chat: h.startChat(r),
		body: views.People(views.PeopleProps{Filter: filter, Page: people}),
	})
}

func (h *handlers) personShow(w http.ResponseWriter, r *http.Request) error {
	self := person(r)
	profile, err := h.Store.Profile(r.Context(), self.Lang, r.PathValue("id"))
	if err != nil {
		return err
	}
	return h.render(w, r, page{
		status: http.StatusOK, title: profile.Person.Name, current: paths.People, chat: h.startChat(r),
		body: views.Person(views.PersonProps{Profile: profile, Self: profile.Person.ID == self.ID, Now: time.Now().In(zone(&profile.Person))}),
	})
}
