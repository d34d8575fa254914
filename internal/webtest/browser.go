package webtest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/forms"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
)

// Browser is a client with cookies that does not follow redirects.
type Browser struct {
	*http.Client
	I *Intranet
}

// Browser is one in which nobody is signed in.
func (i *Intranet) Browser() *Browser {
	noFollow := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Browser{I: i, Client: &http.Client{Jar: NoCookies(), CheckRedirect: noFollow}}
}

// SignIn is a browser in which somebody has signed in with the form.
func (i *Intranet) SignIn(name string) *Browser {
	i.T.Helper()
	b := i.Browser()
	res := b.Post(paths.Login, url.Values{"email": {name + "@company.example"}, "password": {Password}})
	if res.StatusCode != http.StatusSeeOther {
		i.T.Fatalf("sign in as %s: status %d", name, res.StatusCode)
	}
	return b
}

// As is a browser in which somebody is signed in, and has just proved that it is
// them. It is faster than SignIn: the session is put into the store.
func (i *Intranet) As(name string) *Browser { return i.AsAfter(name, 0) }

// AsAfter is As for somebody who proved it that long ago.
func (i *Intranet) AsAfter(name string, proved time.Duration) *Browser {
	i.T.Helper()
	b := i.Browser()
	u, _ := url.Parse(i.URL)
	cookie := "session"
	if i.Server.Secure() {
		cookie = "__Host-session"
	}
	b.Jar.SetCookies(u, []*http.Cookie{{Name: cookie, Value: i.session(name, proved), Path: "/"}})
	return b
}

// Session is the token of the browser's session; "" where there is none.
func (b *Browser) Session() string {
	u, _ := url.Parse(b.I.URL)
	for _, cookie := range b.Jar.Cookies(u) {
		if strings.HasSuffix(cookie.Name, "session") {
			return cookie.Value
		}
	}
	return ""
}

// Answer is a response whose body was read.
type Answer struct {
	*http.Response
	Body string
}

// HTML is the page that was answered.
func (a Answer) HTML(t testing.TB) *goquery.Document {
	t.Helper()
	d, err := goquery.NewDocumentFromReader(strings.NewReader(a.Body))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Send sends a request with more headers, given as pairs.
func (b *Browser) Send(req *http.Request, header ...string) Answer {
	b.I.T.Helper()
	for k := 0; k < len(header); k += 2 {
		req.Header.Set(header[k], header[k+1])
	}
	res, err := b.Do(req)
	if err != nil {
		b.I.T.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.I.T.Fatal(err)
	}
	b.checkTexts(req, string(body))
	answer := Answer{res, string(body)}
	b.checkForms(req, answer)
	b.checkSecrets(answer)
	return answer
}

// bare is a text that is the key of a text, or one with a placeholder that was not filled.
var bare = regexp.MustCompile(`(?:>|aria-label="|title="|placeholder=")\s*` +
	`((?:[a-z]+\.)+[a-z0-9_]+|[^<>"]*(?:&lt;no value&gt;|%!)[^<>"]*)\s*["<]`)

// checkTexts fails where a page shows a key, because its text is missing in that language,
// or a placeholder that was not filled. What people write has hosts in it.
func (b *Browser) checkTexts(req *http.Request, page string) {
	b.I.T.Helper()
	for _, found := range bare.FindAllStringSubmatch(page, -1) {
		if !strings.HasSuffix(found[1], ".example") && !strings.HasSuffix(found[1], seed.Domain) {
			b.I.T.Errorf("%s %s shows %q", req.Method, req.URL.Path, found[1])
		}
	}
}

// checkForms fails where a form that is posted has no key, with which it counts once and for
// its own person.
func (b *Browser) checkForms(req *http.Request, answer Answer) {
	b.I.T.Helper()
	if !strings.Contains(answer.Body, `method="post"`) {
		return
	}
	answer.HTML(b.I.T).Find("form[method=post]").Each(func(_ int, form *goquery.Selection) {
		action := form.AttrOr("action", "")
		if action == paths.Logout {
			return
		}
		keys := form.Find("input[type=hidden][name=" + forms.KeyField + "]")
		if _, ok := forms.ParseKey(url.Values{forms.KeyField: {keys.AttrOr("value", "")}}); keys.Length() != 1 || !ok {
			b.I.T.Errorf("%s %s: the form for %s has %d keys", req.Method, req.URL.Path, action, keys.Length())
		}
	})
}

// Ask asks for a path with a method, and no body.
func (b *Browser) Ask(method, path string, header ...string) Answer {
	b.I.T.Helper()
	req, err := http.NewRequestWithContext(b.I.T.Context(), method, b.I.URL+path, nil)
	if err != nil {
		b.I.T.Fatal(err)
	}
	return b.Send(req, header...)
}

// Get asks for a page.
func (b *Browser) Get(path string, header ...string) Answer {
	b.I.T.Helper()
	return b.Ask(http.MethodGet, path, header...)
}

// Post sends a form.
func (b *Browser) Post(path string, form url.Values, header ...string) Answer {
	b.I.T.Helper()
	body := strings.NewReader(form.Encode())
	req, err := http.NewRequestWithContext(b.I.T.Context(), http.MethodPost, b.I.URL+path, body)
	if err != nil {
		b.I.T.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.Send(req, header...)
}

// NoCookies is what a browser has that was closed.
func NoCookies() http.CookieJar {
	jar, _ := cookiejar.New(nil) // never fails without options
	return jar
}
