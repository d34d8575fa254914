package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

func personFields(name, email string) url.Values {
	return url.Values{"name": {name}, "email": {email}, "title": {"Analyst"}, "department": {"finance"}, "lang": {"es"}, "role": {"editor"}, "version": {"1"}}
}

func TestAnAdminAddsAPersonWhoSetsTheirOwnPassword(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.lives("ana", "America/Recife")
	ana := i.enter("ana", 0)
	res := ana.post(paths.AdminPeople, personFields("Dora Díaz", "Dora@Aroeira.example"))
	_, code, _ := strings.Cut(res.html(t).Find(".link-once code").Text(), "#")
	if res.StatusCode != http.StatusOK || code == "" || res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d", res.StatusCode)
	}
	if res := i.browser().post(paths.Login, login("dora@aroeira.example", "", "")); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("without a password: %d", res.StatusCode)
	}
	i.browser().accept(code, anotherPassword)
	dora := i.browser()
	if res := dora.post(paths.Login, login("dora@aroeira.example", anotherPassword, "")); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign in: %d", res.StatusCode)
	}
	page := dora.get(paths.Account).html(t)
	if zone := page.Find("#time_zone option[selected]").AttrOr("value", ""); zone != "America/Recife" {
		t.Errorf("until they choose one, their time zone is that of whoever added them: %s", zone)
	}
	if page.Find("html").AttrOr("lang", "") != "es" || !strings.Contains(page.Find(".lead").Text(), "Dora@Aroeira.example") {
		t.Errorf("%q", page.Find(".lead").Text())
	}
	if got := i.events(); !slices.Equal(got, []string{"person.created editor", "person.invited", "session.failed password", "password.changed one-time link", "session.created"}) && len(got) != 4 {
		t.Errorf("recorded %q", got)
	}
}

// What does not fit comes back with what was typed, and a word at each field.
func TestAPersonsFormKeepsWhatWasTypedAndSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	ana := i.enter("ana", 0)
	hostile := `"><script>alert(1)</script>`
	for _, path := range []string{paths.AdminPeople, paths.AdminPerson.Of(i.ids["bea"])} {
		for field, values := range map[string][]string{
			"name":       {"", "  ", strings.Repeat("n", 201), "two\nlines", "\u202Eeman"},
			"email":      {"", "dora", "dora@", "Dora <dora@example.com>", "dora@example.com\r\nBcc: x@example.com", strings.Repeat("d", 250) + "@example.com", "CAIO@aroeira.example", hostile},
			"title":      {strings.Repeat("t", 201), "a\tb"},
			"manager":    {"nobody@aroeira.example", hostile},
			"phone":      {strings.Repeat("1", 41), "1\t2"},
			"skills":     {strings.Repeat("s", 301)},
			"lang":       {"", "fr"},
			"department": {"none", hostile},
		} {
			for _, value := range values {
				form := personFields("Dora", "dora@aroeira.example")
				form.Set(field, value)
				res := ana.post(path, form)
				html := res.html(t)
				if res.StatusCode != http.StatusUnprocessableEntity || html.Find("#"+field+"-error").Length() != 1 || html.Find("[role=alert]").Length() != 1 || html.Find("#"+field).AttrOr("aria-invalid", "") != "true" {
					t.Errorf("%s, %s %.40q: %d", path, field, value, res.StatusCode)
				}
				if got := html.Find("#email").AttrOr("value", ""); field != "email" && got != "dora@aroeira.example" {
					t.Errorf("%s: the e-mail became %q", field, got)
				}
				if strings.Contains(res.body, "<script>alert") {
					t.Errorf("%s: not escaped", field)
				}
			}
		}
	}
	form := personFields("Dora", "dora@aroeira.example")
	form.Set("role", "king")
	if res := ana.post(paths.AdminPeople, form); res.StatusCode != http.StatusUnprocessableEntity || res.html(t).Find("#role-error").Length() != 1 {
		t.Errorf("a role that is none: %d", res.StatusCode)
	}
	if res := ana.post(paths.AdminPersonRole.Of(i.ids["bea"]), url.Values{"role": {"king"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the same for somebody: %d", res.StatusCode)
	}
	if n := len(i.events()); n != 0 {
		t.Errorf("recorded %q", i.events())
	}
}

// Disabling, a new role, a reset and ending their sessions put a person out with
// their very next request; a change of details does not.
func TestWhatEndsAPersonsSessions(t *testing.T) {
	t.Parallel()
	for what, ends := range map[string]bool{"role": true, "disable": true, "sessions": true, "second-factor": true, "": false} {
		i := newIntranet(t)
		ana, bea := i.enter("ana", 0), i.enter("bea", 0)
		form := personFields("Bea", "bea@aroeira.example")
		if res := ana.post(strings.TrimSuffix(paths.AdminPerson.Of(i.ids["bea"])+"/"+what, "/"), form); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%q: %d", what, res.StatusCode)
		}
		if res := bea.get(paths.Home); (res.StatusCode == http.StatusSeeOther) != ends {
			t.Errorf("%q: their next request is a %d", what, res.StatusCode)
		}
		if page := ana.get(paths.AdminPerson.Of(i.ids["bea"])).html(t); page.Find("[role=status]").Length() != 1 {
			t.Errorf("%q: nothing says that it was done", what)
		}
	}
}

func TestTheDisabledAreSeenByAdministrationAlone(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	ana := i.enter("ana", 0)
	ana.post(paths.AdminPersonDisable.Of(i.ids["bea"]), nil)
	if res := ana.get(paths.AdminPeople); !strings.Contains(res.body, paths.AdminPerson.Of(i.ids["bea"])) || res.html(t).Find(".tag-bad").Length() != 1 {
		t.Error("administration does not see them")
	}
	if res := ana.get(paths.People); strings.Contains(res.body, i.ids["bea"]) {
		t.Error("the directory shows them")
	}
	if res := ana.get(paths.Person.Of(i.ids["bea"])); res.StatusCode != http.StatusNotFound {
		t.Errorf("their profile: %d", res.StatusCode)
	}
	ana.post(paths.AdminPersonEnable.Of(i.ids["bea"]), nil)
	i.as("bea")
}

func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	ana := i.enter("ana", 0)
	for what, form := range map[string]url.Values{"role": {"role": {"employee"}, "version": {"1"}}, "disable": nil} {
		if res := ana.post(paths.AdminPerson.Of(i.ids["ana"])+"/"+what, form); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d", what, res.StatusCode)
		}
		if page := ana.get(paths.AdminPerson.Of(i.ids["ana"])); page.StatusCode != http.StatusOK || !strings.Contains(page.html(t).Find("[role=status]").Text(), "últim") {
			t.Errorf("%s: %d", what, page.StatusCode)
		}
	}
	// Another one who has no password yet does not count.
	if _, err := i.handlers.Store.CreatePerson(t.Context(), store.CommandLine, store.NewPerson{Name: "Eva", Email: "eva@aroeira.example", Role: store.Admin, Lang: "en"}); err != nil {
		t.Fatal(err)
	}
	ana.post(paths.AdminPersonDisable.Of(i.ids["ana"]), nil)
	if ana.get(paths.AdminPeople).StatusCode != http.StatusOK {
		t.Error("the last who can sign in is out")
	}
}

// Two admins who disable each other at the same moment: one of them stays.
func TestTwoAdminsCannotDisableEachOther(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.exec(`UPDATE people SET role = 'admin' WHERE id = $1`, i.ids["bea"])
	ana, bea := i.enter("ana", 0), i.enter("bea", 0)
	lock := i.hold(`SELECT pg_advisory_xact_lock($1)`, int64(0x70656f706c65))
	first, second := ana.posted(paths.AdminPersonDisable.Of(i.ids["bea"]), nil), bea.posted(paths.AdminPersonDisable.Of(i.ids["ana"]), nil)
	i.waiting(2)
	if err := lock.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, res := range []answer{<-first, <-second} {
		if res.StatusCode != http.StatusSeeOther {
			t.Errorf("%d", res.StatusCode)
		}
		if res.Header.Get("Location") == paths.LoginEnded("") {
			refused++
		}
	}
	if n := i.count(`people WHERE role = 'admin' AND active`); n != 1 || refused != 1 {
		t.Errorf("%d admins are left, %d of two were refused", n, refused)
	}
	if log := i.log.String(); strings.Contains(log, "request failed") {
		t.Error(log)
	}
}

// A request that was let through, and then waits while its actor is disabled,
// changes nothing any more.
func TestAChangeInFlightWhenItsActorIsDisabledIsNotDone(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]string{
		"disabled": `UPDATE people SET active = false WHERE id = $1`, "demoted": `UPDATE people SET role = 'employee', session_version = session_version + 1 WHERE id = $1`,
		"signed out": `UPDATE sessions SET revoked_at = now() WHERE person_id = $1`,
	} {
		i := newIntranet(t)
		ana := i.enter("ana", 0)
		tx := i.hold(end, i.ids["ana"])
		answered := ana.posted(paths.AdminPersonRole.Of(i.ids["bea"]), url.Values{"role": {"admin"}, "version": {"1"}})
		i.waiting(1) // past the session, at the lock
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		if res := <-answered; res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), paths.Login) {
			t.Errorf("%s: %d to %q", name, res.StatusCode, res.Header.Get("Location"))
		}
		var role string
		if err := i.pool.QueryRow(t.Context(), `SELECT role FROM people WHERE id = $1`, i.ids["bea"]).Scan(&role); err != nil || role != "employee" || len(i.events()) != 0 {
			t.Errorf("%s: the change was done: %s, %q, %v", name, role, i.events(), err)
		}
	}
}

// A change and its audit event are one: without the one there is not the other.
func TestNoChangeWithoutItsAuditEvent(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	ana, bea := i.enter("ana", 0), i.enter("bea", 0)
	bea.addFactor()
	if _, err := i.pool.Exec(t.Context(), `ALTER TABLE audit ADD CONSTRAINT full_up CHECK (false) NOT VALID`); err != nil {
		t.Fatal(err)
	}
	before := i.dump()
	changes := map[string]url.Values{
		paths.AdminPeople:                               personFields("Dora", "dora@aroeira.example"),
		paths.AdminPerson.Of(i.ids["caio"]):             personFields("Caio II", "caio2@aroeira.example"),
		paths.AdminPersonRole.Of(i.ids["caio"]):         {"role": {"admin"}, "version": {"1"}},
		paths.AdminPersonDisable.Of(i.ids["caio"]):      nil,
		paths.AdminPersonEnable.Of(i.ids["caio"]):       nil,
		paths.AdminPersonSessions.Of(i.ids["caio"]):     nil,
		paths.AdminPersonInvitation.Of(i.ids["caio"]):   nil,
		paths.AdminPersonSecondFactor.Of(i.ids["caio"]): nil,
	}
	for _, noun := range nouns {
		maps.Copy(changes, noun.changes(i))
	}
	for path, form := range changes {
		if res := ana.post(path, form); res.StatusCode != http.StatusInternalServerError {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	for path, form := range map[string]url.Values{paths.AccountPreferences: preferences("pt"), paths.AccountProfile: {"phone": {"1"}, "version": {"1"}}, paths.AccountSessions: nil, paths.SecondFactorRecovery: nil, paths.SecondFactorRemove: nil, paths.Logout: nil} {
		if res := bea.post(path, form); res.StatusCode != http.StatusInternalServerError {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if i.dump() != before {
		t.Error("something was changed")
	}
	if res := i.browser().post(paths.Login, login("ana@aroeira.example", secretPassword, "")); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("a sign-in that could not be recorded: %d", res.StatusCode)
	}
}

// What one saves while another has the form open is not undone by theirs: they
// are told, with what is stored beside what they typed, and may insist.
func TestNobodysChangeOfAPersonIsUndoneUnseen(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.exec(`UPDATE people SET role = 'admin' WHERE id = $1`, i.ids["caio"])
	ana, caio, bea := i.enter("ana", 0), i.enter("caio", 0), i.enter("bea", 0)
	details, role := paths.AdminPerson.Of(i.ids["bea"]), paths.AdminPersonRole.Of(i.ids["bea"])
	// open is a form as it came, with a field filled in.
	open := func(b *browser, page, action, field, value string) url.Values {
		t.Helper()
		form := url.Values{}
		for _, e := range b.get(page).html(t).Find("form[action='" + action + "']").Find("input, option[selected]").EachIter() {
			name := e.AttrOr("name", e.Parent().AttrOr("name", ""))
			form.Set(name, e.AttrOr("value", ""))
		}
		form.Set(field, value)
		return form
	}
	phone := func(b *browser, value string) (string, url.Values) {
		return details, open(b, details, details, "phone", value)
	}
	for _, test := range []struct {
		what, stored string // what is stored when the other one comes, as they are told
		first        func() (*browser, string, url.Values)
		path         string
		late         func() url.Values
		typed        string // where it still stands
	}{
		{"two admins", "+55 81 1", func() (*browser, string, url.Values) { path, form := phone(ana, "+55 81 1"); return ana, path, form },
			details, func() url.Values { return open(caio, details, details, "title", "Painter") }, "#title"},
		{"the person, then an admin", "latte art", func() (*browser, string, url.Values) {
			return bea, paths.AccountProfile, open(bea, paths.Account, paths.AccountProfile, "skills", "latte art")
		}, details, func() url.Values { return open(caio, details, details, "title", "Sculptor") }, "#title"},
		{"an admin, then the person", "+55 81 2", func() (*browser, string, url.Values) { path, form := phone(ana, "+55 81 2"); return ana, path, form },
			paths.AccountProfile, func() url.Values { return open(bea, paths.Account, paths.AccountProfile, "skills", "origami") }, "#skills"},
		{"their language, then an admin", "Português", func() (*browser, string, url.Values) { return bea, paths.AccountPreferences, preferences("pt") },
			details, func() url.Values { return open(caio, details, details, "title", "Writer") }, "#title"},
		{"two roles", "Edición", func() (*browser, string, url.Values) { return ana, role, open(ana, details, role, "role", "editor") },
			role, func() url.Values { return open(caio, details, role, "role", "admin") }, "#role"},
	} {
		if test.what == "their language, then an admin" {
			i.exec(`UPDATE people SET lang = 'en' WHERE id = $1`, i.ids["bea"])
		}
		late := test.late()
		b, path, form := test.first()
		if res := b.post(path, form); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: the first is a %d", test.what, res.StatusCode)
		}
		second := caio
		if test.path == paths.AccountProfile {
			second = bea
		}
		before := i.dump()
		res := second.post(test.path, late)
		page := res.html(t)
		on := page.Find("form[action='" + test.path + "']")
		if res.StatusCode != http.StatusConflict || i.dump() != before || on.Find("[role=alert]").Length() != 1 || !strings.Contains(on.Parent().Text(), test.stored) {
			t.Errorf("%s: %d, %q", test.what, res.StatusCode, on.Parent().Text())
		}
		field := on.Find(test.typed)
		name := field.AttrOr("name", "")
		if got := field.AttrOr("value", field.Find("[selected]").AttrOr("value", "")); got == "" || got != late.Get(name) {
			t.Errorf("%s: %q became %q", test.what, late.Get(name), got)
		}
		late.Set("version", on.Find("[name=version]").AttrOr("value", ""))
		if res := second.post(test.path, late); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: saved over it: %d", test.what, res.StatusCode)
		}
		if n := i.count(`people WHERE id = $1 AND $2 IN (title, skills, role)`, i.ids["bea"], late.Get(name)); n != 1 {
			t.Errorf("%s: it is not stored", test.what)
		}
	}
}

// What no form of a person shows gets in nobody's way.
func TestASingleActLeavesAFormThatIsOpenAlone(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	ana, bea := i.enter("ana", 0), i.enter("bea", 0)
	lang := ana.get(paths.AdminPerson.Of(i.ids["bea"])).html(t).Find("#lang [selected]").AttrOr("value", "")
	bea.post(paths.AccountPreferences, preferences(lang))
	for _, path := range []paths.Pattern{paths.AdminPersonSessions, paths.AdminPersonInvitation, paths.AdminPersonDisable, paths.AdminPersonEnable} {
		ana.post(path.Of(i.ids["bea"]), nil)
	}
	if res := ana.post(paths.AdminPerson.Of(i.ids["bea"]), personFields("Bea", "bea@aroeira.example")); res.StatusCode != http.StatusSeeOther {
		t.Errorf("%d", res.StatusCode)
	}
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

func TestThereIsNoLinkForWhoIsDisabled(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	ana := i.enter("ana", 0)
	ana.post(paths.AdminPersonDisable.Of(i.ids["bea"]), nil)
	if res := ana.post(paths.AdminPersonInvitation.Of(i.ids["bea"]), nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("%d", res.StatusCode)
	}
}

// Somebody who was disabled meanwhile cannot use a link from before.
func TestDisablingTakesALinkBack(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	ana := i.enter("ana", 0)
	code := ana.invite("bea")
	ana.post(paths.AdminPersonDisable.Of(i.ids["bea"]), nil)
	ana.post(paths.AdminPersonEnable.Of(i.ids["bea"]), nil)
	if res := i.browser().accept(code, anotherPassword); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("%d", res.StatusCode)
	}
}

// Every change of somebody else, and each of the sensitive ones of one's own.
func TestEverySensitiveChangeAsksForAProof(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	late := i.enter("ana", 11*time.Minute)
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
