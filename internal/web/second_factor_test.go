package web

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/store"
)

// codeTime is now for second factors, in every test: a half-minute that ended in
// the middle of one would change the codes.
var codeTime = time.Now()

// code is what an authenticator app shows so many half-minutes from now.
func code(t testing.TB, secret string, offset int) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, codeTime.Add(time.Duration(offset)*totpPeriod*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// addFactor sets a second factor up for whoever is signed in, with the code of
// the half-minute before, and returns its secret and the recovery codes.
func (b *browser) addFactor() (secret string, recovery []string) {
	t := b.i.t
	t.Helper()
	setup := b.post(paths.SecondFactor, nil)
	secret = setup.html(t).Find(".steps code").Text()
	if setup.StatusCode != http.StatusOK || len(secret) != 32 || !strings.HasPrefix(setup.html(t).Find("img.qr").AttrOr("src", ""), "data:image/png;base64,") {
		t.Fatalf("set up: %d, a secret of %d characters", setup.StatusCode, len(secret))
	}
	if res := b.post(paths.SecondFactorConfirm, url.Values{"code": {"000000"}}); res.StatusCode != http.StatusUnprocessableEntity || res.html(t).Find("[role=alert]").Length() != 1 {
		t.Errorf("a wrong code: %d", res.StatusCode)
	}
	done := b.post(paths.SecondFactorConfirm, url.Values{"code": {code(t, secret, -1)}})
	for _, li := range done.html(t).Find(".codes code").EachIter() {
		recovery = append(recovery, li.Text())
	}
	if done.StatusCode != http.StatusOK || len(recovery) != 10 {
		t.Fatalf("confirm: %d, %d recovery codes", done.StatusCode, len(recovery))
	}
	return secret, recovery
}

// half is a browser that has given the right password and no code yet.
func (i *intranet) half(name string) *browser {
	i.t.Helper()
	b := i.browser()
	if res := b.post(paths.Login, login(name+"@aroeira.example", secretPassword, paths.People)); res.Header.Get("Location") != paths.LoginCode {
		i.t.Fatalf("%d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	return b
}

func (b *browser) code(c string) answer { return b.post(paths.LoginCode, url.Values{"code": {c}}) }

func TestASecondFactorIsAskedForBehindThePassword(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	first, elsewhere := i.enter("bea", 0), i.enter("bea", 0)
	secret, recovery := first.addFactor()
	if first.get(paths.Home).StatusCode != http.StatusOK || elsewhere.get(paths.Home).StatusCode != http.StatusSeeOther {
		t.Error("the session that added it ended, or one from before it lives")
	}
	b := i.half("bea")
	calls := i.calls.Load()
	for _, path := range i.signedInPages() {
		if res := b.get(path); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), paths.Login) {
			t.Errorf("%s between password and code: %d", path, res.StatusCode)
		}
	}
	if i.calls.Load() != calls {
		t.Error("a token was spent on who is not signed in yet")
	}
	wrong := b.code("123")
	if wrong.StatusCode != http.StatusUnprocessableEntity || wrong.html(t).Find("[role=alert]").Length() != 1 {
		t.Errorf("a wrong code: %d", wrong.StatusCode)
	}
	if res := b.code(code(t, secret, -1)); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the code that confirmed it works again: %d", res.StatusCode)
	}
	for _, offset := range []int{-3, 3} {
		if res := b.code(code(t, secret, offset)); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("a code %d half-minutes away: %d", offset, res.StatusCode)
		}
	}
	if res := b.code(" " + code(t, secret, 1)[:3] + " " + code(t, secret, 1)[3:]); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != paths.People {
		t.Fatalf("the next code: %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	if b.get(paths.Home).StatusCode != http.StatusOK {
		t.Error("not signed in")
	}
	for name, offset := range map[string]int{"a code twice": 1, "the code before it": 0} {
		if res := i.half("bea").code(code(t, secret, offset)); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	for n, want := range []int{http.StatusSeeOther, http.StatusUnprocessableEntity} { // a recovery code, typed as it may be, works once
		if res := i.half("bea").code(strings.ToUpper(strings.ReplaceAll(recovery[0], "-", " "))); res.StatusCode != want {
			t.Errorf("recovery code, time %d: %d", n+1, res.StatusCode)
		}
	}
	var clear int
	if err := i.pool.QueryRow(t.Context(), `SELECT count(*) FROM recovery_codes WHERE encode(code_hash, 'escape') LIKE '%' || $1 || '%'`, recovery[1][:5]).Scan(&clear); err != nil || clear != 0 {
		t.Errorf("recovery codes are stored as they are: %d, %v", clear, err)
	}
}

// The same code in many requests at once opens one session.
func TestACodeUsedManyTimesAtOnceWorksOnce(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	secret, recovery := i.enter("bea", 0).addFactor()
	for name, c := range map[string]string{"an app's": code(t, secret, 1), "a recovery": recovery[3]} {
		var in atomic.Int64
		var wg sync.WaitGroup
		var browsers []*browser
		for range 5 {
			browsers = append(browsers, i.half("bea"))
		}
		for _, b := range browsers {
			wg.Go(func() {
				if b.code(c).StatusCode == http.StatusSeeOther {
					in.Add(1)
				}
			})
		}
		wg.Wait()
		if in.Load() != 1 {
			t.Errorf("%s code let %d in", name, in.Load())
		}
	}
}

func TestCodesCannotBeGuessedOn(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	secret, _ := i.enter("bea", 0).addFactor()
	b := i.half("bea")
	for n := range codeRate.Burst - 2 { // setting it up took two
		if res := b.code("000000"); res.StatusCode != http.StatusUnprocessableEntity {
			t.Fatalf("try %d: %d", n, res.StatusCode)
		}
	}
	res := i.half("bea").code(code(t, secret, 1)) // from another session too
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("%d", res.StatusCode)
	}
}

// What happens to an account between password and code counts.
func TestAChangeBetweenPasswordAndCodeSendsBackToTheStart(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(i *intranet) error{
		"disabled": func(i *intranet) error {
			return i.handlers.Store.SetActive(t.Context(), store.CommandLine, i.ids["bea"], false)
		},
		"new password": func(i *intranet) error {
			return i.handlers.Store.SetPassword(t.Context(), store.CommandLine, i.ids["bea"], "x")
		},
		"new role": func(i *intranet) error {
			return i.handlers.Store.SetRole(t.Context(), store.CommandLine, i.ids["bea"], 1, store.Editor)
		},
	} {
		i := newIntranet(t)
		secret, _ := i.enter("bea", 0).addFactor()
		b := i.half("bea")
		if err := change(i); err != nil {
			t.Fatal(err)
		}
		if res := b.code(code(t, secret, 1)); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != paths.Login {
			t.Errorf("%s: %d to %q", name, res.StatusCode, res.Header.Get("Location"))
		}
		if res := b.get(paths.Home); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: signed in", name)
		}
	}
}

// Each step of a sign-in begins a session of its own: a token that was planted
// before gets no further, and nothing is left of another person or of the step.
func TestEachStepOfASignInBeginsAnew(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.protect("bea")
	u, _ := url.Parse(i.url)
	b := i.as("ana")
	planted := func() *browser {
		p := i.browser()
		p.Jar.SetCookies(u, b.Jar.Cookies(u))
		return p
	}
	before := planted()
	b.post(paths.Login, login("bea@aroeira.example", secretPassword, ""))
	if res := b.get(paths.LoginCode); res.StatusCode != http.StatusOK {
		t.Fatalf("%d", res.StatusCode)
	}
	if res := before.get(paths.LoginCode); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the token from before the password may give a code: %d", res.StatusCode)
	}
	if res := b.get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("still signed in as somebody else: %d", res.StatusCode)
	}
	between := planted()
	b.code(code(t, theirSecret, 0))
	if res := between.get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the token from before the code is signed in: %d", res.StatusCode)
	}
	if home, again := b.get(paths.Home), b.get(paths.LoginCode); home.StatusCode != http.StatusOK || again.StatusCode != http.StatusSeeOther {
		t.Errorf("signed in: %d, asked for a code again: %d", home.StatusCode, again.StatusCode)
	}
}

// A right password waits five minutes for its code, by the clock of the server.
func TestAPasswordDoesNotWaitForItsCodeForLong(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.protect("bea")
	b := i.half("bea")
	for _, test := range []struct {
		since  time.Duration
		leads  string
		status int
	}{{4 * time.Minute, "", http.StatusOK}, {5*time.Minute + time.Second, paths.Login, http.StatusSeeOther}} {
		i.exec(`UPDATE sessions SET data = convert_to(jsonb_set(convert_from(data, 'UTF8')::jsonb, ARRAY['values', $1], to_jsonb($2::text))::text, 'UTF8')`,
			pendingSinceKey, time.Now().Add(-test.since).Format(time.RFC3339))
		if res := b.get(paths.LoginCode); res.StatusCode != test.status || res.Header.Get("Location") != test.leads {
			t.Errorf("the page for the code after %v: %d to %q", test.since, res.StatusCode, res.Header.Get("Location"))
		}
	}
	if res := b.code(code(t, theirSecret, 0)); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != paths.Login {
		t.Errorf("a right code too late: %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	if res := b.get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("signed in: %d", res.StatusCode)
	}
}

func TestASecondFactorCanBeRequired(t *testing.T) {
	t.Parallel()
	for setting, required := range map[string]map[string]bool{
		SecondFactorOptional: {},
		SecondFactorAdmins:   {"ana": true},
		SecondFactorEveryone: {"ana": true, "bea": true},
	} {
		i := newIntranet(t, func(c *config) { c.factor = setting })
		for _, name := range []string{"ana", "bea"} {
			b := i.enter(name, 0)
			for _, path := range []string{paths.Home, paths.Account, paths.AdminPeople, paths.Assistant} {
				res := b.get(path)
				if held := res.Header.Get("Location") == paths.SecondFactor; held != required[name] && res.StatusCode != http.StatusForbidden {
					t.Errorf("%s, %s at %s: %d", setting, name, path, res.StatusCode)
				}
			}
			if res := b.post(paths.AccountPreferences, preferences("en")); required[name] != (res.Header.Get("Location") == paths.SecondFactor) {
				t.Errorf("%s, %s changes something: %d", setting, name, res.StatusCode)
			}
			if b.post(paths.SecondFactor, nil); required[name] && b.get(paths.Home).Header.Get("Location") != paths.SecondFactor {
				t.Errorf("%s, %s goes on with half a second factor", setting, name)
			}
			b.addFactor()
			if res := b.get(paths.Home); res.StatusCode != http.StatusOK {
				t.Errorf("%s, %s with one: %d", setting, name, res.StatusCode)
			}
		}
		if res := i.enter("caio", 0).post(paths.Logout, nil); res.Header.Get("Location") != paths.Login {
			t.Errorf("%s: nobody can leave: %d", setting, res.StatusCode)
		}
	}
}

func TestNewRecoveryCodesRetireTheOldAndAFactorIsRemoved(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.enter("bea", 0)
	secret, old := b.addFactor()
	if res := b.post(paths.SecondFactor, nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a second one in place of the first: %d", res.StatusCode)
	}
	elsewhere := i.enter("bea", 0)
	fresh := b.post(paths.SecondFactorRecovery, nil).html(t).Find(".codes code").First().Text()
	if elsewhere.get(paths.Home).StatusCode != http.StatusSeeOther {
		t.Error("new codes leave another session alive")
	}
	if res := i.half("bea").code(old[0]); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an old code: %d", res.StatusCode)
	}
	_, caios := i.enter("caio", 0).addFactor()
	if res := i.half("bea").code(caios[0]); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("somebody else's code: %d", res.StatusCode)
	}
	if res := i.half("bea").code(fresh); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a new code: %d", res.StatusCode)
	}
	// A proof asks for both.
	late := i.enter("bea", confirmedFor+time.Minute)
	proof := url.Values{"confirm_password": {secretPassword}}
	if res := late.post(paths.SecondFactorRemove, proof); res.StatusCode != http.StatusUnprocessableEntity || res.html(t).Find("input[name=confirm_code]").Length() != 1 {
		t.Errorf("the password alone: %d", res.StatusCode)
	}
	proof.Set("confirm_code", code(t, secret, 1))
	if res := late.post(paths.SecondFactorRemove, proof); res.StatusCode != http.StatusTemporaryRedirect {
		t.Fatalf("both: %d", res.StatusCode)
	}
	if res := late.post(paths.SecondFactorRemove, proof); res.StatusCode != http.StatusSeeOther {
		t.Errorf("remove: %d", res.StatusCode)
	}
	if b.get(paths.Home).StatusCode != http.StatusSeeOther {
		t.Error("another session lives on")
	}
	if n := i.count(`recovery_codes WHERE person_id = $1`, i.ids["bea"]); n != 0 {
		t.Errorf("%d recovery codes are left", n)
	}
	i.as("bea") // the password alone
}

func TestAnAdminRemovesASecondFactorForALostPhone(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	bea, ana := i.enter("bea", 0), i.enter("ana", 0)
	bea.addFactor()
	if res := ana.post(paths.AdminPersonSecondFactor.Of(i.ids["bea"]), nil); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", res.StatusCode)
	}
	if bea.get(paths.Home).StatusCode != http.StatusSeeOther {
		t.Error("the session lives")
	}
	i.as("bea")
}

// With a SECRET_KEY the database holds nothing that makes codes; a wrong key is
// an error, not an open door.
func TestTheSecretOfASecondFactorIsSealed(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	var err error
	if i.handlers.Seal, err = seal.New(strings.Repeat("k", seal.MinKey)); err != nil {
		t.Fatal(err)
	}
	secret, recovery := i.enter("bea", 0).addFactor()
	var stored string
	if err := i.pool.QueryRow(t.Context(), `SELECT secret FROM second_factors`).Scan(&stored); err != nil || strings.Contains(stored, secret) || !strings.HasPrefix(stored, "v1:") {
		t.Errorf("stored as it is, %v", err)
	}
	if res := i.half("bea").code(code(t, secret, 1)); res.StatusCode != http.StatusSeeOther {
		t.Errorf("%d", res.StatusCode)
	}
	if i.handlers.Seal, err = seal.New(strings.Repeat("x", seal.MinKey)); err != nil {
		t.Fatal(err)
	}
	if res := i.half("bea").code(code(t, secret, 2)); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("with another key: %d", res.StatusCode)
	}
	if res := i.half("bea").code(recovery[0]); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a recovery code with another key: %d", res.StatusCode)
	}
}

func TestRecoveryCodesAreRandom(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	var at [recoveryCodeLen]map[byte]bool // what stood in each place
	for range 100 {
		shown, stored := newRecoveryCodes()
		for n, code := range stored {
			if len(code) != recoveryCodeLen || normalCode(shown[n]) != code || seen[code] {
				t.Fatalf("%q, shown as %q", code, shown[n])
			}
			seen[code] = true
			for k := range at {
				if at[k] == nil {
					at[k] = map[byte]bool{}
				}
				at[k][code[k]] = true
			}
		}
	}
	for k, characters := range at {
		if len(characters) != 32 { // but for one time in 10^11
			t.Errorf("place %d has %d characters", k, len(characters))
		}
	}
}

// The half-minute of the clock and the two beside it, no other.
func TestACodeCountsForThreeHalfMinutes(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_015, 0)
	for offset := int64(-5); offset <= 5; offset++ {
		c, err := totp.GenerateCode(theirSecret, now.Add(time.Duration(offset)*30*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		step, ok := totpStep(theirSecret, c, now)
		if want := offset >= -1 && offset <= 1; ok != want || ok && step != now.Unix()/30+offset {
			t.Errorf("%d half-minutes away: %t, step %d", offset, ok, step)
		}
	}
}
