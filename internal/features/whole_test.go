package features_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// Every route has a rule, only signing in and what a page asks after its session is open to
// anybody, and admins' pages are those below /admin.
func TestEveryRouteHasARule(t *testing.T) {
	t.Parallel()
	open := []string{
		paths.Login, paths.LoginCode, paths.Invitation, paths.Forgotten,
		paths.Session, paths.DraftsKeep, paths.DraftsKept,
	}
	for _, route := range unserved(t, features.All()...).Routes() {
		public := slices.Contains(open, route.Path)
		admins := strings.HasPrefix(route.Path, "/admin/")
		if route.Access == 0 || (route.Access == web.Public) != public || (route.Access == web.Admins) != admins {
			t.Errorf("%s %s is for %s", route.Method, route.Path, route.Access)
		}
	}
}

// Each change of an admin's and each sensitive one of one's own account asks for a proof.
// That the proof is asked for is tested by webtest.Check.
func TestEverySensitiveChangeAsksForAProof(t *testing.T) {
	t.Parallel()
	without := []string{
		paths.AccountPassword,         // asks for the password itself
		paths.AccountPreferences,      // is not sensitive
		paths.AccountProfile,          // is not sensitive
		paths.AccountMail,             // is not sensitive: what keeps an account safe is no choice
		paths.AdminPeople + "/import", // changes nothing: see TestPeopleAreImportedOnceTheyWereShown
	}
	found := 0
	for _, route := range unserved(t, features.All()...).Routes() {
		sensitive := route.Access == web.Admins || strings.HasPrefix(route.Path, paths.Account)
		if route.Method != http.MethodPost || !sensitive || slices.Contains(without, route.Path) {
			continue
		}
		found++
		if !route.Proof {
			t.Errorf("%s asks for no proof", route.Path)
		}
	}
	if found < 15 {
		t.Errorf("found %d such routes", found)
	}
}

// What a person may not do is not shown to them either: no page of the whole intranet has
// a link or a form that would be refused. And no page changes anything by being looked at.
func TestNobodyIsShownWhatTheyMayNotDoAndNoGetChangesAnything(t *testing.T) {
	t.Parallel()
	i := webtest.New(t, features.All()...)
	table, access := http.NewServeMux(), map[string]web.Access{}
	for _, route := range i.Server.Routes() {
		pattern := route.Method + " " + route.Path
		table.Handle(pattern, http.NotFoundHandler())
		access[pattern] = route.Access
	}
	for name, role := range map[string]store.Role{"bea": store.Employee, "caio": store.Editor, "ana": store.Admin} {
		b, before, seen := i.As(name), i.Dump(), map[string]bool{}
		for queue := []string{"GET " + paths.Home}; len(queue) > 0; queue = queue[1:] {
			if seen[queue[0]] {
				continue
			}
			seen[queue[0]] = true
			method, path, _ := strings.Cut(queue[0], " ")
			if method != http.MethodGet { // forbidden or not is decided before anything is done
				req, _ := http.NewRequestWithContext(t.Context(), method, path, nil)
				if _, pattern := table.Handler(req); !access[pattern].Allows(&store.Person{Role: role}) {
					t.Errorf("%s is shown the form %s", name, path)
				}
				continue
			}
			res := b.Get(path)
			if res.StatusCode >= 400 {
				t.Errorf("%s is led to %s: %d", name, path, res.StatusCode)
			}
			if strings.Contains(res.Body, `<i>"`) || strings.Contains(res.Body, "</script><b>") {
				t.Errorf("%s has markup of somebody's name or title", path)
			}
			queue = append(queue, targets(res.HTML(t))...)
		}
		fewest := map[string]int{"bea": 9, "caio": 10, "ana": 18}[name]
		if len(seen) < fewest {
			t.Errorf("%s saw only %d pages and forms", name, len(seen))
		}
		if i.Dump() != before {
			t.Errorf("looking around as %s changed the database", name)
		}
	}
}

// targets are where a page's links and forms lead on this site.
func targets(d *goquery.Document) (all []string) {
	d.Find("a[href], form").Each(func(_ int, e *goquery.Selection) {
		target := e.AttrOr("href", e.AttrOr("action", ""))
		if u, err := url.Parse(target); err == nil && u.Host == "" && strings.HasPrefix(u.Path, "/") {
			all = append(all, strings.ToUpper(e.AttrOr("method", "get"))+" "+u.RequestURI())
		}
	})
	return all
}

// An admin's form of a person changes the fields that it has, and no others.
func TestExtraFieldsChangeNothing(t *testing.T) {
	t.Parallel()
	i := webtest.New(t, features.Core()...)
	form := url.Values{
		"name": {"Caio"}, "email": {"caio@company.example"}, "lang": {"es"}, "version": {"1"},
		"role": {"admin"}, "active": {"false"}, "id": {i.IDs["ana"]}, "person": {i.IDs["ana"]},
		"session_version": {"9"}, "password_hash": {"x"}, "theme": {"dark"},
	}
	if res := i.As("ana").Post(paths.AdminPerson.Of(i.IDs["caio"]), form); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", res.StatusCode)
	}
	got := i.First(`SELECT string_agg(concat_ws(' ', split_part(email, '@', 1), role, active, session_version), ', '
		ORDER BY email) FROM people WHERE theme = 'auto' AND password_hash <> 'x'`)
	if want := "ana admin t 1, bea employee t 1, caio editor t 1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Every field for a secret has a name by which the page of a failure knows it: it does
// not give the form back.
func TestSecretFieldsAreKnownByName(t *testing.T) {
	t.Parallel()
	i := webtest.New(t, features.All()...)
	ana, nobody := i.As("ana"), i.Browser()
	var names []string
	for _, page := range []webtest.Answer{
		nobody.Get(paths.Login), nobody.Get(paths.Invitation), ana.Get(paths.AccountPassword),
		ana.Post(paths.SecondFactor, nil),
	} {
		secret := "input[type=password], input[autocomplete=one-time-code], input[name=code]"
		page.HTML(t).Find(secret).Each(func(_ int, field *goquery.Selection) {
			names = append(names, field.AttrOr("name", ""))
		})
	}
	if len(names) < 5 {
		t.Errorf("found only %q", names)
	}
	i.TakeAway()
	for _, name := range append(names, "title") {
		res := ana.Post(paths.AccountProfile, url.Values{name: {"typed secret"}})
		given := strings.Contains(res.Body, "typed secret")
		if res.StatusCode != http.StatusServiceUnavailable || given != (name == "title") {
			t.Errorf("%s: %d, given back: %t", name, res.StatusCode, given)
		}
	}
}

// A one-time link leads to the address that is set, whatever host a request names.
func TestAOneTimeLinkIsOfThePublicAddress(t *testing.T) {
	t.Parallel()
	i := webtest.NewWith(t, webtest.Options{PublicURL: "https://intranet.example.com"}, features.Core()...)
	ana := i.As("ana")
	u, _ := url.Parse(i.URL)
	cookies := ana.Jar.Cookies(u)
	target := i.URL + paths.AdminPersonInvitation.Of(i.IDs["bea"])
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, target, nil)
	req.Host = "evil.example"
	for _, cookie := range cookies {
		req.AddCookie(cookie)
	}
	res := i.Browser().Send(req, "X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example")
	if !strings.Contains(res.Body, "https://intranet.example.com"+paths.Invitation+"#") {
		t.Errorf("a one-time link leads elsewhere: %d", res.StatusCode)
	}
}
