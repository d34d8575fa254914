package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/paths"
)

// gallery shows pages again as they were sent, with their policy, and everything
// that they load. So a browser can look at the answer to a form, or at what somebody
// else sees, without the steps that lead to it.
func (in *Intranet) gallery(t *testing.T, pages []sent) *Intranet {
	t.Helper()
	origin, err := url.Parse(in.url)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", httputil.NewSingleHostReverseProxy(origin))
	// A page must stay as it is while it is looked at: no draft comes into its forms.
	mux.HandleFunc("GET "+paths.DraftsKept, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
	})
	mux.HandleFunc("GET /gallery/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.PathValue("n"))
		if err != nil || n < 0 || n >= len(pages) {
			http.NotFound(w, r)
			return
		}
		for _, cookie := range pages[n].cookies {
			http.SetCookie(w, &http.Cookie{Name: cookie.Name, Value: cookie.Value, Path: "/"})
		}
		for _, name := range []string{"Content-Type", "Content-Security-Policy"} {
			w.Header()[name] = pages[n].header[name]
		}
		w.WriteHeader(pages[n].status)
		_, _ = io.WriteString(w, pages[n].body)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	shown := *in
	shown.url = server.URL
	return &shown
}

// guide is a tab that goes through a gallery. No page asks before it is left.
func (in *Intranet) guide(t *testing.T) *Tab {
	t.Helper()
	b := in.NewTab(t, wide, 700)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), 15*time.Minute)
	t.Cleanup(cancel)
	b.ctx = ctx
	b.Before(`addEventListener("beforeunload", (event) => event.stopImmediatePropagation())`)
	return b
}

// shown is the address of a page in the gallery.
func shown(n int) string { return fmt.Sprintf("/gallery/%d", n) }
