package tour

import (
	"net/http"
	"slices"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

func (t *tour) update(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	name := r.PostForm.Get("step")
	known := slices.ContainsFunc(t.steps(), func(s step) bool { return s.name == name })
	if !t.isFor(p) || !known {
		return web.StatusError(http.StatusNotFound)
	}
	t.mark(p, name, r.PostForm.Get("done") != "")
	return web.Redirect(w, r, paths.Home+"#tour")
}
