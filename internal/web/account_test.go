package web

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/paths"
)

const anotherPassword = "nine green frogs on a log"

func base64Raw(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }

func TestAPasswordIsChangedWithTheOldOneAndEndsEveryOtherSession(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b, phone := i.as("bea"), i.enter("bea", 0)
	change := func(old, fresh string) answer {
		return b.post(paths.AccountPassword, url.Values{"password": {old}, "new_password": {fresh}})
	}
	for _, test := range [][2]string{
		{"", anotherPassword}, {"wrong", anotherPassword}, {secretPassword, ""}, {secretPassword, "fourteen chars"}, {secretPassword, strings.Repeat("a b c d e f ", 200)},
		{secretPassword, "passwordpassword"}, {secretPassword, "Bea O'Neill Aroeira"}, {secretPassword, "\xff\xfe it is not valid text"},
	} {
		res := change(test[0], test[1])
		if res.StatusCode != http.StatusUnprocessableEntity || res.html(t).Find("[role=alert]").Length() != 1 || strings.Contains(res.body, secretPassword) {
			t.Errorf("%q to %.20q: %d", test[0], test[1], res.StatusCode)
		}
	}
	u, _ := url.Parse(i.url)
	before := b.Jar.Cookies(u)[0].Value
	res := change(secretPassword, anotherPassword)
	if res.StatusCode != http.StatusSeeOther || b.Jar.Cookies(u)[0].Value == before {
		t.Fatalf("%d, or the session's token stayed", res.StatusCode)
	}
	page := b.get(paths.Account)
	if page.StatusCode != http.StatusOK || page.html(t).Find("[role=status]").Length() != 1 {
		t.Errorf("%d", page.StatusCode)
	}
	if again := b.get(paths.Account); again.html(t).Find("[role=status]").Length() != 0 {
		t.Error("the notice is shown twice")
	}
	if res := phone.get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the other session lives: %d", res.StatusCode)
	}
	for secret, want := range map[string]int{secretPassword: 422, anotherPassword: 303} {
		if res := i.browser().post(paths.Login, login("bea@aroeira.example", secret, "")); res.StatusCode != want {
			t.Errorf("sign in with %q: %d", secret, res.StatusCode)
		}
	}
}

func TestPeopleSeeAndEndTheirOwnSessions(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	firefox := []string{"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
	i.lives("bea", "Asia/Kolkata") // five and a half hours from UTC: no half hour is the same
	b, phone, tablet, ana := i.as("bea"), i.browser(), i.enter("bea", 0), i.enter("ana", 0)
	if res := phone.post(paths.Login, login("bea@aroeira.example", secretPassword, ""), firefox...); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.StatusCode)
	}
	list := b.get(paths.Account).html(t).Find("section[aria-labelledby=sessions]")
	if rows := list.Find("li"); rows.Length() != 3 || rows.First().Find(".tag").Length() != 1 || rows.Find("form").Length() != 2 {
		t.Fatalf("%d sessions: %s", rows.Length(), list.Text())
	}
	row := list.Find("li:contains('Firefox')")
	seen, err := time.Parse(time.RFC3339, row.Find("time").AttrOr("datetime", ""))
	if clock := seen.Add(330 * time.Minute).Format("15:04"); err != nil || !strings.HasSuffix(row.Find("time").Text(), clock) {
		t.Errorf("%q, want %s, %v", row.Find("time").Text(), clock, err)
	}
	if !strings.Contains(row.Text(), "Firefox on Linux") || !strings.Contains(row.Text(), "127.0.0.1") {
		t.Errorf("%q", row.Text())
	}
	if res := b.post(row.Find("form").AttrOr("action", ""), nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("end one: %d", res.StatusCode)
	}
	if res := phone.get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("it lives: %d", res.StatusCode)
	}
	if res := tablet.get(paths.Home); res.StatusCode != http.StatusOK {
		t.Errorf("another one ended with it: %d", res.StatusCode)
	}
	if res := b.post(paths.AccountSessions, nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("end the others: %d", res.StatusCode)
	}
	if b.get(paths.Home).StatusCode != http.StatusOK || tablet.get(paths.Home).StatusCode != http.StatusSeeOther || ana.get(paths.Home).StatusCode != http.StatusOK {
		t.Error("the wrong sessions ended")
	}
}

func TestTheAccountSaysWhatCarameloIsTold(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	page := i.enter("bea", 0).get(paths.Account).html(t).Find(".sent-table")
	for _, want := range []string{i.ids["bea"], "bea@aroeira.example", `Bea <i>"O'Neill"</i>`, "secret_token"} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("the table lacks %q", want)
		}
	}
}

// preferences is the form of them, with that language.
func preferences(lang string) url.Values {
	return url.Values{"lang": {lang}, "time_zone": {"America/Bogota"}, "theme": {"dark"}}
}

func TestPreferencesAreChanged(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.enter("bea", 0)
	if html := b.get(paths.Account).html(t).Find("html"); html.AttrOr("data-theme", "none") != "none" {
		t.Error("a theme that nobody chose")
	}
	for field, values := range map[string][]string{
		"lang":      {"", "fr", "pt-BR"},
		"time_zone": {"", "Local", "America/Nowhere", "../etc/passwd", "America/Bogota\x00", "\xff", "EST5EDT4,M3.2.0", strings.Repeat("A", 65)},
		"theme":     {"", "blue", "Dark"},
	} {
		for _, value := range values {
			form := preferences("es")
			form.Set(field, value)
			if res := b.post(paths.AccountPreferences, form); res.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("%s %q: %d", field, value, res.StatusCode)
			}
		}
	}
	if n := len(i.events()); n != 0 {
		t.Errorf("recorded %q", i.events())
	}
	if res := b.post(paths.AccountPreferences, preferences("es")); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", res.StatusCode)
	}
	html := b.get(paths.Account).html(t)
	if root := html.Find("html"); root.AttrOr("lang", "") != "es" || root.AttrOr("data-theme", "") != "dark" {
		t.Error("the page is not in Spanish, or not dark")
	}
	if html.Find("#time_zone option[selected]").AttrOr("value", "") != "America/Bogota" || html.Find("#theme option[selected]").AttrOr("value", "") != "dark" {
		t.Error("the form does not show what was chosen")
	}
	// A zone that is not offered stays chosen, and is offered to whoever has it.
	form := preferences("es")
	form.Set("time_zone", "Asia/Kathmandu")
	b.post(paths.AccountPreferences, form)
	if chosen := b.get(paths.Account).html(t).Find("#time_zone option[selected]"); chosen.AttrOr("value", "") != "Asia/Kathmandu" || !strings.Contains(chosen.Text(), "UTC+05:45") {
		t.Errorf("%q", chosen.Text())
	}
}

// Every field for a password hides it, and takes what a password manager puts in.
func TestPasswordFieldsAreMaskedAndOpenToManagers(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	fields := 0
	for path, b := range map[string]*browser{paths.Login: i.browser(), paths.Invitation: i.browser(), paths.Account: i.enter("bea", 0)} {
		html := b.get(path).html(t)
		for _, field := range html.Find("input[name*=password]").EachIter() {
			fields++
			autocomplete := field.AttrOr("autocomplete", "")
			if field.AttrOr("type", "") != "password" || autocomplete != "current-password" && autocomplete != "new-password" || field.AttrOr("value", "") != "" || field.AttrOr("onpaste", "") != "" {
				t.Errorf("%s: %s", path, autocomplete)
			}
		}
	}
	if fields != 4 {
		t.Errorf("%d fields", fields)
	}
}
