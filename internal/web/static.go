package web

import (
	"net/http"
	"path"

	"github.com/carameloai/intranet/static"
)

// ofPages are headers that say something of pages alone.
var ofPages = []string{"Cross-Origin-Opener-Policy", "Permissions-Policy", "X-Frame-Options", "X-XSS-Protection"}

// serveFiles serves the embedded files: see static.Assets.
func serveFiles(assets *static.Assets) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			return StatusError(http.StatusMethodNotAllowed)
		}
		if !assets.Has(r) {
			return StatusError(http.StatusNotFound)
		}
		w.Header().Del("X-Accel-Buffering") // nothing is flushed
		if ext := path.Ext(r.URL.Path); ext == ".css" || ext == ".js" {
			for _, name := range ofPages {
				w.Header().Del(name)
			}
		}
		assets.Serve(w, r)
		return nil
	}
}
