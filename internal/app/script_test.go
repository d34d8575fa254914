package app

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/carameloai/intranet/internal/caramelo"
)

// A change is logged once, and counted; so is that there is no script. Without credentials
// nothing is fetched.
func TestAChangeOfTheScriptIsLoggedOnceAndCounted(t *testing.T) {
	var text atomic.Value
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if text.Load() == "" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(text.Load().(string)))
	}))
	t.Cleanup(host.Close)
	settings, listener := local(t)
	settings.SDKURL = host.URL
	var log bytes.Buffer
	a, err := Start(t.Context(), settings, Options{Migrate: true, Listener: listener},
		NewLog(&log, Settings{LogLevel: "info"}))
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	defer func() { _ = listener.Close() }()
	if a.Web().Script != a.script {
		t.Error("pages do not know of it")
	}
	for _, now := range []string{"one", "one", "two", "two", "", "", "two", ""} {
		text.Store(now)
		a.script.Look(t.Context())
	}
	for said, times := range map[string]int{
		"script changed": 1, "cannot be fetched": 2, "status 404": 2, "level=WARN msg=\"Caramelo's script": 3,
		"before=7692c3ad": 1, "sha256=3fc4ccfe": 1, "sha256=7692c3ad": 1,
	} {
		if got := strings.Count(log.String(), said); got != times {
			t.Errorf("%q %d times, want %d:\n%s", said, got, times, log.String())
		}
	}
	want := []string{
		`caramelo_script_looks_total{result="changed"} 1`, `caramelo_script_looks_total{result="failed"} 3`,
		`caramelo_script_looks_total{result="same"} 4`,
	}
	if got := counted(a.metrics, "caramelo_script_looks_total"); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}

	settings.ProjectID, settings.SecretToken = "", caramelo.Secret{}
	off, err := Start(t.Context(), settings, Options{Listener: listener}, NewLog(&log, Settings{}))
	if err != nil {
		t.Fatal(err)
	}
	defer off.close()
	if off.script != nil || off.Web().Script != nil {
		t.Error("it is watched without credentials")
	}
}
