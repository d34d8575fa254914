package signin_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/features/account"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/webtest"
)

// exhaustSignIn uses all up that others at the address of the tests can: the limits of the
// account, of the address, and of both.
func exhaustSignIn(i *webtest.Intranet, email string) {
	i.T.Helper()
	for _, limit := range signin.PasswordLimits(email, "127.0.0.1") {
		exhaust(i, limit)
	}
}

func accountIntranet(t *testing.T) *webtest.Intranet { return webtest.New(t, account.Feature()) }

// A browser that somebody was signed in with lets them in, whatever others try at the same
// address. It does so for nobody else, and within a limit of its own.
func TestAKnownBrowserIsNotLockedOutByOthers(t *testing.T) {
	t.Parallel()
	i := start(t)
	home, beas := i.SignIn("ana"), i.SignIn("bea")
	exhaustSignIn(i, "ana@company.example")
	enter := func(b *webtest.Browser, email, secret string) int { return signIn(b, email, secret).StatusCode }
	for name, test := range map[string]struct {
		b    *webtest.Browser
		want int
	}{"a new browser": {i.Browser(), 429}, "one of somebody else's": {beas, 429}, "hers": {home, 303}} {
		if status := enter(test.b, "ana@company.example", webtest.Password); status != test.want {
			t.Errorf("%s: %d, want %d", name, status, test.want)
		}
	}
	home.Post(paths.Logout, nil)
	if status := enter(home, "Ana@Company.example", webtest.Password); status != http.StatusSeeOther {
		t.Errorf("after she has signed out: %d", status)
	}
	home.Post(paths.Logout, nil)
	for n := range signin.PairRate.Burst {
		if status := enter(home, "ana@company.example", "wrong"); status != http.StatusUnprocessableEntity {
			t.Fatalf("try %d in her browser: %d", n, status)
		}
	}
	if status := enter(home, "ana@company.example", webtest.Password); status != http.StatusTooManyRequests {
		t.Errorf("guessing goes on in her browser: %d", status)
	}
	// With the others not used up, who has a copy of her cookie cannot shut her out.
	for _, limit := range signin.PasswordLimits("ana@company.example", "127.0.0.1") {
		i.Exec(`DELETE FROM throttles WHERE key = $1`, store.HashToken(limit.Key))
	}
	if status := enter(home, "ana@company.example", webtest.Password); status != http.StatusSeeOther {
		t.Errorf("%d", status)
	}
	for _, forged := range []string{"AAAAAAAAAAAAAAAAAAAAAAAAAA", "", "x"} {
		exhaustSignIn(i, "bea@company.example")
		form := login("bea@company.example", webtest.Password, "")
		if res := i.Browser().Post(paths.Login, form, "Cookie", "device="+forged); res.StatusCode != 429 {
			t.Errorf("with the cookie %q: %d", forged, res.StatusCode)
		}
	}
}

// Who is signed in proves that it is them whatever others try; who has taken a session over
// does not guess on in it, and holds back no other session.
func TestProofsAreCountedBySession(t *testing.T) {
	t.Parallel()
	i := accountIntranet(t)
	proof := func(b *webtest.Browser, secret string) int {
		return b.Post(paths.AccountSessions, url.Values{"confirm_password": {secret}}).StatusCode
	}
	change := func(b *webtest.Browser, old, fresh string) int {
		return b.Post(paths.AccountPassword, url.Values{"password": {old}, "new_password": {fresh}}).StatusCode
	}
	taken, owner, another := i.AsAfter("ana", time.Hour), i.AsAfter("ana", time.Hour), i.AsAfter("ana", time.Hour)
	exhaustSignIn(i, "ana@company.example")
	for n := range signin.PairRate.Burst {
		try := proof
		if n%2 == 0 {
			try = func(b *webtest.Browser, secret string) int { return change(b, secret, anotherPassword) }
		}
		if status := try(taken, "wrong"); status != http.StatusUnprocessableEntity {
			t.Fatalf("try %d: %d", n, status)
		}
	}
	if status := proof(taken, webtest.Password); status != http.StatusTooManyRequests {
		t.Errorf("guessing goes on in a session: %d", status)
	}
	if status := change(taken, webtest.Password, anotherPassword); status != http.StatusTooManyRequests {
		t.Errorf("guessing goes on with a new password: %d", status)
	}
	if status := proof(owner, webtest.Password); status != http.StatusTemporaryRedirect {
		t.Errorf("the owner's proof: %d", status)
	}
	if status := change(another, webtest.Password, anotherPassword); status != http.StatusSeeOther {
		t.Errorf("the owner's new password: %d", status)
	}
}

// Who has the password and uses the codes up stops neither a browser that is known, nor a
// session, nor a recovery code.
func TestCodesThatAreUsedUpStopNoOwner(t *testing.T) {
	t.Parallel()
	i := accountIntranet(t)
	secret, recovery := i.As("bea").AddFactor()
	home := i.Half("bea")
	if res := home.GiveCode(webtest.Code(t, secret, 0)); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", res.StatusCode)
	}
	session := i.AsAfter("bea", time.Hour)
	stranger := i.Half("bea")
	for range signin.CodeRate.Burst {
		stranger.GiveCode("000000")
	}
	for name, code := range map[string]string{
		"a right code": webtest.Code(t, secret, 1), "a recovery code that is none": "abcdefghijklmnopqrstuvwxyz",
	} {
		if res := i.Half("bea").GiveCode(code); res.StatusCode != http.StatusTooManyRequests {
			t.Errorf("%s in a new browser: %d", name, res.StatusCode)
		}
	}
	if res := i.Half("bea").GiveCode(recovery[0]); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a recovery code in a new browser: %d", res.StatusCode)
	}
	proof := url.Values{"confirm_password": {webtest.Password}, "confirm_code": {webtest.Code(t, secret, 1)}}
	for n, want := range []int{http.StatusTemporaryRedirect, http.StatusSeeOther} {
		if res := session.Post(paths.AccountSessions, proof); res.StatusCode != want {
			t.Errorf("a proof, answer %d: %d", n, res.StatusCode)
		}
	}
	i.Exec(`UPDATE second_factors SET last_step = 0`) // its code counts once more
	home = knownHalf(home)
	for range signin.CodeRate.Burst - 1 {
		home.GiveCode("000000")
	}
	if res := home.GiveCode(webtest.Code(t, secret, 1)); res.StatusCode != http.StatusSeeOther {
		t.Errorf("in her own browser: %d", res.StatusCode)
	}
	home = knownHalf(home)
	for range signin.CodeRate.Burst {
		home.GiveCode("000000")
	}
	if res := home.GiveCode("000000"); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("guessing goes on in her own browser: %d", res.StatusCode)
	}
}

// How many codes may be guessed at once by who has the password, and what else they have got
// hold of. Each of these has its own limit: the sum is what docs/security.md says.
func TestHowManyCodesMayBeGuessedAtOnce(t *testing.T) {
	t.Parallel()
	proof := url.Values{"confirm_password": {webtest.Password}, "confirm_code": {"000000"}}
	atSignIn := func(b *webtest.Browser) webtest.Answer { return b.GiveCode("000000") }
	inSession := func(b *webtest.Browser) webtest.Answer { return b.Post(paths.AccountSessions, proof) }
	guesses := func(b *webtest.Browser, guess func(*webtest.Browser) webtest.Answer) (n int) {
		for ; n < 100; n++ {
			if res := guess(b); res.StatusCode != http.StatusUnprocessableEntity {
				if res.StatusCode != http.StatusTooManyRequests {
					t.Errorf("guess %d: %d", n, res.StatusCode)
				}
				return n
			}
		}
		return n
	}
	for name, test := range map[string]struct {
		want  int
		guess func(i *webtest.Intranet, known *webtest.Browser) int
	}{
		"the password alone": {10, func(i *webtest.Intranet, _ *webtest.Browser) int {
			return guesses(i.Half("bea"), atSignIn) + guesses(i.Half("bea"), atSignIn)
		}},
		"a known browser's cookie": {20, func(_ *webtest.Intranet, known *webtest.Browser) int {
			return guesses(knownHalf(known), atSignIn) + guesses(knownHalf(known), atSignIn)
		}},
		"its session, too": {30, func(i *webtest.Intranet, known *webtest.Browser) int {
			long := time.Now().Add(-time.Hour).Format(time.RFC3339)
			i.Exec(`UPDATE sessions SET data = convert_to(jsonb_set(convert_from(data, 'UTF8')::jsonb,
				'{values,confirmed}', to_jsonb($1::text))::text, 'UTF8')`, long)
			n := guesses(known, inSession)
			signIn(known, "bea@company.example", webtest.Password) // without signing out first
			return n + guesses(known, atSignIn) + guesses(knownHalf(known), atSignIn)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := accountIntranet(t)
			secret, _ := i.As("bea").AddFactor()
			known := i.Half("bea")
			if res := known.GiveCode(webtest.Code(t, secret, 0)); res.StatusCode != http.StatusSeeOther {
				t.Fatalf("%d", res.StatusCode)
			}
			if got := test.guess(i, known); got != test.want {
				t.Errorf("%d, not %d", got, test.want)
			}
		})
	}
}

// knownHalf is the browser after its person has left, and has given the password again.
func knownHalf(b *webtest.Browser) *webtest.Browser {
	b.Post(paths.Logout, nil)
	signIn(b, "bea@company.example", webtest.Password)
	return b
}

// Codes that are tried while a second factor is set up count for that session alone.
func TestASetUpIsNotStoppedFromAnotherSession(t *testing.T) {
	t.Parallel()
	i := start(t)
	stranger, owner := i.As("bea"), i.As("bea")
	stranger.BeginFactor()
	for range signin.CodeRate.Burst {
		stranger.ConfirmFactor("000000")
	}
	if res := stranger.ConfirmFactor("000000"); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("tries without an end: %d", res.StatusCode)
	}
	owner.AddFactor()
	if res := i.Half("bea").GiveCode("000000"); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the sign-in that follows: %d", res.StatusCode)
	}
}

// Junk for accounts that are none, and for others, hides no failure of an account.
func TestJunkHidesNoFailureOfARealAccount(t *testing.T) {
	t.Parallel()
	i := start(t)
	exhaust(i, store.Limit{Key: "failures 127.0.0.1", Rate: signin.FailureRate})
	for _, email := range []string{"nobody@company.example", "x@y.example", "junk"} {
		signIn(i.Browser(), email, "wrong")
	}
	if n := len(i.Recorded()); n != 0 {
		t.Errorf("junk is recorded without an end: %q", i.Recorded())
	}
	for n, email := range []string{"ana@company.example", "bea@company.example", "CAIO@company.example"} {
		signIn(i.Browser(), email, "wrong")
		if got := len(i.Recorded()); got != n+1 {
			t.Errorf("%s: %d are recorded", email, got)
		}
	}
	exhaust(i, store.Limit{Key: "failures 127.0.0.1 " + i.IDs["ana"], Rate: signin.FailureRate})
	signIn(i.Browser(), "ana@company.example", "wrong")
	if got := len(i.Recorded()); got != 3 {
		t.Errorf("failures of one account are recorded without an end: %d", got)
	}
}

// A session whose token is renewed has no new tries: else whoever has a copy of it could go on
// guessing its password with each change that renews it.
func TestARenewedSessionHasNoNewTries(t *testing.T) {
	t.Parallel()
	change := &sensitive{}
	i := webtest.New(t, change.feature())
	b := i.SignIn("ana")
	proved := func(ago time.Duration) {
		i.Exec(`UPDATE sessions SET data = convert_to(jsonb_set(convert_from(data, 'UTF8')::jsonb, '{values,confirmed}',
			to_jsonb($1::text))::text, 'UTF8')`, time.Now().Add(-ago).Format(time.RFC3339))
	}
	guesses := func() (status int) {
		proved(time.Hour)
		for range 2 * signin.PairRate.Burst {
			status = b.Post(sensitivePath, url.Values{"confirm_password": {"wrong"}}).StatusCode
			if status == http.StatusTooManyRequests {
				return status
			}
		}
		return status
	}
	if status := guesses(); status != http.StatusTooManyRequests {
		t.Fatalf("the tries are not bounded: %d", status)
	}
	before := b.Session()
	proved(0)
	b.AddFactor()
	if b.Session() == before {
		t.Fatal("the token is not renewed")
	}
	proved(time.Hour)
	if status := b.Post(sensitivePath, url.Values{"confirm_password": {"wrong"}}).StatusCode; status !=
		http.StatusTooManyRequests {
		t.Errorf("another guess: %d", status)
	}
}

// A factor that was set up with a seed which was shown just now proves nothing of the person.
func TestASecondFactorThatIsAddedIsNoProof(t *testing.T) {
	t.Parallel()
	i := start(t)
	b := i.SignIn("ana")
	old := time.Now().Add(-signin.ConfirmedFor / 2).UTC().Format(time.RFC3339)
	i.Exec(`UPDATE sessions SET data = convert_to(jsonb_set(
		convert_from(data, 'UTF8')::jsonb, '{values,confirmed}', to_jsonb($1::text))::text, 'UTF8')`, old)
	b.AddFactor()
	got := i.First(`SELECT convert_from(data, 'UTF8')::jsonb->'values'->>'confirmed' FROM sessions
		WHERE revoked_at IS NULL AND version = (SELECT session_version FROM people WHERE id = $1)`, i.IDs["ana"])
	if got != old {
		t.Errorf("proved at %s, not %s", got, old)
	}
}

// Who has set a password with a one-time link signs in with it, whatever others try.
func TestWhoSetsAPasswordCanSignIn(t *testing.T) {
	t.Parallel()
	i := start(t)
	code := invite(i, "bea")
	for range 2 * signin.PairRate.Burst {
		i.Browser().Post(paths.Login, login("bea@company.example", "wrong", ""))
	}
	b := i.Browser()
	b.Post(paths.Invitation, url.Values{"code": {code}, "new_password": {anotherPassword}})
	res := b.Post(paths.Login, login("bea@company.example", anotherPassword, ""))
	if res.StatusCode != http.StatusSeeOther {
		t.Errorf("%d", res.StatusCode)
	}
}
