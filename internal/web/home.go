package web

import (
	"net/http"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// homeShow shows the home page. One round trip to the database brings what all features
// show there.
func (s *Server) homeShow(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	batch := s.Store.NewBatch(r.Context())
	var add []func(*views.HomeProps)
	for _, f := range s.features {
		if f.Home == nil {
			continue
		}
		if cards := f.Home(batch, p); cards != nil {
			add = append(add, cards)
		}
	}
	if batch.Len() > 0 {
		if err := s.Store.Send(r.Context(), &batch.Batch, "load the home page"); err != nil {
			return err
		}
	}
	home := views.HomeProps{Person: *p, Now: time.Now().In(Zone(p))}
	for _, cards := range add {
		cards(&home)
	}
	return s.Render(w, r, Page{Title: i18n.T(r.Context(), "title.home"), Current: paths.Home, Body: views.Home(home)})
}
