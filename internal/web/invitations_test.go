package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// invite makes a one-time link for somebody and returns its code.
func (b *browser) invite(name string) (code string) {
	b.i.t.Helper()
	res := b.post(paths.AdminPersonInvitation.Of(b.i.ids[name]), nil)
	link := res.html(b.i.t).Find(".link-once code").Text()
	before, code, found := strings.Cut(link, paths.Invitation+"#")
	if res.StatusCode != http.StatusOK || !found || before != b.i.handlers.PublicURL.String() {
		b.i.t.Fatalf("%d, a link at %q", res.StatusCode, before)
	}
	return code
}

func (b *browser) accept(code, secret string) answer {
	return b.post(paths.Invitation, url.Values{"code": {code}, "new_password": {secret}})
}

func TestAOneTimeLinkSetsAPasswordOnce(t *testing.T) {
	t.Parallel()
	i := newIntranet(t, func(c *config) { c.publicURL = "http://intranet.example.com:8080" })
	ana, bea, visitor := i.enter("ana", 0), i.enter("bea", 0), i.browser()
	replaced := ana.invite("bea")
	code := ana.invite("bea")
	var clear int
	if err := i.pool.QueryRow(t.Context(), `SELECT count(*) FROM invitations WHERE encode(code_hash, 'escape') LIKE '%' || $1 || '%'`, code[:8]).Scan(&clear); err != nil || clear != 0 || len(code) < 26 {
		t.Errorf("stored as it is, or %d characters: %v", len(code), err)
	}
	for _, bad := range []string{"", "x", replaced, strings.ToLower(code), code + "x", "\x00"} {
		if res := visitor.accept(bad, anotherPassword); res.StatusCode != http.StatusUnprocessableEntity || res.html(t).Find("[role=alert]").Length() != 1 {
			t.Errorf("the code %q: %d", bad, res.StatusCode)
		}
	}
	for _, bad := range []string{"", "short", "bea@aroeira.example"} { // and the code can still be used
		res := visitor.accept(code, bad)
		if res.StatusCode != http.StatusUnprocessableEntity || res.html(t).Find("#new_password-error").Length() != 1 || res.html(t).Find("input[name=code]").AttrOr("value", "") != code {
			t.Errorf("the password %q: %d", bad, res.StatusCode)
		}
	}
	if bea.get(paths.Home).StatusCode != http.StatusOK {
		t.Error("a link that was not used ended a session")
	}
	res := visitor.accept(code, anotherPassword)
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != paths.Login {
		t.Fatalf("%d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	if visitor.get(paths.Login).html(t).Find("[role=status]").Length() != 1 {
		t.Error("nothing says that it worked")
	}
	if bea.get(paths.Home).StatusCode != http.StatusSeeOther {
		t.Error("a session from before lives")
	}
	if res := visitor.accept(code, anotherPassword+"!"); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a second time: %d", res.StatusCode)
	}
	if res := i.browser().post(paths.Login, login("bea@aroeira.example", anotherPassword, "")); res.StatusCode != http.StatusSeeOther {
		t.Errorf("sign in: %d", res.StatusCode)
	}
	if log := i.log.String(); strings.Contains(log, code) || strings.Contains(log, replaced) {
		t.Error("a code is in the log")
	}
}

func TestTheEndOfALinkIsToldByTheAdminsClock(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.lives("ana", "Asia/Kolkata")
	ana := i.enter("ana", 0)
	ana.post(paths.AdminPersonInvitation.Of(i.ids["bea"]), nil)
	want := i.first(`SELECT to_char(expires_at AT TIME ZONE 'Asia/Kolkata', 'HH24:MI') FROM invitations`)
	if text := ana.get(paths.AdminPerson.Of(i.ids["bea"])).html(t).Find("[aria-labelledby=access]").Text(); !strings.Contains(text, want) {
		t.Errorf("%q does not say %s", text, want)
	}
}

func TestAOneTimeLinkExpiresAndIsTakenBack(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	ana := i.enter("ana", 0)
	for name, after := range map[string]func(){
		"three days later": func() {
			if _, err := i.pool.Exec(t.Context(), `UPDATE invitations SET expires_at = expires_at - interval '72 hours'`); err != nil {
				t.Fatal(err)
			}
		},
		"disabled and enabled": func() {
			ana.post(paths.AdminPersonDisable.Of(i.ids["bea"]), nil)
			ana.post(paths.AdminPersonEnable.Of(i.ids["bea"]), nil)
		},
		"disabled in SQL": func() { i.exec(`UPDATE people SET active = false WHERE id = $1`, i.ids["bea"]) },
		"another password meanwhile": func() {
			if err := i.handlers.Store.SetPassword(t.Context(), store.CommandLine, i.ids["bea"], "x"); err != nil {
				t.Fatal(err)
			}
		},
	} {
		code := ana.invite("bea")
		after()
		if res := i.browser().accept(code, anotherPassword); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
		if res := i.browser().accept(code, "short"); strings.Contains(res.body, "bea@aroeira.example") {
			t.Errorf("%s: it says whose it was", name)
		}
		// Used up and expired count in the moment in which the password is stored, too.
		if err := i.handlers.Store.AcceptInvitation(t.Context(), store.CommandLine, code, "x"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
		i.exec(`UPDATE people SET active = true`)
	}
	ana.post(paths.AdminPersonDisable.Of(i.ids["bea"]), nil)
	if res := ana.post(paths.AdminPersonInvitation.Of(i.ids["bea"]), nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("a link for somebody who is disabled: %d", res.StatusCode)
	}
}

func TestAOneTimeLinkUsedTwiceAtOnceWorksOnce(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	code := i.enter("ana", 0).invite("bea")
	held := i.hold(`SELECT FROM people WHERE id = $1 FOR UPDATE`, i.ids["bea"])
	form := url.Values{"code": {code}, "new_password": {anotherPassword}}
	first, second := i.browser().posted(paths.Invitation, form), i.browser().posted(paths.Invitation, form)
	i.waiting(2) // for both it was a code that works
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
	i := newIntranet(t)
	i.enter("bea", 0).addFactor()
	i.browser().accept(i.enter("ana", 0).invite("bea"), anotherPassword)
	res := i.browser().post(paths.Login, login("bea@aroeira.example", anotherPassword, ""))
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != paths.LoginCode {
		t.Errorf("%d to %q", res.StatusCode, res.Header.Get("Location"))
	}
}

// The page that takes a code asks nobody else for anything with it: no referrer
// leaves, and the address holds none.
func TestThePageOfALinkGivesItsCodeToNobody(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	res := i.browser().get(paths.Invitation)
	if res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Referrer-Policy") != "same-origin" || res.html(t).Find("[data-fragment] input[name=code]").Length() != 1 {
		t.Errorf("%v", res.Header)
	}
}

func TestCodesOfLinksAreNotTriedOn(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	code := i.enter("ana", 0).invite("bea")
	for range pairRate.Burst {
		i.browser().accept("wrong", anotherPassword)
	}
	if res := i.browser().accept(code, anotherPassword); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("%d", res.StatusCode)
	}
}
