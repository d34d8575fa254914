package web_test

import (
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// kill ends the connections to the database, at the server, as an administrator does or
// a restart. It returns when they have ended.
func kill(i *webtest.Intranet) {
	i.T.Helper()
	i.Exec(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`)
}

// Whoever opens a page at the moment at which its connection to the database has ended
// gets the page, and a change is made, once.
func TestAConnectionThatWasKilledCostsNobodyAnything(t *testing.T) {
	t.Parallel()
	var i *webtest.Intranet
	losing := web.Feature{Name: "losing"}
	losing.Routes = func(s *web.Server) []web.Route {
		return []web.Route{web.Post("/losing", web.Employees,
			func(w http.ResponseWriter, r *http.Request, p *store.Person) error {
				kill(i) // after the session was read, and before the change
				return s.Store.Change(r.Context(), p, "add", func(tx pgx.Tx) (store.Entry, error) {
					_, err := tx.Exec(r.Context(), `INSERT INTO things (name) VALUES ('Lost')`)
					return store.Entry{}, err
				})
			})}
	}
	i = start(t, losing)
	ana := i.As("ana")
	thing := show.Of(i.First(`SELECT id::text FROM things LIMIT 1`))
	for _, path := range []string{index, paths.Home, thing, paths.Login} {
		kill(i)
		if res := ana.Get(path); res.StatusCode != http.StatusOK && res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	// The pool has several connections: all of them have ended.
	for range 3 {
		done := make(chan webtest.Answer, 4)
		for range cap(done) {
			go func() { done <- ana.Get(index) }()
		}
		for range cap(done) {
			<-done
		}
		kill(i)
		if res := ana.Get(index); res.StatusCode != http.StatusOK {
			t.Errorf("after many at once: %d", res.StatusCode)
		}
	}
	before := i.Count("things")
	if res := ana.Post("/losing", nil); res.StatusCode != http.StatusOK {
		t.Errorf("a change whose transaction cannot begin: %d", res.StatusCode)
	}
	if n := i.Count("things"); n != before+1 {
		t.Errorf("%d were added", n-before)
	}
	kill(i)
	if res := ana.Post(index, url.Values{"name": {"New"}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a change: %d", res.StatusCode)
	}
	if n := i.Count("things"); n != before+2 {
		t.Errorf("%d were added", n-before)
	}
}

// A page that has found who is signed in, and then loses the connection, reads once more.
// A form is not handled twice: its change may have been made.
func TestOnlyWhatReadsIsTriedAgain(t *testing.T) {
	t.Parallel()
	var i *webtest.Intranet
	var calls, deaths atomic.Int32
	feature := web.Feature{Name: "dying"}
	feature.Routes = func(s *web.Server) []web.Route {
		die := func(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
			calls.Add(1)
			if deaths.Add(-1) >= 0 {
				conn, err := s.Store.Pool.Acquire(r.Context())
				if err != nil {
					return store.Wrap(err, "connect")
				}
				defer conn.Release()
				i.Exec(`SELECT pg_terminate_backend($1, 5000)`, conn.Conn().PgConn().PID())
				_, err = conn.Exec(r.Context(), `SELECT 1`)
				return store.Wrap(err, "read")
			}
			_, err := io.WriteString(w, "alive")
			return err
		}
		return []web.Route{web.Get("/dying", web.Employees, die), web.Post("/dying", web.Employees, die)}
	}
	i = start(t, feature)
	ana := i.As("ana")
	for _, test := range []struct {
		method               string
		deaths, status, want int
	}{
		{http.MethodGet, 0, http.StatusOK, 1},
		{http.MethodGet, 1, http.StatusOK, 2},
		{http.MethodHead, 1, http.StatusOK, 2},
		{http.MethodGet, 9, http.StatusServiceUnavailable, 2}, // and not for ever
		{http.MethodPost, 0, http.StatusOK, 1},
		{http.MethodPost, 1, http.StatusServiceUnavailable, 1},
	} {
		calls.Store(0)
		deaths.Store(int32(test.deaths))
		req, err := http.NewRequestWithContext(t.Context(), test.method, i.URL+"/dying", nil)
		if err != nil {
			t.Fatal(err)
		}
		if res := ana.Send(req); res.StatusCode != test.status || int(calls.Load()) != test.want {
			t.Errorf("%s after %d deaths: %d, handled %d times", test.method, test.deaths, res.StatusCode, calls.Load())
		}
	}
}
