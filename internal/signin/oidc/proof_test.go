package oidc_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/sandbox/provider"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/signin/oidc"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// sensitive is a change that asks for a proof of identity.
type sensitive struct {
	mu     sync.Mutex
	posted []url.Values
}

func (s *sensitive) feature() web.Feature {
	return web.Feature{Name: "sensitive", Routes: func(*web.Server) []web.Route {
		return []web.Route{
			web.Post("/sensitive", web.Employees, func(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.posted = append(s.posted, r.PostForm)
				return web.Redirect(w, r, "/")
			}).WithProof(),
		}
	}}
}

func (s *sensitive) done() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.posted)
}

// startSensitive is start with a sensitive change.
func startSensitive(t testing.TB, o webtest.Options, options ...func(*oidc.Provider)) (company, *sensitive) {
	t.Helper()
	p, s := serve(t, "x"), &sensitive{}
	o.Way = way(settings("x", p.Issuer(), options...))
	return company{webtest.NewWith(t, o, s.feature()), t, p}, s
}

// age makes the proof of everybody's sessions older.
func (c company) age(by time.Duration) {
	c.t.Helper()
	c.Exec(`UPDATE sessions SET data = convert_to(jsonb_set(convert_from(data, 'UTF8')::jsonb, '{values,`+
		signin.ConfirmedKey+`}', to_jsonb($1::text))::text, 'UTF8')`, time.Now().Add(-by).Format(time.RFC3339))
}

// typed is what somebody has filled in, with what must stay as it is.
func typed() url.Values {
	return url.Values{"text": {"two\nlines \"&<b>"}, "many": {"1", "2"}}
}

// asked sends the change, and returns the link to the provider that is shown instead.
func (v visitor) asked() string {
	v.t.Helper()
	res := v.Post("/sensitive", typed(), "Referer", v.I.URL+"/account")
	page := res.HTML(v.t)
	link := page.Find("main .actions a.button").First().AttrOr("href", "")
	if res.StatusCode != http.StatusForbidden || !strings.HasPrefix(link, "/login/oidc/x?form=") ||
		page.Find("main form").Length() != 0 || page.Find(`main a[href="/account"]`).Length() != 1 {
		v.t.Fatalf("%d, link %q: %s", res.StatusCode, link, res.Body)
	}
	return link
}

// sendKept sends the form of a page as it is.
func (v visitor) sendKept(page *goquery.Document) webtest.Answer {
	v.t.Helper()
	form := page.Find("main form")
	fields := url.Values{}
	form.Find("input").Each(func(_ int, input *goquery.Selection) {
		fields.Add(input.AttrOr("name", ""), input.AttrOr("value", ""))
	})
	return v.Post(form.AttrOr("action", ""), fields)
}

// A sensitive change of somebody who came by a provider is asked for there, by a fresh sign-in,
// and the form comes through.
func TestASensitiveChangeNeedsAFreshSignIn(t *testing.T) {
	t.Parallel()
	c, s := startSensitive(t, webtest.Options{})
	v := c.visitor()
	v.signIn("bea")
	if res := v.Post("/sensitive", typed()); res.StatusCode != http.StatusSeeOther || len(s.done()) != 1 {
		t.Fatalf("just after a sign-in: %d", res.StatusCode)
	}
	c.age(11 * time.Minute)
	link := v.asked()
	if len(s.done()) != 1 {
		t.Fatal("it was done without a proof")
	}
	at := v.toProvider(link)
	if at.Query().Get("prompt") != "login" || at.Query().Get("max_age") != "0" {
		t.Errorf("asked with %v", at.Query())
	}
	before := v.Session()
	res := v.Get(v.choose(at, "bea").RequestURI())
	if v.Session() == before || v.who() != "bea@company.example" {
		t.Errorf("the session's token stayed, or it is %q's", v.who())
	}
	page := v.Get(res.Header.Get("Location"))
	if page.StatusCode != http.StatusOK || strings.Contains(page.Body, webtest.ChatToken) {
		t.Fatalf("%d", page.StatusCode)
	}
	if res := v.sendKept(page.HTML(t)); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d: %s", res.StatusCode, res.Body)
	}
	got := s.done()[1]
	for name, want := range typed() {
		if !slices.Equal(got[name], want) {
			t.Errorf("%s: %q", name, got[name])
		}
	}
	if kept := c.First(`SELECT string_agg(sealed, ' ') FROM proof_forms`); strings.Contains(kept, "lines") {
		t.Error("the form is kept as it is")
	}
}

// What is no proof: an old sign-in, one that the provider does not date, somebody else's, and
// none.
func TestWhatIsNoProofConfirmsNothing(t *testing.T) {
	t.Parallel()
	c, s := startSensitive(t, webtest.Options{})
	v := c.visitor()
	v.signIn("bea")
	c.age(11 * time.Minute)
	link := v.asked()
	session := v.Session()

	c.provider.Break(provider.OldProof)
	v.isProblem(v.come(link, "bea"), http.StatusForbidden, "stale")
	c.provider.Break(provider.NoProof)
	v.isProblem(v.come(link, "bea"), http.StatusForbidden, "stale")
	c.provider.Break()
	v.isProblem(v.come(link, "caio"), http.StatusForbidden, "unknown")
	c.visitor().signIn("caio")
	v.isProblem(v.come(link, "caio"), http.StatusForbidden, "other")
	page := v.Get("/login/oidc/x/form" + link[strings.Index(link, "?"):]).HTML(t)
	if page.Find("main form").Length() != 0 || v.Session() != session {
		t.Error("the form can be sent, or the session is another")
	}
	// Without the part of the address that asks for it: a provider then knows them still.
	at := v.toProvider(link)
	q := at.Query()
	q.Del("prompt")
	q.Del("max_age")
	at.RawQuery = q.Encode()
	c.provider.Break(provider.OldProof)
	v.choose(at, "bea")
	v.isProblem(v.Get(v.choose(at, "").RequestURI()), http.StatusForbidden, "stale")
	if len(s.done()) != 0 {
		t.Error("it was done")
	}
	if res := v.Post("/sensitive", typed()); res.StatusCode != http.StatusForbidden {
		t.Errorf("%d", res.StatusCode)
	}
}

// A form that is kept is its person's alone, and for half an hour.
func TestAKeptFormIsItsPersonsAlone(t *testing.T) {
	t.Parallel()
	c, _ := startSensitive(t, webtest.Options{})
	v, other := c.visitor(), c.visitor()
	v.signIn("caio")
	other.signIn("bea")
	c.age(11 * time.Minute)
	link := v.asked()
	path := "/login/oidc/x/form" + link[strings.Index(link, "?"):]
	if res := other.Get(path); res.StatusCode != http.StatusNotFound {
		t.Errorf("another's: %d", res.StatusCode)
	}
	other.isProblem(other.come(link, "bea"), http.StatusNotFound, "lost")
	c.Exec(`UPDATE proof_forms SET made_at = now() - interval '31 minutes'`)
	if res := v.Get(path); res.StatusCode != http.StatusNotFound {
		t.Errorf("after half an hour: %d", res.StatusCode)
	}
	for range 30 {
		v.asked()
	}
	if n := c.Count(`proof_forms`); n != 20 {
		t.Errorf("%d are kept", n)
	}
}

// Whoever has been signed in at the provider for long has not proved it now.
func TestASignInIsNoFresherThanThatAtTheProvider(t *testing.T) {
	t.Parallel()
	for _, fault := range []provider.Fault{provider.OldProof, provider.NoProof} {
		c, s := startSensitive(t, webtest.Options{})
		c.provider.Break(fault)
		v := c.visitor()
		v.signIn("bea")
		v.asked()
		if len(s.done()) != 0 {
			t.Errorf("with %s it was done", fault)
		}
	}
}

// Who has a second factor of ours gives its code, unless the provider says that it has asked for
// one; and where one is required, that of the provider will do.
func TestTheSecondFactorMayBeTheProviders(t *testing.T) {
	t.Parallel()
	p := serve(t, "x")
	c := company{webtest.NewWith(t, webtest.Options{
		SecondFactor: signin.Everyone, Way: way(settings("x", p.Issuer(), func(p *oidc.Provider) {
			p.Factors = []string{"mfa", "gold"}
		})),
	}), t, p}
	with := func(claim string, value any) {
		bea := somebody("bea", "bea@company.example")
		bea.Claims[claim] = value
		p.SetPeople(bea)
	}
	home := func(v visitor) string { return v.Get("/").Header.Get("Location") }

	v := c.visitor() // none at all: one has to be added
	if v.signIn("bea"); home(v) != "/account/second-factor" {
		t.Errorf("led to %q", home(v))
	}
	for _, weak := range []any{[]string{"pwd"}, "otpx", []any{1, "MFA"}} {
		with("amr", weak)
		if v := c.visitor(); v.signIn("bea").StatusCode != http.StatusSeeOther || home(v) == "" {
			t.Errorf("%v is taken for a second factor", weak)
		}
	}
	for claim, value := range map[string]any{"amr": []string{"pwd", "mfa"}, "acr": "gold"} {
		with(claim, value)
		v := c.visitor()
		if v.signIn("bea"); home(v) != "" || v.who() == "" {
			t.Errorf("%s %v: led to %q", claim, value, home(v))
		}
	}

	c.Protect("bea")
	with("amr", []string{"pwd"})
	v = c.visitor()
	res := v.come("/login/oidc/x?next=%2Faccount", "bea")
	if res.Header.Get("Location") != "/login/code" {
		t.Fatalf("led to %q", res.Header.Get("Location"))
	}
	v.nobody()
	if res := v.GiveCode("000000"); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a wrong code: %d", res.StatusCode)
	}
	res = v.GiveCode(webtest.Code(t, webtest.FactorSecret, 0))
	if res.Header.Get("Location") != "/account" || v.who() != "bea@company.example" {
		t.Errorf("led to %q", res.Header.Get("Location"))
	}
	if n := c.Count(`audit WHERE action = 'session.created' AND detail = 'provider x second factor'`); n != 1 {
		t.Errorf("%d entries", n)
	}
	with("amr", []string{"mfa"})
	if v := c.visitor(); v.signIn("bea").Header.Get("Location") != "/" || v.who() == "" {
		t.Error("a code is asked for besides the provider's")
	}
}

// Who has a second factor of ours gives its code after a fresh sign-in at a provider that has asked
// for none, and the form comes through.
func TestAFreshSignInNeedsOurSecondFactorToo(t *testing.T) {
	t.Parallel()
	c, s := startSensitive(t, webtest.Options{})
	v := c.visitor()
	v.signIn("bea")
	c.Protect("bea")
	c.age(11 * time.Minute)
	back := v.come(v.asked(), "bea").Header.Get("Location")
	page := v.Get(back).HTML(t)
	if page.Find("input[name=confirm_code]").Length() != 1 {
		t.Fatal("no code is asked for")
	}
	form := page.Find("main form")
	send := func(code string) webtest.Answer {
		fields := url.Values{"confirm_code": {code}}
		form.Find("input[type=hidden]").Each(func(_ int, input *goquery.Selection) {
			fields.Add(input.AttrOr("name", ""), input.AttrOr("value", ""))
		})
		return v.Post("/sensitive", fields)
	}
	wrong := send("000000")
	if wrong.StatusCode != http.StatusUnprocessableEntity || wrong.HTML(t).Find("[role=alert]").Length() != 1 {
		t.Errorf("a wrong code: %d", wrong.StatusCode)
	}
	if res := v.Post("/sensitive", typed()); res.StatusCode != http.StatusForbidden || len(s.done()) != 0 {
		t.Errorf("without a code: %d", res.StatusCode)
	}
	before := v.Session()
	code := webtest.Code(t, webtest.FactorSecret, 0)
	if res := send(code); res.StatusCode != http.StatusTemporaryRedirect || v.Session() == before {
		t.Fatalf("%d", res.StatusCode)
	}
	if res := send(code); res.StatusCode != http.StatusSeeOther || len(s.done()) != 1 {
		t.Errorf("%d, done %d times", res.StatusCode, len(s.done()))
	}
}

// Passwords can be for admins alone, as the way in when no provider answers.
func TestPasswordsMayBeForAdminsAlone(t *testing.T) {
	t.Parallel()
	p := serve(t, "x")
	c := company{webtest.NewWith(t, webtest.Options{
		PasswordsFor: signin.Admins, Way: way(settings("x", p.Issuer())),
	}), t, p}
	p.Break(provider.Down)
	login := func(email, password string) (visitor, webtest.Answer) {
		v := c.visitor()
		return v, v.Post("/login", url.Values{"email": {email}, "password": {password}})
	}
	if v, res := login("ana@company.example", webtest.Password); res.StatusCode != http.StatusSeeOther || v.who() == "" {
		t.Errorf("an admin: %d", res.StatusCode)
	}
	for _, name := range []string{"bea", "caio"} {
		v, res := login(name+"@company.example", webtest.Password)
		if res.StatusCode != http.StatusForbidden || !strings.Contains(res.Body, c.Says("en", "login.error.way")) {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
		v.nobody()
		// Who does not know the password learns nothing of who is an admin.
		_, wrong := login(name+"@company.example", "not the password")
		_, admin := login("ana@company.example", "not the password")
		if wrong.StatusCode != admin.StatusCode || strings.Contains(wrong.Body, c.Says("en", "login.error.way")) {
			t.Errorf("%s, a wrong password: %d", name, wrong.StatusCode)
		}
	}
	page := c.Browser().Get("/login").HTML(t)
	if page.Find("details form[action='/login']").Length() != 1 || page.Find("details[open]").Length() != 0 ||
		page.Find("a.button[href='/login/oidc/x']").Length() != 1 {
		t.Error("the form is not aside, or there is no link")
	}
}
