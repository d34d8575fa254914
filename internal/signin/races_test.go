package signin_test

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/webtest"
)

// Who knows the password and signs in while its owner adds a second factor must
// not get past it.
func TestASignInThatBeganBeforeASecondFactorIsAddedOpensNothing(t *testing.T) {
	t.Parallel()
	i := start(t)
	owner := i.SignIn("ana") // and the address is known from now on
	secret := owner.BeginFactor()
	known := sha256.Sum256([]byte("known ana@company.example 127.0.0.1"))
	held := i.Hold(`SELECT FROM throttles WHERE key = $1 FOR UPDATE`, known[:])
	stranger := i.Browser()
	posted := stranger.Posted(paths.Login, login("ana@company.example", webtest.Password, ""))
	i.Waiting(1) // the password was right
	if res := owner.ConfirmFactor(webtest.Code(t, secret, 0)); res.StatusCode != http.StatusOK {
		t.Fatalf("%d", res.StatusCode)
	}
	if err := held.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-posted
	if res := stranger.Get(paths.Home); res.StatusCode != http.StatusSeeOther ||
		!strings.HasPrefix(res.Header.Get("Location"), paths.Login) {
		t.Errorf("in without the second factor: %d", res.StatusCode)
	}
	if res := owner.Get(paths.Home); res.StatusCode != http.StatusOK {
		t.Errorf("its owner is out: %d", res.StatusCode)
	}
}

// A second click is no failure of ours.
func TestASecondFactorAddedTwiceAtOnceIsAddedOnce(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	secret := ana.BeginFactor()
	held := i.Hold(`SELECT FROM people WHERE id = $1 FOR UPDATE`, i.IDs["ana"])
	typed := url.Values{"code": {webtest.Code(t, secret, 0)}}
	first, second := ana.Posted(paths.SecondFactorConfirm, typed), ana.Posted(paths.SecondFactorConfirm, typed)
	i.Waiting(2)
	if err := held.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[int]int{(<-first).StatusCode: 1}
	got[(<-second).StatusCode]++
	if got[http.StatusOK] != 1 || got[http.StatusSeeOther] != 1 || i.Count(`recovery_codes`) != 10 {
		t.Errorf("%v, %d recovery codes", got, i.Count(`recovery_codes`))
	}
}

// A proof counts in the body of its own form alone, and nothing that is called
// like one is carried on.
func TestAProofCountsInItsOwnFormAlone(t *testing.T) {
	t.Parallel()
	change := &sensitive{}
	i := webtest.New(t, change.feature())
	i.Protect("ana")
	stale := i.AsAfter("ana", time.Hour)
	code := webtest.Code(t, webtest.FactorSecret, 0)
	proof := url.Values{"confirm_password": {webtest.Password}, "confirm_code": {code}}
	if res := stale.Post(sensitivePath+"?"+proof.Encode(), nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("in the address: %d", res.StatusCode)
	}
	for _, wrong := range []url.Values{
		{"confirm_password": {webtest.Password}},
		{"confirm_password": {"wrong", webtest.Password}, "confirm_code": {code}},
		{"confirm_password": {webtest.Password}, "confirm_code": {"000000"}, "confirm_x": {"y"}, "role": {"admin"}},
	} {
		res := stale.Post(sensitivePath, wrong)
		typed := res.HTML(t).Find("input[name^=confirm_][value]:not([value='']):not([name=confirm_back])").Length()
		if res.StatusCode != http.StatusUnprocessableEntity || typed != 0 ||
			res.HTML(t).Find("input[name=confirm_x]").Length() != 0 {
			t.Errorf("%v: %d", wrong, res.StatusCode)
		}
	}
	u, _ := url.Parse(i.URL)
	before := stale.Jar.Cookies(u)
	proof.Set("role", "admin")
	right := stale.Post(sensitivePath, proof)
	if right.StatusCode != http.StatusTemporaryRedirect || right.Header.Get("Location") != sensitivePath ||
		len(change.done()) != 0 {
		t.Errorf("the proof: %d", right.StatusCode)
	}
	replay := i.Browser()
	replay.Jar.SetCookies(u, before)
	if res := replay.Post(sensitivePath, proof); res.StatusCode != http.StatusSeeOther ||
		res.Header.Get("Location") != paths.LoginEnded("", paths.EndedLost) {
		t.Errorf("under the token before: %d", res.StatusCode)
	}
	if res := stale.Post(sensitivePath, proof); res.StatusCode != http.StatusSeeOther || len(change.done()) != 1 {
		t.Errorf("asked once more: %d", res.StatusCode)
	}
}

// Somebody who sits where an account is known, and keeps guessing for days, must
// not lock its owner out elsewhere: the limit on the account never holds longer
// than its rate says.
func TestGuessingFromAKnownAddressDoesNotLockTheOwnerOutElsewhere(t *testing.T) {
	t.Parallel()
	i := start(t)
	s := i.Store
	known := signin.PasswordLimits("ana@company.example", "192.0.2.1")
	elsewhere := signin.PasswordLimits("ana@company.example", "192.0.2.2")
	if err := s.Refund(t.Context(), signin.KnownFor, known...); err != nil {
		t.Fatal(err)
	}
	for range 2 * signin.AccountRate.Burst {
		if wait, err := s.Allow(t.Context(), known[1]); err != nil || wait > 0 {
			t.Fatal(wait, err)
		}
	}
	if wait, err := s.Allow(t.Context(), elsewhere...); err != nil || wait > signin.AccountRate.Every {
		t.Errorf("wait %v, %v", wait, err)
	}
}
