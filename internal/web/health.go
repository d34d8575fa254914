package web

import (
	"io"
	"log/slog"
	"net/http"

	"github.com/a-h/templ"
)

// health answers as long as the process runs. It comes with the policy of pages with the
// chat: the doctor, who cannot sign in, sees there whether a proxy changes it.
func health(policy string) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		allow(w, templ.GetNonce(r.Context()), policy)
		return plainText(w, r, http.StatusOK, "ok")
	}
}

// readyShow says whether this replica should get traffic: the database has answered, its
// schema is current, and the server is not shutting down. The reason is in the log only.
func (s *Server) readyShow(w http.ResponseWriter, r *http.Request) error {
	if err := s.Ready(); err != nil {
		s.Log.LogAttrs(r.Context(), slog.LevelWarn, "not ready", slog.Any("error", err))
		return plainText(w, r, http.StatusServiceUnavailable, "not ready")
	}
	return plainText(w, r, http.StatusOK, "ready")
}

func plainText(w http.ResponseWriter, r *http.Request, status int, text string) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		return StatusError(http.StatusMethodNotAllowed)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // fails only where the client has left
	return nil
}
