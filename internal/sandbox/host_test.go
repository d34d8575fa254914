package sandbox

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A page elsewhere whose name has come to lead here reads nothing and changes nothing.
func TestThePanelIsReachedByItsOwnNamesAlone(t *testing.T) {
	t.Parallel()
	s, err := New(Config{ProjectID: "p_x", SecretToken: "s", IntranetURL: "http://Intranet.test:8080"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	ask := func(method, path, host, body string) int {
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Host = host
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w.Code
	}
	for _, host := range []string{
		"localhost", "localhost:8081", "LOCALHOST.:8081", "sandbox.localhost", "127.0.0.1:8081", "127.1.2.3",
		"[::1]:8081",
		"192.0.2.7:8081", "intranet.test:8081", "INTRANET.test",
	} {
		if code := ask(http.MethodGet, "/", host, ""); code != http.StatusOK {
			t.Errorf("%s: %d", host, code)
		}
	}
	for _, host := range []string{
		"evil.example", "evil.example:8081", "localhost.evil.example", "127.0.0.1.evil.example", "xlocalhost", "",
		":8081",
		"intranet.test.evil.example", "sandbox:8081", "evil.example:127.0.0.1",
	} {
		for _, path := range []string{
			"/", "/docs", "/panel.js", "/sandbox/faults", "/sandbox/calls", "/sandbox/sockets",
		} {
			if code := ask(http.MethodGet, path, host, ""); code != http.StatusMisdirectedRequest {
				t.Errorf("GET %s at %q: %d", path, host, code)
			}
		}
		for _, path := range []string{"/faults", "/reset", "/sandbox/faults", "/sandbox/reset"} {
			if code := ask(http.MethodPost, path, host, "{}"); code != http.StatusMisdirectedRequest {
				t.Errorf("POST %s at %q: %d", path, host, code)
			}
		}
		if code := ask(http.MethodPut, "/sandbox/faults", host, `{"answer":"status-500"}`); code == http.StatusOK {
			t.Errorf("faults are set at %q", host)
		}
	}
	// What the intranet's server and its pages need has any name.
	for path, want := range map[string]int{"/healthz": 200, "/sdk/latest/authenticated.js": 200, "/ws": 426} {
		if code := ask(http.MethodGet, path, "sandbox:8081", ""); code != want {
			t.Errorf("%s: %d", path, code)
		}
	}
}
