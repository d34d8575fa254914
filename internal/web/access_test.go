package web

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// The routes that anybody may use, signed in or not. A new one is a decision.
var publicRoutes = map[string]bool{
	"GET /login": true, "POST /login": true, "GET /login/code": true, "POST /login/code": true,
	"GET /invitation": true, "POST /invitation": true,
}

func TestEveryRouteHasARule(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	for _, route := range i.handlers.Routes() {
		name := route.Method + " " + route.Path
		if route.Access == 0 || (route.Access == Public) != publicRoutes[name] || (route.Access == Admins) != strings.HasPrefix(route.Path, "/admin/") {
			t.Errorf("%s has the rule %d", name, route.Access)
		}
	}
	// A route whose rule was forgotten serves nobody.
	forgotten := i.handlers.guard(Route{Handle: func(http.ResponseWriter, *http.Request, *store.Person) error { return nil }})
	r := requestOf(i, "ana")
	if err := forgotten(nil, r, person(r)); statusOf(err) != http.StatusForbidden {
		t.Errorf("a route without a rule answers %v", err)
	}
}

// requestOf is a request as a handler sees it when somebody is signed in.
func requestOf(i *intranet, name string) (seen *http.Request) {
	b := i.as(name)
	req, _ := http.NewRequestWithContext(i.t.Context(), http.MethodGet, i.url+"/", nil)
	u, _ := url.Parse(i.url)
	for _, c := range b.Jar.Cookies(u) {
		req.AddCookie(c)
	}
	i.handlers.currentUser(i.handlers.sessions.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r }))).ServeHTTP(&writes{header: http.Header{}}, req)
	return seen
}

func TestASignedOutVisitLeadsToTheSignInPageAndBack(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.browser()
	for path, want := range map[string]string{
		"/":                         "/login",
		"/people?q=ana&department=": "/login?next=%2Fpeople%3Fq%3Dana%26department%3D",
		"/people/x":                 "/login?next=%2Fpeople%2Fx",
		"/assistant":                "/login?next=%2Fassistant",
		"/no/such/page":             "/login?next=%2Fno%2Fsuch%2Fpage",
		"/admin/people":             "/login?next=%2Fadmin%2Fpeople",
		"/logout":                   "/login",
		"/%2e%2e/":                  "/login",
		"/x\\evil":                  "/login",
	} {
		res := b.get(strings.ReplaceAll(path, "\\", "%5C"))
		location := res.Header.Get("Location")
		if path == "/x\\evil" || path == "/%2e%2e/" { // where exactly does not matter; on this site does
			if res.StatusCode/100 != 3 || !strings.HasPrefix(location, "/") || strings.HasPrefix(location, "//") {
				t.Errorf("%s: %d to %q", path, res.StatusCode, location)
			}
			continue
		}
		if res.StatusCode != http.StatusSeeOther || location != want {
			t.Errorf("%s: %d to %q, want %q", path, res.StatusCode, location, want)
		}
	}
	if res := b.post("/people", nil); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/login?ended=yes" {
		t.Errorf("a signed-out POST: %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	if i.calls.Load() != 0 {
		t.Errorf("%d calls for people who are not signed in", i.calls.Load())
	}
}

func TestWrongPathsAndMethodsHavePages(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.as("ana")
	for _, test := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/no/such/page", 404, ""},
		{"POST", "/no/such/page", 404, ""},
		{"GET", "/people/", 404, ""},
		{"GET", "/people/" + i.ids["ana"] + "/edit", 404, ""},
		{"PUT", "/people", 405, "GET, HEAD"},
		{"GET", "/logout", 405, "POST"},
		{"DELETE", "/login", 405, "GET, HEAD, POST"},
		{"TRACE", "/", 405, "GET, HEAD"},
		{"OPTIONS", "/", 405, "GET, HEAD"},
		{"POST", paths.Static + "style.css", 405, "GET, HEAD"},
		{"POST", paths.Health, 405, "GET, HEAD"},
		{"GET", paths.Static, 404, ""},
		{"GET", paths.Static + "embed.go", 404, ""},
	} {
		res := b.do(test.method, test.path)
		html := res.html(t)
		if res.StatusCode != test.status || res.Header.Get("Allow") != test.allow || html.Find("h1").Length() != 1 || html.Find("a[href='/']").Length() == 0 {
			t.Errorf("%s %s: %d, Allow %q", test.method, test.path, res.StatusCode, res.Header.Get("Allow"))
		}
	}
	if res := b.get(paths.Home); res.StatusCode != 200 {
		t.Errorf("GET /logout signed the person out: %d", res.StatusCode)
	}
}

// strictPolicy is the whole Content-Security-Policy but for where to report: what
// is not in it is refused.
const strictPolicy = "default-src 'none'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; " +
	"script-src 'nonce-…' https://static.vendor.example https://*.vendor.example; style-src 'self'; img-src 'self' data: https://static.vendor.example https://*.vendor.example; " +
	"font-src 'self'; connect-src 'self' https://static.vendor.example wss://static.vendor.example https://*.vendor.example wss://*.vendor.example; " +
	"frame-src 'self' https://static.vendor.example https://*.vendor.example"

func TestEveryAnswerHasItsSecurityHeaders(t *testing.T) {
	t.Parallel()
	for _, public := range []string{"http://127.0.0.1", "https://intranet.example.com"} {
		i := newIntranet(t, func(c *config) { c.publicURL = public })
		b := i.browser()
		nonces := map[string]bool{}
		for _, path := range []string{paths.Home, paths.Login, "/no/such", paths.Static + "style.css", paths.Static + "brand/logo.svg", paths.Static + "none", paths.Health, paths.Ready, paths.PeopleList("x", "", "")} {
			res := b.get(path)
			policy, _, _ := strings.Cut(res.Header.Get("Content-Security-Policy"), "; report-uri ")
			_, nonce, _ := strings.Cut(policy, "'nonce-")
			nonce, _, _ = strings.Cut(nonce, "'")
			if len(nonce) < 26 || nonces[nonce] || strings.ReplaceAll(policy, nonce, "…") != strictPolicy {
				t.Errorf("%s: the policy is another, or its nonce was used before: %s", path, policy)
			}
			nonces[nonce] = true
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "X-XSS-Protection": "0", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
				"Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
			} {
				if got := res.Header.Get(name); got != want {
					t.Errorf("%s: %s is %q", path, name, got)
				}
			}
			if hsts := res.Header.Get("Strict-Transport-Security"); (hsts == "max-age=63072000; includeSubDomains") != strings.HasPrefix(public, "https") {
				t.Errorf("%s at %s: HSTS %q", path, public, hsts)
			}
			if kind := res.Header.Get("Content-Type"); res.body != "" && !strings.Contains(kind, "charset=utf-8") {
				t.Errorf("%s: Content-Type %q", path, kind)
			}
		}
	}
}

// What a request says about its host is in no answer.
func TestTheHostHeaderIsNotTrusted(t *testing.T) {
	t.Parallel()
	i := newIntranet(t, func(c *config) { c.publicURL = "https://intranet.example.com" })
	b := i.enter("ana", 0)
	u, _ := url.Parse(i.url)
	cookie := "__Host-session=" + b.Jar.Cookies(u)[0].Value
	for _, path := range append(i.signedInPages(), paths.Login, paths.Invitation, "/no/such") {
		for _, signedIn := range []string{cookie, ""} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, i.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = "evil.example"
			res := i.browser().send(req, "Cookie", signedIn, "X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example")
			if location := res.Header.Get("Location"); strings.Contains(strings.ReplaceAll(res.body, url.QueryEscape(path), ""), "evil.example") || strings.Contains(location, "//evil") || strings.HasPrefix(location, "http") {
				t.Errorf("%s: %d to %q", path, res.StatusCode, location)
			}
		}
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, i.url+paths.AdminPersonInvitation.Of(i.ids["bea"]), nil)
	req.Host = "evil.example"
	if res := i.browser().send(req, "Cookie", cookie); !strings.Contains(res.body, "https://intranet.example.com"+paths.Invitation+"#") {
		t.Errorf("a one-time link leads elsewhere: %d", res.StatusCode)
	}
}

// No answer lets another site's scripts read it, whatever they say they are.
func TestNoOtherSiteMayRead(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.enter("ana", 0)
	for _, path := range append(i.signedInPages(), paths.Login, paths.Invitation, "/no/such", paths.Static+"style.css", paths.Health) {
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			res := b.do(method, path, "Origin", "https://evil.example", "Access-Control-Request-Method", "POST")
			for name := range res.Header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s %s: %s", method, path, name)
				}
			}
		}
	}
}

// People's names and titles stay text on every page.
func TestHostileTextStaysText(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.enter("ana", 0)
	b.addFactor()
	b.post(paths.AccountPreferences, preferences("en"), "User-Agent", `Firefox/1 <script>alert(1)</script>`)
	for _, path := range i.signedInPages() {
		body := b.get(path).body
		for _, hostile := range []string{`<i>"`, "</script><b>", "<script>alert(1)"} {
			if strings.Contains(body, hostile) {
				t.Errorf("%s has %s", path, hostile)
			}
		}
	}
}

func TestStaticFilesMayBeKept(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.browser()
	login := b.get(paths.Login).html(t)
	href := login.Find("link[rel=stylesheet]").AttrOr("href", "")
	if res := b.get(href); res.StatusCode != 200 || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") || res.Header.Get("Set-Cookie") != "" {
		t.Errorf("%q: %d, %v", href, res.StatusCode, res.Header)
	}
	if res := b.get(paths.Static + "app.css?v=another"); strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
		t.Error("without its hash a file may not be kept for good")
	}
}

func TestAnotherSitesPagesCannotAct(t *testing.T) {
	t.Parallel()
	i := newIntranet(t, func(c *config) { c.publicURL = "https://intranet.example.com" })
	form := url.Values{"email": {"ana@aroeira.example"}, "password": {secretPassword}}
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
		b := i.browser()
		res := b.post(paths.Login, form, append(header, "Accept-Language", "es")...)
		if res.StatusCode != http.StatusForbidden || len(res.Cookies()) != 0 || !strings.Contains(res.html(t).Find("h1").Text(), "otro lugar") {
			t.Errorf("%v: %d, %q", header, res.StatusCode, res.html(t).Find("h1").Text())
		}
	}
	for _, header := range [][]string{{"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"}, {"Origin", "https://intranet.example.com"}} {
		if res := i.browser().post(paths.Login, form, header...); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%v: %d", header, res.StatusCode)
		}
	}
}

func TestTheLanguageFollowsThePersonAndBeforeThatTheBrowser(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	for accept, want := range map[string]string{"pt-PT,pt;q=0.9": "pt-BR", "es-MX": "es", "en-GB": "en", "de": "en", "": "en", "\xff;;;": "en", "fr, es;q=0.5": "es"} {
		if lang := i.browser().get(paths.Login, "Accept-Language", accept).html(t).Find("html").AttrOr("lang", ""); lang != want {
			t.Errorf("%q: %s, want %s", accept, lang, want)
		}
	}
	b := i.browser()
	b.get(paths.LoginIn("es", "", false), "Accept-Language", "pt")
	if lang := b.get(paths.Login, "Accept-Language", "pt").html(t).Find("html").AttrOr("lang", ""); lang != "es" {
		t.Errorf("the choice does not stick: %s", lang)
	}
	b.get(paths.Login + "?lang=xx%00")
	for name, want := range map[string]string{"ana": "pt-BR", "bea": "en", "caio": "es"} {
		if lang := i.as(name).get(paths.Home, "Accept-Language", "en").html(t).Find("html").AttrOr("lang", ""); lang != want {
			t.Errorf("%s reads %s, want %s", name, lang, want)
		}
	}
}

func TestWhatEditorsWriteCannotRun(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.as("bea")
	for _, path := range i.signedInPages() {
		html := b.get(path).html(t)
		if n := html.Find("main script, main [onclick], main i, main style").Length(); n != 0 {
			t.Errorf("%s: %d elements that somebody's text made", path, n)
		}
	}
}

// No action takes a form that cannot be read or is too large. Who may not use it
// is told that instead, and a page to look at takes any query.
func TestNoActionTakesABrokenForm(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	ana, bea, nobody := i.enter("ana", 0), i.enter("bea", 0), i.browser()
	path := strings.NewReplacer("{$}", "", "{id}", nobodysID, "{slug}", "hello")
	before := i.dump()
	for _, route := range i.handlers.Routes() {
		target := i.url + path.Replace(route.Path)
		if route.Method != http.MethodPost {
			if res := ana.get(path.Replace(route.Path) + "?a=%zz&b;c"); res.StatusCode == http.StatusBadRequest {
				t.Errorf("%s %s: %d", route.Method, route.Path, res.StatusCode)
			}
			continue
		}
		broken := func(b *browser, body func(limit int64) string) int {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, target, nil)
			sent := strings.NewReader(body(i.handlers.bodyLimit(req)))
			req.Body, req.ContentLength = io.NopCloser(sent), sent.Size()
			return b.send(req, "Content-Type", "application/x-www-form-urlencoded").StatusCode
		}
		unreadable := func(int64) string { return "a=%zz" }
		if got := broken(ana, unreadable); got != http.StatusBadRequest {
			t.Errorf("%s takes a form that cannot be read: %d", route.Path, got)
		}
		if got := broken(ana, func(limit int64) string { return strings.Repeat("a", int(limit)+1) }); got != http.StatusRequestEntityTooLarge {
			t.Errorf("%s takes a form that is too large: %d", route.Path, got)
		}
		if got := broken(bea, unreadable); !route.Access.Allows(&store.Person{Role: store.Employee}) && got != http.StatusForbidden {
			t.Errorf("%s answers %d to an employee", route.Path, got)
		}
		if got := broken(nobody, unreadable); route.Access != Public && got != http.StatusSeeOther {
			t.Errorf("%s answers %d to nobody", route.Path, got)
		}
	}
	if i.dump() != before {
		t.Error("something was changed")
	}
}

func TestRolesAreWhatTheStoreSays(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	if r := requestOf(i, "ana"); person(r).Role != store.Admin || person(r).ID != i.ids["ana"] {
		t.Errorf("%+v", person(r))
	}
}
