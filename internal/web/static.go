package web

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/static"
)

// serveFiles serves the embedded files. Their addresses hold a hash of their content (see
// static.Assets), so that browsers may keep them for a year.
func serveFiles(assets *static.Assets) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			return StatusError(http.StatusMethodNotAllowed)
		}
		name := strings.TrimPrefix(r.URL.Path, paths.Static)
		content, found := assets.File(name)
		if !found {
			return StatusError(http.StatusNotFound)
		}
		w.Header().Set("Cache-Control", "no-cache")
		// During a deployment an old replica may be asked for a new file. It answers with
		// the old one, which must not be kept under the address of the new one.
		if r.URL.RequestURI() == assets.URL(name) {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		if strings.HasSuffix(name, ".svg") {
			w.Header().Set("Content-Type", "image/svg+xml; charset=utf-8") // Go leaves the charset out
		}
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
		return nil
	}
}
