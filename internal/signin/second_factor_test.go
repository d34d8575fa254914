package signin_test

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
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestASecondFactorIsAskedForBehindThePassword(t *testing.T) {
	t.Parallel()
	i := start(t)
	first, elsewhere := i.As("bea"), i.As("bea")
	secret, recovery := first.AddFactor()
	if first.Get(paths.Home).StatusCode != http.StatusOK ||
		elsewhere.Get(paths.Home).StatusCode != http.StatusSeeOther {
		t.Error("the session that added it ended, or one from before it lives")
	}
	b := i.Half("bea")
	calls := i.Calls.Load()
	for _, path := range []string{paths.Home, paths.Assistant, paths.SecondFactor, paths.Account, paths.People} {
		if res := b.Get(path); res.StatusCode != http.StatusSeeOther ||
			!strings.HasPrefix(res.Header.Get("Location"), paths.Login) {
			t.Errorf("%s between password and code: %d", path, res.StatusCode)
		}
	}
	if i.Calls.Load() != calls {
		t.Error("a token was spent on who is not signed in yet")
	}
	wrong := b.GiveCode("123")
	if wrong.StatusCode != http.StatusUnprocessableEntity || wrong.HTML(t).Find("[role=alert]").Length() != 1 {
		t.Errorf("a wrong code: %d", wrong.StatusCode)
	}
	if res := b.GiveCode(webtest.Code(t, secret, -1)); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the code that confirmed it works again: %d", res.StatusCode)
	}
	for _, offset := range []int{-3, 3} {
		if res := b.GiveCode(webtest.Code(t, secret, offset)); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("a code %d half-minutes away: %d", offset, res.StatusCode)
		}
	}
	next := webtest.Code(t, secret, 1)
	if res := b.GiveCode(" " + next[:3] + " " + next[3:]); res.StatusCode != http.StatusSeeOther ||
		res.Header.Get("Location") != paths.People {
		t.Fatalf("the next code: %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	if b.Get(paths.Home).StatusCode != http.StatusOK {
		t.Error("not signed in")
	}
	for name, offset := range map[string]int{"a code twice": 1, "the code before it": 0} {
		code := webtest.Code(t, secret, offset)
		if res := i.Half("bea").GiveCode(code); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	// A recovery code, typed as it may be, works once.
	typed := strings.ToUpper(strings.ReplaceAll(recovery[0], "-", " "))
	for n, want := range []int{http.StatusSeeOther, http.StatusUnprocessableEntity} {
		if res := i.Half("bea").GiveCode(typed); res.StatusCode != want {
			t.Errorf("recovery code, time %d: %d", n+1, res.StatusCode)
		}
	}
	if n := i.Count(`recovery_codes WHERE encode(code_hash, 'escape') LIKE '%' || $1 || '%'`, recovery[1][:5]); n != 0 {
		t.Errorf("%d recovery codes are stored as they are", n)
	}
}

// The same code in many requests at once opens one session.
func TestACodeUsedManyTimesAtOnceWorksOnce(t *testing.T) {
	t.Parallel()
	i := start(t)
	secret, recovery := i.As("bea").AddFactor()
	for name, c := range map[string]string{"an app's": webtest.Code(t, secret, 1), "a recovery": recovery[3]} {
		var in atomic.Int64
		var wg sync.WaitGroup
		var browsers []*webtest.Browser
		for range 5 {
			browsers = append(browsers, i.Half("bea"))
		}
		for _, b := range browsers {
			wg.Go(func() {
				if b.GiveCode(c).StatusCode == http.StatusSeeOther {
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
	i := start(t)
	secret, _ := i.As("bea").AddFactor()
	b := i.Half("bea")
	for n := range signin.CodeRate.Burst {
		if res := b.GiveCode("000000"); res.StatusCode != http.StatusUnprocessableEntity {
			t.Fatalf("try %d: %d", n, res.StatusCode)
		}
	}
	res := i.Half("bea").GiveCode(webtest.Code(t, secret, 1)) // from another session too
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("%d", res.StatusCode)
	}
}

// What happens to an account between password and code counts.
func TestAChangeBetweenPasswordAndCodeSendsBackToTheStart(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(i *webtest.Intranet) error{
		"disabled": func(i *webtest.Intranet) error {
			return administration(i).SetActive(t.Context(), store.CommandLine, i.IDs["bea"], false)
		},
		"new password": func(i *webtest.Intranet) error {
			return administration(i).SetPassword(t.Context(), store.CommandLine, i.IDs["bea"], "x")
		},
		"new role": func(i *webtest.Intranet) error {
			return administration(i).SetRole(t.Context(), store.CommandLine, i.IDs["bea"], 1, store.Editor)
		},
	} {
		i := start(t)
		secret, _ := i.As("bea").AddFactor()
		b := i.Half("bea")
		if err := change(i); err != nil {
			t.Fatal(err)
		}
		if res := b.GiveCode(webtest.Code(t, secret, 1)); res.StatusCode != http.StatusSeeOther ||
			res.Header.Get("Location") != paths.LoginNext(paths.People) {
			t.Errorf("%s: %d to %q", name, res.StatusCode, res.Header.Get("Location"))
		}
		said := b.Get(paths.LoginNext(paths.People)).HTML(t).Find("[role=status]").Text()
		if said != i.Says("en", "notice.code.changed") {
			t.Errorf("%s: says %q", name, said)
		}
		if res := b.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: signed in", name)
		}
	}
}

// Each step of a sign-in begins a session of its own: a token that was planted
// before gets no further, and nothing is left of another person or of the step.
func TestEachStepOfASignInBeginsAnew(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Protect("bea")
	u, _ := url.Parse(i.URL)
	b := i.SignIn("ana")
	planted := func() *webtest.Browser {
		p := i.Browser()
		p.Jar.SetCookies(u, b.Jar.Cookies(u))
		return p
	}
	before := planted()
	b.Post(paths.Login, login("bea@company.example", webtest.Password, ""))
	if res := b.Get(paths.LoginCode); res.StatusCode != http.StatusOK {
		t.Fatalf("%d", res.StatusCode)
	}
	if res := before.Get(paths.LoginCode); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the token from before the password may give a code: %d", res.StatusCode)
	}
	if res := b.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("still signed in as somebody else: %d", res.StatusCode)
	}
	between := planted()
	b.GiveCode(webtest.Code(t, webtest.FactorSecret, 0))
	if res := between.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the token from before the code is signed in: %d", res.StatusCode)
	}
	if home, again := b.Get(paths.Home), b.Get(paths.LoginCode); home.StatusCode != http.StatusOK ||
		again.StatusCode != http.StatusSeeOther {
		t.Errorf("signed in: %d, asked for a code again: %d", home.StatusCode, again.StatusCode)
	}
}

// A right password waits five minutes for its code, by the clock of the server.
func TestAPasswordDoesNotWaitForItsCodeForLong(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Protect("bea")
	waits := func(since time.Duration) {
		i.Exec(`UPDATE sessions SET data = convert_to(jsonb_set(
			convert_from(data, 'UTF8')::jsonb, ARRAY['values', $1], to_jsonb($2::text))::text, 'UTF8')`,
			signin.PendingSinceKey, time.Now().Add(-since).Format(time.RFC3339))
	}
	code := webtest.Code(t, webtest.FactorSecret, 0)
	const tooLate = 5*time.Minute + time.Second
	for name, ask := range map[string]func(*webtest.Browser) webtest.Answer{
		"the page":     func(b *webtest.Browser) webtest.Answer { return b.Get(paths.LoginCode) },
		"a right code": func(b *webtest.Browser) webtest.Answer { return b.GiveCode(code) },
		"a wrong code": func(b *webtest.Browser) webtest.Answer { return b.GiveCode("000000") },
	} {
		b := i.Half("bea")
		waits(4 * time.Minute)
		if res := b.Get(paths.LoginCode); res.StatusCode != http.StatusOK {
			t.Errorf("the page for the code after four minutes: %d", res.StatusCode)
		}
		waits(tooLate)
		res := ask(b)
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != paths.LoginNext(paths.People) {
			t.Fatalf("%s too late: %d to %q", name, res.StatusCode, res.Header.Get("Location"))
		}
		// It says why, once, in the reader's language, and leads on to where they wanted to go.
		for _, want := range []string{i.Says("pt", "notice.code.late"), ""} {
			page := b.Get(res.Header.Get("Location"), "Accept-Language", "pt").HTML(t)
			if said := page.Find("[role=status]").Text(); said != want {
				t.Errorf("%s too late: says %q", name, said)
			}
			if next := page.Find("[name=next]").AttrOr("value", ""); next != paths.People {
				t.Errorf("%s too late: leads on to %q", name, next)
			}
		}
		if res := b.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s too late: signed in: %d", name, res.StatusCode)
		}
		if res := b.GiveCode(code); res.Header.Get("Location") != paths.Login {
			t.Errorf("without a password: to %q", res.Header.Get("Location"))
		}
	}
}

func TestASecondFactorCanBeRequired(t *testing.T) {
	t.Parallel()
	for setting, required := range map[string]map[string]bool{
		signin.Optional: {},
		signin.Admins:   {"ana": true},
		signin.Everyone: {"ana": true, "bea": true},
	} {
		i := webtest.NewWith(t, webtest.Options{SecondFactor: setting}, (&sensitive{}).feature())
		for _, name := range []string{"ana", "bea"} {
			b := i.As(name)
			for _, path := range []string{paths.Home, paths.Assistant} {
				res := b.Get(path)
				if held := res.Header.Get("Location") == paths.SecondFactor; held != required[name] &&
					res.StatusCode != http.StatusForbidden {
					t.Errorf("%s, %s at %s: %d", setting, name, path, res.StatusCode)
				}
			}
			if res := b.Post(sensitivePath, nil); required[name] != (res.Header.Get("Location") == paths.SecondFactor) {
				t.Errorf("%s, %s changes something: %d", setting, name, res.StatusCode)
			}
			if b.Post(paths.SecondFactor, nil); required[name] &&
				b.Get(paths.Home).Header.Get("Location") != paths.SecondFactor {
				t.Errorf("%s, %s goes on with half a second factor", setting, name)
			}
			b.AddFactor()
			if res := b.Get(paths.Home); res.StatusCode != http.StatusOK {
				t.Errorf("%s, %s with one: %d", setting, name, res.StatusCode)
			}
		}
		if res := i.As("caio").Post(paths.Logout, nil); res.Header.Get("Location") != paths.Login {
			t.Errorf("%s: nobody can leave: %d", setting, res.StatusCode)
		}
	}
}

func TestNewRecoveryCodesRetireTheOldAndAFactorIsRemoved(t *testing.T) {
	t.Parallel()
	i := start(t)
	b := i.As("bea")
	secret, old := b.AddFactor()
	if res := b.Post(paths.SecondFactor, nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a second one in place of the first: %d", res.StatusCode)
	}
	elsewhere := i.As("bea")
	fresh := b.Post(paths.SecondFactorRecovery, nil).HTML(t).Find(".codes code").First().Text()
	if elsewhere.Get(paths.Home).StatusCode != http.StatusSeeOther {
		t.Error("new codes leave another session alive")
	}
	if res := i.Half("bea").GiveCode(old[0]); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an old code: %d", res.StatusCode)
	}
	_, caios := i.As("caio").AddFactor()
	if res := i.Half("bea").GiveCode(caios[0]); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("somebody else's code: %d", res.StatusCode)
	}
	if res := i.Half("bea").GiveCode(fresh); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a new code: %d", res.StatusCode)
	}
	// A proof asks for both.
	late := i.AsAfter("bea", signin.ConfirmedFor+time.Minute)
	proof := url.Values{"confirm_password": {webtest.Password}}
	if res := late.Post(paths.SecondFactorRemove, proof); res.StatusCode != http.StatusUnprocessableEntity ||
		res.HTML(t).Find("input[name=confirm_code]").Length() != 1 {
		t.Errorf("the password alone: %d", res.StatusCode)
	}
	proof.Set("confirm_code", webtest.Code(t, secret, 1))
	if res := late.Post(paths.SecondFactorRemove, proof); res.StatusCode != http.StatusTemporaryRedirect {
		t.Fatalf("both: %d", res.StatusCode)
	}
	if res := late.Post(paths.SecondFactorRemove, proof); res.StatusCode != http.StatusSeeOther {
		t.Errorf("remove: %d", res.StatusCode)
	}
	if b.Get(paths.Home).StatusCode != http.StatusSeeOther {
		t.Error("another session lives on")
	}
	if n := i.Count(`recovery_codes WHERE person_id = $1`, i.IDs["bea"]); n != 0 {
		t.Errorf("%d recovery codes are left", n)
	}
	i.SignIn("bea") // the password alone
}

// With a SECRET_KEY the database holds nothing that makes codes; a wrong key is
// an error, not an open door.
func TestTheSecretOfASecondFactorIsSealed(t *testing.T) {
	t.Parallel()
	i := start(t)
	sealWith := func(letter string) {
		t.Helper()
		sealer, err := seal.New(strings.Repeat(letter, seal.MinKey))
		if err != nil {
			t.Fatal(err)
		}
		i.In.SealWith(sealer)
	}
	sealWith("k")
	secret, recovery := i.As("bea").AddFactor()
	var stored string
	if err := i.Pool.QueryRow(t.Context(), `SELECT secret FROM second_factors`).Scan(&stored); err != nil ||
		strings.Contains(stored, secret) || !strings.HasPrefix(stored, "v1:") {
		t.Errorf("stored as it is, %v", err)
	}
	if res := i.Half("bea").GiveCode(webtest.Code(t, secret, 1)); res.StatusCode != http.StatusSeeOther {
		t.Errorf("%d", res.StatusCode)
	}
	sealWith("x")
	for range 2 * signin.CodeRate.Burst { // which tells nobody anything, and uses no try up
		res := i.Half("bea").GiveCode(webtest.Code(t, secret, 2))
		if res.StatusCode != http.StatusUnprocessableEntity ||
			!strings.Contains(res.HTML(t).Find("[role=alert]").Text(), i.Says("en", "login.error.sealed")) {
			t.Fatalf("with another key: %d", res.StatusCode)
		}
	}
	proof := url.Values{"confirm_password": {webtest.Password}, "confirm_code": {webtest.Code(t, secret, 2)}}
	late := i.AsAfter("bea", signin.ConfirmedFor+time.Minute)
	if res := late.Post(paths.SecondFactorRemove, proof); res.StatusCode != http.StatusUnprocessableEntity ||
		!strings.Contains(res.Body, i.Says("en", "login.error.sealed")) {
		t.Errorf("a proof with another key: %d", res.StatusCode)
	}
	if log := i.Log.String(); !strings.Contains(log, "SECRET_KEY is another") ||
		strings.Contains(log, "request failed") {
		t.Errorf("the log does not say why: %s", log)
	}
	begun := i.As("caio")
	sealWith("k")
	other := begun.BeginFactor()
	sealWith("x")
	if res := begun.ConfirmFactor(webtest.Code(t, other, 0)); res.StatusCode != http.StatusUnprocessableEntity ||
		res.HTML(t).Find(".steps").Length() != 0 {
		t.Errorf("a set-up with another key: %d", res.StatusCode)
	}
	i.Protect("ana") // without a key
	for letter, want := range map[string]int{"k": 0, "x": 1, "": 1} {
		var sealer seal.Sealer
		if letter != "" {
			var err error
			if sealer, err = seal.New(strings.Repeat(letter, seal.MinKey)); err != nil {
				t.Fatal(err)
			}
		}
		if lost, all, err := signin.LostFactors(t.Context(), i.Store, sealer); lost != want || all != 2 || err != nil {
			t.Errorf("with the key %q %d of %d are lost, %v", letter, lost, all, err)
		}
	}
	if res := i.Half("bea").GiveCode(recovery[0]); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a recovery code with another key: %d", res.StatusCode)
	}
}

func TestRecoveryCodesAreRandom(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	var at [signin.RecoveryCodeLen]map[byte]bool // what stood in each place
	for range 100 {
		shown, stored := signin.NewRecoveryCodes()
		for n, code := range stored {
			if len(code) != signin.RecoveryCodeLen || signin.NormalCode(shown[n]) != code || seen[code] {
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
		c, err := totp.GenerateCode(webtest.FactorSecret, now.Add(time.Duration(offset)*30*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		step, ok := signin.TOTPStep(webtest.FactorSecret, c, now)
		if want := offset >= -1 && offset <= 1; ok != want || ok && step != now.Unix()/30+offset {
			t.Errorf("%d half-minutes away: %t, step %d", offset, ok, step)
		}
	}
}
