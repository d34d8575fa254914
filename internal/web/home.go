package web

import (
	"net/http"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/views"
)

func (h *handlers) homeShow(w http.ResponseWriter, r *http.Request) error {
	p := person(r)
	home, err := h.Store.Home(r.Context(), p)
	if err != nil {
		return err
	}
	return h.render(w, r, page{
		status: http.StatusOK, title: i18n.T(r.Context(), "title.home"), current: paths.Home, chat: h.startChat(r),
		body: views.Home(views.HomeProps{Person: *p, Home: home, Editor: editors.mayUse(p), Now: time.Now().In(zone(p)), Tour: h.tourOf(r)}),
	})
}
