package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func get(t *testing.T, url string, header http.Header) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func TestSDKIsServedToEveryOrigin(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t)
	for _, file := range []string{"authenticated.js", "index.js"} {
		res, body := get(t, b.url+"/sdk/latest/"+file, nil)
		if res.StatusCode != http.StatusOK || !strings.Contains(body, "carameloaiChatbot") {
			t.Fatalf("%s: %s, %d bytes", file, res.Status, len(body))
		}
		for name, want := range map[string]string{
			"Content-Type":                 "text/javascript; charset=utf-8",
			"X-Content-Type-Options":       "nosniff",
			"Cache-Control":                "no-cache",
			"Cross-Origin-Resource-Policy": "cross-origin",
			"Access-Control-Allow-Origin":  "*",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", file, name, got, want)
			}
		}
		known := http.Header{"If-Modified-Since": {res.Header.Get("Last-Modified")}}
		res, body = get(t, b.url+"/sdk/latest/"+file, known)
		if res.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%s again: %s, %d bytes", file, res.Status, len(body))
		}
	}
}

// A strict Content-Security-Policy, or Trusted Types, forbid all of these.
func TestSDKKeepsToWhatAStrictPolicyAllows(t *testing.T) {
	t.Parallel()
	for _, forbidden := range []string{
		"innerHTML",
		"outerHTML",
		"insertAdjacentHTML",
		"document.write",
		"eval(",
		"new Function",
		`setAttribute("style"`,
		"cssText",
	} {
		if strings.Contains(string(authenticatedJS[""]), forbidden) {
			t.Errorf("authenticated.js uses %s", forbidden)
		}
	}
}

func TestWidgetSpeaksEveryLanguage(t *testing.T) {
	t.Parallel()
	var texts map[string]map[string]string
	if err := json.Unmarshal(file("strings.json"), &texts); err != nil {
		t.Fatal(err)
	}
	// These names are in variables of the script, so that the expression below does not find them.
	used := []string{"connecting", "online", "offline", "ended", "person", "assistant", "unread", "other_tab"}
	for _, m := range regexp.MustCompile(`text\("(\w+)"\)`).FindAllSubmatch(file("widget.js"), -1) {
		used = append(used, string(m[1]))
	}
	for _, name := range used {
		for _, lang := range []string{"en", "pt", "es"} {
			if texts[name][lang] == "" {
				t.Errorf("%s: no text for %q", lang, name)
			}
		}
	}
	for name := range texts {
		if !slices.Contains(used, name) {
			t.Errorf("%q is not used", name)
		}
	}
}

func TestPagesForPeopleAndProbes(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t)
	res, body := get(t, b.url+"/", nil)
	if res.StatusCode != http.StatusOK || !strings.Contains(body, "Never use it in production") ||
		!strings.Contains(body, testProject) {
		t.Errorf("front page: %s\n%s", res.Status, body)
	}
	for path, want := range map[string]int{"/healthz": 200, "/nothing": 404, "/sdk/latest/": 404} {
		if res, _ := get(t, b.url+path, nil); res.StatusCode != want {
			t.Errorf("%s: %s, want %d", path, res.Status, want)
		}
	}
	if _, body := get(t, b.url+"/healthz", nil); body != "ok\n" {
		t.Errorf("healthz: %q", body)
	}
	if res, _ := get(t, b.url+"/ws", nil); res.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("/ws without an upgrade: %s", res.Status)
	}
}
