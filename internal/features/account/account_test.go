package account

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"time"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/webtest"
	"github.com/carameloai/intranet/static/brand"
)

func TestAPasswordIsChangedWithTheOldOneAndEndsEveryOtherSession(t *testing.T) {
	t.Parallel()
	i := start(t)
	b, phone := i.SignIn("bea"), i.As("bea")
	change := func(old, fresh string) webtest.Answer {
		return b.Post(paths.AccountPassword, url.Values{"password": {old}, "new_password": {fresh}})
	}
	for _, test := range [][2]string{
		{"", anotherPassword}, {"wrong", anotherPassword}, {webtest.Password, ""},
		{webtest.Password, "fourteen chars"}, {webtest.Password, strings.Repeat("a b c d e f ", 200)},
		{webtest.Password, "passwordpassword"}, {webtest.Password, "Bea O'Neill " + brand.Company},
		{webtest.Password, "\xff\xfe it is not valid text"},
	} {
		res := change(test[0], test[1])
		if res.StatusCode != http.StatusUnprocessableEntity || res.HTML(t).Find("[role=alert]").Length() != 1 ||
			strings.Contains(res.Body, webtest.Password) {
			t.Errorf("%q to %.20q: %d", test[0], test[1], res.StatusCode)
		}
	}
	before := b.Session()
	res := change(webtest.Password, anotherPassword)
	if res.StatusCode != http.StatusSeeOther || b.Session() == before {
		t.Fatalf("%d, or the session's token stayed", res.StatusCode)
	}
	page := b.Get(paths.Account)
	if page.StatusCode != http.StatusOK || page.HTML(t).Find("[role=status]").Length() != 1 {
		t.Errorf("%d", page.StatusCode)
	}
	if again := b.Get(paths.Account); again.HTML(t).Find("[role=status]").Length() != 0 {
		t.Error("the notice is shown twice")
	}
	if res := phone.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the other session lives: %d", res.StatusCode)
	}
	for secret, want := range map[string]int{webtest.Password: 422, anotherPassword: 303} {
		if res := i.Browser().Post(paths.Login, login("bea@company.example", secret, "")); res.StatusCode != want {
			t.Errorf("sign in with %q: %d", secret, res.StatusCode)
		}
	}
}

// Who signs in with a provider alone has no password to change.
func TestNobodyIsOfferedToChangeAPasswordThatIsNotThere(t *testing.T) {
	t.Parallel()
	i := start(t)
	bea := i.As("bea")
	offered := func() bool {
		return bea.Get(paths.Account).HTML(t).Find(`main a[href="`+paths.AccountPassword+`"]`).Length() == 1
	}
	if !offered() {
		t.Error("a password cannot be changed")
	}
	i.Exec(`UPDATE people SET password_hash = NULL WHERE id = $1`, i.IDs["bea"])
	if offered() {
		t.Error("a password can be changed that is not there")
	}
}

func TestPeopleSeeAndEndTheirOwnSessions(t *testing.T) {
	t.Parallel()
	i := start(t)
	firefox := []string{"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
	i.Lives("bea", "Asia/Kolkata") // five and a half hours from UTC: no half hour is the same
	b, phone, tablet, ana := i.SignIn("bea"), i.Browser(), i.As("bea"), i.As("ana")
	form := login("bea@company.example", webtest.Password, "")
	if res := phone.Post(paths.Login, form, firefox...); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.StatusCode)
	}
	list := b.Get(paths.Account).HTML(t).Find("section[aria-labelledby=sessions]")
	if rows := list.Find("li"); rows.Length() != 3 || rows.First().Find(".tag").Length() != 1 ||
		rows.Find("form").Length() != 2 {
		t.Fatalf("%d sessions: %s", rows.Length(), list.Text())
	}
	row := list.Find("li:contains('Firefox')")
	seen, err := time.Parse(time.RFC3339, row.Find("time").AttrOr("datetime", ""))
	if clock := seen.Add(330 * time.Minute).Format("15:04"); err != nil ||
		!strings.HasSuffix(row.Find("time").Text(), clock) {
		t.Errorf("%q, want %s, %v", row.Find("time").Text(), clock, err)
	}
	if !strings.Contains(row.Text(), "Firefox on Linux") || !strings.Contains(row.Text(), "127.0.0.1") {
		t.Errorf("%q", row.Text())
	}
	if res := b.Post(row.Find("form").AttrOr("action", ""), nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("end one: %d", res.StatusCode)
	}
	if res := phone.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("it lives: %d", res.StatusCode)
	}
	if res := tablet.Get(paths.Home); res.StatusCode != http.StatusOK {
		t.Errorf("another one ended with it: %d", res.StatusCode)
	}
	if res := b.Post(paths.AccountSessions, nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("end the others: %d", res.StatusCode)
	}
	if b.Get(paths.Home).StatusCode != http.StatusOK || tablet.Get(paths.Home).StatusCode != http.StatusSeeOther ||
		ana.Get(paths.Home).StatusCode != http.StatusOK {
		t.Error("the wrong sessions ended")
	}
}

func TestTheAccountSaysWhatCarameloIsTold(t *testing.T) {
	t.Parallel()
	i := start(t)
	page := i.As("bea").Get(paths.Account).HTML(t).Find(".sent-table")
	for _, want := range []string{i.IDs["bea"], "bea@company.example", `Bea <i>"O'Neill"</i>`, "secret_token"} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("the table lacks %q", want)
		}
	}
}

// People see since when they use the assistant, stop, and begin again.
func TestPeopleStopUsingTheAssistant(t *testing.T) {
	t.Parallel()
	i := webtest.NewWith(t, webtest.Options{AskFirst: true}, Feature())
	bea := i.As("bea")
	section := func() *goquery.Selection {
		return bea.Get(paths.Account).HTML(t).Find("section[aria-labelledby=consent]")
	}
	press := func() {
		t.Helper()
		form := section().Find("form")
		if form.Length() != 1 {
			t.Fatal("there is not one button")
		}
		path, sent := form.AttrOr("action", ""), url.Values{}
		form.Find("input").Each(func(_ int, e *goquery.Selection) {
			sent.Set(e.AttrOr("name", ""), e.AttrOr("value", ""))
		})
		if res := bea.Post(path, sent); res.Header.Get("Location") != paths.Account {
			t.Fatalf("%s leads to %q", path, res.Header.Get("Location"))
		}
	}
	for range 2 {
		if text := section().Text(); !strings.Contains(text, i.Says("en", "consent.none")) {
			t.Errorf("before the yes it says %q", text)
		}
		press()
		i.Exec(`UPDATE people SET consented_at = '2026-03-04 23:30Z', time_zone = 'Europe/Lisbon'
			WHERE consented_at IS NOT NULL`)
		if text := section().Text(); !strings.Contains(text, "4 March 2026, 23:30") {
			t.Errorf("after the yes it says %q", text)
		}
		press()
	}
	if sections := i.As("bea").Get(paths.Account).HTML(t).Find(".sent"); !strings.Contains(sections.Text(),
		i.Says("en", "assistant.when.asked")) {
		t.Error("it does not say that all of it is sent only then")
	}
	for _, o := range []webtest.Options{{}, {AskFirst: true, NoChat: true}} {
		page := i.Replica(t, o, Feature()).As("bea").Get(paths.Account)
		if strings.Contains(page.Body, "/assistant/consent") {
			t.Errorf("%+v: it asks what does not matter", o)
		}
	}
}

// Go may know a time zone that the database does not.
func TestATimeZoneThatTheDatabaseDoesNotKnowIsRefused(t *testing.T) {
	t.Parallel()
	i := start(t)
	err := own{i.Store}.changePreferences(i.Request("ana"), i.Person("ana"),
		Preferences{Lang: "pt", TimeZone: "America/Atlantis", Theme: store.Auto})
	if !errors.Is(err, store.ErrConflict) || i.Count(`people WHERE time_zone = 'America/Atlantis'`) != 0 {
		t.Error(err)
	}
}

func TestPreferencesAreChanged(t *testing.T) {
	t.Parallel()
	i := start(t)
	b := i.As("bea")
	if html := b.Get(paths.Account).HTML(t).Find("html"); html.AttrOr("data-theme", "none") != "none" {
		t.Error("a theme that nobody chose")
	}
	for field, values := range map[string][]string{
		"lang": {"", "fr", "pt-BR"},
		"time_zone": {
			"", "Local", "localtime", "Factory", "posix/Europe/Madrid",
			"America/Nowhere", "../etc/passwd", "America/Bogota\x00", "\xff", "EST5EDT4,M3.2.0",
			strings.Repeat("A", 65),
		},
		"theme": {"", "blue", "Dark"},
	} {
		for _, value := range values {
			form := preferences("es")
			form.Set(field, value)
			if res := b.Post(paths.AccountPreferences, form); res.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("%s %q: %d", field, value, res.StatusCode)
			}
		}
	}
	if n := len(i.Recorded()); n != 0 {
		t.Errorf("recorded %q", i.Recorded())
	}
	if res := b.Post(paths.AccountPreferences, preferences("es")); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", res.StatusCode)
	}
	html := b.Get(paths.Account).HTML(t)
	if root := html.Find("html"); root.AttrOr("lang", "") != "es" || root.AttrOr("data-theme", "") != "dark" {
		t.Error("the page is not in Spanish, or not dark")
	}
	if html.Find("#time_zone option[selected]").AttrOr("value", "") != "America/Bogota" ||
		html.Find("#theme option[selected]").AttrOr("value", "") != "dark" {
		t.Error("the form does not show what was chosen")
	}
	// A zone that is not offered stays chosen, and is offered to whoever has it.
	form := preferences("es")
	form.Set("time_zone", "Asia/Kathmandu")
	b.Post(paths.AccountPreferences, form)
	chosen := b.Get(paths.Account).HTML(t).Find("#time_zone option[selected]")
	if chosen.AttrOr("value", "") != "Asia/Kathmandu" || !strings.Contains(chosen.Text(), "UTC+05:45") {
		t.Errorf("%q", chosen.Text())
	}
}

// Every field for a password hides it, and takes what a password manager puts in.
func TestPasswordFieldsAreMaskedAndOpenToManagers(t *testing.T) {
	t.Parallel()
	i := start(t)
	fields := 0
	for path, b := range map[string]*webtest.Browser{
		paths.Login: i.Browser(), paths.Invitation: i.Browser(), paths.AccountPassword: i.As("bea"),
	} {
		html := b.Get(path).HTML(t)
		for _, field := range html.Find("input[name*=password]").EachIter() {
			fields++
			autocomplete := field.AttrOr("autocomplete", "")
			if field.AttrOr("type", "") != "password" || autocomplete != "current-password" &&
				autocomplete != "new-password" || field.AttrOr("value", "") != "" || field.AttrOr("onpaste", "") != "" {
				t.Errorf("%s: %s", path, autocomplete)
			}
		}
	}
	if fields != 4 {
		t.Errorf("%d fields", fields)
	}
}

// The password alone proves nothing where a code is asked for too: not by the way
// of changing it either.
func TestANewPasswordIsNoProofWhereThereIsASecondFactor(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Protect("ana")
	change := url.Values{"password": {webtest.Password}, "new_password": {"purple elephants dance"}}
	for name, b := range map[string]*webtest.Browser{
		"with an old proof": i.AsAfter("ana", time.Hour), "with a new one": i.As("ana"),
	} {
		if n := b.Get(paths.AccountPassword).HTML(t).Find("[autocomplete=one-time-code]").Length(); n != 1 {
			t.Errorf("%s: %d fields for a code", name, n)
		}
		for _, code := range []string{
			"", "000000", webtest.Code(t, webtest.FactorSecret, 3), "abcdefghijklmnopqrstuvwxyz",
		} {
			change.Set("code", code)
			if res := b.Post(paths.AccountPassword, change); res.StatusCode != http.StatusUnprocessableEntity ||
				!strings.Contains(res.Body, i.Says("pt", "login.error.code")) {
				t.Errorf("%s and the code %q: %d", name, code, res.StatusCode)
			}
		}
	}
	stolen := i.AsAfter("ana", time.Hour)
	if res := stolen.Post(paths.SecondFactorRemove, nil); res.StatusCode != http.StatusForbidden ||
		i.Count(`second_factors`) != 1 {
		t.Errorf("removed without a code: %d", res.StatusCode)
	}
	// A new password that does not fit uses no code up, and with the code it is the whole proof.
	change.Set("code", webtest.Code(t, webtest.FactorSecret, 0))
	change.Set("new_password", "short")
	if res := stolen.Post(paths.AccountPassword, change); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a short one: %d", res.StatusCode)
	}
	change.Set("new_password", "purple elephants dance")
	if res := stolen.Post(paths.AccountPassword, change); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("with both: %d", res.StatusCode)
	}
	if res := stolen.Post(paths.AccountSessions, nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("asked once more after both: %d", res.StatusCode)
	}
	// Without one the password is the proof.
	change.Del("code")
	bea := i.AsAfter("bea", time.Hour)
	bea.Post(paths.AccountPassword, change)
	if res := bea.Post(paths.AccountSessions, nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("asked once more: %d", res.StatusCode)
	}
}

// A proof that is checked while the person's e-mail goes to somebody else is that
// one's, not theirs.
func TestAProofOfSomebodyElseCountsForNobody(t *testing.T) {
	t.Parallel()
	for path, form := range map[string]url.Values{
		paths.AccountSessions: {"confirm_password": {webtest.Password}},
		paths.AccountPassword: {"password": {webtest.Password}, "new_password": {anotherPassword}},
	} {
		i := start(t)
		ana := i.AsAfter("ana", time.Hour)
		ana.Post(paths.AccountSessions, url.Values{"confirm_password": {"wrong"}}) // its throttle has a row from now on
		tries := sha256.Sum256([]byte("password session " + ana.Session()))
		held := i.Hold(`SELECT FROM throttles WHERE key = $1 FOR UPDATE`, tries[:])
		posted := ana.Posted(path, form)
		i.Waiting(1) // it will look for the password of ana@company.example
		i.Exec(`UPDATE people SET email = 'gone@company.example', password_hash = 'x' WHERE id = $1`, i.IDs["ana"])
		i.Exec(`UPDATE people SET email = 'ana@company.example' WHERE id = $1`, i.IDs["bea"])
		if err := held.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		if res := <-posted; res.StatusCode != http.StatusSeeOther ||
			res.Header.Get("Location") != paths.LoginEnded("", paths.EndedLost) {
			t.Errorf("%s: %d to %q", path, res.StatusCode, res.Header.Get("Location"))
		}
		if n := i.Count(`people WHERE id = $1 AND password_hash = 'x'`, i.IDs["ana"]); n != 1 {
			t.Errorf("%s: the password was changed", path)
		}
	}
}

func TestOtherPeoplesSessionsAreOutOfReach(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana, bea := i.As("ana"), i.As("bea")
	for _, id := range []string{session(i), webtest.NobodysID, "x", "%00"} {
		if res := bea.Post(paths.AccountSessions+"/"+id, nil); res.StatusCode != http.StatusNotFound {
			t.Errorf("ending the session %s of somebody else: %d", id, res.StatusCode)
		}
	}
	if ana.Get(paths.Home).StatusCode != http.StatusOK {
		t.Error("it ended all the same")
	}
}

// Only the fields of a form count: neither a role slipped into one's own, nor
// anything in the address of a POST.
func TestExtraFieldsOfOnesOwnFormsChangeNothing(t *testing.T) {
	t.Parallel()
	i := start(t)
	bea := i.As("bea")
	extra := url.Values{
		"role": {"admin"}, "active": {"false"}, "id": {i.IDs["ana"]}, "person": {i.IDs["ana"]}, "name": {"x"},
		"email": {"x@company.example"}, "session_version": {"9"}, "password_hash": {"x"}, "lang": {"es"},
		"time_zone": {"UTC"}, "theme": {"auto"},
		"title": {"CEO"}, "department": {"finance"}, "manager": {"ana@company.example"}, "manager_id": {i.IDs["ana"]},
	}
	own := "{" + strings.Join(store.PersonFields.InProfile().Names(), ",") + ",lang,time_zone,theme,version,words}"
	others := `SELECT jsonb_agg(to_jsonb(p) - '` + own + `'::text[] ORDER BY id)::text FROM people p`
	before := i.First(others)
	if res := bea.Post(paths.AccountPreferences, extra); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", res.StatusCode)
	}
	extra["phone"], extra["skills"], extra["version"] = []string{"1"}, []string{"chess"}, []string{"2"}
	if res := bea.Post(paths.AccountProfile, extra); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", res.StatusCode)
	}
	address := paths.AccountPreferences + "?lang=pt&time_zone=UTC&theme=auto"
	if res := bea.Post(address, nil); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the address of a POST counts: %d", res.StatusCode)
	}
	if after := i.First(others); after != before {
		t.Errorf("%s, want %s", after, before)
	}
	if got, want := i.First(`SELECT string_agg(lang, ' ' ORDER BY email) FROM people`), "pt es es"; got != want {
		t.Errorf("the languages are %s, want %s", got, want)
	}
}

// What one saves while the form is open elsewhere is not undone by it: the page
// says so, with what is stored beside what was typed, and one may insist.
func TestAProfileThatWasChangedMeanwhileIsNotUndoneUnseen(t *testing.T) {
	t.Parallel()
	i := start(t)
	bea := i.As("bea")
	i.Exec(`UPDATE people SET phone = '+55 81 2', version = version + 1 WHERE id = $1`, i.IDs["bea"])
	before, late := i.Dump(), url.Values{"version": {"1"}, "phone": {""}, "skills": {"origami"}}
	res := bea.Post(paths.AccountProfile, late)
	form := res.HTML(t).Find("form[action='" + paths.AccountProfile + "']")
	if res.StatusCode != http.StatusConflict || i.Dump() != before || form.Find("[role=alert]").Length() != 1 ||
		!strings.Contains(form.Parent().Text(), "+55 81 2") || form.Find("#skills").AttrOr("value", "") != "origami" {
		t.Errorf("%d, %q", res.StatusCode, form.Parent().Text())
	}
	late.Set("version", form.Find("[name=version]").AttrOr("value", ""))
	if res := bea.Post(paths.AccountProfile, late); res.StatusCode != http.StatusSeeOther {
		t.Errorf("saved over it: %d", res.StatusCode)
	}
	if n := i.Count(`people WHERE id = $1 AND skills = 'origami' AND phone = ''`, i.IDs["bea"]); n != 1 {
		t.Error("it is not stored")
	}
	for field, value := range map[string]string{"phone": "no digits", "skills": strings.Repeat("s", 301)} {
		wrong := url.Values{"version": {"3"}, field: {value}}
		res := bea.Post(paths.AccountProfile, wrong)
		if res.StatusCode != http.StatusUnprocessableEntity || res.HTML(t).Find("#"+field+"-error").Length() != 1 {
			t.Errorf("%s %q: %d", field, value, res.StatusCode)
		}
	}
}
