package webtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// roles are the people of the tests with their roles; "" is nobody.
var roles = map[string]store.Role{"": "", "bea": store.Employee, "caio": store.Editor, "ana": store.Admin}

// Check tests what holds for every feature: who may use its routes, how it answers
// malformed requests and requests during an outage, that each page has its own token, that
// no secret and nobody's markup gets into a page, and that reading changes nothing. All of
// it runs with the rights that deploy/roles.sql gives.
func Check(t *testing.T, f Fixture) {
	t.Run("every role gets its routes and no others", func(t *testing.T) { t.Parallel(); f.checkRoles(t) })
	t.Run("pages are whole, and looking changes nothing", func(t *testing.T) { t.Parallel(); f.checkPages(t) })
	t.Run("what people read has questions for the chat", func(t *testing.T) { t.Parallel(); f.checkQuestions(t) })
	t.Run("nobody is shown what they may not do", func(t *testing.T) { t.Parallel(); f.checkLinks(t) })
	t.Run("forms that cannot be read are refused", func(t *testing.T) { t.Parallel(); f.checkBrokenForms(t) })
	t.Run("an outage gives back what was sent", func(t *testing.T) { t.Parallel(); f.checkOutage(t) })
	if f.Feature != nil && f.Feature().Home != nil {
		t.Run("what is remembered is current", func(t *testing.T) { t.Parallel(); f.checkRemembered(t) })
	}
	if f.Feature != nil && f.Feature().Personal != nil {
		t.Run("a copy has everything of a person, and deletion leaves nothing", func(t *testing.T) {
			t.Parallel()
			f.checkPersonal(t)
		})
	}
	if f.Searchable != "" {
		t.Run("the search finds it", func(t *testing.T) { t.Parallel(); f.checkSearch(t) })
	}
	if f.Forms != nil {
		t.Run("a line names what does not fit", func(t *testing.T) { t.Parallel(); f.checkLines(t) })
		t.Run("changes are recorded, and need their session", func(t *testing.T) { t.Parallel(); f.checkChanges(t) })
	}
}

// checkRoles tests every role on every route. Those who may use a route are let in,
// everybody else gets a 403 or the sign-in page, and a refused request changes nothing.
func (f Fixture) checkRoles(t *testing.T) {
	i := f.Start(t, Options{})
	for _, route := range f.routes(i) {
		path, _ := f.path(i, route)
		if (route.Access == web.Admins) != strings.HasPrefix(route.Path, "/admin/") {
			t.Errorf("%s is for %s", route.Path, route.Access)
		}
		for name, role := range roles {
			b := i.Browser()
			if name != "" {
				b = i.As(name)
			}
			before := len(i.Recorded())
			res := b.Ask(route.Method, path)
			location := res.Header.Get("Location")
			toLogin := res.StatusCode == http.StatusSeeOther && strings.HasPrefix(location, paths.Login)
			allowed := route.Access.Allows(&store.Person{Role: role})
			what := route.Method + " " + route.Path + " as " + string(role)
			switch {
			case name == "" && route.Access != web.Public:
				if !toLogin || len(i.Recorded()) != before {
					t.Errorf("%s, signed out: %d", what, res.StatusCode)
				}
			case !allowed:
				if res.StatusCode != http.StatusForbidden || len(i.Recorded()) != before {
					t.Errorf("%s: %d", what, res.StatusCode)
				}
			case res.StatusCode == http.StatusForbidden, res.StatusCode >= 500, toLogin:
				t.Errorf("%s: %d to %q", what, res.StatusCode, location)
			}
		}
		if route.Proof {
			if res := i.AsAfter("ana", proofExpired).Ask(route.Method, path); res.StatusCode != http.StatusForbidden ||
				res.HTML(t).Find("input[name=confirm_password]").Length() != 1 {
				t.Errorf("%s asks for no proof: %d", route.Path, res.StatusCode)
			}
		}
	}
}

// checkFile fails where somebody who has to sign in first is led to a file afterwards: the
// browser keeps the file and goes on to show the sign-in form.
func (f Fixture) checkFile(i *Intranet, res Answer, path string) {
	i.T.Helper()
	if res.Header.Get("Content-Disposition") == "" {
		return
	}
	stranger := i.Browser()
	login := stranger.Get(stranger.Get(path).Header.Get("Location"))
	next := login.HTML(i.T).Find("[name=next]").AttrOr("value", "")
	if page := i.As("ana").Get(next); next == path || !strings.Contains(page.Body, "<html") ||
		!strings.Contains(page.Body, `href="`+path+`"`) {
		i.T.Errorf("who signs in for %s is led to %q", path, next)
	}
}

func (f Fixture) checkPages(t *testing.T) {
	i := f.Start(t, Options{})
	ana := i.As("ana")
	before := i.Dump()
	pages := f.pages(i)
	if len(pages) == 0 && f.Feature != nil && f.Feature().Programs != nil {
		return // it is for programs alone
	}
	if len(pages) == 0 {
		t.Fatal("the feature has no page")
	}
	for _, path := range pages {
		calls, trips := i.Calls.Load(), i.Database.RoundTrips.Load()
		res := ana.Get(path)
		if trips = i.Database.RoundTrips.Load() - trips; trips > 2 {
			t.Errorf("%s takes %d round trips to the database", path, trips)
		}
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, res.StatusCode)
			continue
		}
		if res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept: %q", path, res.Header.Get("Cache-Control"))
		}
		for _, secret := range []string{SecretToken, "not for the page"} {
			if strings.Contains(res.Body, secret) {
				t.Errorf("%s has %q", path, secret)
			}
		}
		if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") || !strings.Contains(res.Body, "<html") {
			f.checkFile(i, res, path)
			continue // a file, or a fragment
		}
		for _, hostile := range []string{`<i>"`, "</script><b>", "<script>alert(1)"} {
			if strings.Contains(res.Body, hostile) {
				t.Errorf("%s has %s", path, hostile)
			}
		}
		html := res.HTML(t)
		if strings.Count(res.Body, "</html>") != 1 || html.Find("h1").Length() != 1 ||
			html.Find("main script, main [onclick], main i, main style").Length() != 0 {
			t.Errorf("%s is no whole page, or has elements that somebody's text made", path)
		}
		want := 1
		if slices.Contains(f.Secret, path) {
			want = 0
		}
		made, tokens := i.Calls.Load()-calls, strings.Count(res.Body, ChatToken)
		if made != int64(want) || tokens != want {
			t.Errorf("%s: %d calls, %d tokens", path, made, tokens)
		}
		if res := ana.Ask(http.MethodHead, path); res.StatusCode != http.StatusOK || i.Calls.Load() != calls+made {
			t.Errorf("HEAD %s: %d, %d calls", path, res.StatusCode, i.Calls.Load()-calls)
		}
	}
	if i.Dump() != before {
		t.Error("looking at the pages changed the database")
	}
	if log := i.Log.String(); strings.Contains(log, SecretToken) || strings.Contains(log, ChatToken) {
		t.Error("the log has a secret")
	}
}

// targets are the pages and actions of this site to which a page's links and forms lead.
func targets(d *goquery.Document) (all []string) {
	d.Find("main a[href], main form").Each(func(_ int, e *goquery.Selection) {
		target := e.AttrOr("href", e.AttrOr("action", ""))
		if u, err := url.Parse(target); err == nil && u.Host == "" && strings.HasPrefix(u.Path, "/") {
			all = append(all, strings.ToUpper(e.AttrOr("method", "get"))+" "+u.RequestURI())
		}
	})
	return all
}

// checkLinks follows the links of the feature's pages. Nobody is shown a link or a form
// that they may not use.
func (f Fixture) checkLinks(t *testing.T) {
	i := f.Start(t, Options{})
	table, access := http.NewServeMux(), map[string]web.Access{}
	for _, route := range f.routes(i) {
		pattern := route.Method + " " + route.Path
		table.Handle(pattern, http.NotFoundHandler())
		access[pattern] = route.Access
	}
	for name, role := range roles {
		if name == "" {
			continue
		}
		b, seen := i.As(name), map[string]bool{}
		queue := []string{"GET " + paths.Home}
		for _, page := range f.pages(i) {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, page, nil)
			if _, pattern := table.Handler(req); access[pattern].Allows(&store.Person{Role: role}) {
				queue = append(queue, "GET "+page)
			}
		}
		for ; len(queue) > 0; queue = queue[1:] {
			method, path, _ := strings.Cut(queue[0], " ")
			req, _ := http.NewRequestWithContext(t.Context(), method, path, nil)
			_, pattern := table.Handler(req)
			if seen[queue[0]] || pattern == "" && path != paths.Home {
				continue // seen, or not of this feature
			}
			seen[queue[0]] = true
			if pattern != "" && !access[pattern].Allows(&store.Person{Role: role}) {
				t.Errorf("%s is led to %s %s", name, method, path)
			}
			if method != http.MethodGet {
				continue
			}
			res := b.Get(path)
			if res.StatusCode >= 400 {
				t.Errorf("%s is led to %s: %d", name, path, res.StatusCode)
			}
			queue = append(queue, targets(res.HTML(t))...)
		}
	}
}

// proofExpired is longer than a proof of identity is good for.
const proofExpired = 11 * time.Minute
