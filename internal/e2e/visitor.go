package e2e

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// visitor asks for pages as a browser does, without a screen. It does not follow
// redirects.
type visitor struct {
	t      *testing.T
	in     *Intranet
	client http.Client
	lang   string
	role   store.Role // "" where nobody is signed in
	asked  int        // how many pages this person has asked for
}

// sent is an answer as it came.
type sent struct {
	name    string // how to come to it
	path    string // what was asked for
	lang    string
	role    store.Role
	status  int
	header  http.Header
	body    string
	cookies []*http.Cookie // of whom it was sent to
	look    bool           // it has something that no page had before
	frame   bool           // around its own part
}

// isPage reports whether it is a whole page, not a file or a part of a page.
func (s sent) isPage() bool {
	return strings.HasPrefix(s.header.Get("Content-Type"), "text/html") && strings.Contains(s.body, "<html")
}

func (s sent) html(t *testing.T) *goquery.Document {
	t.Helper()
	d, err := goquery.NewDocumentFromReader(strings.NewReader(s.body))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// visitor is somebody with a role who reads in lang, signed in; "" is nobody.
func (in *Intranet) visitor(t *testing.T, lang string, role store.Role) *visitor {
	t.Helper()
	v := &visitor{t: t, in: in, lang: lang, role: role}
	v.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	v.arrive()
	return v
}

// arrive signs in somebody who has not been here. One person may not ask for many
// pages in a short time.
func (v *visitor) arrive() {
	v.t.Helper()
	v.forget()
	v.asked = 0
	if v.role != "" {
		email := v.in.someone(v.t, v.lang, v.role)
		v.signIn(email)
		v.forget() // there is another session then, which can be ended
		v.signIn(email)
	}
}

// forget drops all cookies.
func (v *visitor) forget() { v.client.Jar, _ = cookiejar.New(nil) } // never fails without options

// signIn sends the form of the sign-in page.
func (v *visitor) signIn(email string) sent {
	v.t.Helper()
	res := v.post(paths.Login, url.Values{"email": {email}, "password": {v.in.Passwords[email]}})
	if res.status != http.StatusSeeOther {
		v.t.Fatalf("sign in as %s: status %d", email, res.status)
	}
	return res
}

// someone gives a person who reads in lang, and was not given before, a role and a
// password, and returns the e-mail address.
func (in *Intranet) someone(t *testing.T, lang string, role store.Role) (email string) {
	t.Helper()
	known := Employee(t, lang).Email
	email = in.value(t, `
		UPDATE people SET role = $2, password_hash = (SELECT password_hash FROM people WHERE email = $3)
		WHERE id = (SELECT id FROM people WHERE lang = $1 AND role = 'employee' AND password_hash IS NULL LIMIT 1)
		RETURNING email`, lang, string(role), known)
	in.Passwords[email] = in.Passwords[known]
	return email
}

func (v *visitor) get(path string) sent {
	v.t.Helper()
	return v.send(http.MethodGet, path, nil)
}

func (v *visitor) post(path string, form url.Values) sent {
	v.t.Helper()
	return v.send(http.MethodPost, path, form)
}

func (v *visitor) send(method, path string, form url.Values) sent {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.in.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Accept-Language", v.lang)
	v.asked++
	res, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	who := string(v.role)
	if who == "" {
		who = "nobody"
	}
	return sent{
		name: method + " " + path + " (" + who + ", " + v.lang + ")", path: path, lang: v.lang, role: v.role,
		status: res.StatusCode, header: res.Header, body: string(body), cookies: v.client.Jar.Cookies(req.URL),
	}
}
