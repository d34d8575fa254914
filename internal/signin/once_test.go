package signin_test

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/forms"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/webtest"
)

// The first of two clicks may bring a new session, or what is shown once. The browser throws
// it away, so the second click has to bring the same, in the session that has ended.
func TestTwoClicksBringWhatTheFirstHasBrought(t *testing.T) {
	t.Parallel()
	const person = `SELECT FROM people WHERE id = $1 FOR UPDATE`
	signedIn := func(b *webtest.Browser) bool { return b.Get(paths.Home).StatusCode == http.StatusOK }
	codes := func(res webtest.Answer) int { return strings.Count(res.Body, "<code>") }

	t.Run("sign-in", func(t *testing.T) {
		t.Parallel()
		i := start(t)
		i.SignIn("ana") // its address is known, and there is a row to lock
		b := i.Browser()
		form := login("ana@company.example", webtest.Password, paths.Assistant)
		form.Set(forms.KeyField, b.Key(paths.Login, paths.Login))
		res := b.Twice(paths.Login, form, i.Hold(`LOCK TABLE audit IN EXCLUSIVE MODE`))
		if res.Header.Get("Location") != paths.Assistant || !signedIn(b) || i.Count(`sessions`) != 2 {
			t.Errorf("%d to %q, %d sessions", res.StatusCode, res.Header.Get("Location"), i.Count(`sessions`))
		}
	})
	t.Run("sign-in with a code", func(t *testing.T) {
		t.Parallel()
		i := start(t)
		i.Protect("ana")
		b := i.Half("ana")
		form := url.Values{
			"code":         {webtest.Code(t, webtest.FactorSecret, 0)},
			forms.KeyField: {b.Key(paths.LoginCode, paths.LoginCode)},
		}
		res := b.Twice(paths.LoginCode, form, i.Hold(`LOCK TABLE audit IN EXCLUSIVE MODE`))
		if res.StatusCode != http.StatusSeeOther || !signedIn(b) {
			t.Errorf("%d to %q", res.StatusCode, res.Header.Get("Location"))
		}
	})
	t.Run("proof of identity", func(t *testing.T) {
		t.Parallel()
		change := &sensitive{}
		i := webtest.New(t, change.feature())
		b := i.AsAfter("ana", time.Hour)
		asked := b.Post(sensitivePath, url.Values{"role": {"admin"}})
		form := url.Values{"role": {"admin"}, "confirm_password": {webtest.Password}, "confirm_back": {paths.Home}}
		form.Set(forms.KeyField, asked.HTML(t).Find("[name=form_key]").AttrOr("value", ""))
		res := b.Twice(sensitivePath, form, i.Hold(`LOCK TABLE sessions IN EXCLUSIVE MODE`))
		if res.StatusCode != http.StatusTemporaryRedirect || len(change.done()) != 0 {
			t.Fatalf("%d, %d changes", res.StatusCode, len(change.done()))
		}
		// The browser sends the form to the same address once more, as the 307 says; and again
		// after another click.
		for range 2 {
			if res := b.Post(sensitivePath, form); res.StatusCode != http.StatusSeeOther || len(change.done()) != 1 {
				t.Errorf("%d, %d changes", res.StatusCode, len(change.done()))
			}
		}
	})
	t.Run("second factor", func(t *testing.T) {
		t.Parallel()
		i := start(t)
		b := i.As("ana")
		setup := b.Post(paths.SecondFactor, nil).HTML(t)
		form := url.Values{"code": {webtest.Code(t, setup.Find(".steps code").Text(), 0)}}
		confirm := setup.Find("form[action='" + paths.SecondFactorConfirm + "']")
		form.Set(forms.KeyField, confirm.Find("[name=form_key]").AttrOr("value", ""))
		res := b.Twice(paths.SecondFactorConfirm, form, i.Hold(person, i.IDs["ana"]))
		if res.StatusCode != http.StatusOK || codes(res) != 10 || !signedIn(b) || i.Count(`recovery_codes`) != 10 {
			t.Errorf("%d, %d codes", res.StatusCode, codes(res))
		}
		// Package seal begins what it has sealed with v1.
		if i.Count(`sent_forms WHERE answer LIKE 'v1:%'`) != 1 ||
			i.Count(`sent_forms WHERE answer NOT LIKE 'v1:%'`) != 0 {
			t.Error("the codes are in the database as they were shown")
		}
	})
	t.Run("recovery codes", func(t *testing.T) {
		t.Parallel()
		i := start(t)
		i.Protect("ana")
		b := i.As("ana")
		form := url.Values{forms.KeyField: {b.Key(paths.SecondFactor, paths.SecondFactorRecovery)}}
		res := b.Twice(paths.SecondFactorRecovery, form, i.Hold(person, i.IDs["ana"]))
		first := res.HTML(t).Find("main code").First().Text()
		if codes(res) != 10 || i.Count(`audit WHERE action = 'factor.recovery'`) > 1 {
			t.Errorf("%d, %d codes", res.StatusCode, codes(res))
		}
		stranger := i.Half("ana")
		if res := stranger.GiveCode(first); res.StatusCode != http.StatusSeeOther || !signedIn(stranger) {
			t.Error("the codes that were shown are not those that count")
		}
	})
	t.Run("one-time link", func(t *testing.T) {
		t.Parallel()
		i := start(t)
		b := i.Browser()
		form := url.Values{"code": {invite(i, "bea")}, "new_password": {anotherPassword}}
		form.Set(forms.KeyField, b.Key(paths.Invitation, paths.Invitation))
		res := b.Twice(paths.Invitation, form, i.Hold(person, i.IDs["bea"]))
		if res.Header.Get("Location") != paths.Login ||
			!strings.Contains(b.Get(paths.Login).Body, i.Says("en", "notice.invitation")) {
			t.Errorf("%d to %q", res.StatusCode, res.Header.Get("Location"))
		}
	})
}

// An answer that is kept for a second click is for that browser alone.
func TestAKeptAnswerIsForTheSessionThatSentTheForm(t *testing.T) {
	t.Parallel()
	i := start(t)
	b := i.Browser()
	form := login("ana@company.example", webtest.Password, "")
	form.Set(forms.KeyField, b.Key(paths.Login, paths.Login))
	b.Post(paths.Login, form)
	u, _ := url.Parse(i.URL)
	token := b.Jar.Cookies(u)[0].Value
	got := func(res webtest.Answer) bool {
		return strings.Contains(res.Header.Get("Set-Cookie"), token) && token != ""
	}
	wrong := url.Values{}
	for name, values := range form {
		wrong[name] = values
	}
	wrong.Set("password", "not the password at all")
	if res := i.Browser().Post(paths.Login, wrong); got(res) || res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("without the password: %d", res.StatusCode)
	}
	other := i.SignIn("bea")
	if res := other.Post(paths.Login, form); got(res) {
		t.Error("another session gets it")
	}
	i.Exec(`UPDATE sent_forms SET answered_at = now() - interval '11 minutes'`)
	if res := i.Browser().Post(paths.Login, form); got(res) {
		t.Error("it is given eleven minutes later")
	}
	if err := forms.Sweep(t.Context(), i.Store); err != nil || i.Count(`sent_forms WHERE answer IS NOT NULL`) != 0 {
		t.Error("it is kept for more than ten minutes", err)
	}
}

// What strangers send leaves nothing behind, whatever key it has.
func TestStrangersLeaveNoForms(t *testing.T) {
	t.Parallel()
	i := start(t)
	person := i.IDs["ana"]
	for _, path := range []string{paths.Login, paths.LoginCode, paths.Invitation, paths.Logout, paths.AccountSessions} {
		for _, key := range []string{rand.Text() + "..", rand.Text() + "." + person + ".x", forms.NewKey(t.Context())} {
			form := login("ana@company.example", "wrong", "")
			form.Set("code", "123456")
			form.Set("new_password", "x")
			form.Set(forms.KeyField, key)
			i.Browser().Post(path, form)
			i.Browser().Post(path, form, "Cookie", "session="+rand.Text())
		}
		if n := i.Count(`sent_forms`); n != 0 {
			t.Errorf("%s: %d", path, n)
		}
	}
}
