package e2e

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/sandbox"
)

// Vendor is the sandbox with a door in front of it: a test may answer
// intranet-auth itself.
type Vendor struct {
	url     string
	sandbox http.Handler
	instead atomic.Pointer[http.HandlerFunc]
}

func startVendor(t *testing.T, settings app.Settings) *Vendor {
	t.Helper()
	s, err := sandbox.New(sandbox.Config{
		ProjectID: settings.ProjectID, SecretToken: settings.SecretToken.Reveal(),
		TypingDelay: -1, Logger: app.NewLog(t.Output(), settings),
	})
	if err != nil {
		t.Fatal(err)
	}
	v := &Vendor{sandbox: s.Handler()}
	server := httptest.NewServer(v)
	v.url = server.URL
	t.Cleanup(func() {
		s.Close()
		server.Close()
	})
	return v
}

func (v *Vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if instead := v.instead.Load(); instead != nil && strings.HasSuffix(r.URL.Path, "/intranet-auth") {
		(*instead)(w, r)
		return
	}
	v.sandbox.ServeHTTP(w, r)
}

// Answer makes handle answer intranet-auth from now on.
func (v *Vendor) Answer(handle http.HandlerFunc) { v.instead.Store(&handle) }

// Refuse makes intranet-auth refuse everybody from now on.
func (v *Vendor) Refuse() {
	v.Answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
}

// hold keeps every call of intranet-auth waiting until release is called; then
// answers it.
func (v *Vendor) hold(t *testing.T, then http.Handler) (release func()) {
	released := make(chan struct{})
	v.Answer(held(released, then))
	release = sync.OnceFunc(func() { close(released) })
	t.Cleanup(release)
	return release
}

// held answers when released is closed, and not at all when it is nil.
func held(released <-chan struct{}, then http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		// Only behind its body does a server notice that the caller has left.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		select {
		case <-released:
			then.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}
}
