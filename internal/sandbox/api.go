package sandbox

import (
	"io"
	"net/http"
)

// maxSetting bounds a body that changes the faults, in bytes.
const maxSetting = 16 << 10

// routeAPI adds the JSON API of the panel. Its paths are the sandbox's own: the
// vendor has nothing like it.
func (s *Sandbox) routeAPI(mux *http.ServeMux) {
	protected := http.NewCrossOriginProtection()
	protected.SetDenyHandler(http.HandlerFunc(foreign))
	mux.HandleFunc("GET /sandbox/faults", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.faults.Load()) })
	mux.HandleFunc("GET /sandbox/catalogue", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, Catalogue) })
	mux.HandleFunc("GET /sandbox/calls", func(w http.ResponseWriter, _ *http.Request) {
		calls, received, strayed := s.traffic.lastCalls()
		writeJSON(w, http.StatusOK, map[string]any{"calls": calls, "received": received, "strayed_secrets": strayed})
	})
	mux.HandleFunc("GET /sandbox/sockets", func(w http.ResponseWriter, _ *http.Request) {
		sockets, open := s.traffic.openSockets()
		writeJSON(w, http.StatusOK, map[string]any{"sockets": sockets, "open": open})
	})
	// Without a method, so that a wrong one is answered in the API's own form.
	mux.Handle("/sandbox/faults", protected.Handler(http.HandlerFunc(s.changeFaults)))
	mux.HandleFunc("/sandbox/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, problem{http.StatusNotFound, "not_found", "the API has GET, PUT, PATCH and DELETE /sandbox/faults, GET /sandbox/catalogue, GET /sandbox/calls and GET /sandbox/sockets: see /docs"})
	})
}

func refuse(w http.ResponseWriter, p problem) { writeJSON(w, p.status, map[string]any{"error": p}) }

// foreign refuses another site's page that wants to change something.
func foreign(w http.ResponseWriter, _ *http.Request) {
	refuse(w, problem{http.StatusForbidden, "cross_origin", "only the sandbox's own pages, and programs that are no browser, may change what is set"})
}

// changeFaults is PUT, PATCH and DELETE /sandbox/faults: all of what is set, some
// of it, or nothing at all. It answers with what is set then.
func (s *Sandbox) changeFaults(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodDelete {
		writeJSON(w, http.StatusOK, s.reset())
		return
	}
	if r.Method != http.MethodPut && r.Method != http.MethodPatch {
		w.Header().Set("Allow", "DELETE, GET, HEAD, PATCH, PUT")
		refuse(w, problem{http.StatusMethodNotAllowed, "method_not_allowed", "use GET, PUT, PATCH or DELETE"})
		return
	}
	if !isJSON(r.Header.Get("Content-Type")) {
		refuse(w, problem{http.StatusUnsupportedMediaType, "unsupported_media_type", "send Content-Type: application/json"})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSetting))
	if err != nil {
		refuse(w, problem{http.StatusRequestEntityTooLarge, "body_too_large", "the body ended early or has more than 16384 bytes"})
		return
	}
	set, err := s.change(body, r.Method == http.MethodPatch)
	if err != nil {
		refuse(w, problem{http.StatusUnprocessableEntity, "not_allowed", err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, set)
}

// change sets what a JSON object says: of it all that it leaves out is switched
// off, or, if keep, stays. From the next call on it counts.
func (s *Sandbox) change(object []byte, keep bool) (Faults, error) {
	s.changes.Lock()
	defer s.changes.Unlock()
	var before Faults
	if keep {
		before = *s.faults.Load()
	}
	set, err := before.with(object)
	if err == nil {
		s.faults.Store(&set)
	}
	return set, err
}

// reset switches every fault off, and forgets the secrets that strayed.
func (s *Sandbox) reset() Faults {
	s.traffic.strayed.Store(0)
	set, _ := s.change([]byte("{}"), false) // nothing in it can be wrong
	return set
}
