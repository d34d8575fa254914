package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// The whole Content-Security-Policies but for where to report: what is not in one is
// refused. A page with the chat has the longer one, and everything else the strict.
const (
	strictPolicy = "default-src 'none'; base-uri 'none'; object-src 'none'; form-action 'self'; " +
		"frame-ancestors 'none'; manifest-src 'self'; script-src 'nonce-…'; style-src 'self'; img-src 'self' data:; " +
		"font-src 'self'; connect-src 'self'"
	chatPolicy = "default-src 'none'; base-uri 'none'; object-src 'none'; form-action 'self'; " +
		"frame-ancestors 'none'; manifest-src 'self'; script-src 'nonce-…'" + vendor + "; style-src 'self' 'unsafe-inline'" + vendor +
		"; img-src 'self' data: blob:" + vendor + "; font-src 'self' data:" + vendor +
		"; connect-src 'self' https://static.vendor.example wss://static.vendor.example " +
		"https://*.vendor.example wss://*.vendor.example; media-src data: blob:" + vendor +
		"; frame-src" + vendor + "; worker-src blob:" + vendor
	vendor = " https://static.vendor.example https://*.vendor.example"
)

// publicURL is an address with https.
const publicURL = "https://intranet.example.com"

func TestEveryAnswerHasItsSecurityHeaders(t *testing.T) {
	t.Parallel()
	for _, public := range []string{"http://127.0.0.1", publicURL} {
		i := startWith(t, webtest.Options{PublicURL: public})
		visitor, ana := i.Browser(), i.As("ana")
		nonces := map[string]bool{}
		for _, test := range []struct {
			b            *webtest.Browser
			path, policy string
		}{
			{visitor, paths.Home, strictPolicy}, {visitor, paths.Login, strictPolicy},
			{visitor, "/no/such", strictPolicy},
			{visitor, paths.Static + "style.css", strictPolicy}, {visitor, paths.Static + "none", strictPolicy},
			{visitor, paths.Static + "brand/logo.svg", strictPolicy}, {visitor, paths.Ready, strictPolicy},
			{visitor, index + "?q=x", strictPolicy}, {visitor, paths.Invitation, strictPolicy},
			{visitor, paths.Health, chatPolicy}, // for the doctor
			{ana, paths.Home, chatPolicy}, {ana, paths.Assistant, chatPolicy}, {ana, index, chatPolicy},
			{ana, "/no/such", strictPolicy}, {ana, paths.Invitation, strictPolicy},
			{ana, paths.SecondFactor, strictPolicy},
		} {
			path := test.path
			res := test.b.Get(path)
			policy, _, _ := strings.Cut(res.Header.Get("Content-Security-Policy"), "; report-uri ")
			_, nonce, _ := strings.Cut(policy, "'nonce-")
			nonce, _, _ = strings.Cut(nonce, "'")
			if len(nonce) < 26 || nonces[nonce] || strings.ReplaceAll(policy, nonce, "…") != test.policy {
				t.Errorf("%s: the policy is another, or its nonce was used before: %s", path, policy)
			}
			nonces[nonce] = true
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "X-XSS-Protection": "0",
				"Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
				"Cross-Origin-Resource-Policy": "same-origin",
				"Permissions-Policy":           "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
			} {
				// A style sheet or a script is no page, and is not sent what only a page can use.
				if path == paths.Static+"style.css" && slices.Contains(web.OfPages, name) {
					want = ""
				}
				if got := res.Header.Get(name); got != want {
					t.Errorf("%s: %s is %q", path, name, got)
				}
			}
			hsts := res.Header.Get("Strict-Transport-Security") == "max-age=63072000; includeSubDomains"
			if hsts != (public == publicURL) {
				t.Errorf("%s at %s: HSTS %q", path, public, res.Header.Get("Strict-Transport-Security"))
			}
			if kind := res.Header.Get("Content-Type"); res.Body != "" && !strings.Contains(kind, "charset=utf-8") {
				t.Errorf("%s: Content-Type %q", path, kind)
			}
		}
	}
}

// What a request says about its host is in no answer.
func TestTheHostHeaderIsNotTrusted(t *testing.T) {
	t.Parallel()
	i := startWith(t, webtest.Options{PublicURL: publicURL})
	u, _ := url.Parse(i.URL)
	cookie := "__Host-session=" + i.As("ana").Jar.Cookies(u)[0].Value
	for _, path := range append(pages(i), paths.Login, paths.Invitation, "/no/such") {
		for _, signedIn := range []string{cookie, ""} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, i.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = "evil.example"
			res := i.Browser().Send(req, "Cookie", signedIn,
				"X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example")
			location := res.Header.Get("Location")
			if strings.Contains(res.Body, "evil.example") || strings.Contains(location, "//evil") ||
				strings.HasPrefix(location, "http") {
				t.Errorf("%s: %d to %q", path, res.StatusCode, location)
			}
		}
	}
}

// No answer lets another site's scripts read it, whatever they say they are.
func TestNoOtherSiteMayRead(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	for _, path := range append(pages(i),
		paths.Login, paths.Invitation, "/no/such", paths.Static+"style.css", paths.Health) {
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			res := ana.Ask(method, path, "Origin", "https://evil.example", "Access-Control-Request-Method", "POST")
			for name := range res.Header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s %s: %s", method, path, name)
				}
			}
		}
	}
}

func TestStaticFilesMayBeKept(t *testing.T) {
	t.Parallel()
	b := start(t).Browser()
	href := b.Get(paths.Login).HTML(t).Find("link[rel=stylesheet]").AttrOr("href", "")
	res := b.Get(href)
	if res.StatusCode != 200 || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") ||
		res.Header.Get("Set-Cookie") != "" || res.Header.Get("X-Accel-Buffering") != "" {
		t.Errorf("%q: %d, %v", href, res.StatusCode, res.Header)
	}
	another := b.Get(paths.Static + "style.css?v=another")
	if another.StatusCode != 200 || strings.Contains(another.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("without its hash a file may not be kept for good: %d", another.StatusCode)
	}
}

func TestAnotherSitesPagesCannotAct(t *testing.T) {
	t.Parallel()
	i := startWith(t, webtest.Options{PublicURL: publicURL})
	for _, header := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"},
		{"Origin", "null"},
	} {
		res := i.Browser().Post(paths.Login, login(webtest.Password), append(header, "Accept-Language", "es")...)
		if res.StatusCode != http.StatusForbidden || len(res.Cookies()) != 0 ||
			!strings.Contains(res.HTML(t).Find("h1").Text(), "otro lugar") {
			t.Errorf("%v: %d, %q", header, res.StatusCode, res.HTML(t).Find("h1").Text())
		}
	}
	for _, header := range [][]string{
		{"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"}, {"Origin", publicURL},
	} {
		res := i.Browser().Post(paths.Login, login(webtest.Password), header...)
		if res.StatusCode != http.StatusSeeOther {
			t.Errorf("%v: %d", header, res.StatusCode)
		}
	}
}
