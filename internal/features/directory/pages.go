package directory

import (
	"net/http"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

const perPage = 24

func (h handlers) index(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	query := r.URL.Query()
	filter := store.PeopleFilter{
		Query:      web.Text(query.Get("q"), web.MaxQuery),
		Department: web.Text(query.Get("department"), web.MaxQuery),
		Manager:    web.Text(query.Get("manager"), web.MaxQuery),
		After:      query.Get("after"),
		Limit:      perPage,
	}
	people, err := h.Store.People(r.Context(), p.Lang, filter)
	if err != nil {
		return err
	}
	return h.Render(w, r, web.Page{
		Title: i18n.T(r.Context(), "people.title"), Current: paths.People,
		Body: indexPage(indexProps{Filter: filter, Page: people}),
	})
}

func (h handlers) show(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	profile, err := h.people.profile(r.Context(), p.Lang, r.PathValue("id"))
	if err != nil {
		return err
	}
	now := time.Now().In(web.Zone(&profile.Person))
	return h.Render(w, r, web.Page{
		Title: profile.Person.Name, Current: paths.People,
		Body: showPage(showProps{Profile: profile, Self: profile.Person.ID == p.ID, Now: now}),
	})
}
