package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// from is the header with which a test's proxy says where a request comes from.
func from(address string) []string { return []string{"X-Forwarded-For", address} }

func behindProxy(c *config) { c.proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }

func (i *intranet) try(secret string, header []string) int {
	i.t.Helper()
	return i.browser().post(paths.Login, login("ana@aroeira.example", secret, ""), header...).StatusCode
}

// exhaust takes all that is left of a limit.
func (i *intranet) exhaust(limit store.Limit) {
	i.t.Helper()
	for range 2000 {
		wait, err := i.handlers.Store.Allow(i.t.Context(), store.Limit{Key: limit.Key, Rate: limit.Rate})
		if err != nil {
			i.t.Fatal(err)
		}
		if wait > 0 {
			return
		}
	}
	i.t.Fatalf("%q holds nobody back", limit.Key)
}

// The numbers that docs/security.md promises: the other tests only ask that each
// limit holds.
func TestTheLimitsAreThosePromised(t *testing.T) {
	t.Parallel()
	got := fmt.Sprint(pairRate, accountRate, addressRate, codeRate, failureRate, knownFor, confirmedFor, pendingFor, store.InvitationLife, pagesAtOnce, pagesPerSecond)
	if want := "{10 30s} {50 1m0s} {600 2s} {10 2m0s} {50 1m0s} 2160h0m0s 10m0s 5m0s 72h0m0s 240 4"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Nobody guesses on with many addresses, and no stranger elsewhere locks a
// person out of an address that they were signed in from.
func TestStrangersAreStoppedAndDoNotLockThePersonOut(t *testing.T) {
	t.Parallel()
	i := newIntranet(t, behindProxy)
	home, elsewhere := from("198.51.100.1"), from("203.0.113.9")
	if status := i.try(secretPassword, home); status != http.StatusSeeOther {
		t.Fatalf("at home: %d", status)
	}
	i.exhaust(passwordLimits("ana@aroeira.example", "192.0.2.1")[1]) // the account's, by many addresses
	if status := i.try("wrong", elsewhere); status != http.StatusTooManyRequests {
		t.Errorf("a stranger's guess from a new address: %d", status)
	}
	if status := i.try(secretPassword, elsewhere); status != http.StatusTooManyRequests {
		t.Errorf("the right password from a new address during an attack: %d", status)
	}
	if status := i.try(secretPassword, home); status != http.StatusSeeOther {
		t.Errorf("the person at home: %d", status)
	}
	if status := i.browser().post(paths.Login, login("bea@aroeira.example", secretPassword, ""), elsewhere...).StatusCode; status != http.StatusSeeOther {
		t.Errorf("somebody else: %d", status)
	}
}

func TestAnAddressThatTriesManyAccountsIsStopped(t *testing.T) {
	t.Parallel()
	i := newIntranet(t, behindProxy)
	i.exhaust(passwordLimits("x@aroeira.example", "2001:db8::1")[2])
	// With IPv6 one subscriber has 2^64 addresses: they count as one.
	for address, want := range map[string]int{"2001:db8::1": 429, "2001:db8::ffff:1": 429, "2001:db8:0:1::1": 422, "203.0.113.9": 422} {
		if status := i.try("wrong", from(address)); status != want {
			t.Errorf("%s: %d, want %d", address, status, want)
		}
	}
}

func TestARightPasswordGivesItsTryBack(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	for range pairRate.Burst - 1 {
		if status := i.try("wrong", nil); status != http.StatusUnprocessableEntity {
			t.Fatalf("%d", status)
		}
	}
	for n := range 3 {
		if status := i.try(secretPassword, nil); status != http.StatusSeeOther {
			t.Fatalf("right password %d: %d", n, status)
		}
	}
}

// A password that never got its turn to be checked tells nobody anything: it
// costs no try, and a whole office that signs in at nine is not held back.
func TestATryThatWasTooBusyCostsNothing(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.handlers.patience = 0
	if status := i.try(secretPassword, nil); status != http.StatusServiceUnavailable {
		t.Fatalf("%d", status)
	}
	var left int
	if err := i.pool.QueryRow(t.Context(), `SELECT count(*) FROM throttles WHERE tat > clock_timestamp()`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d limits are used, %v", left, err)
	}
	if n := len(i.events()); n != 0 {
		t.Errorf("recorded %q", i.events())
	}
}

// Without the throttles no password and no code is tried.
func TestWithoutThrottlesNothingIsTried(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.protect("bea")
	half, link := i.half("bea"), i.enter("ana", 0).invite("caio")
	i.exec(`DROP FUNCTION throttle`)
	for name, status := range map[string]int{
		"a password": i.try(secretPassword, nil), "a code": half.code(code(t, theirSecret, 0)).StatusCode, "a link": i.browser().accept(link, anotherPassword).StatusCode,
	} {
		if status != http.StatusInternalServerError {
			t.Errorf("%s: %d", name, status)
		}
	}
}

func TestAFailedSignInIsRecordedWithoutWhatWasTyped(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.browser()
	b.post(paths.Login, login("ana@aroeira.example", "wrong", ""))
	b.post(paths.Login, login("nobody@aroeira.example", "wrong", ""))
	b.post(paths.Login, login("my secret passphrase", "wrong", "")) // typed into the wrong field
	b.post(paths.Login, login("a@b.example\r\nlevel=INFO msg=\"signed in\"", "wrong", ""))
	rows, _ := i.pool.Query(t.Context(), `SELECT action || ' ' || detail || ' ' || subject || ' ' || (subject_id IS NOT NULL) || ' ' || address FROM audit ORDER BY id`)
	var got []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		got = append(got, line)
	}
	want := []string{
		"session.failed password ana@aroeira.example true 127.0.0.1", "session.failed password nobody@aroeira.example false 127.0.0.1",
		"session.failed password  false 127.0.0.1", "session.failed password  false 127.0.0.1",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("recorded %q", got)
	}
	if log := i.log.String(); strings.Contains(log, "passphrase") || strings.Contains(log, "signed in") || strings.Count(log, "sign-in failed") != 4 {
		t.Errorf("the log: %s", log)
	}
	// What one address can add to a trail that is kept for months is bounded.
	i.exhaust(store.Limit{Key: "failures 127.0.0.1", Rate: failureRate})
	before := len(i.events())
	if res := b.post(paths.Login, login("nobody2@aroeira.example", "wrong", "")); res.StatusCode != http.StatusUnprocessableEntity || len(i.events()) != before {
		t.Errorf("%d, %d more events", res.StatusCode, len(i.events())-before)
	}
}

func TestAWeakHashIsMadeStrongerAtSignIn(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	salt := []byte("sixteen bytes ok")
	weak := fmt.Sprintf("$argon2id$v=%d$m=8192,t=1,p=1$%s$%s", argon2.Version, base64Raw(salt), base64Raw(argon2.IDKey([]byte(secretPassword), salt, 1, 8192, 1, 32)))
	if _, err := i.pool.Exec(t.Context(), `UPDATE people SET password_hash = $1 WHERE id = $2`, weak, i.ids["ana"]); err != nil {
		t.Fatal(err)
	}
	b := i.as("ana")
	c, err := i.handlers.Store.Credentials(t.Context(), "ana@aroeira.example")
	if err != nil || c.PasswordHash == weak || !strings.Contains(c.PasswordHash, "m=19456,t=2,p=1") {
		t.Errorf("%.40s, %v", c.PasswordHash, err)
	}
	if res := b.get(paths.Home); res.StatusCode != http.StatusOK {
		t.Errorf("the session ended with it: %d", res.StatusCode)
	}
	i.as("ana")
}

func TestAPersonWhoAsksForTooManyPagesHasToWait(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.handlers.pace.burst, i.handlers.pace.limit = 3, 0
	ana, bea := i.enter("ana", 0), i.enter("bea", 0)
	for range 3 {
		if res := ana.get(paths.Home); res.StatusCode != http.StatusOK {
			t.Fatalf("%d", res.StatusCode)
		}
	}
	calls := i.calls.Load()
	if res := ana.get(paths.Home); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" || i.calls.Load() != calls {
		t.Errorf("%d, %d calls of the vendor", res.StatusCode, i.calls.Load()-calls)
	}
	if res := bea.get(paths.Home); res.StatusCode != http.StatusOK {
		t.Errorf("somebody else waits too: %d", res.StatusCode)
	}
	if res := ana.post(paths.Logout, nil); res.Header.Get("Location") != paths.Login {
		t.Errorf("they cannot leave: %d", res.StatusCode)
	}
	for n := range maxVisitors + 10 {
		i.handlers.pace.allow(fmt.Sprint(n))
	}
	if n := len(i.handlers.pace.visitors); n > maxVisitors {
		t.Errorf("%d buckets", n)
	}
}

// A sensitive change asks for a proof that is not older than ten minutes, keeps
// what was typed, and goes on under a new session.
func TestASensitiveChangeAsksForAProofAndLosesNothing(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.enter("ana", confirmedFor+time.Minute)
	form := url.Values{"name": {`Dora "D" <i>`}, "email": {"dora@aroeira.example"}, "lang": {"pt"}, "role": {"editor"}, "department": {"finance"}}
	from := i.url + paths.AdminPeopleNew + "?q=1"
	asked := b.post(paths.AdminPeople, form, "Referer", from)
	html := asked.html(t)
	back := func(page answer) string { return page.html(t).Find("main .actions a").AttrOr("href", "") }
	if back(asked) != paths.AdminPeopleNew+"?q=1" {
		t.Errorf("who changes their mind is led to %q", back(asked))
	}
	for _, strange := range []string{"", "%", "//evil.example", "https:evil", i.url + "//evil.example", i.url + paths.Logout} {
		if res := b.post(paths.AdminPeople, form, "Referer", strange); back(res) != paths.Home {
			t.Errorf("from %q: led to %q", strange, back(res))
		}
	}
	if asked.StatusCode != http.StatusForbidden || html.Find("main form").AttrOr("action", "") != paths.AdminPeople || html.Find("input[type=password]").Length() != 1 {
		t.Fatalf("%d", asked.StatusCode)
	}
	for name := range form {
		if got := html.Find("input[type=hidden][name="+name+"]").AttrOr("value", ""); got != form.Get(name) {
			t.Errorf("%s was %q and is %q", name, form.Get(name), got)
		}
	}
	form.Set("confirm_password", "wrong")
	form.Set("confirm_back", html.Find("[name=confirm_back]").AttrOr("value", ""))
	wrong := b.post(paths.AdminPeople, form, "Referer", i.url+paths.AdminPeople)
	if back(wrong) != paths.AdminPeopleNew+"?q=1" {
		t.Errorf("behind a wrong password: led to %q", back(wrong))
	}
	if wrong.StatusCode != http.StatusUnprocessableEntity || wrong.html(t).Find("[role=alert]").Length() != 1 || wrong.html(t).Find("input[name=confirm_password]").AttrOr("value", "") != "" {
		t.Errorf("a wrong password: %d", wrong.StatusCode)
	}
	if n := len(i.events()); n != 1 { // the failure
		t.Errorf("%q", i.events())
	}
	u, _ := url.Parse(i.url)
	before := b.Jar.Cookies(u)
	form.Set("confirm_password", secretPassword)
	right := b.post(paths.AdminPeople, form)
	if right.StatusCode != http.StatusTemporaryRedirect || right.Header.Get("Location") != paths.AdminPeople {
		t.Fatalf("the right one: %d to %q", right.StatusCode, right.Header.Get("Location"))
	}
	if res := b.post(paths.AdminPeople, form); res.StatusCode != http.StatusOK || !strings.Contains(res.body, paths.Invitation+"#") {
		t.Errorf("asked once more: %d", res.StatusCode)
	}
	old := i.browser()
	old.Jar.SetCookies(u, before)
	if res := old.get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the session from before the proof lives: %d", res.StatusCode)
	}
	// Every change of somebody else, and each of the sensitive ones of one's own.
	late := i.enter("ana", confirmedFor+time.Minute)
	for _, route := range i.handlers.Routes() {
		own := route.Path == paths.AccountPassword || route.Path == paths.AccountPreferences || route.Path == paths.AccountProfile || route.Path == paths.Logout
		own = own || route.Path == paths.AdminPeopleImport                                // changes nothing: see TestPeopleAreImportedOnceTheyWereShown
		shared := route.Access != Admins && !strings.HasPrefix(route.Path, paths.Account) // nobody's account
		if route.Method != http.MethodPost || route.Access == Public || own || shared {
			continue
		}
		if res := late.post(strings.ReplaceAll(route.Path, "{id}", i.ids["bea"]), nil); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d without a proof", route.Path, res.StatusCode)
		}
	}
}
