package app

import (
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/store"
)

// What Caramelo is asked for bears the id of the page's request, which is in its answer and our log.
func TestACallToCarameloBearsTheIDOfItsRequest(t *testing.T) {
	t.Parallel()
	heard := make(chan string, 10)
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard <- r.Header.Get("X-Request-Id")
		_, _ = io.WriteString(w, `{"real_time_access_token":"a-token"}`)
	}))
	defer vendor.Close()
	settings, listener := local(t)
	settings.APIURL = vendor.URL
	a, err := Start(t.Context(), settings, Options{Migrate: true, Listener: listener}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	serving(t, a)
	cookie := sessionOfAna(t, a)
	for range 2 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, settings.PublicURL+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.AddCookie(cookie)
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatal(res, err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if id := <-heard; len(id) != 16 || id != res.Header.Get("X-Request-Id") {
			t.Errorf("Caramelo heard %q, the browser %q", id, res.Header.Get("X-Request-Id"))
		}
	}
}

// sessionOfAna is the session of somebody new.
func sessionOfAna(t *testing.T, a *App) *http.Cookie {
	t.Helper()
	var id string
	var version int
	const add = `INSERT INTO people (name, email) VALUES ('Ana', 'ana@x.example') RETURNING id::text, session_version`
	if err := a.pool.QueryRow(t.Context(), add).Scan(&id, &version); err != nil {
		t.Fatal(err)
	}
	expires, token := time.Now().Add(time.Hour), rand.Text()
	data, err := store.SessionCodec{}.Encode(expires, map[string]any{
		store.SessionPersonKey: id, store.SessionVersionKey: strconv.Itoa(version),
	})
	if err == nil {
		err = a.web.Store.Sessions().CommitCtx(t.Context(), token, data, expires)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &http.Cookie{Name: "session", Value: token}
}
