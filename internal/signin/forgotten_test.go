package signin_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/mail/mailtest"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/signin/letters"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// posting is an intranet that sends mail to a box.
func posting(t *testing.T, o webtest.Options) (*webtest.Intranet, *mailtest.Box) {
	t.Helper()
	box := mailtest.New(t)
	o.Mail = box
	return webtest.NewWith(t, o), box
}

// codeIn is the one-time code of a mail, in its text and in its HTML.
func codeIn(t *testing.T, m mailtest.Mail) string {
	t.Helper()
	link := regexp.MustCompile(`http://127\.0\.0\.1/invitation#([A-Z2-7]{26})\b`)
	text, html := link.FindStringSubmatch(m.Text), link.FindStringSubmatch(m.HTML)
	if text == nil || html == nil || text[1] != html[1] {
		t.Fatalf("there is no link in it: %s", m.Text)
	}
	return text[1]
}

func forgot(b *webtest.Browser, email string, header ...string) webtest.Answer {
	return b.Post(paths.Forgotten, url.Values{"email": {email}}, header...)
}

// settled waits until everything that was asked is answered.
func settled(t *testing.T, i *webtest.Intranet) {
	t.Helper()
	if err := signin.AnswerForgotten(i.In)(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i.Count(`forgotten_passwords WHERE $1 <> ''`, "x") > 0 { // by the sender, at this moment
		if t.Context().Err() != nil {
			t.Fatal("it is not answered")
		}
	}
}

const newSecret = "seven blue teapots in a row"

// Whoever has forgotten their password gets a link by mail, sets another with it, and is told of
// that, too.
func TestAForgottenPasswordIsReplacedByMail(t *testing.T) {
	t.Parallel()
	i, box := posting(t, webtest.Options{})
	if n := i.Browser().Get(paths.Login).HTML(t).Find(`a[href="` + paths.Forgotten + `"]`).Length(); n != 1 {
		t.Errorf("%d links on the page of the sign-in", n)
	}
	bea := i.As("bea") // her sessions end
	if res := forgot(i.Browser(), "BEA@company.example "); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.StatusCode)
	}
	m := box.Next()
	if m.To != "bea@company.example" || !strings.Contains(m.Text, "Somebody, hopefully you") {
		t.Errorf("to %s: %s", m.To, m.Text)
	}
	code := codeIn(t, m)
	res := i.Browser().Post(paths.Invitation, url.Values{"code": {code}, "new_password": {newSecret}})
	if res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.StatusCode)
	}
	if m := box.Next(); m.Subject() != "Your password was changed" || m.Header.Get("List-Unsubscribe") != "" {
		t.Error(m.Subject())
	}
	if res := bea.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a session from before: %d", res.StatusCode)
	}
	if res := signIn(i.Browser(), "bea@company.example", newSecret); res.Header.Get("Location") != paths.Home {
		t.Error(res.StatusCode)
	}
	again := i.Browser().Post(paths.Invitation, url.Values{"code": {code}, "new_password": {newSecret}})
	if again.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a link that was used: %d", again.StatusCode)
	}
	if n := i.Count(`audit WHERE action = 'person.invited' AND detail = 'forgotten password' AND subject_id = $1`,
		i.IDs["bea"]); n != 1 {
		t.Errorf("%d entries", n)
	}
}

// Nobody learns whether somebody has an account: the answer is the same, and the request asks the
// database the same.
func TestAForgottenPasswordSaysNothingOfAnybody(t *testing.T) {
	t.Parallel()
	i := webtest.NewWith(t, webtest.Options{Outbox: true}) // nothing is sent
	i.Exec(`UPDATE people SET active = false WHERE id = $1`, i.IDs["caio"])
	var pages, notes, asked []string
	for _, email := range []string{"bea@company.example", "nobody@company.example", "caio@company.example"} {
		b := i.Browser()
		b.Get(paths.Forgotten)
		i.Database.RoundTrips.Store(0)
		i.Database.Writes.Store(0)
		res := forgot(b, email)
		trips, writes := i.Database.RoundTrips.Load(), i.Database.Writes.Load()
		asked = append(asked, fmt.Sprintf("%d round trips, %d writes", trips, writes))
		pages = append(pages, res.Status+res.Header.Get("Location")+res.Body)
		notes = append(notes, b.Get(paths.Login).HTML(t).Find(".notice").First().Text())
	}
	if pages[0] != pages[1] || pages[0] != pages[2] || notes[0] != notes[1] || notes[0] != notes[2] || notes[0] == "" {
		t.Errorf("%q %q", pages, notes)
	}
	if asked[0] != asked[1] || asked[0] != asked[2] {
		t.Errorf("the database is asked differently: %q", asked)
	}
	if n := i.Count(`forgotten_passwords WHERE sealed LIKE $1`, "%company.example%"); n != 0 {
		t.Error("an e-mail can be read in the database")
	}
	settled(t, i)
	if n := i.Count(`mail_outbox WHERE kind = $1`, "forgotten"); n != 1 {
		t.Errorf("%d mails", n)
	}
	if n := i.Count(`mail_outbox WHERE person_id = $1`, i.IDs["bea"]); n != 1 {
		t.Error("not to her")
	}
}

// So many for one e-mail, and so many from one address. The first looks like any other.
func TestForgottenPasswordsAreThrottled(t *testing.T) {
	t.Parallel()
	i := webtest.NewWith(t, webtest.Options{Outbox: true})
	for n := range 5 {
		res := forgot(i.Browser(), "bea@company.example")
		if res.StatusCode != http.StatusSeeOther {
			t.Errorf("number %d: %d", n, res.StatusCode)
		}
	}
	if n := i.Count(`forgotten_passwords WHERE $1 <> ''`, "x"); n != 3 {
		t.Errorf("%d were asked for", n)
	}
	var last webtest.Answer
	for range 10 {
		last = forgot(i.Browser(), "another@company.example")
	}
	if last.StatusCode != http.StatusTooManyRequests || last.Header.Get("Retry-After") == "" {
		t.Error(last.StatusCode)
	}
	for _, typed := range []string{"", "bea", strings.Repeat("a", 250) + "@company.example", "a\r\nb@company.example"} {
		if res := forgot(i.Browser(), typed); res.StatusCode == http.StatusSeeOther {
			t.Errorf("%q is an e-mail", typed)
		}
	}
}

// People who sign in elsewhere are told where, and get no link.
func TestWhoHasNoPasswordIsToldWhereToSignIn(t *testing.T) {
	t.Parallel()
	way := func() (func(*signin.SignIn) signin.Way, web.Feature) {
		return func(*signin.SignIn) signin.Way {
			links := func(string) []signin.Link { return []signin.Link{{Name: "Company", Path: "/x"}} }
			return signin.Way{Links: links}
		}, web.Feature{Name: "elsewhere"}
	}
	for what, test := range map[string]struct {
		options webtest.Options
		sql     string
	}{
		"passwords are for admins":  {webtest.Options{PasswordsFor: signin.Admins, Way: way}, `SELECT $1::uuid`},
		"they never had a password": {webtest.Options{Way: way}, `UPDATE people SET password_hash = NULL WHERE id = $1`},
	} {
		i, box := posting(t, test.options)
		i.Exec(test.sql, i.IDs["bea"])
		forgot(i.Browser(), "bea@company.example")
		m := box.Next()
		if strings.Contains(m.Text, "invitation") || !strings.Contains(m.Text, "http://127.0.0.1/login") {
			t.Errorf("%s: %s", what, m.Text)
		}
		if n := i.Count(`invitations WHERE person_id = $1`, i.IDs["bea"]); n != 0 {
			t.Errorf("%s: there is a link", what)
		}
	}
	i, box := posting(t, webtest.Options{}) // and there is no other way: it is an invitation
	i.Exec(`UPDATE people SET password_hash = NULL WHERE id = $1`, i.IDs["bea"])
	forgot(i.Browser(), "bea@company.example")
	codeIn(t, box.Next())
}

// Without a mail server the page says whom to ask.
func TestWithoutAMailServerTheresNoLinkByMail(t *testing.T) {
	t.Parallel()
	i := start(t)
	if n := i.Browser().Get(paths.Login).HTML(t).Find(`a[href="` + paths.Forgotten + `"]`).Length(); n != 0 {
		t.Errorf("%d links on the page of the sign-in", n)
	}
	if n := i.Browser().Get(paths.Forgotten).HTML(t).Find("main form").Length(); n != 0 {
		t.Errorf("%d forms", n)
	}
	if res := forgot(i.Browser(), "bea@company.example"); res.StatusCode != http.StatusUnprocessableEntity {
		t.Error(res.StatusCode)
	}
}

// An invitation is in the mail, and nobody else sees it.
func TestAnInvitationGoesByMail(t *testing.T) {
	t.Parallel()
	i, box := posting(t, webtest.Options{})
	i.Exec(`UPDATE people SET password_hash = NULL WHERE id = $1`, i.IDs["bea"])
	queued, err := signin.InviteByMail(t.Context(), i.Store, i.Server.Mail, store.CommandLine, i.IDs["bea"])
	if err != nil || !queued {
		t.Fatal(queued, err)
	}
	m := box.Next()
	res := i.Browser().Post(paths.Invitation, url.Values{"code": {codeIn(t, m)}, "new_password": {newSecret}})
	if m.To != "bea@company.example" || res.StatusCode != http.StatusSeeOther {
		t.Error(m.To, res.StatusCode)
	}
	// Until it is sent it is sealed.
	quiet := webtest.NewWith(t, webtest.Options{Outbox: true})
	_, err = signin.InviteByMail(t.Context(), quiet.Store, quiet.Server.Mail, store.CommandLine, quiet.IDs["bea"])
	if err != nil {
		t.Fatal(err)
	}
	if n := quiet.Count(`mail_outbox WHERE kind = 'invitation' AND sealed LIKE $1`, "v1:%"); n != 1 {
		t.Errorf("%d sealed links wait", n)
	}
}

// A link that was used, or that another one has replaced, is not sent any more.
func TestALinkThatWorksNoMoreIsNotSent(t *testing.T) {
	t.Parallel()
	i := start(t)
	code, err := signin.Invite(t.Context(), i.Store, store.CommandLine, i.IDs["bea"])
	if err != nil {
		t.Fatal(err)
	}
	m := mail.Mail{
		Store: i.Store, Secret: code, To: mail.Recipient{Zone: time.UTC}, Link: func(path string) string { return path },
	}
	for _, kind := range []mail.Kind{letters.Invitation, letters.Forgotten} {
		if _, err := kind.Compose(i.Server.Speak(t.Context(), "en"), m); err != nil {
			t.Errorf("%s: %v", kind.Name, err)
		}
	}
	if n := i.Count(`invitations WHERE code_hash = convert_to($1, 'UTF8')`, code); n != 0 {
		t.Error("the code can be read in the database")
	}
	i.Browser().Post(paths.Invitation, url.Values{"code": {code}, "new_password": {newSecret}})
	for _, kind := range []mail.Kind{letters.Invitation, letters.Forgotten} {
		if _, err := kind.Compose(i.Server.Speak(t.Context(), "en"), m); !errors.Is(err, mail.ErrNeedless) {
			t.Errorf("%s with a link that was used: %v", kind.Name, err)
		}
	}
}

// A sign-in from a browser that somebody never used is told; the first of all, and that from the
// same browser, is not.
func TestASignInFromANewBrowserIsTold(t *testing.T) {
	t.Parallel()
	i := webtest.NewWith(t, webtest.Options{Outbox: true})
	told := func() int { return i.Count(`mail_outbox WHERE kind = 'device' AND person_id = $1`, i.IDs["bea"]) }
	first := i.Browser()
	for what, test := range []struct {
		browser *webtest.Browser
		want    int
	}{{first, 0}, {first, 0}, {i.Browser(), 1}, {i.Browser(), 2}, {first, 2}} {
		if what > 0 {
			test.browser.Post(paths.Logout, url.Values{})
		}
		if res := signIn(test.browser, "bea@company.example", webtest.Password); res.StatusCode != http.StatusSeeOther {
			t.Fatal(res.StatusCode)
		}
		if got := told(); got != test.want {
			t.Errorf("sign-in %d: %d mails, want %d", what, got, test.want)
		}
	}
	// Of an old account the trail may have forgotten the sign-ins.
	i.Exec(`UPDATE people SET created_at = now() - interval '91 days' WHERE id = $1`, i.IDs["caio"])
	signIn(i.Browser(), "caio@company.example", webtest.Password)
	if n := i.Count(`mail_outbox WHERE kind = 'device' AND person_id = $1`, i.IDs["caio"]); n != 1 {
		t.Errorf("%d mails of an old account", n)
	}
}

func TestTheMailOfANewBrowserSaysWhereFrom(t *testing.T) {
	t.Parallel()
	i, box := posting(t, webtest.Options{})
	for range 2 {
		i.Browser().Post(paths.Login, login("caio@company.example", webtest.Password, "/"),
			"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
	}
	m := box.Next()
	for _, text := range []string{"Firefox", "127.0.0.1", "Navegador", "/account"} {
		if !strings.Contains(m.Text, text) || !strings.Contains(m.HTML, text) {
			t.Errorf("there is no %q in %s", text, m.Text)
		}
	}
	if m.Header.Get("List-Unsubscribe") == "" {
		t.Error("it cannot be switched off")
	}
}

// What keeps an account safe is told whenever it changes.
func TestChangesOfWhatKeepsAnAccountSafeAreTold(t *testing.T) {
	t.Parallel()
	i := webtest.NewWith(t, webtest.Options{Outbox: true})
	bea := i.As("bea")
	bea.AddFactor()
	if n := i.Count(`mail_outbox WHERE kind = 'factor' AND about = 'added' AND person_id = $1`, i.IDs["bea"]); n != 1 {
		t.Errorf("a second factor: %d", n)
	}
	bea.Post(paths.SecondFactorRecovery, url.Values{})
	if n := i.Count(`mail_outbox WHERE kind = 'factor' AND about = 'codes' AND person_id = $1`, i.IDs["bea"]); n != 1 {
		t.Errorf("new recovery codes: %d", n)
	}
	bea.Post(paths.SecondFactorRemove, url.Values{})
	removed := `mail_outbox WHERE kind = 'factor' AND about = 'removed' AND person_id = $1`
	if n := i.Count(removed, i.IDs["bea"]); n != 1 {
		t.Errorf("no second factor: %d", n)
	}
}
