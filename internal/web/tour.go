package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/views"
)

// tourKey is where a session keeps the steps that are done, for the demo's guided
// tour.
const tourKey = "tour"

// tourOf is the tour of whoever asks: of admins, in the demo alone. It guards
// nothing: the panel that it leads to is for whoever reaches the sandbox.
func (h *handlers) tourOf(r *http.Request) views.TourProps {
	if h.Tour == "" || !admins.mayUse(person(r)) {
		return views.TourProps{}
	}
	return views.TourProps{Panel: h.Tour, Done: strings.Fields(h.sessions.GetString(r.Context(), tourKey))}
}

func (h *handlers) tourUpdate(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	tour, step := h.tourOf(r), r.PostForm.Get("step")
	if tour.Panel == "" || !slices.Contains(views.TourSteps, step) {
		return statusError(http.StatusNotFound)
	}
	done := slices.DeleteFunc(tour.Done, func(s string) bool { return s == step })
	if r.PostForm.Get("done") != "" {
		done = append(done, step)
	}
	h.sessions.Put(r.Context(), tourKey, strings.Join(done, " "))
	http.Redirect(w, r, paths.Home+"#tour", http.StatusSeeOther)
	return nil
}
