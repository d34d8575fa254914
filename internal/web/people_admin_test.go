package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

func personFields(name, email string) url.Values {
	return url.Values{"name": {name}, "email": {email}, "title": {"Analyst"}, "department": {"finance"}, "lang": {"es"}, "role": {"editor"}}
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
	for what, form := range map[string]url.Values{"role": {"role": {"employee"}}, "disable": nil} {
		if res := ana.post(paths.AdminPerson.Of(i.ids["ana"])+"/"+what, form); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d", what, res.StatusCode)
		}
		if page := ana.get(paths.AdminPerson.Of(i.ids["ana"])); page.StatusCode != http.StatusOK || !strings.Contains(page.html(t).Find("[role=status]").Text(), "últim") {
			t.Errorf("%s: %d", what, page.StatusCode)
		}
	}
	// Another one who has no password yet does not count.
	if _, err := i.handlers.Store.CreatePerson(t.Context(), store.NewPerson{Name: "Eva", Email: "eva@aroeira.example", Role: store.Admin, Lang: "en"}); err != nil {
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
		answered := ana.posted(paths.AdminPersonRole.Of(i.ids["bea"]), url.Values{"role": {"admin"}})
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
		paths.AdminPersonRole.Of(i.ids["caio"]):         {"role": {"admin"}},
		paths.AdminPersonDisable.Of(i.ids["caio"]):      nil,
		paths.AdminPersonEnable.Of(i.ids["caio"]):       nil,
		paths.AdminPersonSessions.Of(i.ids["caio"]):     nil,
		paths.AdminPersonInvitation.Of(i.ids["caio"]):   nil,
		paths.AdminPersonSecondFactor.Of(i.ids["caio"]): nil,
		paths.AdminAuditExport:                          nil,
	}
	for _, noun := range nouns {
		maps.Copy(changes, noun.changes(i))
	}
	for path, form := range changes {
		if res := ana.post(path, form); res.StatusCode != http.StatusInternalServerError {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	for path, form := range map[string]url.Values{paths.AccountPreferences: preferences("pt"), paths.AccountProfile: {"phone": {"1"}}, paths.AccountSessions: nil, paths.SecondFactorRecovery: nil, paths.SecondFactorRemove: nil, paths.Logout: nil} {
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
