package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
	"github.com/carameloai/intranet/views"
)

// A route whose rule was forgotten serves nobody, and says so to nobody.
func TestARouteWithoutARuleServesNobody(t *testing.T) {
	t.Parallel()
	served := false
	i := start(t, routes(web.Get("/forgotten", web.Access(0),
		func(http.ResponseWriter, *http.Request, *store.Person) error { served = true; return nil })))
	if res := i.As("ana").Get("/forgotten"); res.StatusCode != http.StatusForbidden || served {
		t.Errorf("an admin gets %d", res.StatusCode)
	}
	if res := i.Browser().Get("/forgotten"); res.StatusCode != http.StatusSeeOther || served {
		t.Errorf("somebody who is signed out gets %d", res.StatusCode)
	}
}

// The person of a handler is who the session is of, with the role that the database has.
func TestAHandlerGetsThePersonOfTheSession(t *testing.T) {
	t.Parallel()
	i := start(t)
	bea := i.As("bea")
	for _, role := range []store.Role{store.Employee, store.Editor} {
		i.Exec(`UPDATE people SET role = $2 WHERE id = $1`, i.IDs["bea"], role)
		want := "For " + i.IDs["bea"] + ", who is an " + string(role)
		claim := "?person=" + i.IDs["ana"] + "&role=admin"
		if text := bea.Get(lamp(i) + claim).HTML(t).Find("main").Text(); !strings.Contains(text, want) {
			t.Errorf("%q, want %q", text, want)
		}
	}
}

func TestARefusalIsLogged(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.As("bea").Post(index, nil)
	i.Browser().Post(paths.Login, nil, "Origin", "https://evil.example")
	log := i.Log.String()
	for _, want := range []string{
		"refused", i.IDs["bea"], "address=127.0.0.1", `route="POST /things"`, "cross-origin request refused",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q", want)
		}
	}
}

// After a change a redirect leads to a page that says once what was done.
func TestAChangeLeadsToAPageThatSaysWhatWasDone(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio := i.As("caio")
	calls := i.Calls.Load()
	res := caio.Post(index, url.Values{"name": {"Chair"}})
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != index || i.Calls.Load() != calls {
		t.Fatalf("%d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	if got := i.Recorded(); !slices.Equal(got, []string{"thing.added Chair"}) {
		t.Errorf("recorded %q", got)
	}
	for _, want := range []int{1, 0} {
		if got := caio.Get(index).HTML(t).Find("[role=status]").Length(); got != want {
			t.Errorf("%d notices, not %d", got, want)
		}
	}
}

// What the features add to the home page comes there in one round trip.
func TestTheHomePageIsOneRoundTrip(t *testing.T) {
	t.Parallel()
	card := func(text string) web.Feature {
		return web.Feature{Name: text, Home: func(batch *store.Batch, p *store.Person) func(*views.HomeProps) {
			batch.Queue(`SELECT 1`)
			return func(home *views.HomeProps) {
				home.Main = append(home.Main, views.Card{Body: templ.Raw("<p>" + text + "</p>")})
			}
		}}
	}
	i := start(t, card("first"), card("second"))
	ana := i.As("ana")
	before := i.Database.RoundTrips.Load()
	page := ana.Get(paths.Home)
	trips := i.Database.RoundTrips.Load() - before // one is the session's
	if trips != 2 || !strings.Contains(page.Body, "<p>first</p><p>second</p>") {
		t.Errorf("%d round trips: %s", trips, page.HTML(t).Find("main").Text())
	}
}

// A slash that somebody typed or a mail program added is left out, for pages only, and
// never leads to another site.
func TestASlashAtTheEndLeadsToThePage(t *testing.T) {
	t.Parallel()
	i := start(t)
	thing := lamp(i)
	for _, b := range []*webtest.Browser{i.As("ana"), i.Browser()} {
		for path, want := range map[string]string{
			"/things/":               "/things",
			"/things/?q=a%2Fb&x=/":   "/things?q=a%2Fb&x=/",
			"/things/?next=//evil/":  "/things?next=//evil/",
			thing + "/":              thing,
			"/assistant/":            "/assistant",
			"/login/?next=%2Fthings": "/login?next=%2Fthings",
		} {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				res := b.Ask(method, path)
				if res.StatusCode != http.StatusPermanentRedirect || res.Header.Get("Location") != want {
					t.Errorf("%s %s: %d to %q", method, path, res.StatusCode, res.Header.Get("Location"))
				}
			}
		}
		for _, path := range []string{
			"//evil.example/", "///evil.example/", "/%2Fevil.example/", "/%5Cevil.example/", `/\evil.example/`,
			"/things%2F", "/things/x%2F..%2F..%2Fevil/", "/%09/evil.example/", "/nothing/", "/things/x/y/",
			"/./things/",
			"/..//evil.example/", "/http:/evil.example/", "/things/..//evil.example/",
		} {
			to, status := path, 0
			for range 5 { // the mux first makes some of them plain
				res := b.Get(to)
				status = res.StatusCode
				next := res.Header.Get("Location")
				if next == "" || strings.HasPrefix(next, "/login") {
					break
				}
				if u, err := url.Parse(next); err != nil || u.Host != "" || u.Scheme != "" ||
					!strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) {
					t.Fatalf("%s leads to %q", path, next)
				}
				to = next
			}
			if status != http.StatusNotFound && status != http.StatusSeeOther && to != "/things" {
				t.Errorf("%s: %d at %s", path, status, to)
			}
		}
		if res := b.Get("/things%2F"); res.StatusCode == http.StatusPermanentRedirect {
			t.Error("a slash that is escaped is left out")
		}
		if res := b.Ask(http.MethodPost, "/things/"); res.StatusCode == http.StatusPermanentRedirect {
			t.Error("a form is sent on")
		}
	}
}

// The mux in front of the pages makes a path plain. Without it nobody is led away either.
func TestASlashAtTheEndLeadsToNoOtherHost(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /things", func(http.ResponseWriter, *http.Request) {})
	for path, want := range map[string]bool{
		"/things/": true, "//things/": false, "///things/": false, "/x/../things/": false, "/things": false, "/": false,
	} {
		answer := httptest.NewRecorder()
		r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}}
		got := web.RedirectSlash(mux, answer, r)
		if to := answer.Header().Get("Location"); got != want || got && to != "/things" {
			t.Errorf("%s: %t, to %q", path, got, to)
		}
	}
}

func TestASignedOutVisitLeadsToTheSignInPageAndBack(t *testing.T) {
	t.Parallel()
	i := start(t)
	b := i.Browser()
	for path, want := range map[string]string{
		"/":                    "/login",
		"/things?q=ana&kind=":  "/login?next=%2Fthings%3Fq%3Dana%26kind%3D",
		"/things/x":            "/login?next=%2Fthings%2Fx",
		"/assistant":           "/login?next=%2Fassistant",
		"/no/such/page":        "/login?next=%2Fno%2Fsuch%2Fpage",
		"/admin/things/x/edit": "/login?next=%2Fadmin%2Fthings%2Fx%2Fedit",
		"/logout":              "/login",
	} {
		res := b.Get(path)
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != want {
			t.Errorf("%s: %d to %q, want %q", path, res.StatusCode, res.Header.Get("Location"), want)
		}
	}
	for _, path := range []string{"/x%5Cevil", "/%2e%2e/"} { // where exactly does not matter; on this site does
		res := b.Get(path)
		location := res.Header.Get("Location")
		if res.StatusCode/100 != 3 || !strings.HasPrefix(location, "/") || strings.HasPrefix(location, "//") {
			t.Errorf("%s: %d to %q", path, res.StatusCode, location)
		}
	}
	ended := b.Post(index, nil)
	if ended.StatusCode != http.StatusSeeOther || ended.Header.Get("Location") != "/login?ended=yes" {
		t.Errorf("a signed-out POST: %d to %q", ended.StatusCode, ended.Header.Get("Location"))
	}
	if i.Calls.Load() != 0 {
		t.Errorf("%d calls for people who are not signed in", i.Calls.Load())
	}
}

func TestWrongPathsAndMethodsHavePages(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	for _, test := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/no/such/page", 404, ""},
		{"POST", "/no/such/page", 404, ""},
		{"GET", lamp(i) + "/edit", 404, ""},
		{"PUT", "/things", 405, "GET, HEAD, POST"},
		{"GET", "/logout", 405, "POST"},
		{"DELETE", "/login", 405, "GET, HEAD, POST"},
		{"TRACE", "/", 405, "GET, HEAD"},
		{"OPTIONS", "/", 405, "GET, HEAD"},
		{"POST", paths.Static + "style.css", 405, "GET, HEAD"},
		{"POST", paths.Health, 405, "GET, HEAD"},
		{"GET", paths.Static, 404, ""},
		{"GET", paths.Static + "embed.go", 404, ""},
		{"GET", paths.Static + "brand/brand.go", 404, ""},
		{"GET", paths.Static + "routes_test.go", 404, ""}, // is on the disk, where the test runs
		{"GET", paths.Static + "..%2f..%2fgo.mod", 404, ""},
		{"GET", paths.Static + "etc/passwd", 404, ""},
	} {
		res := ana.Ask(test.method, test.path)
		html := res.HTML(t)
		if res.StatusCode != test.status || res.Header.Get("Allow") != test.allow ||
			html.Find("h1").Length() != 1 || html.Find("a[href='/']").Length() == 0 {
			t.Errorf("%s %s: %d, Allow %q", test.method, test.path, res.StatusCode, res.Header.Get("Allow"))
		}
	}
	if res := ana.Get(paths.Home); res.StatusCode != 200 {
		t.Errorf("GET /logout signed the person out: %d", res.StatusCode)
	}
}

// Whoever is shown a page finds its icons, signed in or not.
func TestPagesHaveIcons(t *testing.T) {
	t.Parallel()
	b := start(t).Browser()
	page := b.Get(paths.Login).HTML(t)
	for selector, kind := range map[string]string{
		`link[rel="icon"]`: "image/svg+xml", `link[rel="apple-touch-icon"]`: "image/png",
		`link[rel="manifest"]`: "application/manifest+json", "": "image/x-icon",
	} {
		address := paths.Favicon
		if selector != "" {
			address = page.Find(selector).AttrOr("href", "")
		}
		res := b.Get(address)
		if got, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";"); res.StatusCode != 200 || got != kind {
			t.Errorf("%s %s: %d, %s", selector, address, res.StatusCode, got)
		}
	}
}

func TestTheLanguageFollowsThePersonAndBeforeThatTheBrowser(t *testing.T) {
	t.Parallel()
	i := start(t)
	lang := func(b *webtest.Browser, path, accept string) string {
		return b.Get(path, "Accept-Language", accept).HTML(t).Find("html").AttrOr("lang", "")
	}
	for accept, want := range map[string]string{
		"pt-PT,pt;q=0.9": "pt-BR", "es-MX": "es", "en-GB": "en", "de": "en", "": "en", "\xff;;;": "en",
		"fr, es;q=0.5": "es",
	} {
		if got := lang(i.Browser(), paths.Login, accept); got != want {
			t.Errorf("%q: %s, want %s", accept, got, want)
		}
	}
	b := i.Browser()
	b.Get(paths.LoginIn("es", "", ""), "Accept-Language", "pt")
	if got := lang(b, paths.Login, "pt"); got != "es" {
		t.Errorf("the choice does not stick: %s", got)
	}
	b.Get(paths.Login + "?lang=xx%00")
	for name, want := range map[string]string{"ana": "pt-BR", "bea": "en", "caio": "es"} {
		if got := lang(i.As(name), paths.Home, "en"); got != want {
			t.Errorf("%s reads %s, want %s", name, got, want)
		}
	}
}
