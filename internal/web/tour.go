package web

import (
	"net/http"
	"slices"
	"sync"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/views"
)

// tours are the steps of the demo's guided tour that each admin has done. One of
// them is to sign out, so that a session is no place for them.
type tours struct {
	mu   sync.Mutex
	done map[string][]string // by person
}

// tourOf is the tour of whoever asks: of admins, in the demo alone. It guards
// nothing: the panel that it leads to is for whoever reaches the sandbox.
func (h *handlers) tourOf(r *http.Request) views.TourProps {
	p := person(r)
	if h.Tour == "" || !admins.mayUse(p) {
		return views.TourProps{}
	}
	h.tours.mu.Lock()
	defer h.tours.mu.Unlock()
	return views.TourProps{Panel: h.Tour, Done: slices.Clone(h.tours.done[p.ID])}
}

func (h *handlers) tourUpdate(w http.ResponseWriter, r *http.Request) error {
	tour, step := h.tourOf(r), r.PostForm.Get("step")
	if tour.Panel == "" || !slices.Contains(views.TourSteps, step) {
		return statusError(http.StatusNotFound)
	}
	done := slices.DeleteFunc(tour.Done, func(s string) bool { return s == step })
	if r.PostForm.Get("done") != "" {
		done = append(done, step)
	}
	h.tours.mu.Lock()
	h.tours.done[person(r).ID] = done
	h.tours.mu.Unlock()
	return redirect(w, r, paths.Home+"#tour")
}
