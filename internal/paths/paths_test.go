package paths

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestLocal(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"/":                                      "/",
		"/people":                                "/people",
		"/people?q=a%20b":                        "/people?q=a%20b",
		"/people/x#y":                            "/people/x#y",
		"":                                       "/",
		"people":                                 "/",
		"//evil.example":                         "/",
		"///evil.example":                        "/",
		`/\evil.example`:                         "/",
		`\\evil.example`:                         "/",
		"/\t/evil.example":                       "/",
		"/\n/evil.example":                       "/",
		"https://evil.example":                   "/",
		"javascript:alert(1)":                    "/",
		"/x\x7f":                                 "/",
		"/%5Cevil.example":                       "/",
		"/login":                                 "/",
		"/login?next=/login":                     "/",
		"/logout":                                "/",
		"/%zz":                                   "/",
		"/people?q=" + strings.Repeat("x", 2048): "/",
	} {
		if got := Local(next); got != want {
			t.Errorf("%q became %q, want %q", next, got, want)
		}
	}
}

// Whatever somebody sends as next, a browser that follows the redirect stays on
// this host.
func FuzzLocal(f *testing.F) {
	for _, seed := range []string{
		"/", "//evil", `/\evil`, "/%2f/evil", "/;//evil", "/.//evil", "/..//evil", "/a/..//evil", "/?//evil",
		"/#//evil", "/%09/evil", "/\u2028/evil", "/@evil",
	} {
		f.Add(seed)
	}
	base, _ := url.Parse("https://intranet.example.com/login")
	f.Fuzz(func(t *testing.T, next string) {
		local := Local(next)
		w := httptest.NewRecorder()
		http.Redirect(w, httptest.NewRequest(http.MethodPost, "/login", nil), local, http.StatusSeeOther)
		location := w.Header().Get("Location")
		// As browsers read it: backslashes are slashes, tabs and line breaks vanish.
		seen := strings.Map(func(r rune) rune {
			if r == '\t' || r == '\n' || r == '\r' {
				return -1
			}
			return r
		}, strings.ReplaceAll(location, `\`, "/"))
		u, err := base.Parse(seen)
		if err != nil || u.Host != base.Host || u.Scheme != base.Scheme || strings.HasPrefix(seen, "//") {
			t.Fatalf("next %q leads to %q", next, location)
		}
	})
}

func TestBuiltPathsMatchTheirPatterns(t *testing.T) {
	t.Parallel()
	for pattern, path := range map[Pattern]string{
		Person:      Person.Of("a/b ?#"),
		AdminPerson: AdminPerson.Of("?"),
	} {
		mux := http.NewServeMux()
		mux.HandleFunc(string(pattern), func(http.ResponseWriter, *http.Request) {})
		if _, got := mux.Handler(httptest.NewRequest(http.MethodGet, path, nil)); got != string(pattern) {
			t.Errorf("%s does not match %s", path, pattern)
		}
	}
	if got := PeopleList("ana & bea", "", "x=y"); got != "/people?after=x%3Dy&q=ana+%26+bea" {
		t.Error(got)
	}
}
