package oidc_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/sandbox/provider"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/signin/oidc"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/webtest"
)

// The page to sign in has a link for each provider, and leads nobody on by itself.
func TestTheSignInPageHasALinkForEachProvider(t *testing.T) {
	t.Parallel()
	i := webtest.NewWith(t, webtest.Options{
		Way: way(settings("x", "http://127.0.0.1:1"), settings("y", "http://127.0.0.1:1")),
	})
	res := i.Browser().Get(paths.LoginNext("/people"))
	page := res.HTML(t)
	if res.StatusCode != http.StatusOK || page.Find("form[method=post]").Length() != 1 {
		t.Errorf("%d", res.StatusCode)
	}
	for id, name := range map[string]string{"x": "Provider X", "y": "Provider Y"} {
		link := page.Find(`a[href="/login/oidc/` + id + `?next=%2Fpeople"]`)
		if !strings.Contains(link.Text(), name) {
			t.Errorf("%s: %q", id, link.Text())
		}
	}
}

// Somebody comes, is linked by their e-mail the first time, and is known by issuer and subject
// from then on.
func TestSomebodySignsInWithAProvider(t *testing.T) {
	t.Parallel()
	c := start(t)
	v := c.visitor()
	before := v.Session()
	res := v.come("/login/oidc/x?next=%2Faccount%2Fsecond-factor", "bea")
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/account/second-factor" {
		t.Fatalf("%d to %q: %s", res.StatusCode, res.Header.Get("Location"), res.Body)
	}
	if v.who() != "bea@company.example" || v.Session() == before {
		t.Errorf("%q is signed in", v.who())
	}
	if c.Count(`identities WHERE subject = 'bea' AND person_id = '`+c.IDs["bea"]+`'`) != 1 {
		t.Error("no identity")
	}
	if n := c.Count(`audit WHERE action = 'identity.linked' AND subject = 'bea@company.example'`); n != 1 {
		t.Errorf("%d entries of the link", n)
	}
	if n := c.Count(`audit WHERE action = 'session.created' AND detail = 'provider x'`); n != 1 {
		t.Errorf("%d entries of the sign-in", n)
	}

	// Their e-mail changes there, to somebody else's even: they stay who they are.
	c.provider.SetPeople(somebody("bea", "ana@company.example"))
	again := c.visitor()
	if again.signIn("bea"); again.who() != "bea@company.example" {
		t.Errorf("%q is signed in", again.who())
	}
	// Their e-mail here changes: the same.
	c.Exec(`UPDATE people SET email = 'beatriz@company.example' WHERE id = $1`, c.IDs["bea"])
	again = c.visitor()
	if again.signIn("bea"); again.who() != "beatriz@company.example" {
		t.Errorf("%q is signed in", again.who())
	}
	if c.Count(`identities`) != 1 || c.Count(`people`) != 3 {
		t.Error("more identities or people than one comes with")
	}
}

// Nothing of what a provider gives us is kept or shown: no token, no code, no secret.
func TestNoTokenIsKeptOrLogged(t *testing.T) {
	t.Parallel()
	c := start(t)
	v := c.visitor()
	at := v.toProvider("/login/oidc/x")
	back := v.choose(at, "bea")
	v.Get(back.RequestURI())
	c.provider.Break(provider.OthersNonce)
	bad := c.visitor()
	wrong := bad.choose(bad.toProvider("/login/oidc/x"), "ana")
	res := bad.Get(wrong.RequestURI())
	kept := c.First(`SELECT coalesce(string_agg(convert_from(data, 'UTF8'), ''), '') FROM sessions`) +
		c.First(`SELECT string_agg(a::text, '') FROM audit a`) + c.Log.String()
	for name, canary := range map[string]string{
		"the client's secret": secret, "an access token": "access-", "an ID token": "eyJ",
		"the code": back.Query().Get("code"), "a code in vain": wrong.Query().Get("code"),
		"the state": at.Query().Get("state"), "the nonce": at.Query().Get("nonce"),
	} {
		if strings.Contains(kept+res.Body, canary) {
			t.Errorf("%s is kept, logged or shown", name)
		}
	}
	if got := at.Query(); got.Get("code_challenge_method") != "S256" || len(got.Get("code_challenge")) != 43 ||
		len(got.Get("nonce")) < 26 || len(got.Get("state")) < 26 || strings.Contains(at.String(), secret) ||
		got.Get("response_type") != "code" {
		t.Errorf("asked with %v", got)
	}
}

// An ID token that is not what it must be signs nobody in, links nobody, and is recorded.
func TestATokenThatIsNotRightSignsNobodyIn(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.visitor().signIn("ana") // so that there is a person whom a token could name
	for _, fault := range provider.Hostile {
		c.provider.Break(fault)
		v := c.visitor()
		v.isProblem(v.signIn("ana"), http.StatusBadRequest, "refused")
		v.nobody()
		if t.Failed() {
			t.Fatalf("with %s", fault)
		}
	}
	if c.Count(`identities`) != 1 || c.Count(`audit WHERE action = 'session.created'`) != 1 {
		t.Error("somebody was signed in or linked")
	}
}

// The answer of another provider is not taken for that of the one that was asked (RFC 9207).
func TestTheAnswerOfAnotherProviderIsNotTaken(t *testing.T) {
	t.Parallel()
	c := start(t)
	for _, fault := range []provider.Fault{provider.OtherAnswers, provider.NobodyAnswers} {
		c.provider.Break(fault)
		v := c.visitor()
		v.isProblem(v.signIn("bea"), http.StatusBadRequest, "refused")
		v.nobody()
	}
	if n := c.provider.Asked(provider.TokenPath); n != 0 {
		t.Errorf("the code was given to the provider %d times", n)
	}

	// Begun with y, answered with a code of x, at the address of either.
	x, y := serve(t, "x"), serve(t, "y")
	two := company{webtest.NewWith(t, webtest.Options{
		Way: way(settings("x", x.Issuer()), settings("y", y.Issuer())),
	}), t, x}
	attacker := two.visitor()
	stolen := attacker.choose(attacker.toProvider("/login/oidc/x"), "ana").Query()
	for _, path := range []string{oidc.CallbackPath("x"), oidc.CallbackPath("y")} {
		v := two.visitor()
		at := v.toProvider("/login/oidc/y")
		answer := url.Values{
			"code": {stolen.Get("code")}, "iss": {stolen.Get("iss")}, "state": {at.Query().Get("state")},
		}
		if res := v.Get(path + "?" + answer.Encode()); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
		v.nobody()
	}
	if x.Asked(provider.TokenPath)+y.Asked(provider.TokenPath) != 0 {
		t.Error("a code went to a provider")
	}
}

// A sign-in is finished once, in time, in the browser that has begun it.
func TestASignInIsFinishedWhereItWasBegun(t *testing.T) {
	t.Parallel()
	c := start(t)
	v := c.visitor()
	back := v.choose(v.toProvider("/login/oidc/x"), "bea")

	other := c.visitor() // whom somebody leads there with a code of their own
	other.isProblem(other.Get(back.RequestURI()), http.StatusBadRequest, "late")
	other.nobody()

	if res := v.Get(back.RequestURI()); res.StatusCode != http.StatusSeeOther || v.who() == "" {
		t.Fatalf("%d", res.StatusCode)
	}
	once := v.Session()
	v.isProblem(v.Get(back.RequestURI()), http.StatusBadRequest, "late")
	if v.Session() != once {
		t.Error("the second time changes the session")
	}

	forged := c.visitor()
	at := forged.toProvider("/login/oidc/x")
	c.provider.Break(provider.OtherState)
	forged.isProblem(forged.Get(forged.choose(at, "bea").RequestURI()), http.StatusBadRequest, "late")
	for _, query := range []string{"", "?state=", "?state=x", "?code=x&state=" + strings.Repeat("A", 26)} {
		forged.isProblem(forged.Get(oidc.CallbackPath("x")+query), http.StatusBadRequest, "late")
	}
	forged.nobody()
}

// What a browser keeps of a sign-in that has begun opens nothing, cannot be read, and cannot be
// written by anybody else.
func TestTheCookieOfASignInIsSealed(t *testing.T) {
	t.Parallel()
	c := start(t)
	v := c.visitor()
	at := v.toProvider("/login/oidc/x")
	u, _ := url.Parse(c.URL)
	var cookie *http.Cookie
	for _, one := range v.Jar.Cookies(u) {
		if strings.HasPrefix(one.Name, "oidc-") {
			cookie = one
		}
	}
	if cookie == nil || strings.Contains(cookie.Value, at.Query().Get("nonce")) ||
		!strings.HasPrefix(cookie.Value, "v1:") {
		t.Fatalf("%v", cookie)
	}
	back := v.choose(at, "bea")
	state := at.Query().Get("state")
	sealer, _ := seal.New("the key of the tests, which is long enough")
	plain, err := sealer.Open(cookie.Value, "a sign-in with a provider")
	if err != nil {
		t.Fatal(err)
	}
	begun := func(ago time.Duration) string {
		at := time.Now().Add(-ago).Format(time.RFC3339)
		return regexp.MustCompile(`"Begun":"[^"]*"`).ReplaceAllString(plain, `"Begun":"`+at+`"`)
	}
	for name, value := range map[string]string{
		"in clear":  `{"Provider":"x","State":"` + state + `","Begun":"` + time.Now().Format(time.RFC3339) + `"}`,
		"changed":   cookie.Value[:len(cookie.Value)-4] + "AAAA",
		"cut short": cookie.Value[:20],
		"empty":     "",
		"too late":  sealer.Seal(begun(16*time.Minute), "a sign-in with a provider"),
		"for other": sealer.Seal(begun(0), "something else"),
	} {
		another := c.visitor()
		another.Jar.SetCookies(u, []*http.Cookie{{Name: cookie.Name, Value: url.QueryEscape(value), Path: "/"}})
		res := another.Get(back.RequestURI(), "Cookie", cookie.Name+"="+value)
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
		another.nobody()
	}

	late := c.visitor()
	value := sealer.Seal(begun(14*time.Minute), "a sign-in with a provider")
	if res := late.Get(back.RequestURI(), "Cookie", cookie.Name+"="+value); res.StatusCode != http.StatusSeeOther {
		t.Errorf("after 14 minutes: %d", res.StatusCode)
	}

	secure := webtest.NewWith(t, webtest.Options{
		PublicURL: "https://intranet.example.com", Way: way(settings("x", c.provider.Issuer())),
	})
	res := secure.Browser().Get("/login/oidc/x")
	line := strings.Join(res.Header["Set-Cookie"], "\n")
	for _, want := range []string{"__Host-oidc-", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(line, want) {
			t.Errorf("no %s in %s", want, line)
		}
	}
	for range 10 { // tabs
		v.toProvider("/login/oidc/x")
	}
	if n := len(v.Jar.Cookies(u)); n > 5 {
		t.Errorf("%d cookies are kept", n)
	}
}

// The first time, an e-mail links to a person only if it is verified and of the company, and
// the person is active and has no identity yet.
func TestTheFirstLinkIsByAVerifiedEmailOfTheCompany(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.Exec(`UPDATE people SET active = false WHERE id = $1`, c.IDs["caio"])
	change := func(p provider.Person, claim string, value any) provider.Person {
		if p.Claims[claim] = value; value == nil {
			delete(p.Claims, claim)
		}
		return p
	}
	const bea = "bea@company.example"
	run := func(person provider.Person, says string) {
		t.Helper()
		c.provider.SetPeople(person)
		v := c.visitor()
		res := v.signIn(person.Subject)
		if says == "" {
			if v.who() != bea {
				t.Errorf("%q is signed in: %s", v.who(), res.Body)
			}
			return
		}
		v.isProblem(res, http.StatusForbidden, says)
		v.nobody()
	}
	run(change(somebody("1", bea), "email_verified", false), "unverified")
	run(change(somebody("2", bea), "email_verified", nil), "unverified")
	run(change(somebody("3", bea), "email_verified", "no"), "unverified")
	run(change(somebody("4", bea), "email", nil), "noemail")
	run(somebody("5", "bea"), "noemail")
	run(somebody("6", "bea@other.example"), "domain")
	run(somebody("7", "bea@company.example.evil.example"), "domain")
	run(somebody("8", `"bea@company.example"@evil.example`), "noemail")
	run(somebody("9", "dora@company.example"), "unknown")
	run(somebody("10", "caio@company.example"), "disabled")
	if c.Count(`identities`) != 0 || c.Count(`people`) != 3 {
		t.Error("somebody was linked or made")
	}
	run(change(somebody("11", "BEA@Company.example"), "email_verified", "true"), "")
	run(somebody("12", bea), "taken") // another of the same provider
	if c.Count(`identities`) != 1 {
		t.Error("a second identity")
	}
	if n := c.Count(`audit WHERE action = 'session.failed' AND detail LIKE 'provider x: %'`); n != 11 {
		t.Errorf("%d refusals are recorded", n)
	}
}

// Two providers may know the same e-mail. Whoever came first has the person.
func TestTwoProvidersWithTheSameEmail(t *testing.T) {
	t.Parallel()
	x, y := serve(t, "x"), serve(t, "y")
	c := company{webtest.NewWith(t, webtest.Options{
		Way: way(settings("x", x.Issuer()), settings("y", y.Issuer(), func(p *oidc.Provider) { p.Name = "Provider X" })),
	}), t, x}
	first := c.visitor()
	if first.signIn("bea"); first.who() != "bea@company.example" {
		t.Fatalf("%q", first.who())
	}
	second := c.visitor()
	second.isProblem(second.come("/login/oidc/y", "bea"), http.StatusForbidden, "taken")
	second.nobody()
	// The same subject of another issuer is somebody else.
	y.SetPeople(somebody("bea", "caio@company.example"))
	third := c.visitor()
	if third.come("/login/oidc/y", "bea"); third.who() != "caio@company.example" {
		t.Errorf("%q", third.who())
	}
}

// Disabled here is out, whatever the provider says.
func TestDisabledHereIsOut(t *testing.T) {
	t.Parallel()
	c := start(t)
	v := c.visitor()
	v.signIn("bea")
	c.Exec(`UPDATE people SET active = false WHERE id = $1`, c.IDs["bea"])
	if res := v.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a session of who is disabled: %d", res.StatusCode)
	}
	again := c.visitor()
	again.isProblem(again.signIn("bea"), http.StatusForbidden, "disabled")
	again.nobody()
}

// With the setting, whoever comes for the first time and is not there yet becomes a person: an
// employee with an id of ours.
func TestSomebodyJoinsWhereTheSettingSaysSo(t *testing.T) {
	t.Parallel()
	c := start(t, func(p *oidc.Provider) { p.Join = true })
	dora := somebody("dora", "dora@company.example")
	dora.Claims["locale"], dora.Claims["name"] = "pt-BR", "Dora  da\tSilva"
	c.provider.SetPeople(dora, somebody("evil", "evil@other.example"))
	v := c.visitor()
	v.signIn("dora")
	got := c.First(`SELECT name || ', ' || role || ', ' || lang || ', ' || (password_hash IS NULL)
		FROM people WHERE email = 'dora@company.example'`)
	if got != "Dora da Silva, employee, pt, true" || v.who() != "dora@company.example" {
		t.Errorf("%q, and %q is signed in", got, v.who())
	}
	again := c.visitor()
	if again.signIn("dora"); again.who() == "" || c.Count(`people`) != 4 {
		t.Error("not the same the second time")
	}
	evil := c.visitor()
	evil.isProblem(evil.signIn("evil"), http.StatusForbidden, "domain")
	if c.Count(`people`) != 4 {
		t.Error("somebody of another domain joined")
	}
}

// A provider that is down stops no start, says so on a page, and the password still works.
func TestAProviderThatIsDown(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.provider.Break(provider.Down)
	v := c.visitor()
	res := v.Get("/login/oidc/x?next=%2Fpeople")
	v.isProblem(res, http.StatusServiceUnavailable, "down")
	if res.HTML(t).Find(`a[href="/login/oidc/x?next=%2Fpeople"]`).Length() != 1 {
		t.Error("no way to try again")
	}
	if asked := v.Get("/login/oidc/x"); asked.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%d", asked.StatusCode)
	}
	if res := v.Post(paths.Login, url.Values{
		"email": {"ana@company.example"}, "password": {webtest.Password},
	}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("with a password: %d", res.StatusCode)
	}
	down := c.Replica(t, webtest.Options{Way: way(settings("x", "http://127.0.0.1:1"))})
	refused := visitor{down.Browser(), t}
	refused.isProblem(refused.Get("/login/oidc/x"), http.StatusServiceUnavailable, "down")

	// It is down between the two steps.
	fresh := start(t)
	late := fresh.visitor()
	back := late.choose(late.toProvider("/login/oidc/x"), "bea")
	fresh.provider.Break(provider.Down)
	late.isProblem(late.Get(back.RequestURI()), http.StatusServiceUnavailable, "down")
	late.nobody()
}

// A provider that calls itself something else, or names an address where anybody could read
// along, is asked nothing more.
func TestAProviderIsAskedWhereItMayBe(t *testing.T) {
	t.Parallel()
	for _, fault := range []provider.Fault{provider.OtherIssuer, provider.PlainAddress} {
		c := start(t)
		c.provider.Break(fault)
		v := c.visitor()
		v.isProblem(v.Get("/login/oidc/x"), http.StatusServiceUnavailable, "down")
	}
}

// A code goes to the provider alone: a redirect is not followed.
func TestACodeIsNotSentOn(t *testing.T) {
	t.Parallel()
	c := start(t)
	v := c.visitor()
	back := v.choose(v.toProvider("/login/oidc/x"), "bea")
	c.provider.Break(provider.Redirects)
	if res := v.Get(back.RequestURI()); res.StatusCode < 400 {
		t.Errorf("%d", res.StatusCode)
	}
	if n := c.provider.Asked("/elsewhere"); n != 0 {
		t.Errorf("the code was sent on %d times", n)
	}
	v.nobody()
}

// A provider that does not answer in time is as good as down, and holds nobody for longer.
func TestAProviderThatIsSlow(t *testing.T) {
	t.Parallel()
	c := start(t)
	v := c.visitor()
	back := v.choose(v.toProvider("/login/oidc/x"), "bea")
	mend := c.provider.Hang()
	defer mend()
	began := time.Now()
	v.isProblem(v.Get(back.RequestURI()), http.StatusServiceUnavailable, "down")
	if took := time.Since(began); took > 9*time.Second {
		t.Errorf("after %v", took)
	}
	v.nobody()
}

// A code is good for the sign-in that it was given in, once: neither in another browser's, nor
// again.
func TestACodeOfAnotherSignInIsRefused(t *testing.T) {
	t.Parallel()
	c := start(t)
	attacker, v := c.visitor(), c.visitor()
	theirs := attacker.choose(attacker.toProvider("/login/oidc/x"), "ana")
	mine := v.choose(v.toProvider("/login/oidc/x"), "bea")
	q := mine.Query()
	q.Set("code", theirs.Query().Get("code"))
	v.isProblem(v.Get(mine.Path+"?"+q.Encode()), http.StatusBadRequest, "refused")
	v.nobody()

	used := v.choose(v.toProvider("/login/oidc/x"), "bea")
	v.Get(used.RequestURI())
	again := c.visitor()
	q = again.choose(again.toProvider("/login/oidc/x"), "bea").Query()
	q.Set("code", used.Query().Get("code"))
	again.isProblem(again.Get(used.Path+"?"+q.Encode()), http.StatusBadRequest, "refused")
	again.nobody()
}

// However long the address is that somebody wanted to see, they come in.
func TestALongAddressKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	c := start(t)
	v := c.visitor()
	res := v.come("/login/oidc/x?next="+url.QueryEscape("/people?q="+strings.Repeat("&", 1900)), "bea")
	if res.Header.Get("Location") != "/" || v.who() == "" {
		t.Errorf("led to %.40q", res.Header.Get("Location"))
	}
	v = c.visitor()
	path := "/login/oidc/x?next=" + url.QueryEscape("/people?q="+strings.Repeat("&", 380))
	for _, line := range v.Get(path).Header["Set-Cookie"] {
		if len(line) > 4096 {
			t.Errorf("a cookie of %d bytes", len(line))
		}
	}
	if res = v.come(path, "bea"); !strings.HasPrefix(res.Header.Get("Location"), "/people") {
		t.Errorf("led to %.40q", res.Header.Get("Location"))
	}
}

// A provider may change its keys at any time.
func TestAProviderChangesItsKeys(t *testing.T) {
	t.Parallel()
	c := start(t)
	for range 3 {
		v := c.visitor()
		if v.signIn("bea"); v.who() != "bea@company.example" {
			t.Fatal("nobody is signed in")
		}
		c.provider.Rotate()
	}
	if n := c.provider.Asked(provider.KeysPath); n != 3 {
		t.Errorf("the keys were asked for %d times", n)
	}
}

// A code is redeemed in one way: who tries two would use it twice.
func TestACodeIsRedeemedOnce(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"client_secret_basic", "client_secret_post"} {
		p := serveAs(t, "x", provider.Config{AuthMethod: method})
		c := company{webtest.NewWith(t, webtest.Options{Way: way(settings("x", p.Issuer()))}), t, p}
		v := c.visitor()
		if v.signIn("bea"); v.who() == "" || p.Asked(provider.TokenPath) != 1 {
			t.Errorf("%s: %d times, and %q is signed in", method, p.Asked(provider.TokenPath), v.who())
		}
	}
}

// Some providers put no e-mail into the ID token. It is asked for, and believed if it is of the
// same person.
func TestAnEmailMayBeAskedForSeparately(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.provider.Break(provider.Thin, provider.OthersInfo)
	v := c.visitor()
	v.isProblem(v.signIn("bea"), http.StatusForbidden, "noemail")
	c.provider.Break(provider.Thin)
	if v = c.visitor(); v.signIn("bea").StatusCode != http.StatusSeeOther || v.who() != "bea@company.example" {
		t.Errorf("%q is signed in", v.who())
	}
}

// What a provider answers instead of a code is put in words.
func TestWhoStopsAtTheProviderIsTold(t *testing.T) {
	t.Parallel()
	c := start(t)
	for code, want := range map[string]struct {
		status int
		name   string
	}{
		"access_denied":           {http.StatusForbidden, "cancelled"},
		"login_required":          {http.StatusForbidden, "cancelled"},
		"temporarily_unavailable": {http.StatusServiceUnavailable, "down"},
		"<script>alert(1)":        {http.StatusBadRequest, "refused"},
	} {
		v := c.visitor()
		q := url.Values{
			"error": {code}, "state": {v.toProvider("/login/oidc/x").Query().Get("state")},
			"iss": {c.provider.Issuer()}, "error_description": {"evil words"},
		}
		res := v.Get(oidc.CallbackPath("x") + "?" + q.Encode())
		v.isProblem(res, want.status, want.name)
		if strings.Contains(res.Body, "evil words") || strings.Contains(res.Body, "alert(1)") {
			t.Errorf("%s: the page repeats what was in the address", code)
		}
	}
}

// Strangers cannot make us ask a provider as often as they like.
func TestBeginningsAreThrottled(t *testing.T) {
	t.Parallel()
	c := start(t)
	b := c.Browser()
	n := 0
	for ; n < 100; n++ {
		if b.Get("/login/oidc/x").StatusCode == http.StatusTooManyRequests {
			break
		}
	}
	if n < 50 || n == 100 {
		t.Errorf("%d in a row", n)
	}
}

// The pages speak the reader's language.
func TestTheProblemsAreToldInThreeLanguages(t *testing.T) {
	t.Parallel()
	c := start(t)
	for lang, want := range map[string]string{
		"en": "Begin once more", "pt": "Comece de novo", "es": "Empieza de nuevo",
	} {
		res := c.Browser().Get(oidc.CallbackPath("x"), "Accept-Language", lang)
		if !strings.Contains(res.Body, want) {
			t.Errorf("%s: %s", lang, res.HTML(t).Find("h1").Text())
		}
	}
	if res := c.Browser().Get("/login/oidc/nobody"); res.StatusCode != http.StatusNotFound {
		t.Errorf("a provider that is not there: %d", res.StatusCode)
	}
}

// An administrator takes an identity away, and its person is linked anew.
func TestAnIdentityIsTakenAway(t *testing.T) {
	t.Parallel()
	c := start(t)
	v := c.visitor()
	v.signIn("bea")
	if err := oidc.Unlink(t.Context(), c.Store, store.CommandLine, "Bea@company.example"); err != nil {
		t.Fatal(err)
	}
	v.nobody()
	c.provider.SetPeople(somebody("new", "bea@company.example"))
	again := c.visitor()
	if again.signIn("new"); again.who() != "bea@company.example" {
		t.Errorf("%q", again.who())
	}
	if err := oidc.Unlink(t.Context(), c.Store, store.CommandLine, "ana@company.example"); err == nil {
		t.Error("there was none to take")
	}
}
