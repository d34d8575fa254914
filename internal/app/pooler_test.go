package app

import (
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest/pgbouncer"
)

// A pooler that lends connections for a transaction needs no setting: the server finds out.
func TestEveryPageWorksThroughAPooler(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"transaction", "session"} {
		settings, listener := local(t)
		dsn := pgbouncer.Start(t, testdb.URL(t), mode)
		settings.DatabaseURL = caramelo.NewSecret(dsn + "&pool_max_conns=6")
		if mode == "session" { // a connection stays with whoever has it: two are for the pages
			settings.DatabaseURL = caramelo.NewSecret(dsn + "&pool_max_conns=1")
		}
		written := &log{}
		a, err := Start(t.Context(), settings, Options{Migrate: true, Listener: listener},
			slog.New(slog.NewTextHandler(written, nil)))
		if err != nil {
			t.Fatal(err)
		}
		serving(t, a)
		var visitors sync.WaitGroup
		for range 8 {
			visitors.Go(func() {
				for range 30 {
					req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, settings.PublicURL+"/login", nil)
					req.AddCookie(&http.Cookie{Name: "session", Value: "nobody's"})
					res, err := http.DefaultTransport.RoundTrip(req)
					if err != nil || res.Body.Close() != nil || res.StatusCode != http.StatusOK {
						t.Errorf("%s: %v %v", mode, res, err)
						return
					}
				}
			})
		}
		visitors.Wait()
		if !strings.Contains(written.String(), "a pooler lends the connections") {
			t.Error("the log does not say that there is a pooler")
		}
	}
}
