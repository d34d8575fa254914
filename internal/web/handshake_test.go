package web_test

import (
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestEveryPageHasItsOwnToken(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	const values = `var carameloaiChatbot = {secure_connection_token: "` + webtest.ChatToken +
		`", project_id: "p_test"};`
	for n, path := range pages(i) {
		res := ana.Get(path)
		if res.StatusCode != 200 || i.Calls.Load() != int64(n+1) {
			t.Errorf("%s: status %d, %d calls after %d pages", path, res.StatusCode, i.Calls.Load(), n+1)
		}
		html := res.HTML(t)
		scripts := html.Find("body > script")
		if scripts.Length() != 2 || scripts.Eq(0).Text() != values {
			t.Errorf("%s: scripts %q", path, scripts.Text())
		}
		if src := scripts.Eq(1).AttrOr("src", ""); src != "https://static.vendor.example/sdk/latest/authenticated.js" {
			t.Errorf("%s: %q", path, src)
		}
		nonce, policy := scripts.Eq(0).AttrOr("nonce", ""), res.Header.Get("Content-Security-Policy")
		if nonce == "" || scripts.Eq(1).AttrOr("nonce", "") != nonce || !strings.Contains(policy, "'nonce-"+nonce+"'") {
			t.Errorf("%s: nonce %q, policy %q", path, nonce, policy)
		}
		end := strings.TrimSpace(res.Body[strings.LastIndex(res.Body, "</script>"):])
		if end != "</script></body></html>" {
			t.Errorf("%s ends in %q", path, end)
		}
		for _, secret := range []string{webtest.SecretToken, "not for the page"} {
			if strings.Contains(res.Body, secret) {
				t.Errorf("%s: the page holds %q", path, secret)
			}
		}
		if !slices.Contains(res.Header.Values("Cache-Control"), "no-store") {
			t.Errorf("%s: Cache-Control %q", path, res.Header.Values("Cache-Control"))
		}
		if html.Find("h1").Length() != 1 || html.Find("form[action='/logout'][method=post]").Length() == 0 {
			t.Errorf("%s: no heading or no way out", path)
		}
	}
}

// A form shown again with its errors is a page too.
func TestASignedInPersonsFormHasItsToken(t *testing.T) {
	t.Parallel()
	i := start(t)
	res := i.As("caio").Post(index, nil)
	if res.StatusCode != http.StatusUnprocessableEntity || i.Calls.Load() != 1 ||
		!strings.Contains(res.Body, webtest.ChatToken) {
		t.Errorf("%d, %d calls", res.StatusCode, i.Calls.Load())
	}
}

func TestTheVendorGetsTheFiveFieldsOfTheSessionsPerson(t *testing.T) {
	t.Parallel()
	bodies := make(chan string, 1)
	i := startWith(t, webtest.Options{Vendor: func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- string(body)
		webtest.Good(w, r)
	}})
	for name, lang := range map[string]string{"ana": "pt", "bea": "en", "caio": "es"} {
		// What the request claims about the person changes nothing.
		claims := "?external_customer_id=x&email=evil@example.com&lang=xx"
		i.As(name).Get(paths.Home+claims, "Accept-Language", "de")
		var got map[string]any
		if err := json.Unmarshal([]byte(<-bodies), &got); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{
			"secret_token": webtest.SecretToken, "external_customer_id": i.IDs[name],
			"name":  strings.ToUpper(name[:1]) + name[1:] + ` <i>"O'Neill"</i>`,
			"email": name + "@company.example", "lang": lang,
		}
		if !maps.Equal(got, want) {
			t.Errorf("sent %v, want %v", got, want)
		}
	}
}

func TestOnlyRenderedPagesCostACall(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	for _, test := range []struct {
		method, path string
		status       int
		purpose      string // why the browser asks
		header       string // where it says so, if it is an older one
	}{
		{"HEAD", paths.Home, 200, "", ""},
		{"HEAD", index, 200, "", ""},
		{"GET", paths.Login, 303, "", ""},
		{"GET", "/nothing/here", 404, "", ""},
		{"GET", show.Of("x"), 404, "", ""},
		{"GET", paths.Logout, 405, "", ""},
		{"PUT", index, 405, "", ""},
		{"GET", paths.Static + "style.css", 200, "", ""},
		{"GET", paths.Static + "none.css", 404, "", ""},
		{"GET", paths.Health, 200, "", ""},
		{"GET", paths.Ready, 200, "", ""},
		{"GET", paths.Home, 503, "prefetch", ""},
		{"GET", paths.Home, 503, "prefetch;prerender", ""},
		{"GET", paths.Home, 503, "prerender", ""},
		{"GET", index, 503, "prefetch;anonymous-client-ip", ""},
		{"GET", paths.Home, 503, "prefetch", "Purpose"},
		{"GET", index, 503, "prefetch", "X-Moz"},
		{"GET", index, 503, "preview", "X-Purpose"},
		{"GET", index, 503, "Prefetch", "Purpose"},
		{"HEAD", index, 503, "prefetch", "X-Moz"},
		{"GET", index + "/", 308, "", ""},
	} {
		res := ana.Ask(test.method, test.path, cmp.Or(test.header, "Sec-Purpose"), test.purpose)
		if res.StatusCode != test.status || i.Calls.Load() != 0 ||
			strings.Contains(res.Body, "secure_connection_token") {
			t.Errorf("%+v: status %d, %d calls", test, res.StatusCode, i.Calls.Load())
		}
		if test.status == 503 && (res.Body != "" || res.Header.Get("Cache-Control") != "no-store") {
			t.Errorf("a speculative %s got %q, %v", test.path, res.Body, res.Header)
		}
	}
	if res := ana.Post(paths.Logout, nil); res.StatusCode != 303 || i.Calls.Load() != 0 {
		t.Errorf("signing out: status %d, %d calls", res.StatusCode, i.Calls.Load())
	}
}

// failures are all that a vendor may do wrong. One that hangs is let go with the request.
var failures = map[string]http.HandlerFunc{
	"down":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) },
	"secret": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) },
	"resets": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	"garbage": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<html>"+webtest.ChatToken)
	},
	"redirect": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/x?"+webtest.ChatToken, http.StatusTemporaryRedirect)
	},
	"hangs": func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	},
	"100 MB": func(w http.ResponseWriter, _ *http.Request) {
		chunk := []byte(strings.Repeat(webtest.ChatToken, 4096))
		for range 1500 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	},
}

func TestWithoutTheVendorThePageIsWhole(t *testing.T) {
	t.Parallel()
	const budget = 300 * time.Millisecond
	for name, vendor := range failures {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := startWith(t, webtest.Options{Vendor: vendor, Timeout: budget})
			ana := i.As("ana")
			began := time.Now()
			res := ana.Get(paths.Home)
			took := time.Since(began)
			html := res.HTML(t)
			notice := html.Find("#assistant-unavailable")
			if res.StatusCode != 200 || notice.Length() != 1 || html.Find("footer").Length() != 1 ||
				html.Find("body > script").Length() != 0 || !strings.HasSuffix(strings.TrimSpace(res.Body), "</html>") {
				t.Errorf("status %d, page %q", res.StatusCode, res.Body)
			}
			if notice.Find("a[href^='mailto:']").Length() != 1 || !strings.Contains(notice.Text(), "assistente") {
				t.Errorf("the notice reads %q", notice.Text())
			}
			if took > budget+time.Second { // the budget, and what a busy machine adds
				t.Errorf("took %v with a budget of %v", took, budget)
			}
			for _, secret := range []string{webtest.SecretToken, webtest.ChatToken} {
				if strings.Contains(res.Body, secret) || strings.Contains(i.Log.String(), secret) {
					t.Errorf("%q leaked", secret)
				}
			}
		})
	}
}

func TestWithoutCredentialsThereIsNoAssistant(t *testing.T) {
	t.Parallel()
	i := startWith(t, webtest.Options{NoChat: true})
	ana := i.As("ana")
	for _, path := range pages(i) {
		res := ana.Get(path, "Accept-Encoding", "identity")
		if res.StatusCode != 200 || res.HTML(t).Find("#assistant-unavailable, body > script").Length() != 0 ||
			strings.Contains(res.Header.Get("Content-Security-Policy"), "vendor.example") ||
			res.ContentLength != int64(len(res.Body)) {
			t.Errorf("%s: status %d, length %d of %d", path, res.StatusCode, res.ContentLength, len(res.Body))
		}
	}
}

// A page is at most two round trips, the session's included, and writes nothing.
func TestAPageIsTwoRoundTripsAndNoWrite(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	for _, path := range pages(i) {
		ana.Get(path) // the first time also prepares statements
		i.Database.RoundTrips.Store(0)
		i.Database.Writes.Store(0)
		ana.Get(path)
		if n, w := i.Database.RoundTrips.Load(), i.Database.Writes.Load(); n > 2 || w != 0 {
			t.Errorf("%s: %d round trips, %d writes", path, n, w)
		}
	}
	// A cookie of a session that has ended is asked for once.
	i.Database.RoundTrips.Store(0)
	i.Browser().Get(paths.Login, "Cookie", "session=ended")
	if n := i.Database.RoundTrips.Load(); n != 1 {
		t.Errorf("%d round trips for a session that has ended", n)
	}
}
