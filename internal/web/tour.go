package web

import (
	"net/http"
	"slices"
	"sync"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
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
func (h *handlers) tourOf(p *store.Person) views.TourProps {
	if h.SandboxPanel == "" || !Admins.Allows(p) {
		return views.TourProps{}
	}
	h.tours.mu.Lock()
	defer h.tours.mu.Unlock()
	tour := views.TourProps{Panel: h.SandboxPanel, Done: slices.Clone(h.tours.done[p.ID])}
	for _, f := range h.Features() {
		if f.Name == "inspector" {
			tour.Inspector = f.Nav[0].Path
		}
	}
	return tour
}

func (h *handlers) tourUpdate(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	tour, step := h.tourOf(p), r.PostForm.Get("step")
	if tour.Panel == "" || !slices.Contains(views.TourSteps, step) {
		return StatusError(http.StatusNotFound)
	}
	done := slices.DeleteFunc(tour.Done, func(s string) bool { return s == step })
	if r.PostForm.Get("done") != "" {
		done = append(done, step)
	}
	h.tours.mu.Lock()
	h.tours.done[p.ID] = done
	h.tours.mu.Unlock()
	return Redirect(w, r, paths.Home+"#tour")
}
