package webtest

import (
	"maps"
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

// Fixture is what the tests of every feature need to know of this one.
type Fixture struct {
	// Feature makes the feature, and Others what its pages link to.
	Feature func() web.Feature
	Others  func() []web.Feature
	// Routes are those to be tested, where they are not the feature's: the sign-in's.
	// There may be no feature then.
	Routes func(*web.Server) []web.Route
	// Options change how the intranet is started, where the feature needs that.
	Options func(*Options)
	// Fill puts something of the feature into the database, with markup in every
	// text that people write.
	Fill func(*Intranet)
	// Params are values of a parameter in a path for which there is something, by
	// pattern. Those of other patterns are for nobody's id.
	Params func(*Intranet) map[string]string
	// Pages are more pages for an admin than those of the route table: lists with a
	// filter, a second page.
	Pages func(*Intranet) []string
	// Forms are forms of an admin's that change something, by path. One without fields
	// does so whatever is sent.
	Forms func(*Intranet) map[string]url.Values
	// Searchable is SQL that adds things which the search finds: $1 is their language,
	// $2 their titles, $3 a word of each text. "" where it finds nothing of the feature.
	Searchable string
}

// Start runs an intranet with the feature and something in it.
func (f Fixture) Start(t testing.TB, o Options) *Intranet {
	t.Helper()
	if f.Options != nil {
		f.Options(&o)
	}
	var features []web.Feature
	if f.Feature != nil {
		features = append(features, f.Feature())
	}
	if f.Others != nil {
		features = append(features, f.Others()...)
	}
	i := NewWith(t, o, features...)
	if f.Fill != nil {
		f.Fill(i)
	}
	return i
}

// routes are those of the feature alone.
func (f Fixture) routes(i *Intranet) []web.Route {
	if f.Routes != nil {
		return f.Routes(i.Server)
	}
	return i.Server.Features()[0].Routes(i.Server)
}

// path is a route's path with a value for its parameter, and whether something exists
// there.
func (f Fixture) path(i *Intranet, route web.Route) (path string, there bool) {
	before, rest, found := strings.Cut(route.Path, "{")
	if !found {
		return route.Path, true
	}
	_, after, _ := strings.Cut(rest, "}")
	value := NobodysID
	if f.Params != nil {
		for pattern, v := range f.Params(i) {
			if strings.HasPrefix(route.Path, pattern) && (route.Path == pattern || route.Path[len(pattern)] == '/') {
				value, there = v, true
			}
		}
	}
	return before + url.PathEscape(value) + after, there
}

// pages are all pages of the feature that an admin can look at.
func (f Fixture) pages(i *Intranet) []string {
	var all []string
	for _, route := range f.routes(i) {
		if path, there := f.path(i, route); there && route.Method == http.MethodGet {
			all = append(all, path)
		}
	}
	if f.Pages != nil {
		all = append(all, f.Pages(i)...)
	}
	return all
}

// roles are the people of the tests with their roles; "" is nobody.
var roles = map[string]store.Role{"": "", "bea": store.Employee, "caio": store.Editor, "ana": store.Admin}

// Check tests what holds for every feature: who may use its routes, how it answers
// malformed requests and requests during an outage, that each page has its own token, that
// no secret and nobody's markup gets into a page, and that reading changes nothing. All of
// it runs with the rights that deploy/roles.sql gives.
func Check(t *testing.T, f Fixture) {
	t.Run("every role gets its routes and no others", func(t *testing.T) { t.Parallel(); f.checkRoles(t) })
	t.Run("pages are whole, and looking changes nothing", func(t *testing.T) { t.Parallel(); f.checkPages(t) })
	t.Run("nobody is shown what they may not do", func(t *testing.T) { t.Parallel(); f.checkLinks(t) })
	t.Run("forms that cannot be read are refused", func(t *testing.T) { t.Parallel(); f.checkBrokenForms(t) })
	t.Run("an outage gives back what was sent", func(t *testing.T) { t.Parallel(); f.checkOutage(t) })
	if f.Searchable != "" {
		t.Run("the search finds it", func(t *testing.T) { t.Parallel(); f.checkSearch(t) })
	}
	if f.Forms != nil {
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

func (f Fixture) checkPages(t *testing.T) {
	i := f.Start(t, Options{})
	ana := i.As("ana")
	before := i.Dump()
	pages := f.pages(i)
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
		if made := i.Calls.Load() - calls; made != 1 || strings.Count(res.Body, ChatToken) != 1 {
			t.Errorf("%s: %d calls, %d tokens", path, made, strings.Count(res.Body, ChatToken))
		}
		if res := ana.Ask(http.MethodHead, path); res.StatusCode != http.StatusOK || i.Calls.Load() != calls+1 {
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

// checkBrokenForms sends forms that cannot be read or are too large. Those who may not use
// the route are refused first.
func (f Fixture) checkBrokenForms(t *testing.T) {
	i := f.Start(t, Options{NoChat: true})
	ana, bea, nobody := i.As("ana"), i.As("bea"), i.Browser()
	var forms map[string]url.Values
	if f.Forms != nil {
		forms = f.Forms(i)
	}
	before := i.Dump()
	for _, route := range f.routes(i) {
		path, _ := f.path(i, route)
		if route.Method != http.MethodPost {
			if res := ana.Get(path + "?a=%zz&b;c"); res.StatusCode == http.StatusBadRequest || res.StatusCode >= 500 {
				t.Errorf("GET %s with a broken query: %d", route.Path, res.StatusCode)
			}
			continue
		}
		send := func(b *Browser, body string) int {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, i.URL+path, strings.NewReader(body))
			return b.Send(req, "Content-Type", "application/x-www-form-urlencoded").StatusCode
		}
		limit := 256 << 10
		if route.Body > 0 {
			limit = int(route.Body)
		}
		if got := send(ana, "a=%zz"); got != http.StatusBadRequest {
			t.Errorf("%s takes a form that cannot be read: %d", route.Path, got)
		}
		if got := send(ana, strings.Repeat("a", limit+1)); got != http.StatusRequestEntityTooLarge {
			t.Errorf("%s takes a form that is too large: %d", route.Path, got)
		}
		employee := &store.Person{Role: store.Employee}
		if got := send(bea, "a=%zz"); !route.Access.Allows(employee) && got != http.StatusForbidden {
			t.Errorf("%s answers %d to an employee", route.Path, got)
		}
		if got := send(nobody, "a=%zz"); route.Access != web.Public && got != http.StatusSeeOther {
			t.Errorf("%s answers %d to nobody", route.Path, got)
		}
		if form, known := forms[path]; known && len(form) == 0 {
			continue
		}
		// Anything is taken or refused; nothing is a failure of ours.
		for _, body := range []string{
			"", "%00=%00&%ff=%ff", "version=-1&id=x&lang=xx&title=%00&name=%e2%80%ae&body=%1b&q=%27",
		} {
			if got := send(ana, body); got >= 500 {
				t.Errorf("%s answers %d to %q", route.Path, got, body)
			}
		}
	}
	if i.Dump() != before {
		t.Error("something was changed")
	}
	if log := i.Log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("a failure of ours: %s", log)
	}
}

// checkOutage makes the database unreachable. Pages say so, and forms are shown again.
func (f Fixture) checkOutage(t *testing.T) {
	i := f.Start(t, Options{NoChat: true})
	ana := i.As("ana")
	pages := f.pages(i)
	var forms map[string]url.Values
	if f.Forms != nil {
		forms = f.Forms(i)
	}
	large := map[string]bool{}
	for _, route := range f.routes(i) {
		path, _ := f.path(i, route)
		large[path] = route.Body > 0
	}
	i.TakeAway()
	for _, path := range pages {
		res := ana.Get(path)
		if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" ||
			res.HTML(t).Find("h1").Length() != 1 {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	for path, sent := range forms {
		res := ana.Post(path, sent)
		form := res.HTML(t).Find("main form[method=post]")
		if large[path] { // it is not read before its sender is known, and so not given back
			if res.StatusCode != http.StatusServiceUnavailable || form.Length() != 0 {
				t.Errorf("%s: %d, and a form leads to %q", path, res.StatusCode, form.AttrOr("action", ""))
			}
			continue
		}
		if res.StatusCode != http.StatusServiceUnavailable || form.AttrOr("action", "") != path {
			t.Errorf("%s: %d, and the form leads to %q", path, res.StatusCode, form.AttrOr("action", ""))
		}
		for name, values := range sent {
			var kept []string
			form.Find("input[type=hidden]").Each(func(_ int, field *goquery.Selection) {
				if field.AttrOr("name", "") == name {
					kept = append(kept, field.AttrOr("value", ""))
				}
			})
			if !slices.Equal(kept, values) {
				t.Errorf("%s: %s came back as %q", path, name, kept)
			}
		}
	}
}

// checkChanges sends each form of an admin three times: in the address, where it has no
// effect; while the audit trail cannot be written, when nothing is changed either; and as
// it should be sent, when the change is recorded.
func (f Fixture) checkChanges(t *testing.T) {
	for path := range maps.Keys(f.Forms(f.Start(t, Options{NoChat: true}))) {
		// What a form refers to differs from database to database: its place counts.
		t.Run(placeOf(path), func(t *testing.T) {
			t.Parallel()
			i := f.Start(t, Options{NoChat: true})
			form, path := f.formLike(i, path)
			if form == nil {
				t.Fatal("the form is not there any more")
			}
			before := len(i.Recorded())
			if len(form) > 0 {
				res := i.As("ana").Ask(http.MethodPost, path+"?"+form.Encode())
				if res.StatusCode < 400 && len(i.Recorded()) != before {
					t.Errorf("the address of a POST counts: %d", res.StatusCode)
				}
			}
			i.Exec(`ALTER TABLE audit ADD CONSTRAINT full_up CHECK (false) NOT VALID`)
			stored := i.Dump()
			res := i.As("ana").Post(path, form)
			if res.StatusCode != http.StatusInternalServerError || i.Dump() != stored {
				t.Errorf("a change that could not be recorded: %d", res.StatusCode)
			}
			i.Exec(`ALTER TABLE audit DROP CONSTRAINT full_up`)
			before = len(i.Recorded())
			res = i.As("ana").Post(path, form)
			if res.StatusCode != http.StatusSeeOther && res.StatusCode != http.StatusOK {
				t.Fatalf("%d: %s", res.StatusCode, res.HTML(t).Find(".field-error, .alert").Text())
			}
			if len(i.Recorded()) <= before {
				t.Error("it was not recorded")
			}
		})
	}
}

// formLike is the form of another intranet for the same place.
func (f Fixture) formLike(i *Intranet, path string) (url.Values, string) {
	for other, form := range f.Forms(i) {
		if placeOf(other) == placeOf(path) {
			return form, other
		}
	}
	return nil, ""
}

// placeOf is a path without ids.
func placeOf(path string) string {
	parts := strings.Split(path, "/")
	for n, part := range parts {
		if len(part) == len(NobodysID) && strings.Count(part, "-") == 4 {
			parts[n] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}

// proofExpired is longer than a proof of identity is good for.
const proofExpired = 11 * time.Minute
