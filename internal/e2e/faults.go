package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/sandbox"
)

// StartFaulty runs an intranet with a sandbox that can be told to fail, without
// the door that others put before theirs.
func StartFaulty(t *testing.T, change ...func(*app.Settings)) (in *Intranet, panel string) {
	t.Helper()
	in = Start(t, append(change, func(s *app.Settings) {
		s.Timeout = "1s" // each fault that hangs is waited for
		box, err := sandbox.New(sandbox.Config{
			ProjectID: s.ProjectID, SecretToken: s.SecretToken.Reveal(), IntranetURL: s.PublicURL,
			TypingDelay: -1, Logger: app.NewLog(t.Output(), *s),
		})
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(box.Handler())
		t.Cleanup(func() {
			box.Close()
			server.Close()
		})
		panel = server.URL
		s.APIURL, s.SDKURL = panel, panel+"/sdk/latest/authenticated.js"
	})...)
	return in, panel
}

// SetFaults sets them, and nothing else, by the sandbox's own API.
func SetFaults(t *testing.T, panel string, faults sandbox.Faults) {
	t.Helper()
	body, err := json.Marshal(faults)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, panel+"/sandbox/faults", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("set %s: %s", body, res.Status)
	}
}

// Impatient makes assistant.js wait for the vendor's script for a moment only.
const Impatient = `{
	const real = setTimeout;
	window.setTimeout = (f, ms, ...rest) => real(f, ms === 8000 ? 200 : ms, ...rest);
}`
