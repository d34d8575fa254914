package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// connection notes until when a server would read a request, and write its answer.
type connection struct {
	*httptest.ResponseRecorder
	read, write time.Time
}

func (c *connection) SetReadDeadline(at time.Time) error  { c.read = at; return nil }
func (c *connection) SetWriteDeadline(at time.Time) error { c.write = at; return nil }

// A route with a limit of time of its own has it for the work and for the connection. Who
// may not use the route cannot hold a connection for so long.
func TestARouteMayHaveATimeOfItsOwn(t *testing.T) {
	t.Parallel()
	const long = 2 * time.Minute
	var left time.Duration
	work := func(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
		until, _ := r.Context().Deadline()
		left = time.Until(until)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	i := webtest.New(t, web.Feature{Name: "works", Routes: func(*web.Server) []web.Route {
		return []web.Route{
			web.Post("/long", web.Editors, work).WithBody(1 << 20).WithTime(long),
			web.Post("/longer", web.Editors, work).WithTime(2 * long),
			web.Post("/large", web.Editors, work).WithBody(1 << 20),
			web.Post("/usual", web.Editors, work),
		}
	}})
	site, _ := url.Parse(i.URL)
	ask := func(name, path string) *connection {
		r := httptest.NewRequest(http.MethodPost, i.URL+path, nil)
		if name != "" {
			for _, cookie := range i.As(name).Jar.Cookies(site) {
				r.AddCookie(cookie)
			}
		}
		left = 0
		answer := &connection{ResponseRecorder: httptest.NewRecorder()}
		i.Server.ServeHTTP(answer, r)
		return answer
	}
	about := func(got, want time.Duration) bool { return got > want-time.Minute/2 && got <= want }
	for path, want := range map[string]time.Duration{
		"/long": long, "/longer": 2 * long, "/large": 10 * time.Second, "/usual": 10 * time.Second,
	} {
		answer := ask("caio", path)
		if answer.Code != http.StatusNoContent || !about(left, want) {
			t.Errorf("%s: %d, with %v left", path, answer.Code, left)
		}
		if own := want >= long; own != about(time.Until(answer.read), want) || own != answer.write.After(answer.read) {
			t.Errorf("%s is read for %v", path, time.Until(answer.read))
		}
	}
	for _, name := range []string{"", "bea"} {
		if answer := ask(name, "/long"); left != 0 || !answer.read.IsZero() || !answer.write.IsZero() {
			t.Errorf("%s, who may not use it, has until %v", name, answer.read)
		}
	}
}
