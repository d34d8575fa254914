package inspector

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/scriptwatch"
	"github.com/carameloai/intranet/internal/webtest"
)

// The page says what is known of the script, and asks nobody for it.
func TestTheInspectorSaysWhenTheScriptChanged(t *testing.T) {
	t.Parallel()
	var text atomic.Value
	var asked atomic.Int64
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1); text.Load() == "" {
			http.Redirect(w, r, "/leaky", http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, text.Load().(string))
	}))
	t.Cleanup(host.Close)
	const ( // their hashes
		one = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
		two = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3"
	)
	i := start(t, webtest.Options{})
	watch := scriptwatch.New(scriptwatch.Config{URL: host.URL})
	i.Server.Script = watch
	ana := i.As("ana")
	for n, step := range []struct {
		text string
		want []string
	}{
		{"", []string{"Não foi possível baixá-lo", "status 302"}},
		{"one", []string{"É o mesmo desde", one, "3 bytes"}},
		{"two", []string{"Ele mudou", two, "Antes: sha256 " + one}},
		{"", []string{"Ele mudou", "3fc4ccfe", "Não foi possível baixá-lo", "status 302"}},
	} {
		text.Store(step.text)
		before := ana.Get(Live).HTML(t).Find("#handshakes-script").Parent().Text()
		ana.Get(paths.Home)
		if asked.Load() != int64(n) {
			t.Fatal("a page asks for the script")
		}
		watch.Look(t.Context())
		page := strings.Join(strings.Fields(ana.Get(Live).HTML(t).Find("#handshakes-script").Parent().Text()), " ")
		for _, want := range step.want {
			if !strings.Contains(page, want) {
				t.Errorf("step %d: no %q in %q", n, want, page)
			}
		}
		if n == 0 && before != "" || strings.Contains(page, "leaky") {
			t.Errorf("step %d: %q, then %q", n, before, page)
		}
	}
	for lang, want := range map[string]string{"en": "It changed", "es": "Cambió"} {
		i.Exec(`UPDATE people SET lang = $1 WHERE id = $2`, lang, i.IDs["ana"])
		if page := ana.Get(Index).HTML(t).Find("#handshakes-script").Parent().Text(); !strings.Contains(page, want) {
			t.Errorf("%s: %q", lang, page)
		}
	}
}
