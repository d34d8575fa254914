package web

import (
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/static"
	"github.com/carameloai/intranet/views"
)

// healthShow says that the process answers.
func (h *handlers) healthShow(w http.ResponseWriter, r *http.Request) error {
	return plainText(w, r, http.StatusOK, "ok")
}

// readyShow says whether this replica should get traffic: the database answers,
// the schema is current, and it is not shutting down. Why not is in the log.
func (h *handlers) readyShow(w http.ResponseWriter, r *http.Request) error {
	if err := h.Ready(r.Context()); err != nil {
		h.Log.LogAttrs(r.Context(), slog.LevelWarn, "not ready", slog.Any("error", err))
		return plainText(w, r, http.StatusServiceUnavailable, "not ready")
	}
	return plainText(w, r, http.StatusOK, "ready")
}

func plainText(w http.ResponseWriter, r *http.Request, status int, text string) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		return statusError(http.StatusMethodNotAllowed)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // fails only where the prober has left
	return nil
}

// static serves the embedded files. Their URLs carry a hash of their content
// (views.Asset), so browsers may keep them for a year.
func (h *handlers) static() handler {
	files := http.StripPrefix(paths.Static, http.FileServerFS(static.FS))
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			return statusError(http.StatusMethodNotAllowed)
		}
		name := strings.TrimPrefix(r.URL.Path, paths.Static)
		if info, err := fs.Stat(static.FS, name); err != nil || info.IsDir() {
			return statusError(http.StatusNotFound)
		}
		w.Header().Set("Cache-Control", "no-cache")
		// During a deployment an old replica may be asked for a new file: only
		// what really has that hash may be kept.
		if r.URL.RequestURI() == views.Asset(name) {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		if strings.HasSuffix(name, ".svg") {
			w.Header().Set("Content-Type", "image/svg+xml; charset=utf-8") // it is text, too
		}
		files.ServeHTTP(w, r)
		return nil
	}
}
