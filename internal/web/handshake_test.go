package web

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/paths"
)

func TestEveryPageHasItsOwnToken(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.as("ana")
	for n, path := range i.signedInPages() {
		res := b.get(path)
		if res.StatusCode != 200 || i.calls.Load() != int64(n+1) {
			t.Errorf("%s: status %d, %d calls after %d pages", path, res.StatusCode, i.calls.Load(), n+1)
		}
		html := res.html(t)
		scripts := html.Find("body > script")
		if scripts.Length() != 2 || scripts.Eq(0).Text() != `var carameloaiChatbot = {secure_connection_token: "`+chatToken+`", project_id: "p_test"};` {
			t.Errorf("%s: scripts %q", path, scripts.Text())
		}
		if src := scripts.Eq(1).AttrOr("src", ""); src != "https://static.vendor.example/sdk/latest/authenticated.js" {
			t.Errorf("%s: %q", path, src)
		}
		nonce := scripts.Eq(0).AttrOr("nonce", "")
		if nonce == "" || scripts.Eq(1).AttrOr("nonce", "") != nonce || !strings.Contains(res.Header.Get("Content-Security-Policy"), "'nonce-"+nonce+"'") {
			t.Errorf("%s: nonce %q, policy %q", path, nonce, res.Header.Get("Content-Security-Policy"))
		}
		if rest := strings.TrimSpace(res.body[strings.LastIndex(res.body, "</script>"):]); rest != "</script></body></html>" {
			t.Errorf("%s ends in %q", path, rest)
		}
		for _, secret := range []string{secretToken, "not for the page"} {
			if strings.Contains(res.body, secret) {
				t.Errorf("%s: the page holds %q", path, secret)
			}
		}
		if res.Header.Get("Cache-Control") == "" || !slices.Contains(res.Header.Values("Cache-Control"), "no-store") {
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
	i := newIntranet(t)
	res := i.as("ana").post(paths.Login, login("bea@aroeira.example", "wrong", ""))
	if res.StatusCode != http.StatusUnprocessableEntity || i.calls.Load() != 1 || !strings.Contains(res.body, chatToken) {
		t.Errorf("%d, %d calls", res.StatusCode, i.calls.Load())
	}
}

func TestTheVendorGetsTheFiveFieldsOfTheSessionsPerson(t *testing.T) {
	t.Parallel()
	bodies := make(chan string, 1)
	i := newIntranet(t, func(c *config) {
		c.vendor = func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			bodies <- string(body)
			good(w, r)
		}
	})
	for name, lang := range map[string]string{"ana": "pt", "bea": "en", "caio": "es"} {
		// What the request claims about the person changes nothing.
		i.as(name).get(paths.Home+"?external_customer_id=x&email=evil@example.com&lang=xx", "Accept-Language", "de")
		var got map[string]any
		if err := json.Unmarshal([]byte(<-bodies), &got); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{"secret_token": secretToken, "external_customer_id": i.ids[name], "name": strings.ToUpper(name[:1]) + name[1:] + ` <i>"O'Neill"</i>`, "email": name + "@aroeira.example", "lang": lang}
		if !maps.Equal(got, want) {
			t.Errorf("sent %v, want %v", got, want)
		}
	}
}

func TestOnlyRenderedPagesCostACall(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.as("ana")
	for _, test := range []struct {
		method, path string
		status       int
		header       []string
	}{
		{"HEAD", paths.Home, 200, nil},
		{"HEAD", paths.People, 200, nil},
		{"GET", paths.Login, 303, nil},
		{"GET", "/nothing/here", 404, nil},
		{"GET", paths.Person.Of("x"), 404, nil},
		{"GET", paths.PeopleList("", "", "bad"), 400, nil},
		{"GET", paths.Logout, 405, nil},
		{"POST", paths.People, 405, nil},
		{"GET", paths.Static + "style.css", 200, nil},
		{"GET", paths.Static + "none.css", 404, nil},
		{"GET", paths.Health, 200, nil},
		{"GET", paths.Ready, 200, nil},
		{"GET", paths.Home, 503, []string{"Sec-Purpose", "prefetch"}},
		{"GET", paths.Home, 503, []string{"Sec-Purpose", "prefetch;prerender"}},
		{"GET", paths.People, 503, []string{"Sec-Purpose", "prefetch;anonymous-client-ip"}},
	} {
		res := b.do(test.method, test.path, test.header...)
		if res.StatusCode != test.status || i.calls.Load() != 0 || strings.Contains(res.body, "secure_connection_token") {
			t.Errorf("%s %s %v: status %d, want %d; %d calls", test.method, test.path, test.header, res.StatusCode, test.status, i.calls.Load())
		}
		if test.status == 503 && (res.body != "" || !slices.Contains(res.Header.Values("Cache-Control"), "no-store")) {
			t.Errorf("a speculative %s got %q, %v", test.path, res.body, res.Header)
		}
	}
	if res := b.post(paths.Logout, nil); res.StatusCode != 303 || i.calls.Load() != 0 {
		t.Errorf("signing out: status %d, %d calls", res.StatusCode, i.calls.Load())
	}
}

func TestWithoutTheVendorThePageIsWhole(t *testing.T) {
	t.Parallel()
	const budget = 300 * time.Millisecond
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	failures := map[string]http.HandlerFunc{
		"down":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) },
		"secret":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) },
		"resets":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"garbage": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>"+chatToken) },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/x?"+chatToken, http.StatusTemporaryRedirect)
		},
		"hangs": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			select {
			case <-hang:
			case <-r.Context().Done():
			}
		},
		"100 MB": func(w http.ResponseWriter, _ *http.Request) {
			chunk := []byte(strings.Repeat(chatToken, 4096))
			for range 1500 {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		},
	}
	for name, vendor := range failures {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIntranet(t, func(c *config) { c.vendor, c.timeout = vendor, budget })
			b := i.as("ana")
			began := time.Now()
			res := b.get(paths.Home)
			took := time.Since(began)
			html := res.html(t)
			notice := html.Find("#assistant-unavailable")
			if res.StatusCode != 200 || notice.Length() != 1 || html.Find("footer").Length() != 1 || html.Find("body > script").Length() != 0 || !strings.HasSuffix(strings.TrimSpace(res.body), "</html>") {
				t.Errorf("status %d, page %q", res.StatusCode, res.body)
			}
			if notice.Find("a[href^='mailto:']").Length() != 1 || !strings.Contains(notice.Text(), "assistente") {
				t.Errorf("the notice reads %q", notice.Text())
			}
			if took > budget+time.Second { // the budget, and what a busy machine adds
				t.Errorf("took %v with a budget of %v", took, budget)
			}
			for _, secret := range []string{secretToken, chatToken} {
				if strings.Contains(res.body, secret) || strings.Contains(i.log.String(), secret) {
					t.Errorf("%q leaked", secret)
				}
			}
		})
	}
}

func TestWithoutCredentialsThereIsNoAssistant(t *testing.T) {
	t.Parallel()
	i := newIntranet(t, func(c *config) { c.noChat = true })
	b := i.as("ana")
	for _, path := range i.signedInPages() {
		res := b.get(path)
		html := res.html(t)
		if res.StatusCode != 200 || html.Find("#assistant-unavailable, body > script").Length() != 0 || strings.Contains(res.Header.Get("Content-Security-Policy"), "vendor.example") || res.ContentLength != int64(len(res.body)) {
			t.Errorf("%s: status %d, length %d of %d", path, res.StatusCode, res.ContentLength, len(res.body))
		}
	}
}

// A page is at most two round trips, the session's included, and writes nothing.
func TestAPageIsTwoRoundTripsAndNoWrite(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.as("ana")
	for _, path := range i.signedInPages() {
		b.get(path) // the first time also prepares statements
		i.database.statements.Store(0)
		i.database.writes.Store(0)
		b.get(path)
		if n, w := i.database.statements.Load(), i.database.writes.Load(); n > 2 || w != 0 {
			t.Errorf("%s: %d round trips, %d writes", path, n, w)
		}
	}
}
