package signin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/features/account"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestSigningInLeadsToALocalPage(t *testing.T) {
	t.Parallel()
	i := start(t)
	for next, want := range map[string]string{
		"": "/", "/": "/", "/people?q=a": "/people?q=a", "/%2F/evil.example": "/%2F/evil.example", "/\x00": "/",
		"//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/", "/\t/evil.example": "/",
		"javascript:alert(1)": "/", "/login": "/", "/logout": "/", "evil": "/",
	} {
		res := i.Browser().Post(paths.Login, login("ANA@company.example ", webtest.Password, next))
		location := res.Header.Get("Location")
		if res.StatusCode != http.StatusSeeOther || location != want && location != "/" {
			t.Errorf("next %q leads to %d %q, want %q", next, res.StatusCode, location, want)
		}
		i.Exec(`TRUNCATE throttles`)
	}
	b := i.SignIn("ana")
	for next, want := range map[string]string{
		"/people": "/people", "//evil.example": "/", "https://evil.example": "/",
	} {
		if res := b.Get(paths.LoginNext(next)); res.StatusCode != http.StatusSeeOther ||
			res.Header.Get("Location") != want {
			t.Errorf("the sign-in page, signed in: %d %q", res.StatusCode, res.Header.Get("Location"))
		}
	}
}

// A form that came too late is not taken, and whoever sent it hears so.
func TestAFormAfterTheSessionSaysThatNothingWasSaved(t *testing.T) {
	t.Parallel()
	i := start(t)
	for from, next := range map[string]string{
		i.URL + paths.Assistant + "?q=a":     "/assistant?q=a",
		i.URL + paths.SecondFactorRemove:     "", // answers forms alone
		i.URL + "/no/such/page":              "",
		i.URL + paths.Login:                  "",
		"https://evil.example//evil.example": "",
		"%zz":                                "",
		"":                                   "",
	} {
		form := strings.NewReader("phone=typed")
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, i.URL+paths.SecondFactorRemove, form)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Referer", from)
		res := i.Browser().Send(req)
		if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther ||
			to != paths.LoginEnded(next, paths.EndedLost) {
			t.Errorf("from %q: %d %q", from, res.StatusCode, to)
		}
	}
	for lang, said := range map[string]string{
		"en": "Your session had ended", "pt": "Sua sessão tinha terminado", "es": "Tu sesión había terminado",
	} {
		html := i.Browser().Get(paths.LoginEnded("/people", paths.EndedLost), "Accept-Language", lang).HTML(t)
		if alert := html.Find("[role=alert]"); !strings.Contains(alert.Text(), said) ||
			html.Find("input[name=next]").AttrOr("value", "") != "/people" {
			t.Errorf("%s: %q", lang, alert.Text())
		}
		for _, link := range html.Find(".languages a").EachIter() {
			if i.Browser().Get(link.AttrOr("href", "")).HTML(t).Find("[role=alert]").Length() != 1 {
				t.Errorf("%s: lost with another language", lang)
			}
		}
	}
	if res := i.Browser().Post(paths.Logout, nil); res.Header.Get("Location") != paths.Login {
		t.Errorf("signing out once more leads to %q", res.Header.Get("Location"))
	}
}

func TestEveryFailedSignInLooksTheSame(t *testing.T) {
	t.Parallel()
	i := start(t)
	if err := administration(i).SetActive(t.Context(), store.CommandLine, i.IDs["caio"], false); err != nil {
		t.Fatal(err)
	}
	messages := map[string]bool{}
	for _, form := range []url.Values{
		login("ana@company.example", "wrong", "/people"),
		login("nobody@company.example", "wrong", "/people"),
		login("caio@company.example", webtest.Password, "/people"),
		login("ana@company.example", strings.ToUpper(webtest.Password), "/people"),
		login("ana\x00@company.example", webtest.Password, "/people"),
		login("\xff\xfe", "\xff", "/people"),
		login(`"><script>alert(1)</script>`, "x", "/people"),
	} {
		res := i.Browser().Post(paths.Login, form)
		html := res.HTML(t)
		if res.StatusCode != http.StatusUnprocessableEntity || len(res.Cookies()) != 0 {
			t.Errorf("%q: %d, cookies %v", form.Get("email"), res.StatusCode, res.Cookies())
		}
		messages[strings.TrimSpace(html.Find("[role=alert]").Text())] = true
		if html.Find("input[name=next]").AttrOr("value", "") != "/people" ||
			html.Find("input[type=password]").AttrOr("value", "") != "" || html.Find("script").Length() != 3 {
			t.Errorf("%q: next or password field", form.Get("email"))
		}
		typed, shown := form.Get("email"), html.Find("input[name=email]").AttrOr("value", "")
		if shown != strings.ToValidUTF8(typed, "") && shown != strings.ReplaceAll(typed, "\x00", "\uFFFD") {
			t.Errorf("typed %q, shown %q", typed, shown)
		}
	}
	if len(messages) != 1 || messages[""] {
		t.Errorf("messages %v", messages)
	}
	if strings.Contains(i.Log.String(), "wrong") || strings.Contains(i.Log.String(), webtest.Password) {
		t.Error("a password is in the log")
	}
	for _, form := range []url.Values{
		login("", "", ""), login("ana@company.example", "", ""),
		login(strings.Repeat("a", 300), "x", ""), login("a@b", strings.Repeat("x", 5000), ""),
	} {
		res := i.Browser().Post(paths.Login, form)
		if alert := res.HTML(t).Find("[role=alert]"); res.StatusCode != http.StatusUnprocessableEntity ||
			alert.Length() != 1 || messages[strings.TrimSpace(alert.Text())] {
			t.Errorf("%.20q: %d, or it was tried", form.Get("email"), res.StatusCode)
		}
	}
}

func TestLoginKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	i := start(t)
	res := i.Browser().Post(paths.Login, login(`"ana"@x`, "wrong", "/people?q=a"), "Accept-Language", "pt")
	html := res.HTML(t)
	for name, want := range map[string]string{"email": `"ana"@x`, "password": "", "next": "/people?q=a"} {
		if got := html.Find("form input[name="+name+"]").AttrOr("value", ""); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if alert := html.Find("[role=alert]"); alert.Length() != 1 ||
		!strings.Contains(alert.Text(), i.Says("pt", "login.error.credentials")) {
		t.Errorf("the alert says %q", alert.Text())
	}
	for name, want := range map[string]string{"email": "username", "password": "current-password"} {
		field := html.Find("input[name=" + name + "]")
		_, required := field.Attr("required")
		if !required || field.AttrOr("autocomplete", "") != want || field.AttrOr("aria-describedby", "") != "alert" {
			t.Errorf("%s is not required, not described by the error, or not %s", name, want)
		}
	}
	if html.Find(`a[hreflang="es"][lang="es"]`).AttrOr("href", "") != paths.LoginIn("es", "/people?q=a", "") {
		t.Error("the Spanish page is not linked, or forgets where to go")
	}
	if current := html.Find(".languages [aria-current]"); current.Length() != 1 || current.Text() != "Português" {
		t.Errorf("the current language is %q", current.Text())
	}
	if i.Browser().Get(paths.Login).HTML(t).Find("[role=alert]").Length() != 0 {
		t.Error("a fresh form shows an error")
	}
}

// Who works here must not show in how long a refusal takes. Other work on the
// machine disturbs single times, so the fastest of each kind are compared, over
// more rounds where they still differ: without the dummy hash they always do.
func TestAnUnknownEmailTakesAsLongAsAWrongPassword(t *testing.T) {
	i := start(t) // not parallel: it compares times
	refusal := func(email string) time.Duration {
		began := time.Now()
		if res := signIn(i.Browser(), email, "wrong"); res.StatusCode != http.StatusUnprocessableEntity {
			t.Fatalf("%s: %d", email, res.StatusCode)
		}
		return time.Since(began)
	}
	known, unknown := time.Hour, time.Hour
	for range 40 {
		known, unknown = min(known, refusal("ana@company.example")), min(unknown, refusal("nobody@company.example"))
		if ratio := float64(unknown) / float64(known); ratio > .6 && ratio < 1.7 {
			return
		}
		i.Exec(`TRUNCATE throttles`)
	}
	t.Errorf("an unknown e-mail takes %v, a wrong password %v", unknown, known)
}

func TestGuessingIsThrottled(t *testing.T) {
	t.Parallel()
	i := start(t)
	b := i.Browser()
	for n := range signin.PairRate.Burst {
		if res := signIn(b, "ana@company.example", "wrong"); res.StatusCode != http.StatusUnprocessableEntity {
			t.Fatalf("try %d: %d", n, res.StatusCode)
		}
	}
	res := b.Post(paths.Login, login("Ana@Company.example", webtest.Password, ""))
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" ||
		res.HTML(t).Find("[role=alert]").Length() != 1 {
		t.Errorf("after too many tries: %d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
	if !strings.Contains(i.Log.String(), "sign-in throttled") {
		t.Error("it is not logged")
	}
	if res := signIn(b, "bea@company.example", webtest.Password); res.StatusCode != http.StatusSeeOther {
		t.Errorf("somebody else is held back too: %d", res.StatusCode)
	}
}

// Nobody is signed in, and no secret is used, by an address: it would be in logs and
// histories, and a link could sign somebody in to an account of another.
func TestNothingIsProvedByAnAddress(t *testing.T) {
	t.Parallel()
	i := webtest.New(t, account.Feature())
	i.Protect("bea")
	ask := func(b *webtest.Browser, path string, form, body url.Values) webtest.Answer {
		return b.Post(path+"?"+form.Encode(), body)
	}
	credentials := login("ana@company.example", webtest.Password, paths.People)
	half := url.Values{"email": {"ana@company.example"}}
	for name, body := range map[string]url.Values{"nothing": nil, "the e-mail": half, "the password": {
		"password": {webtest.Password},
	}} {
		b := i.Browser()
		if res := ask(b, paths.Login, credentials, body); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("with %s in the body: %d", name, res.StatusCode)
		}
		b.Get(paths.Login + "?" + credentials.Encode())
		if res := b.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
			t.Errorf("with %s in the body: signed in", name)
		}
	}
	code := url.Values{"code": {webtest.Code(t, webtest.FactorSecret, 0)}}
	b := i.Half("bea")
	ask(b, paths.LoginCode, code, nil)
	b.Get(paths.LoginCode + "?" + code.Encode())
	if res := b.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Error("signed in by a code in the address")
	}
	link := url.Values{"code": {invite(i, "caio")}, "new_password": {anotherPassword}}
	for _, body := range []url.Values{nil, {"code": link["code"]}, {"new_password": link["new_password"]}} {
		if res := ask(i.Browser(), paths.Invitation, link, body); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("a one-time link in the address: %d", res.StatusCode)
		}
	}
	change := url.Values{"password": {webtest.Password}, "new_password": {anotherPassword}}
	for _, body := range []url.Values{nil, {"password": change["password"]}, {"new_password": change["new_password"]}} {
		res := ask(i.As("ana"), paths.AccountPassword, change, body)
		if res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("a new password in the address: %d", res.StatusCode)
		}
	}
	proof := url.Values{"confirm_password": {webtest.Password}}
	res := ask(i.AsAfter("ana", time.Hour), paths.AccountSessions, proof, nil)
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("a proof in the address: %d", res.StatusCode)
	}
	set := i.As("caio")
	secret := set.BeginFactor()
	ask(set, paths.SecondFactorConfirm, url.Values{"code": {webtest.Code(t, secret, 0)}}, nil)
	if n := i.Count(`second_factors WHERE person_id = $1 AND confirmed_at IS NOT NULL`, i.IDs["caio"]); n != 0 {
		t.Error("a second factor is confirmed by an address")
	}
}

func TestTheSessionCookie(t *testing.T) {
	t.Parallel()
	for public, prefix := range map[string]string{
		"http://127.0.0.1": "", "https://intranet.example.com": "__Host-",
	} {
		i := webtest.NewWith(t, webtest.Options{PublicURL: public})
		res := i.Browser().Post(paths.Login, login("ana@company.example", webtest.Password, ""))
		least := map[string]int{prefix + "session": 43, prefix + "device": 26} // characters
		if len(res.Cookies()) != len(least) {
			t.Fatalf("%s: cookies %v", public, res.Cookies())
		}
		for _, c := range res.Cookies() {
			if least[c.Name] == 0 || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode ||
				c.Path != "/" || c.Domain != "" ||
				c.Secure != strings.HasPrefix(public, "https") || len(c.Value) < least[c.Name] {
				t.Errorf("%s: %s=… HttpOnly %v Secure %v", public, c.Name, c.HttpOnly, c.Secure)
			}
		}
		if i.Browser().Get(paths.Login).Header.Get("Set-Cookie") != "" {
			t.Error("a visitor gets a session")
		}
	}
}

// Two hours without a visit, twelve in all: the second is what the session's data
// says, and no visit moves the first beyond it.
func TestASessionEndsAfterTwoIdleHoursAndAfterTwelveInAll(t *testing.T) {
	t.Parallel()
	i := start(t)
	b := i.SignIn("bea")
	expires := func() (idle, deadline time.Duration) {
		t.Helper()
		var at time.Time
		var data []byte
		row := i.Pool.QueryRow(t.Context(), `SELECT expires_at, data FROM sessions WHERE revoked_at IS NULL`)
		if err := row.Scan(&at, &data); err != nil {
			t.Fatal(err)
		}
		end, _, err := store.SessionCodec{}.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		return time.Until(at).Round(time.Minute), time.Until(end).Round(time.Minute)
	}
	if idle, deadline := expires(); idle != 2*time.Hour || deadline != 12*time.Hour {
		t.Errorf("a new session ends in %v, or %v in all", idle, deadline)
	}
	// Eleven and a half hours later, however busy.
	i.Exec(`UPDATE sessions SET expires_at = now() + interval '10 minutes', data = convert_to(jsonb_set(
		convert_from(data, 'UTF8')::jsonb, '{deadline}', to_jsonb(now() + interval '30 minutes'))::text, 'UTF8')`)
	b.Get(paths.Home)
	if idle, deadline := expires(); idle != 30*time.Minute || deadline != 30*time.Minute {
		t.Errorf("it ends in %v, or %v in all", idle, deadline)
	}
	i.Exec(`UPDATE sessions SET expires_at = now() - interval '1 minute'`)
	if res := b.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("it lives on: %d", res.StatusCode)
	}
}

// A page that asks by itself whether it is still up to date, or how its chat is, must not
// keep a session alive that nobody uses.
func TestWhatAPageAsksByItselfIsNoVisit(t *testing.T) {
	t.Parallel()
	live := web.Get("/live", web.Employees, func(w http.ResponseWriter, _ *http.Request, _ *store.Person) error {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}).ByItself()
	i := webtest.New(t, web.Feature{Name: "live", Routes: func(*web.Server) []web.Route { return []web.Route{live} }})
	b := i.SignIn("ana")
	rest := func() time.Duration {
		var at time.Time
		if err := i.Pool.QueryRow(t.Context(), `SELECT expires_at FROM sessions WHERE revoked_at IS NULL`).
			Scan(&at); err != nil {
			t.Fatal(err)
		}
		return time.Until(at).Round(time.Minute)
	}
	i.Exec(`UPDATE sessions SET expires_at = now() + interval '20 minutes'`)
	for what, ask := range map[string]func() webtest.Answer{
		"HEAD of a page":          func() webtest.Answer { return b.Ask(http.MethodHead, paths.Home) },
		"a list that keeps going": func() webtest.Answer { return b.Get("/live") },
		"a report of the chat": func() webtest.Answer {
			return b.Post(paths.AssistantState, url.Values{"sdk": {"loaded"}})
		},
	} {
		if res := ask(); rest() != 20*time.Minute || res.StatusCode >= 400 || len(res.Cookies()) != 0 {
			t.Errorf("%s: %d, the session goes on for %v, cookies %v", what, res.StatusCode, rest(), res.Cookies())
		}
	}
	if b.Get(paths.Home); rest() != 2*time.Hour {
		t.Errorf("a visit: the session goes on for %v", rest())
	}
}

// The answer of one tab may arrive after another tab's has brought a new token. A cookie in
// it would bring the dead one back, and the next page would be the sign-in page.
func TestALateAnswerBringsNoDeadCookieBack(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.SignIn("ana")
	for range 2 { // the second page takes the message of a saved profile out of the session
		if res := ana.Get(paths.Home); len(res.Cookies()) != 0 {
			t.Errorf("a page sets %v", res.Cookies())
		}
		i.Exec(`UPDATE sessions SET data = convert_to(jsonb_set(
			convert_from(data, 'UTF8')::jsonb, '{values,notice}', '"notice.factor.added"')::text, 'UTF8')`)
	}
	for _, cookie := range i.Browser().Post(paths.Login, login("ana@company.example", webtest.Password, "")).Cookies() {
		if cookie.Name != "device" && (cookie.MaxAge != 0 || !cookie.Expires.IsZero()) {
			t.Errorf("it outlives the browser: %v", cookie)
		}
	}
}

func TestTheCookieOfTheChosenLanguage(t *testing.T) {
	t.Parallel()
	for public, want := range map[string]string{
		"http://127.0.0.1": "lang", "https://intranet.example.com": "__Host-lang",
	} {
		i := webtest.NewWith(t, webtest.Options{PublicURL: public})
		cookies := i.Browser().Get(paths.LoginIn("es", "", "")).Cookies()
		if len(cookies) != 1 {
			t.Fatalf("%s: cookies %v", public, cookies)
		}
		if c := cookies[0]; c.Name != want || c.Value != "es" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode ||
			c.Path != "/" || c.Domain != "" || c.Secure != strings.HasPrefix(public, "https") {
			t.Errorf("%s: %s", public, c)
		}
		chosen := i.Browser().Get(paths.Login, "Cookie", want+"=es").HTML(t)
		if chosen.Find("html").AttrOr("lang", "") != "es" {
			t.Errorf("%s: it is not read", public)
		}
	}
}

func TestSigningInChangesTheSession(t *testing.T) {
	t.Parallel()
	i := start(t)
	u, _ := url.Parse(i.URL)
	planted := i.Browser()
	planted.Jar.SetCookies(u, []*http.Cookie{{Name: "session", Value: "planted", Path: "/"}})
	planted.Post(paths.Login, login("ana@company.example", webtest.Password, ""))
	if cookie := planted.Session(); cookie == "planted" {
		t.Error("a planted session was adopted")
	}
	// Signing in again, as somebody else, ends the session before.
	b := i.SignIn("ana")
	before := b.Jar.Cookies(u)
	res := signIn(b, "bea@company.example", webtest.Password)
	if res.Header.Get("Clear-Site-Data") != `"storage"` {
		t.Errorf("what the person before left in the browser stays: %d", res.StatusCode)
	}
	old := i.Browser()
	old.Jar.SetCookies(u, before)
	if res := old.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the session before lives: %d", res.StatusCode)
	}
}

func TestSigningOutEndsTheSessionOnTheServer(t *testing.T) {
	t.Parallel()
	i := start(t)
	u, _ := url.Parse(i.URL)
	b := i.SignIn("ana")
	cookies := b.Jar.Cookies(u)
	res := b.Post(paths.Logout, nil)
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != paths.Login ||
		res.Header.Get("Clear-Site-Data") != `"storage"` || len(res.Cookies()) != 1 ||
		res.Cookies()[0].MaxAge >= 0 {
		t.Errorf("%d, %v", res.StatusCode, res.Header)
	}
	replay := i.Browser()
	replay.Jar.SetCookies(u, cookies)
	if res := replay.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the old cookie still works: %d", res.StatusCode)
	}
	// A disabled person is out with the very next request.
	b = i.SignIn("bea")
	if err := administration(i).SetActive(t.Context(), store.CommandLine, i.IDs["bea"], false); err != nil {
		t.Fatal(err)
	}
	if res := b.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a disabled person is in: %d", res.StatusCode)
	}
}

// A sign-in or a sign-out that cannot be recorded fails.
func TestNobodyComesOrGoesUnrecorded(t *testing.T) {
	t.Parallel()
	i := start(t)
	bea := i.As("bea")
	i.Exec(`ALTER TABLE audit ADD CONSTRAINT full_up CHECK (false) NOT VALID`)
	if res := bea.Post(paths.Logout, nil); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("a sign-out that could not be recorded: %d", res.StatusCode)
	}
	if res := bea.Get(paths.Home); res.StatusCode != http.StatusOK {
		t.Errorf("the session has ended all the same: %d", res.StatusCode)
	}
	ana := i.Browser()
	if res := signIn(ana, "ana@company.example", webtest.Password); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("a sign-in that could not be recorded: %d", res.StatusCode)
	}
	if res := ana.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("it opened a session all the same: %d", res.StatusCode)
	}
}
