package signin_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/carameloai/intranet/internal/forms"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/webtest"
)

// exhaust takes all that is left of a limit.
func exhaust(i *webtest.Intranet, limit store.Limit) {
	i.T.Helper()
	for range 2000 {
		wait, err := i.Store.Allow(i.T.Context(), store.Limit{Key: limit.Key, Rate: limit.Rate})
		if err != nil {
			i.T.Fatal(err)
		}
		if wait > 0 { // and for as long as a slow machine takes
			i.Exec(`UPDATE throttles SET tat = tat + interval '1 hour' WHERE key = $1`, store.HashToken(limit.Key))
			return
		}
	}
	i.T.Fatalf("%q holds nobody back", limit.Key)
}

// The numbers that docs/security.md promises: the other tests only ask that each
// limit holds.
func TestTheLimitsAreThosePromised(t *testing.T) {
	t.Parallel()
	got := fmt.Sprint(
		signin.PairRate, signin.AccountRate, signin.AddressRate, signin.CodeRate, signin.FailureRate,
		signin.KnownFor, signin.ConfirmedFor, signin.PendingFor, signin.InvitationLife,
	)
	if want := "{10 30s} {50 1m0s} {600 2s} {10 2m0s} {50 1m0s} 2160h0m0s 10m0s 5m0s 72h0m0s"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Nobody guesses on with many addresses, and no stranger elsewhere locks a
// person out of an address that they were signed in from.
func TestStrangersAreStoppedAndDoNotLockThePersonOut(t *testing.T) {
	t.Parallel()
	i := startBehindProxy(t)
	home, elsewhere := from("198.51.100.1"), from("203.0.113.9")
	if status := try(i, webtest.Password, home); status != http.StatusSeeOther {
		t.Fatalf("at home: %d", status)
	}
	exhaust(i, signin.PasswordLimits("ana@company.example", "192.0.2.1")[1]) // the account's, by many addresses
	if status := try(i, "wrong", elsewhere); status != http.StatusTooManyRequests {
		t.Errorf("a stranger's guess from a new address: %d", status)
	}
	if status := try(i, webtest.Password, elsewhere); status != http.StatusTooManyRequests {
		t.Errorf("the right password from a new address during an attack: %d", status)
	}
	if status := try(i, webtest.Password, home); status != http.StatusSeeOther {
		t.Errorf("the person at home: %d", status)
	}
	bea := login("bea@company.example", webtest.Password, "")
	if res := i.Browser().Post(paths.Login, bea, elsewhere...); res.StatusCode != http.StatusSeeOther {
		t.Errorf("somebody else: %d", res.StatusCode)
	}
}

func TestAnAddressThatTriesManyAccountsIsStopped(t *testing.T) {
	t.Parallel()
	i := startBehindProxy(t)
	exhaust(i, signin.PasswordLimits("x@company.example", "2001:db8::1")[2])
	// With IPv6 one subscriber has 2^64 addresses: they count as one.
	for address, want := range map[string]int{
		"2001:db8::1": 429, "2001:db8::ffff:1": 429, "2001:db8:0:1::1": 422, "203.0.113.9": 422,
	} {
		if status := try(i, "wrong", from(address)); status != want {
			t.Errorf("%s: %d, want %d", address, status, want)
		}
	}
}

func TestARightPasswordGivesItsTryBack(t *testing.T) {
	t.Parallel()
	i := start(t)
	for range signin.PairRate.Burst - 1 {
		if status := try(i, "wrong", nil); status != http.StatusUnprocessableEntity {
			t.Fatalf("%d", status)
		}
	}
	for n := range 3 {
		if status := try(i, webtest.Password, nil); status != http.StatusSeeOther {
			t.Fatalf("right password %d: %d", n, status)
		}
	}
}

// A password that never got its turn to be checked tells nobody anything: it
// costs no try, and a whole office that signs in at nine is not held back.
func TestATryThatWasTooBusyCostsNothing(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.In.WaitFor(0)
	res := signIn(i.Browser(), "ana@company.example", webtest.Password)
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") != "1" {
		t.Fatalf("%d, to come again after %q seconds", res.StatusCode, res.Header.Get("Retry-After"))
	}
	if left := i.Count(`throttles WHERE tat > clock_timestamp()`); left != 0 {
		t.Errorf("%d limits are used", left)
	}
	if n := len(i.Recorded()); n != 0 {
		t.Errorf("recorded %q", i.Recorded())
	}
}

// Whoever tries again and again while the database has trouble is let in when it is well.
func TestATryThatTheDatabaseDidNotAnswerCostsNothing(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`ALTER TABLE second_factors RENAME TO away`)
	i.Exec(`CREATE FUNCTION refuse() RETURNS bool LANGUAGE plpgsql AS
		$$ BEGIN RAISE 'no' USING ERRCODE = '57014'; END $$`)
	i.Exec(`CREATE VIEW second_factors AS SELECT * FROM away WHERE refuse()`)
	i.Exec(`GRANT ALL ON second_factors TO PUBLIC`)
	i.Exec(`INSERT INTO away (person_id, secret, confirmed_at) SELECT id, '', now() FROM people`)
	res := signIn(i.Browser(), "ana@company.example", webtest.Password)
	if res.StatusCode != http.StatusServiceUnavailable {
		t.Fatalf("%d", res.StatusCode)
	}
	if left := i.Count(`throttles WHERE tat > clock_timestamp()`); left != 0 {
		t.Errorf("%d limits are used", left)
	}
}

// Where no place is left, the answer says when to come again, and has the form with the e-mail
// and a button for another try. It costs nothing, and the same form counts when it comes again.
func TestWhoFindsNoPlaceCanTryAgain(t *testing.T) {
	t.Parallel()
	i := start(t)
	empty := i.In.FillLine()
	b, words := i.Browser(), map[string]bool{}
	form := login("ana@company.example", webtest.Password, paths.People)
	form.Set(forms.KeyField, b.Key(paths.Login, paths.Login))
	for _, lang := range i18n.Languages {
		res := b.Post(paths.Login, form, "Accept-Language", lang)
		html := res.HTML(t)
		seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
		if res.StatusCode != http.StatusServiceUnavailable || err != nil || seconds < 1 || seconds > 30 {
			t.Errorf("%d, to come again after %q seconds", res.StatusCode, res.Header.Get("Retry-After"))
		}
		if html.Find("#email").AttrOr("value", "") != "ana@company.example" ||
			html.Find("#password").AttrOr("value", "") != "" || html.Find("[name=next]").AttrOr("value", "") != paths.People ||
			html.Find("[name="+forms.KeyField+"]").AttrOr("value", "") != form.Get(forms.KeyField) {
			t.Error("not the same form")
		}
		for _, said := range []string{
			html.Find("[role=alert]").Text(), html.Find("main form button").Text(),
			html.Find("[data-line]").AttrOr("data-line", ""),
		} {
			words[said] = true
		}
		if lang == "en" && strings.TrimSpace(html.Find("main form button").Text()) != "Try again" {
			t.Errorf("the button says %q", html.Find("main form button").Text())
		}
	}
	if len(words) != 9 || words[""] {
		t.Errorf("in three languages it says %v", words)
	}
	if left := i.Count(`throttles WHERE tat > clock_timestamp()`); left != 0 || len(i.Recorded()) != 0 {
		t.Errorf("%d limits are used, recorded %q", left, i.Recorded())
	}
	empty()
	if res := b.Post(paths.Login, form); res.StatusCode != http.StatusSeeOther ||
		res.Header.Get("Location") != paths.People {
		t.Errorf("at the next try: %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
}

// Whoever is throttled, or gets a wrong password, gives the place back. Whose password was
// checked shows how fast the line moves.
func TestAPlaceIsGivenBack(t *testing.T) {
	t.Parallel()
	i := start(t)
	_, first := i.In.Line()
	for range 2 {
		if status := try(i, "wrong", nil); status != http.StatusUnprocessableEntity {
			t.Fatal(status)
		}
	}
	_, before := i.In.Line()
	exhaust(i, signin.PasswordLimits("ana@company.example", "127.0.0.1")[0])
	if status := try(i, "wrong", nil); status != http.StatusTooManyRequests {
		t.Fatal(status)
	}
	if taken, pace := i.In.Line(); taken != 0 || before == first || pace != before {
		t.Errorf("%d places are taken; the pace was %v, %v and %v", taken, first, before, pace)
	}
}

// The script of the sign-in page does not know what follows a right password. It asks for the
// page for the code, which clears what the sign-in could not, and only where it was ours that asked.
func TestThePageForTheCodeLeadsOn(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Protect("bea")
	for next, local := range map[string]string{
		paths.People: paths.People, "//evil.example": paths.Home, "https://evil.example": paths.Home, "": paths.Home,
	} {
		at := paths.LoginCode + "?" + url.Values{"next": {next}}.Encode()
		if res := i.SignIn("ana").Get(at); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != local {
			t.Errorf("%q, signed in: %d to %q", next, res.StatusCode, res.Header.Get("Location"))
		}
		if res := i.Half("bea").Get(at); res.StatusCode != http.StatusOK || res.HTML(t).Find("#code").Length() != 1 {
			t.Errorf("%q, with a code to come: %d", next, res.StatusCode)
		}
		if res := i.Browser().Get(at); res.StatusCode != http.StatusSeeOther ||
			res.Header.Get("Location") != paths.LoginNext(local) {
			t.Errorf("%q, nobody: %d to %q", next, res.StatusCode, res.Header.Get("Location"))
		}
	}
	b := i.Browser()
	form := login("ana@company.example", webtest.Password, "")
	if res := b.Post(paths.Login, form, "Sec-Fetch-Mode", "cors"); res.Header.Get("Clear-Site-Data") != "" {
		t.Error("a script gets what WebKit keeps from it")
	}
	for site, clears := range map[string]string{"same-origin": `"storage"`, "cross-site": "", "none": ""} {
		if got := b.Get(paths.LoginCode, "Sec-Fetch-Site", site).Header.Get("Clear-Site-Data"); got != clears {
			t.Errorf("%s clears %q", site, got)
		}
	}
}

// Without the throttles no password and no code is tried.
func TestWithoutThrottlesNothingIsTried(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Protect("bea")
	half, link := i.Half("bea"), invite(i, "caio")
	i.Exec(`DROP FUNCTION throttle`)
	for name, status := range map[string]int{
		"a password": try(i, webtest.Password, nil),
		"a code":     half.GiveCode(webtest.Code(t, webtest.FactorSecret, 0)).StatusCode,
		"a link":     accept(i.Browser(), link, anotherPassword).StatusCode,
	} {
		if status != http.StatusInternalServerError {
			t.Errorf("%s: %d", name, status)
		}
	}
}

func TestAFailedSignInIsRecordedWithoutWhatWasTyped(t *testing.T) {
	t.Parallel()
	i := start(t)
	b := i.Browser()
	b.Post(paths.Login, login("ana@company.example", "wrong", ""))
	b.Post(paths.Login, login("nobody@company.example", "wrong", ""))
	b.Post(paths.Login, login("my secret passphrase", "wrong", "")) // typed into the wrong field
	b.Post(paths.Login, login("a@b.example\r\nlevel=INFO msg=\"signed in\"", "wrong", ""))
	rows, _ := i.Pool.Query(t.Context(), `
		SELECT action || ' ' || detail || ' ' || subject || ' ' || (subject_id IS NOT NULL) || ' ' || address
		FROM audit ORDER BY id`)
	var got []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		got = append(got, line)
	}
	want := []string{
		"session.failed password ana@company.example true 127.0.0.1",
		"session.failed password nobody@company.example false 127.0.0.1",
		"session.failed password  false 127.0.0.1",
		"session.failed password  false 127.0.0.1",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("recorded %q", got)
	}
	if log := i.Log.String(); strings.Contains(log, "passphrase") || strings.Contains(log, "signed in") ||
		strings.Count(log, "sign-in failed") != 4 {
		t.Errorf("the log: %s", log)
	}
	// What one address can add to a trail that is kept for months is bounded.
	exhaust(i, store.Limit{Key: "failures 127.0.0.1", Rate: signin.FailureRate})
	before := len(i.Recorded())
	res := signIn(b, "nobody2@company.example", "wrong")
	if res.StatusCode != http.StatusUnprocessableEntity || len(i.Recorded()) != before {
		t.Errorf("%d, %d more events", res.StatusCode, len(i.Recorded())-before)
	}
}

func TestAWeakHashIsMadeStrongerAtSignIn(t *testing.T) {
	t.Parallel()
	i := start(t)
	salt := []byte("sixteen bytes ok")
	base64 := base64.RawStdEncoding.EncodeToString
	weak := fmt.Sprintf("$argon2id$v=%d$m=8192,t=1,p=1$%s$%s", argon2.Version,
		base64(salt), base64(argon2.IDKey([]byte(webtest.Password), salt, 1, 8192, 1, 32)))
	i.Exec(`UPDATE people SET password_hash = $1 WHERE id = $2`, weak, i.IDs["ana"])
	b := i.SignIn("ana")
	c, err := signin.FindCredentials(t.Context(), i.Store, "ana@company.example")
	if err != nil || c.PasswordHash == weak || !strings.Contains(c.PasswordHash, "m=19456,t=2,p=1") {
		t.Errorf("%.40s, %v", c.PasswordHash, err)
	}
	if res := b.Get(paths.Home); res.StatusCode != http.StatusOK {
		t.Errorf("the session ended with it: %d", res.StatusCode)
	}
	i.SignIn("ana")
}

// A hash that is made stronger while the password is changed comes too late.
func TestAStrongerHashOfAnOldPasswordIsNotStored(t *testing.T) {
	t.Parallel()
	i := start(t)
	was, err := signin.FindCredentials(t.Context(), i.Store, "ANA@company.example")
	if err != nil || was.PersonID != i.IDs["ana"] || was.SessionVersion != 1 {
		t.Fatalf("%+v, %v", was, err)
	}
	i.Exec(`UPDATE people SET password_hash = 'two' WHERE id = $1`, i.IDs["ana"])
	if err := i.In.Rehash(t.Context(), was, "stronger one"); err != nil {
		t.Error(err)
	}
	if is, err := signin.FindCredentials(t.Context(), i.Store, "ana@company.example"); err != nil ||
		is.PasswordHash != "two" {
		t.Errorf("the old password is back: %+v, %v", is, err)
	}
	i.Exec(`UPDATE people SET active = false WHERE id = $1`, i.IDs["ana"])
	for _, email := range []string{"ana@company.example", "nobody@company.example", "\x00", "\xff"} {
		if _, err := signin.FindCredentials(t.Context(), i.Store, email); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: %v", email, err)
		}
	}
}

// A sensitive change asks for a proof that is not older than ten minutes, keeps
// what was typed, and goes on under a new session.
func TestASensitiveChangeAsksForAProofAndLosesNothing(t *testing.T) {
	t.Parallel()
	change := &sensitive{}
	i := webtest.New(t, change.feature())
	b := i.AsAfter("ana", signin.ConfirmedFor+time.Minute)
	form := url.Values{"name": {`Dora "D" <i>`}, "role": {"editor", "employee"}, "text": {"two\nlines"}}
	from := i.URL + paths.Assistant + "?q=1"
	back := func(page webtest.Answer) string { return page.HTML(t).Find("main .actions a").AttrOr("href", "") }
	asked := b.Post(sensitivePath, form, "Referer", from)
	if back(asked) != paths.Assistant+"?q=1" {
		t.Errorf("who changes their mind is led to %q", back(asked))
	}
	for _, strange := range []string{
		"", "%", "//evil.example", "https:evil", i.URL + "//evil.example", i.URL + paths.Logout,
	} {
		if res := b.Post(sensitivePath, form, "Referer", strange); back(res) != paths.Home {
			t.Errorf("from %q: led to %q", strange, back(res))
		}
	}
	html := asked.HTML(t)
	action := html.Find("main form").AttrOr("action", "")
	if asked.StatusCode != http.StatusForbidden || action != sensitivePath ||
		html.Find("input[type=password]").Length() != 1 {
		t.Fatalf("%d, to %q", asked.StatusCode, action)
	}
	kept := url.Values{}
	for _, field := range html.Find("main input[type=hidden]").EachIter() {
		kept.Add(field.AttrOr("name", ""), field.AttrOr("value", ""))
	}
	kept.Del("confirm_back")
	kept.Del(forms.KeyField)
	if !reflect.DeepEqual(kept, form) {
		t.Errorf("%q was kept as %q", form, kept)
	}

	form.Set("confirm_password", "wrong")
	form.Set("confirm_back", html.Find("[name=confirm_back]").AttrOr("value", ""))
	wrong := b.Post(sensitivePath, form, "Referer", i.URL+sensitivePath)
	if back(wrong) != paths.Assistant+"?q=1" {
		t.Errorf("after a wrong password: led to %q", back(wrong))
	}
	if html := wrong.HTML(t); wrong.StatusCode != http.StatusUnprocessableEntity ||
		html.Find("[role=alert]").Length() != 1 ||
		html.Find("input[name=confirm_password]").AttrOr("value", "") != "" {
		t.Errorf("a wrong password: %d", wrong.StatusCode)
	}
	if n := len(i.Recorded()); n != 1 { // the failure
		t.Errorf("%q", i.Recorded())
	}

	u, _ := url.Parse(i.URL)
	before := b.Jar.Cookies(u)
	form.Set("confirm_password", webtest.Password)
	right := b.Post(sensitivePath, form)
	if right.StatusCode != http.StatusTemporaryRedirect || right.Header.Get("Location") != sensitivePath {
		t.Fatalf("the right one: %d to %q", right.StatusCode, right.Header.Get("Location"))
	}
	if n := len(change.done()); n != 0 {
		t.Errorf("done %d times before it was asked once more", n)
	}
	if res := b.Post(sensitivePath, form); res.StatusCode != http.StatusSeeOther || len(change.done()) != 1 {
		t.Errorf("asked once more: %d", res.StatusCode)
	}
	old := i.Browser()
	old.Jar.SetCookies(u, before)
	if res := old.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the session from before the proof lives: %d", res.StatusCode)
	}
}
