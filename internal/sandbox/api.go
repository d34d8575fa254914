package sandbox

import (
	"io"
	"net/http"
)

// maxChange is the largest body, in bytes, of a request that changes the faults.
const maxChange = 16 << 10

// routeAPI adds the JSON API that does for scripts what the panel does. Its paths are
// the sandbox's own: Caramelo has nothing like it.
func (s *Sandbox) routeAPI(mux *http.ServeMux) {
	protected := http.NewCrossOriginProtection()
	protected.SetDenyHandler(http.HandlerFunc(refuseCrossOrigin))
	mux.HandleFunc("GET /sandbox/faults", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, s.faults.Load())
	})
	mux.HandleFunc("GET /sandbox/catalogue", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, Catalogue)
	})
	mux.HandleFunc("GET /sandbox/calls", func(w http.ResponseWriter, _ *http.Request) {
		calls, received, strayed := s.traffic.lastCalls()
		writeJSON(w, http.StatusOK, map[string]any{"calls": calls, "received": received, "strayed_secrets": strayed})
	})
	mux.HandleFunc("GET /sandbox/sockets", func(w http.ResponseWriter, _ *http.Request) {
		sockets, open := s.traffic.openSockets()
		writeJSON(w, http.StatusOK, map[string]any{"sockets": sockets, "open": open})
	})
	// Without a method in the pattern, so that a wrong one gets a JSON answer.
	mux.Handle("/sandbox/faults", protected.Handler(http.HandlerFunc(s.changeFaults)))
	mux.HandleFunc("/sandbox/", func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, problem{
			status: http.StatusNotFound,
			Code:   "not_found",
			Message: "the API has GET, PUT, PATCH and DELETE /sandbox/faults, GET /sandbox/catalogue, " +
				"GET /sandbox/calls and GET /sandbox/sockets: see /docs",
		})
	})
}

func writeProblem(w http.ResponseWriter, p problem) {
	writeJSON(w, p.status, map[string]any{"error": p})
}

// refuseCrossOrigin answers a page of another site that tries to change something.
func refuseCrossOrigin(w http.ResponseWriter, _ *http.Request) {
	writeProblem(w, problem{
		status:  http.StatusForbidden,
		Code:    "cross_origin",
		Message: "only the sandbox's own pages, and programs that are no browser, may change what is set",
	})
}

// changeFaults is PUT, PATCH and DELETE /sandbox/faults: PUT sets all faults, PATCH
// some of them, and DELETE switches all off. It answers with the faults that are set
// then.
func (s *Sandbox) changeFaults(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodDelete {
		writeJSON(w, http.StatusOK, s.reset())
		return
	}
	object, p := readChange(w, r)
	if p != nil {
		if p.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", "DELETE, GET, HEAD, PATCH, PUT")
		}
		writeProblem(w, *p)
		return
	}
	set, err := s.change(object, r.Method == http.MethodPatch)
	if err != nil {
		writeProblem(w, problem{
			status:  http.StatusUnprocessableEntity,
			Code:    "not_allowed",
			Message: err.Error(),
		})
		return
	}
	writeJSON(w, http.StatusOK, set)
}

// readChange returns the body of a PUT or PATCH.
func readChange(w http.ResponseWriter, r *http.Request) ([]byte, *problem) {
	if r.Method != http.MethodPut && r.Method != http.MethodPatch {
		return nil, &problem{
			status:  http.StatusMethodNotAllowed,
			Code:    "method_not_allowed",
			Message: "use GET, PUT, PATCH or DELETE",
		}
	}
	if !isJSON(r.Header.Get("Content-Type")) {
		return nil, &problem{
			status:  http.StatusUnsupportedMediaType,
			Code:    "unsupported_media_type",
			Message: "send Content-Type: application/json",
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxChange))
	if err != nil {
		return nil, &problem{
			status:  http.StatusRequestEntityTooLarge,
			Code:    "body_too_large",
			Message: "the body ended early or has more than 16384 bytes",
		}
	}
	return body, nil
}

// change sets the faults that a JSON object names. The others keep their value if
// keep is set, and are switched off if not. The change counts from the next call on.
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

// reset switches every fault off and sets the count of strayed secrets to zero.
func (s *Sandbox) reset() Faults {
	s.traffic.strayed.Store(0)
	set, _ := s.change([]byte("{}"), false) // an empty object is always valid
	return set
}
