package signin_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/carameloai/intranet/internal/features/account"
	"github.com/carameloai/intranet/internal/features/accounts"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/webtest"
)

// What was begun in one page is worth nothing in another: each beginning has a secret of
// its own, which that session alone can confirm, and no other page shows it.
func TestASecondFactorIsConfirmedWhereItWasBegun(t *testing.T) {
	t.Parallel()
	i := start(t)
	stranger, owner := i.As("bea"), i.As("bea")
	first := stranger.BeginFactor()
	again := stranger.BeginFactor()
	theirs := owner.BeginFactor()
	if first == again || again == theirs {
		t.Error("a secret was shown a second time")
	}
	for name, code := range map[string]string{
		"its first code": webtest.Code(t, first, 0), "its second": webtest.Code(t, again, 0),
		"the owner's": webtest.Code(t, theirs, 0), "a wrong one": "000000",
	} {
		res := stranger.ConfirmFactor(code)
		page := res.HTML(t)
		if res.StatusCode != http.StatusUnprocessableEntity || page.Find("[role=alert]").Length() != 1 ||
			page.Find(".steps").Length() != 0 {
			t.Errorf("%s, in the session that began before: %d", name, res.StatusCode)
		}
	}
	if res := owner.ConfirmFactor(webtest.Code(t, first, 0)); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the stranger's code confirms the owner's: %d", res.StatusCode)
	}
	if res := owner.ConfirmFactor(webtest.Code(t, theirs, 0)); res.StatusCode != http.StatusOK {
		t.Errorf("the owner: %d", res.StatusCode)
	}
	for _, secret := range []string{first, again} {
		if res := i.Half("bea").GiveCode(webtest.Code(t, secret, 1)); res.StatusCode == http.StatusSeeOther {
			t.Error("a secret that was never confirmed signs in")
		}
	}
}

// Ten minutes by the clock of the database.
func TestASecondFactorThatWasBegunEndsByItself(t *testing.T) {
	t.Parallel()
	i := start(t)
	b := i.As("bea")
	for _, test := range []struct {
		age    string
		status int
	}{{"10 minutes 5 seconds", http.StatusUnprocessableEntity}, {"9 minutes 30 seconds", http.StatusOK}} {
		secret := b.BeginFactor()
		i.Exec(`UPDATE second_factors SET begun_at = now() - $1::interval`, test.age)
		if res := b.ConfirmFactor(webtest.Code(t, secret, 0)); res.StatusCode != test.status {
			t.Errorf("confirmed after %s: %d", test.age, res.StatusCode)
		}
	}
	caio := i.As("caio")
	caio.BeginFactor()
	i.Exec(`UPDATE second_factors SET begun_at = now() - interval '11 minutes'`)
	if err := i.Store.Sweep(t.Context()); err != nil || i.Count(`second_factors`) != 1 {
		t.Errorf("%d are left, %v", i.Count(`second_factors`), err)
	}
}

// Whatever ends somebody's sessions ends what was begun in them, also for a session that
// goes on: the secret that a stranger saw is gone.
func TestABegunSecondFactorEndsWithTheSessions(t *testing.T) {
	t.Parallel()
	change := func(f func(i *webtest.Intranet, id string) error) func(*webtest.Intranet, *webtest.Browser) {
		return func(i *webtest.Intranet, _ *webtest.Browser) {
			if err := f(i, i.IDs["bea"]); err != nil {
				i.T.Fatal(err)
			}
		}
	}
	for name, end := range map[string]func(*webtest.Intranet, *webtest.Browser){
		"their own new password": func(i *webtest.Intranet, b *webtest.Browser) {
			res := b.Post(paths.AccountPassword, url.Values{
				"password": {webtest.Password}, "new_password": {anotherPassword},
			})
			if res.StatusCode != http.StatusSeeOther {
				i.T.Fatalf("%d", res.StatusCode)
			}
		},
		"a password by the command line": change(func(i *webtest.Intranet, id string) error {
			return administration(i).SetPassword(i.T.Context(), store.CommandLine, id, "x")
		}),
		"a one-time link": func(i *webtest.Intranet, _ *webtest.Browser) {
			if res := accept(i.Browser(), invite(i, "bea"), anotherPassword); res.StatusCode != http.StatusSeeOther {
				i.T.Fatalf("%d", res.StatusCode)
			}
		},
		"disabled": change(func(i *webtest.Intranet, id string) error {
			return administration(i).SetActive(i.T.Context(), store.CommandLine, id, false)
		}),
		"another role": change(func(i *webtest.Intranet, id string) error {
			return administration(i).SetRole(i.T.Context(), store.CommandLine, id, 1, store.Editor)
		}),
		"signed out everywhere": change(func(i *webtest.Intranet, id string) error {
			return administration(i).RevokeSessions(i.T.Context(), store.CommandLine, id)
		}),
		"a reset by an admin": func(i *webtest.Intranet, _ *webtest.Browser) {
			ana := i.As("ana")
			form := "form[action='" + paths.AdminPersonSecondFactor.Of(i.IDs["bea"]) + "']"
			if n := ana.Get(paths.AdminPerson.Of(i.IDs["bea"])).HTML(i.T).Find(form).Length(); n != 1 {
				i.T.Errorf("%d ways to remove what was begun", n)
			}
			ana.Post(paths.AdminPersonSecondFactor.Of(i.IDs["bea"]), nil)
		},
	} {
		i := webtest.New(t, account.Feature(), accounts.Feature())
		b := i.As("bea")
		secret := b.BeginFactor()
		end(i, b)
		if n := i.Count(`second_factors`); n != 0 {
			t.Errorf("%s leaves %d", name, n)
		}
		if res := b.ConfirmFactor(webtest.Code(t, secret, 0)); res.StatusCode == http.StatusOK {
			t.Errorf("%s, and it can still be confirmed", name)
		}
	}
}
