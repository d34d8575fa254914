package web

import (
	"context"
	"crypto/sha256"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/paths"
)

// Each test here forces an order of events: it holds a lock that the requests in
// question need, waits until they wait for it, and lets go.

// hold runs a statement in a transaction that stays open until the test calls
// Commit or Rollback.
func (i *intranet) hold(sql string, args ...any) pgx.Tx {
	i.t.Helper()
	tx, err := i.pool.Begin(i.t.Context())
	if err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() { _ = tx.Rollback(context.Background()) }) // of a test that failed
	if _, err := tx.Exec(i.t.Context(), sql, args...); err != nil {
		i.t.Fatal(err)
	}
	return tx
}

// waiting returns once so many statements wait for a lock.
func (i *intranet) waiting(statements int) {
	i.t.Helper()
	n := 0
	for deadline := time.Now().Add(8 * time.Second); n < statements; n = i.count(`pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) {
		if time.Now().After(deadline) {
			i.t.Fatalf("%d statements wait, not %d", n, statements)
		}
	}
}

func (i *intranet) exec(sql string, args ...any) {
	i.t.Helper()
	if _, err := i.pool.Exec(i.t.Context(), sql, args...); err != nil {
		i.t.Fatal(err)
	}
}

// count is how many rows a query finds.
func (i *intranet) count(sql string, args ...any) (n int) {
	i.t.Helper()
	if err := i.pool.QueryRow(i.t.Context(), `SELECT count(*) FROM `+sql, args...).Scan(&n); err != nil {
		i.t.Fatal(err)
	}
	return n
}

// posted is a form on its way.
func (b *browser) posted(path string, form url.Values) <-chan answer {
	done := make(chan answer, 1)
	go func() { done <- b.post(path, form) }()
	return done
}

// theirSecret is the second factor of people in these tests.
const theirSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// protect gives somebody a second factor.
func (i *intranet) protect(name string) {
	i.t.Helper()
	i.exec(`INSERT INTO second_factors (person_id, secret, confirmed_at) VALUES ($1, $2, now())`, i.ids[name], theirSecret)
}

// Who knows the password and signs in while its owner adds a second factor must
// not get past it.
func TestASignInThatBeganBeforeASecondFactorIsAddedOpensNothing(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	owner := i.as("ana") // and the address is known from now on
	i.exec(`INSERT INTO second_factors (person_id, secret) VALUES ($1, $2)`, i.ids["ana"], theirSecret)
	known := sha256.Sum256([]byte("known ana@aroeira.example 127.0.0.1"))
	held := i.hold(`SELECT FROM throttles WHERE key = $1 FOR UPDATE`, known[:])
	stranger := i.browser()
	signIn := stranger.posted(paths.Login, login("ana@aroeira.example", secretPassword, ""))
	i.waiting(1) // the password was right
	if res := owner.post(paths.SecondFactorConfirm, url.Values{"code": {code(t, theirSecret, 0)}}); res.StatusCode != http.StatusOK {
		t.Fatalf("%d", res.StatusCode)
	}
	if err := held.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-signIn
	if res := stranger.get(paths.Home); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), paths.Login) {
		t.Errorf("in without the second factor: %d", res.StatusCode)
	}
	if res := owner.get(paths.Home); res.StatusCode != http.StatusOK {
		t.Errorf("its owner is out: %d", res.StatusCode)
	}
}

// A second click is no failure of ours.
func TestASecondFactorAddedTwiceAtOnceIsAddedOnce(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	ana := i.enter("ana", 0)
	i.exec(`INSERT INTO second_factors (person_id, secret) VALUES ($1, $2)`, i.ids["ana"], theirSecret)
	held := i.hold(`SELECT FROM people WHERE id = $1 FOR UPDATE`, i.ids["ana"])
	typed := url.Values{"code": {code(t, theirSecret, 0)}}
	first, second := ana.posted(paths.SecondFactorConfirm, typed), ana.posted(paths.SecondFactorConfirm, typed)
	i.waiting(2)
	if err := held.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[int]int{(<-first).StatusCode: 1}
	got[(<-second).StatusCode]++
	if got[http.StatusOK] != 1 || got[http.StatusSeeOther] != 1 || i.count(`recovery_codes`) != 10 {
		t.Errorf("%v, %d recovery codes", got, i.count(`recovery_codes`))
	}
}

// The password alone proves nothing where a code is asked for too: not by the way
// of changing it either.
func TestANewPasswordIsNoProofWhereThereIsASecondFactor(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.protect("ana")
	stolen := i.enter("ana", time.Hour)
	if res := stolen.post(paths.AccountPassword, url.Values{"password": {secretPassword}, "new_password": {"purple elephants dance"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", res.StatusCode)
	}
	if res := stolen.post(paths.SecondFactorRemove, nil); res.StatusCode != http.StatusForbidden || i.count(`second_factors`) != 1 {
		t.Errorf("removed without a code: %d", res.StatusCode)
	}
	// Without one the password is the proof.
	bea := i.enter("bea", time.Hour)
	bea.post(paths.AccountPassword, url.Values{"password": {secretPassword}, "new_password": {"purple elephants dance"}})
	if res := bea.post(paths.AccountSessions, nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("asked once more: %d", res.StatusCode)
	}
}

// A proof that is checked while the person's e-mail goes to somebody else is that
// one's, not theirs.
func TestAProofOfSomebodyElseCountsForNobody(t *testing.T) {
	t.Parallel()
	for path, form := range map[string]url.Values{
		paths.AccountSessions: {confirmPassword: {secretPassword}},
		paths.AccountPassword: {"password": {secretPassword}, "new_password": {anotherPassword}},
	} {
		i := newIntranet(t)
		i.as("ana") // its throttles have rows from now on
		ana := i.enter("ana", time.Hour)
		pair := sha256.Sum256([]byte("pair ana@aroeira.example 127.0.0.1"))
		held := i.hold(`SELECT FROM throttles WHERE key = $1 FOR UPDATE`, pair[:])
		posted := ana.posted(path, form)
		i.waiting(1) // it will look for the password of ana@aroeira.example
		i.exec(`UPDATE people SET email = 'gone@aroeira.example', password_hash = 'x' WHERE id = $1`, i.ids["ana"])
		i.exec(`UPDATE people SET email = 'ana@aroeira.example' WHERE id = $1`, i.ids["bea"])
		if err := held.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		if res := <-posted; res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != paths.LoginEnded("") {
			t.Errorf("%s: %d to %q", path, res.StatusCode, res.Header.Get("Location"))
		}
		if n := i.count(`people WHERE id = $1 AND password_hash = 'x'`, i.ids["ana"]); n != 1 {
			t.Errorf("%s: the password was changed", path)
		}
	}
}

// A proof counts in the body of its own form alone, and nothing that is called
// like one is carried on.
func TestAProofCountsInItsOwnFormAlone(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.protect("ana")
	stale := i.enter("ana", time.Hour)
	proof := url.Values{confirmPassword: {secretPassword}, confirmCode: {code(t, theirSecret, 0)}}
	if res := stale.post(paths.AdminPersonDisable.Of(i.ids["bea"])+"?"+proof.Encode(), nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("in the address: %d", res.StatusCode)
	}
	for _, wrong := range []url.Values{{confirmPassword: {secretPassword}}, {confirmPassword: {"wrong", secretPassword}, confirmCode: proof[confirmCode]}, {confirmPassword: {secretPassword}, confirmCode: {"000000"}, "confirm_x": {"y"}, "role": {"admin"}}} {
		res := stale.post(paths.AdminPersonRole.Of(i.ids["bea"]), wrong)
		if html := res.html(t); res.StatusCode != http.StatusUnprocessableEntity || html.Find("input[name^=confirm_][value]:not([value='']):not([name=confirm_back])").Length() != 0 || html.Find("input[name=confirm_x]").Length() != 0 {
			t.Errorf("%v: %d", wrong, res.StatusCode)
		}
	}
	u, _ := url.Parse(i.url)
	before := stale.Jar.Cookies(u)
	proof.Set("role", "admin")
	proof.Set("version", "1")
	if res := stale.post(paths.AdminPersonRole.Of(i.ids["bea"]), proof); res.StatusCode != http.StatusTemporaryRedirect || res.Header.Get("Location") != paths.AdminPersonRole.Of(i.ids["bea"]) || i.count(`people WHERE id = $1 AND role = 'admin'`, i.ids["bea"]) != 0 {
		t.Errorf("the proof: %d", res.StatusCode)
	}
	replay := i.browser()
	replay.Jar.SetCookies(u, before)
	if res := replay.post(paths.AdminPersonRole.Of(i.ids["bea"]), proof); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != paths.LoginEnded("") {
		t.Errorf("under the token before: %d", res.StatusCode)
	}
	if res := stale.post(paths.AdminPersonRole.Of(i.ids["bea"]), proof); res.StatusCode != http.StatusSeeOther || i.count(`people WHERE id = $1 AND role = 'admin'`, i.ids["bea"]) != 1 {
		t.Errorf("asked once more: %d", res.StatusCode)
	}
}

// Somebody who sits where an account is known, and keeps guessing for days, must
// not lock its owner out elsewhere: the limit on the account never holds longer
// than its rate says.
func TestGuessingFromAKnownAddressDoesNotLockTheOwnerOutElsewhere(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	s := i.handlers.Store
	known, elsewhere := passwordLimits("ana@aroeira.example", "192.0.2.1"), passwordLimits("ana@aroeira.example", "192.0.2.2")
	if err := s.Refund(t.Context(), knownFor, known...); err != nil {
		t.Fatal(err)
	}
	for range 2 * accountRate.Burst {
		if wait, err := s.Allow(t.Context(), known[1]); err != nil || wait > 0 {
			t.Fatal(wait, err)
		}
	}
	if wait, err := s.Allow(t.Context(), elsewhere...); err != nil || wait > accountRate.Every {
		t.Errorf("wait %v, %v", wait, err)
	}
}
