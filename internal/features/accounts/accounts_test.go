package accounts

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/features/account"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestAnAdminAddsAPersonWhoSetsTheirOwnPassword(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Lives("ana", "America/Recife")
	ana := i.As("ana")
	if lang := ana.Get(paths.AdminPeopleNew).HTML(t).Find("#lang option[selected]").AttrOr("value", ""); lang != "pt" {
		t.Errorf("the form offers %q, and not the language of who fills it in", lang)
	}
	res := ana.Post(paths.AdminPeople, typed("Dora Díaz", "Dora@Company.example"))
	_, code, _ := strings.Cut(res.HTML(t).Find(".link-once code").Text(), "#")
	if res.StatusCode != http.StatusOK || code == "" || res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d", res.StatusCode)
	}
	res = i.Browser().Post(paths.Login, login("dora@company.example", ""))
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("without a password: %d", res.StatusCode)
	}
	accept(i.Browser(), code)
	dora := i.Browser()
	res = dora.Post(paths.Login, login("dora@company.example", anotherPassword))
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign in: %d", res.StatusCode)
	}
	page := dora.Get(paths.Account).HTML(t)
	if zone := page.Find("#time_zone option[selected]").AttrOr("value", ""); zone != "America/Recife" {
		t.Errorf("until they choose one, their time zone is that of whoever added them: %s", zone)
	}
	if page.Find("html").AttrOr("lang", "") != "es" ||
		!strings.Contains(page.Find(".lead").Text(), "Dora@Company.example") {
		t.Errorf("%q", page.Find(".lead").Text())
	}
	want := []string{
		"person.created editor", "person.invited", "session.failed password", "password.changed one-time link",
		"session.created",
	}
	if got := i.Recorded(); !slices.Equal(got, want) &&
		len(got) != 4 {
		t.Errorf("recorded %q", got)
	}
}

// What does not fit comes back with what was typed, and a word at each field.
func TestAPersonsFormKeepsWhatWasTypedAndSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	hostile := `"><script>alert(1)</script>`
	for _, path := range []string{paths.AdminPeople, paths.AdminPerson.Of(i.IDs["bea"])} {
		for field, values := range map[string][]string{
			"name": {"", "  ", strings.Repeat("n", 201), "two\nlines", "\u202Eeman"},
			"email": {
				"", "dora", "dora@", "Dora <dora>", "dora@example.com\r\nBcc: x@example.com",
				strings.Repeat("d", 250) + "@example.com", "CAIO@company.example", hostile,
			},
			"title":      {strings.Repeat("t", 201), "a\vb"},
			"manager":    {"nobody@company.example", hostile},
			"phone":      {strings.Repeat("1", 41), "1\n2", "5.51199E+12", "4,4208e+11"},
			"skills":     {strings.Repeat("s", 301)},
			"lang":       {"", "fr"},
			"department": {"none", hostile},
		} {
			for _, value := range values {
				form := typed("Dora", "dora@company.example")
				form.Set(field, value)
				res := ana.Post(path, form)
				html := res.HTML(t)
				if res.StatusCode != http.StatusUnprocessableEntity || html.Find("#"+field+"-error").Length() != 1 ||
					html.Find("[role=alert]").Length() != 1 ||
					html.Find("#"+field).AttrOr("aria-invalid", "") != "true" {
					t.Errorf("%s, %s %.40q: %d", path, field, value, res.StatusCode)
				}
				if got := html.Find("#email").AttrOr("value", ""); field != "email" && got != "dora@company.example" {
					t.Errorf("%s: the e-mail became %q", field, got)
				}
				if strings.Contains(res.Body, "<script>alert") {
					t.Errorf("%s: not escaped", field)
				}
			}
		}
	}
	form := typed("Dora", "dora@company.example")
	form.Set("role", "king")
	if res := ana.Post(paths.AdminPeople, form); res.StatusCode != http.StatusUnprocessableEntity ||
		res.HTML(t).Find("#role-error").Length() != 1 {
		t.Errorf("a role that is none: %d", res.StatusCode)
	}
	res := ana.Post(paths.AdminPersonRole.Of(i.IDs["bea"]), url.Values{"role": {"king"}})
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the same for somebody: %d", res.StatusCode)
	}
	if n := len(i.Recorded()); n != 0 {
		t.Errorf("recorded %q", i.Recorded())
	}
}

// Names, numbers and addresses are kept as their owners write them, without what comes
// along when they are copied.
func TestAPersonIsStoredAsTheyWriteThemselves(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	for n, test := range []struct{ field, typed, kept string }{
		{"name", "علی\u200cرضا محمدی", "علی\u200cرضا محمدی"},
		{"name", "ക്രിസ്\u200cറ്റഫർ", "ക്രിസ്\u200cറ്റഫർ"},
		{"name", "सर्\u200dया", "सर्\u200dया"},
		{"name", "\u200fדוד כהן\u200e", "דוד כהן"},
		{"name", "Joa\u0303o  Gonc\u0327alves", "João Gonçalves"},
		{"phone", "\u202a+55 11 91234\u20115678\u202c", "+55 11 91234-5678"},
		{"phone", "＋８１ ３−１２３４", "+81 3-1234"},
		{"phone", "tel:+551155550100", "+551155550100"},
		{"email", "joa\u0303o@exa\u0308mple.example", "joão@xn--exmple-cua.example"},
		{"email", "Dora Díaz <dora@müller.example>", "dora@xn--mller-kva.example"},
		{"email", "mailto:eva＠x.example", "eva@x.example"},
		{"skills", "Go,\u200f  SQL\t2 ; go", "Go, SQL 2"},
	} {
		form := typed("Dora", "dora"+strconv.Itoa(n)+"@company.example")
		form.Set(test.field, test.typed)
		if res := ana.Post(paths.AdminPeople, form); res.StatusCode != http.StatusOK {
			t.Errorf("%+q: %d, %q", test.typed, res.StatusCode, res.HTML(t).Find(".field-error").Text())
			continue
		}
		got := i.First(`SELECT ` + test.field + ` FROM people ORDER BY created_at DESC, id LIMIT 1`)
		if got != test.kept {
			t.Errorf("%+q is stored as %+q", test.typed, got)
		}
	}
	// What a spreadsheet has rounded cannot be dialled, and the page says why.
	form := typed("Dora", "rounded@company.example")
	form.Set("phone", "5.51199E+12")
	said := ana.Post(paths.AdminPeople, form).HTML(t).Find("#phone-error").Text()
	if !strings.Contains(said, "planilha") {
		t.Errorf("a rounded number: %q", said)
	}
}

// Two writings of one address are one account, for administration and at the sign-in. The
// database holds that by itself, too.
func TestTwoWritingsOfAnAddressAreOneAccount(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	for _, writings := range [][]string{
		{"ana@exämple.example", "ana@xn--exmple-cua.example", "ANA@EXA\u0308MPLE.example",
			"ana@XN--exmple-CUA.example"},
		{"joão@company.example", "joa\u0303o@company.example", "JOÃO@company.example"},
		{"bob@例え.example", "bob@xn--r8jz45g.example", "Bob <bob@例え.example>"},
	} {
		for first := range writings {
			i.Exec(`DELETE FROM invitations`)
			i.Exec(`DELETE FROM people WHERE email ~ '^(ana@x|jo|JO|bob|Ana@x|ANA@x)'`)
			if res := ana.Post(paths.AdminPeople, typed("Dora", writings[first])); res.StatusCode != http.StatusOK {
				t.Fatalf("%s: %d, %q", writings[first], res.StatusCode, res.HTML(t).Find(".field-error").Text())
			}
			for _, other := range writings {
				page := ana.Post(paths.AdminPeople, typed("Dora", other)).HTML(t)
				if page.Find("#email-error").Text() != i.Says("pt", "person.error.taken") {
					t.Errorf("%s beside %s: %q", other, writings[first], page.Find("#email-error").Text())
				}
			}
			i.Exec(`UPDATE people SET password_hash = (SELECT password_hash FROM people WHERE id = $1)
				WHERE name = 'Dora'`, i.IDs["ana"])
			for _, other := range writings {
				if strings.Contains(other, " ") {
					continue
				}
				res := i.Browser().Post(paths.Login, login(" "+other+"\u200b", webtest.Password))
				if res.StatusCode != http.StatusSeeOther {
					t.Errorf("%s, signing in with %s: %d", writings[first], other, res.StatusCode)
				}
			}
			// Nor has another writing tries of its own.
			last := 0
			for n := range 11 {
				wrong := login(writings[n%2], "not the right password")
				last = i.Browser().Post(paths.Login, wrong).StatusCode
			}
			if last != http.StatusTooManyRequests {
				t.Errorf("%s: the eleventh try is answered with %d", writings[first], last)
			}
			i.Exec(`TRUNCATE throttles`)
		}
	}
	for _, email := range []string{"ana@exämple.example", "joa\u0303o@company.example", "x@例え.example"} {
		_, err := i.Pool.Exec(t.Context(), `INSERT INTO people (name, email) VALUES ('Dora', $1)`, email)
		if err == nil || !strings.Contains(err.Error(), "people_email_check") {
			t.Errorf("the database takes %+q: %v", email, err)
		}
	}
	// No browser may refuse such an address, or write it in another way.
	if kind := i.Browser().Get(paths.Login).HTML(t).Find("#email").AttrOr("type", ""); kind != "text" {
		t.Errorf("the field is of the type %s", kind)
	}
}

// Who is disabled still has their e-mail, and the form says who that is.
func TestTheFormSaysWhoIsDisabled(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	i.Exec(`UPDATE people SET active = false, name = 'Bea Away' WHERE id = $1`, i.IDs["bea"])
	for path, form := range map[string]url.Values{
		paths.AdminPeople:                   typed("Dora", "bea@company.example"),
		paths.AdminPeople + "?":             typed("Dora", "BEA@company.example"),
		paths.AdminPerson.Of(i.IDs["caio"]): typed("Caio", "bea@Company.example"),
	} {
		page := ana.Post(path, form).HTML(t)
		want := i.Says("pt", "person.error.taken.disabled", "Value", "Bea Away")
		if got := page.Find("#email-error").Text(); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
	page := ana.Post(paths.AdminPeople, typed("Dora", "caio@company.example")).HTML(t)
	if got := page.Find("#email-error").Text(); got != i.Says("pt", "person.error.taken") {
		t.Errorf("of somebody who is not: %q", got)
	}
}

// Disabling, a new role, a reset and ending their sessions put a person out with
// their very next request; a change of details does not.
func TestWhatEndsAPersonsSessions(t *testing.T) {
	t.Parallel()
	for what, ends := range map[string]bool{
		"role": true, "disable": true, "sessions": true, "second-factor": true, "": false,
	} {
		i := start(t)
		ana, bea := i.As("ana"), i.As("bea")
		form := typed("Bea", "bea@company.example")
		path := strings.TrimSuffix(paths.AdminPerson.Of(i.IDs["bea"])+"/"+what, "/")
		if res := ana.Post(path, form); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%q: %d", what, res.StatusCode)
		}
		if res := bea.Get(paths.Home); (res.StatusCode == http.StatusSeeOther) != ends {
			t.Errorf("%q: their next request is a %d", what, res.StatusCode)
		}
		if page := ana.Get(paths.AdminPerson.Of(i.IDs["bea"])).HTML(t); page.Find("[role=status]").Length() != 1 {
			t.Errorf("%q: nothing says that it was done", what)
		}
	}
}

// After a restore sessions are there that had ended.
func TestTheCommandLineEndsAllSessions(t *testing.T) {
	t.Parallel()
	i := start(t)
	people := []*webtest.Browser{i.As("ana"), i.As("bea"), i.As("caio")}
	err := (&signoutCommand{All: true}).Run(t.Context(), web.Command{
		Store: func(ctx context.Context, f func(context.Context, *store.Store) error) error { return f(ctx, i.Store) },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range people {
		if res := b.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%d", res.StatusCode)
		}
	}
	if n := i.Count(`audit WHERE action = 'session.revoked' AND actor = 'command line' AND detail = 'everybody''s'`); n != 1 {
		t.Errorf("recorded %d times: %v", n, i.Recorded())
	}
	if res := i.As("bea").Get(paths.Home); res.StatusCode != http.StatusOK {
		t.Errorf("a new session: %d", res.StatusCode)
	}
}

func TestTheDisabledAreSeenByAdministrationAlone(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	ana.Post(paths.AdminPersonDisable.Of(i.IDs["bea"]), nil)
	if res := ana.Get(paths.AdminPeople); !strings.Contains(res.Body, paths.AdminPerson.Of(i.IDs["bea"])) ||
		res.HTML(t).Find(".tag-bad").Length() != 1 {
		t.Error("administration does not see them")
	}
	ana.Post(paths.AdminPersonEnable.Of(i.IDs["bea"]), nil)
	i.SignIn("bea")
}

func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	for what, form := range map[string]url.Values{"role": {"role": {"employee"}, "version": {"1"}}, "disable": nil} {
		if res := ana.Post(paths.AdminPerson.Of(i.IDs["ana"])+"/"+what, form); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d", what, res.StatusCode)
		}
		if page := ana.Get(paths.AdminPerson.Of(i.IDs["ana"])); page.StatusCode != http.StatusOK ||
			!strings.Contains(page.HTML(t).Find("[role=status]").Text(), "últim") {
			t.Errorf("%s: %d", what, page.StatusCode)
		}
	}
	// Another one who has no password yet does not count.
	i.Exec(`INSERT INTO people (name, email, role) VALUES ('Eva', 'eva@company.example', 'admin')`)
	ana.Post(paths.AdminPersonDisable.Of(i.IDs["ana"]), nil)
	if ana.Get(paths.AdminPeople).StatusCode != http.StatusOK {
		t.Error("the last who can sign in is out")
	}
}

// Two admins who disable each other at the same moment: one of them stays.
func TestTwoAdminsCannotDisableEachOther(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`UPDATE people SET role = 'admin' WHERE id = $1`, i.IDs["bea"])
	ana, bea := i.As("ana"), i.As("bea")
	lock := i.Hold(`SELECT pg_advisory_xact_lock($1)`, int64(0x70656f706c65))
	first := ana.Posted(paths.AdminPersonDisable.Of(i.IDs["bea"]), nil)
	second := bea.Posted(paths.AdminPersonDisable.Of(i.IDs["ana"]), nil)
	i.Waiting(2)
	if err := lock.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, res := range []webtest.Answer{<-first, <-second} {
		if res.StatusCode != http.StatusSeeOther {
			t.Errorf("%d", res.StatusCode)
		}
		if res.Header.Get("Location") == paths.LoginEnded("", paths.EndedLost) {
			refused++
		}
	}
	if n := i.Count(`people WHERE role = 'admin' AND active`); n != 1 || refused != 1 {
		t.Errorf("%d admins are left, %d of two were refused", n, refused)
	}
	if log := i.Log.String(); strings.Contains(log, "request failed") {
		t.Error(log)
	}
}

// A request that was let through, and then waits while its actor is disabled,
// changes nothing any more.
func TestAChangeInFlightWhenItsActorIsDisabledIsNotDone(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]string{
		"disabled":   `UPDATE people SET active = false WHERE id = $1`,
		"demoted":    `UPDATE people SET role = 'employee', session_version = session_version + 1 WHERE id = $1`,
		"signed out": `UPDATE sessions SET revoked_at = now() WHERE person_id = $1`,
	} {
		i := start(t)
		ana := i.As("ana")
		tx := i.Hold(end, i.IDs["ana"])
		answered := ana.Posted(paths.AdminPersonRole.Of(i.IDs["bea"]), url.Values{"role": {"admin"}, "version": {"1"}})
		i.Waiting(1) // past the session, at the lock
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		if res := <-answered; res.StatusCode != http.StatusSeeOther ||
			!strings.HasPrefix(res.Header.Get("Location"), paths.Login) {
			t.Errorf("%s: %d to %q", name, res.StatusCode, res.Header.Get("Location"))
		}
		role := i.First(`SELECT role FROM people WHERE id = $1`, i.IDs["bea"])
		if role != "employee" || len(i.Recorded()) != 0 {
			t.Errorf("%s: the change was done: %s, %q", name, role, i.Recorded())
		}
	}
}

// What one saves while another has the form open is not undone by theirs: they
// are told, with what is stored beside what they typed, and may insist.
func TestNobodysChangeOfAPersonIsUndoneUnseen(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`UPDATE people SET role = 'admin' WHERE id = $1`, i.IDs["caio"])
	ana, caio, bea := i.As("ana"), i.As("caio"), i.As("bea")
	details, role := paths.AdminPerson.Of(i.IDs["bea"]), paths.AdminPersonRole.Of(i.IDs["bea"])
	// open is a form as it came, with a field filled in.
	open := func(b *webtest.Browser, page, action, field, value string) url.Values {
		t.Helper()
		form := url.Values{}
		typed := b.Get(page).HTML(t).Find("form[action='" + action + "']").Find("input, option[selected]")
		for _, e := range typed.EachIter() {
			name := e.AttrOr("name", e.Parent().AttrOr("name", ""))
			form.Set(name, e.AttrOr("value", ""))
		}
		form.Set(field, value)
		return form
	}
	phone := func(b *webtest.Browser, value string) (string, url.Values) {
		return details, open(b, details, details, "phone", value)
	}
	for _, test := range []struct {
		what, stored string // what is stored when the other one comes, as they are told
		first        func() (*webtest.Browser, string, url.Values)
		path         string
		late         func() url.Values
		typed        string // where it still stands
	}{
		{"two admins", "+55 81 1", func() (*webtest.Browser, string, url.Values) {
			path, form := phone(ana, "+55 81 1")
			return ana, path, form
		},
			details, func() url.Values { return open(caio, details, details, "title", "Painter") }, "#title"},
		{"the person, then an admin", "latte art", func() (*webtest.Browser, string, url.Values) {
			return bea, paths.AccountProfile, open(bea, paths.Account, paths.AccountProfile, "skills", "latte art")
		}, details, func() url.Values { return open(caio, details, details, "title", "Sculptor") }, "#title"},
		{"an admin, then the person", "+55 81 2", func() (*webtest.Browser, string, url.Values) {
			path, form := phone(ana, "+55 81 2")
			return ana, path, form
		},
			paths.AccountProfile, func() url.Values {
				return open(bea, paths.Account, paths.AccountProfile, "skills", "origami")
			}, "#skills"},
		{"their language, then an admin", "Português", func() (*webtest.Browser, string, url.Values) {
			return bea, paths.AccountPreferences, preferences("pt")
		}, details, func() url.Values { return open(caio, details, details, "title", "Writer") }, "#title"},
		{"two roles", "Edición", func() (*webtest.Browser, string, url.Values) {
			return ana, role, open(ana, details, role, "role", "editor")
		},
			role, func() url.Values { return open(caio, details, role, "role", "admin") }, "#role"},
	} {
		if test.what == "their language, then an admin" {
			i.Exec(`UPDATE people SET lang = 'en' WHERE id = $1`, i.IDs["bea"])
		}
		late := test.late()
		b, path, form := test.first()
		if res := b.Post(path, form); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: the first is a %d", test.what, res.StatusCode)
		}
		second := caio
		if test.path == paths.AccountProfile {
			second = bea
		}
		before := i.Dump()
		res := second.Post(test.path, late)
		page := res.HTML(t)
		on := page.Find("form[action='" + test.path + "']")
		if res.StatusCode != http.StatusConflict || i.Dump() != before || on.Find("[role=alert]").Length() != 1 ||
			!strings.Contains(on.Parent().Text(), test.stored) {
			t.Errorf("%s: %d, %q", test.what, res.StatusCode, on.Parent().Text())
		}
		field := on.Find(test.typed)
		name := field.AttrOr("name", "")
		if got := field.AttrOr("value", field.Find("[selected]").AttrOr("value", "")); got == "" ||
			got != late.Get(name) {
			t.Errorf("%s: %q became %q", test.what, late.Get(name), got)
		}
		late.Set("version", on.Find("[name=version]").AttrOr("value", ""))
		if res := second.Post(test.path, late); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: saved over it: %d", test.what, res.StatusCode)
		}
		if n := i.Count(`people WHERE id = $1 AND $2 IN (title, skills, role)`, i.IDs["bea"], late.Get(name)); n != 1 {
			t.Errorf("%s: it is not stored", test.what)
		}
	}
}

// What no form of a person shows gets in nobody's way.
func TestASingleActLeavesAFormThatIsOpenAlone(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana, bea := i.As("ana"), i.As("bea")
	lang := ana.Get(paths.AdminPerson.Of(i.IDs["bea"])).HTML(t).Find("#lang [selected]").AttrOr("value", "")
	bea.Post(paths.AccountPreferences, preferences(lang))
	for _, path := range []paths.Pattern{
		paths.AdminPersonSessions, paths.AdminPersonInvitation, paths.AdminPersonDisable, paths.AdminPersonEnable,
	} {
		ana.Post(path.Of(i.IDs["bea"]), nil)
	}
	res := ana.Post(paths.AdminPerson.Of(i.IDs["bea"]), typed("Bea", "bea@company.example"))
	if res.StatusCode != http.StatusSeeOther {
		t.Errorf("%d", res.StatusCode)
	}
}

func TestAnAdminRemovesASecondFactorForALostPhone(t *testing.T) {
	t.Parallel()
	i := webtest.NewWith(t, webtest.Options{Outbox: true}, Feature(), account.Feature())
	bea, ana := i.As("bea"), i.As("ana")
	bea.AddFactor()
	if res := ana.Post(paths.AdminPersonSecondFactor.Of(i.IDs["bea"]), nil); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", res.StatusCode)
	}
	if bea.Get(paths.Home).StatusCode != http.StatusSeeOther {
		t.Error("the session lives")
	}
	i.SignIn("bea")
	by := i.First(`SELECT actor FROM audit WHERE action = 'factor.removed' AND subject = 'bea@company.example'`)
	if by != "ana@company.example" {
		t.Errorf("the trail says that %q took it off", by)
	}
	told := `mail_outbox WHERE kind = 'factor' AND about = 'reset' AND sealed = '' AND person_id = $1`
	if n := i.Count(told, i.IDs["bea"]); n != 1 {
		t.Errorf("she is told in %d mails", n)
	}
}

func TestTheEndOfALinkIsToldByTheAdminsClock(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Lives("ana", "Asia/Kolkata")
	ana := i.As("ana")
	ana.Post(paths.AdminPersonInvitation.Of(i.IDs["bea"]), nil)
	want := i.Once(`SELECT to_char(expires_at AT TIME ZONE 'Asia/Kolkata', 'HH24:MI') FROM invitations`)
	page := ana.Get(paths.AdminPerson.Of(i.IDs["bea"])).HTML(t)
	if text := page.Find("[aria-labelledby=access]").Text(); !strings.Contains(text, want) {
		t.Errorf("%q does not say %s", text, want)
	}
}

func TestThereIsNoLinkForWhoIsDisabled(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	ana.Post(paths.AdminPersonDisable.Of(i.IDs["bea"]), nil)
	if res := ana.Post(paths.AdminPersonInvitation.Of(i.IDs["bea"]), nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("%d", res.StatusCode)
	}
}

// Somebody who was disabled meanwhile cannot use a link from before.
func TestDisablingTakesALinkBack(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	page := ana.Post(paths.AdminPersonInvitation.Of(i.IDs["bea"]), nil).HTML(t)
	_, code, _ := strings.Cut(page.Find(".link-once code").Text(), "#")
	ana.Post(paths.AdminPersonDisable.Of(i.IDs["bea"]), nil)
	ana.Post(paths.AdminPersonEnable.Of(i.IDs["bea"]), nil)
	if res := accept(i.Browser(), code); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("%d", res.StatusCode)
	}
}

func TestAManagerIsSomebodyElse(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`UPDATE people SET manager_id = $2 WHERE id = $1`, i.IDs["caio"], i.IDs["bea"])
	ana := i.As("ana")
	for _, manager := range []string{
		"nobody@company.example", "bea@company.example", "CAIO@company.example", `"><script>`, "\x00",
	} {
		form := typed("Bea", "bea@company.example")
		form.Set("manager", manager)
		res := ana.Post(paths.AdminPerson.Of(i.IDs["bea"]), form)
		if html := res.HTML(t); res.StatusCode != http.StatusUnprocessableEntity ||
			html.Find("#manager-error").Length() != 1 {
			t.Errorf("%q: %d", manager, res.StatusCode)
		}
	}
	form := typed("Bea", "bea@company.example")
	form.Set("manager", "ana@company.example")
	if res := ana.Post(paths.AdminPerson.Of(i.IDs["bea"]), form); res.StatusCode != http.StatusSeeOther {
		t.Errorf("%d", res.StatusCode)
	}
	page := ana.Get(paths.AdminPerson.Of(i.IDs["bea"])).HTML(t)
	if got := page.Find("#manager").AttrOr("value", ""); got != "ana@company.example" {
		t.Errorf("the form has %q", got)
	}
}
