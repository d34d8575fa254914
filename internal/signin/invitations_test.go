package signin_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/webtest"
)

// invite makes a one-time link for somebody and returns its code.
func invite(i *webtest.Intranet, name string) (code string) {
	i.T.Helper()
	code, err := signin.Invite(i.T.Context(), i.Store, store.CommandLine, i.IDs[name])
	if err != nil {
		i.T.Fatal(err)
	}
	return code
}

// accept sets a password with a code.
func accept(b *webtest.Browser, code, secret string) webtest.Answer {
	b.I.T.Helper()
	return b.Post(paths.Invitation, url.Values{"code": {code}, "new_password": {secret}})
}

func TestAOneTimeLinkSetsAPasswordOnce(t *testing.T) {
	t.Parallel()
	i := start(t)
	bea, visitor := i.As("bea"), i.Browser()
	replaced := invite(i, "bea")
	code := invite(i, "bea")
	clear := i.Count(`invitations WHERE encode(code_hash, 'escape') LIKE '%' || $1 || '%'`, code[:8])
	if clear != 0 || len(code) < 26 {
		t.Errorf("stored as it is, or %d characters", len(code))
	}
	for _, bad := range []string{"", "x", replaced, code[:25], code + "x", "\x00"} {
		if res := accept(visitor, bad, anotherPassword); res.StatusCode != http.StatusUnprocessableEntity ||
			res.HTML(t).Find("[role=alert]").Length() != 1 {
			t.Errorf("the code %q: %d", bad, res.StatusCode)
		}
	}
	for _, bad := range []string{"", "short", "bea@company.example"} { // and the code can still be used
		res := accept(visitor, code, bad)
		if res.StatusCode != http.StatusUnprocessableEntity || res.HTML(t).Find("#new_password-error").Length() != 1 ||
			res.HTML(t).Find("input[name=code]").AttrOr("value", "") != code {
			t.Errorf("the password %q: %d", bad, res.StatusCode)
		}
	}
	if bea.Get(paths.Home).StatusCode != http.StatusOK {
		t.Error("a link that was not used ended a session")
	}
	res := accept(visitor, code, anotherPassword)
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != paths.Login {
		t.Fatalf("%d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	if visitor.Get(paths.Login).HTML(t).Find("[role=status]").Length() != 1 {
		t.Error("nothing says that it worked")
	}
	if bea.Get(paths.Home).StatusCode != http.StatusSeeOther {
		t.Error("a session from before lives")
	}
	if res := accept(visitor, code, anotherPassword+"!"); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a second time: %d", res.StatusCode)
	}
	if res := signIn(i.Browser(), "bea@company.example", anotherPassword); res.StatusCode != http.StatusSeeOther {
		t.Errorf("sign in: %d", res.StatusCode)
	}
	if log := i.Log.String(); strings.Contains(log, code) || strings.Contains(log, replaced) {
		t.Error("a code is in the log")
	}
}

func TestAOneTimeLinkExpiresAndIsTakenBack(t *testing.T) {
	t.Parallel()
	i := start(t)
	for name, after := range map[string]func(){
		"three days later": func() {
			i.Exec(`UPDATE invitations SET expires_at = expires_at - interval '72 hours'`)
		},
		"disabled and enabled": func() {
			for _, active := range []bool{false, true} {
				err := administration(i).SetActive(t.Context(), store.CommandLine, i.IDs["bea"], active)
				if err != nil {
					t.Fatal(err)
				}
			}
		},
		"disabled in SQL": func() { i.Exec(`UPDATE people SET active = false WHERE id = $1`, i.IDs["bea"]) },
		"another password meanwhile": func() {
			if err := administration(i).SetPassword(t.Context(), store.CommandLine, i.IDs["bea"], "x"); err != nil {
				t.Fatal(err)
			}
		},
	} {
		code := invite(i, "bea")
		after()
		if res := accept(i.Browser(), code, anotherPassword); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
		if res := accept(i.Browser(), code, "short"); strings.Contains(res.Body, "bea@company.example") {
			t.Errorf("%s: it says whose it was", name)
		}
		// Used up and expired count in the moment in which the password is stored, too.
		if err := i.In.Accept(t.Context(), code, "x"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
		i.Exec(`UPDATE people SET active = true`)
	}
}

func TestAOneTimeLinkUsedTwiceAtOnceWorksOnce(t *testing.T) {
	t.Parallel()
	i := start(t)
	code := invite(i, "bea")
	held := i.Hold(`SELECT FROM people WHERE id = $1 FOR UPDATE`, i.IDs["bea"])
	form := url.Values{"code": {code}, "new_password": {anotherPassword}}
	first, second := i.Browser().Posted(paths.Invitation, form), i.Browser().Posted(paths.Invitation, form)
	i.Waiting(2) // for both it was a code that works
	if err := held.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[int]int{(<-first).StatusCode: 1}
	got[(<-second).StatusCode]++
	if got[http.StatusSeeOther] != 1 || got[http.StatusUnprocessableEntity] != 1 {
		t.Errorf("%v", got)
	}
}

// A link replaces the password, not the second factor.
func TestAOneTimeLinkKeepsTheSecondFactor(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.As("bea").AddFactor()
	accept(i.Browser(), invite(i, "bea"), anotherPassword)
	res := signIn(i.Browser(), "bea@company.example", anotherPassword)
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != paths.LoginCode {
		t.Errorf("%d to %q", res.StatusCode, res.Header.Get("Location"))
	}
}

// The page that takes a code asks nobody else for anything with it: no referrer
// leaves, and the address holds none.
func TestThePageOfALinkGivesItsCodeToNobody(t *testing.T) {
	t.Parallel()
	i := start(t)
	res := i.Browser().Get(paths.Invitation)
	if res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Referrer-Policy") != "same-origin" ||
		res.HTML(t).Find("[data-fragment] input[name=code]").Length() != 1 {
		t.Errorf("%v", res.Header)
	}
}

// Wrong codes are not tried on. A right one counts though others at the same address have
// used the tries up.
func TestCodesOfLinksAreNotTriedOn(t *testing.T) {
	t.Parallel()
	i := start(t)
	code := invite(i, "bea")
	for range signin.PairRate.Burst {
		accept(i.Browser(), "wrong", anotherPassword)
	}
	for _, wrong := range []string{"wrong", "", code[:25] + "1", invite(i, "caio")[:20]} {
		if res := accept(i.Browser(), wrong, anotherPassword); res.StatusCode != http.StatusTooManyRequests ||
			res.Header.Get("Retry-After") == "" {
			t.Errorf("%q: %d", wrong, res.StatusCode)
		}
	}
	newcomer := i.Browser()
	if res := accept(newcomer, code, "short"); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a password that is none: %d", res.StatusCode)
	}
	if res := accept(newcomer, code, anotherPassword); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a newcomer is held back by others: %d", res.StatusCode)
	}
}
