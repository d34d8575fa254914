package notifications

import (
	"net/url"
	"testing"

	"github.com/carameloai/intranet/internal/mail/mailtest"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// fixture is what the tests of every feature need to know of notifications. Its mails wait for
// another day, so that nothing of it changes by itself.
var fixture = webtest.Fixture{
	Feature: Feature,
	Options: func(o *webtest.Options) {
		o.Outbox = true
	},
	Fill: func(i *webtest.Intranet) {
		i.Exec(`INSERT INTO mail_unwanted SELECT id, 'device' FROM people`)
		i.Exec(`INSERT INTO mail_outbox (person_id, kind, about, sealed, bulk, until, next_at, reason)
			SELECT id, 'invitation', '', 'v1:xyz', false, now() + interval '3 days', now() + interval '1 day',
				'sending SMTP RCPT TO command: 450' FROM people`)
		i.Exec(`INSERT INTO mail_outbox (person_id, kind, bulk, until, ended_at, result, reason)
			SELECT id, 'password', false, now(), now(), 'refused', 'sending SMTP RCPT TO command: 550' FROM people`)
	},
	Forms: func(*webtest.Intranet) map[string]url.Values {
		return map[string]url.Values{paths.AccountMail: {"offered": {"device"}, "kind": {"device"}}}
	},
}

func TestNotifications(t *testing.T) { webtest.Check(t, fixture) }

// What somebody chooses is what they get, and what keeps their account safe is no choice.
func TestPeopleChooseTheirMail(t *testing.T) {
	t.Parallel()
	box := mailtest.New(t)
	i := webtest.NewWith(t, webtest.Options{Mail: box}, Feature())
	bea := i.As("bea")
	page := bea.Get(paths.AccountMail).HTML(t)
	if got := page.Find(`input[name="kind"][value="device"][checked]`).Length(); got != 1 {
		t.Fatalf("%d kinds to choose from", got)
	}
	for _, kind := range []string{"invitation", "forgotten", "password", "factor"} {
		if page.Find(`input[value="`+kind+`"]`).Length() != 0 {
			t.Errorf("%s can be switched off", kind)
		}
	}
	for _, test := range []struct {
		form     url.Values
		unwanted int
	}{
		{url.Values{}, 0}, {url.Values{"offered": {"device", "password"}}, 1},
		{url.Values{"offered": {"device"}, "kind": {"device"}}, 0},
		{url.Values{"offered": {"device", "nonsense"}, "kind": {"password", "nonsense"}}, 1},
	} {
		bea.Post(paths.AccountMail, test.form)
		n := i.Count(`mail_unwanted WHERE kind = 'device' AND person_id = $1`, i.IDs["bea"])
		if n != test.unwanted || i.Count(`mail_unwanted WHERE $1 <> ''`, "x") != n {
			t.Errorf("%v: %d", test.form, n)
		}
	}
	if _, always := (handlers{Server: i.Server}).kinds(); len(always) != 4 {
		t.Error(always)
	}
}

// Where the intranet sends no mail there is nothing to choose, and administration reads why.
func TestWithoutAMailServerThereIsNothingToChoose(t *testing.T) {
	t.Parallel()
	i := webtest.New(t, Feature())
	ana := i.As("ana")
	if n := ana.Get(paths.AccountMail).HTML(t).Find("main form").Length(); n != 0 {
		t.Errorf("%d forms", n)
	}
	if res := ana.Post(paths.AccountMail, url.Values{}); res.StatusCode != 422 {
		t.Error(res.StatusCode)
	}
	if n := ana.Get(paths.AdminMail).HTML(t).Find("main .rows").Length(); n != 0 {
		t.Errorf("%d lists", n)
	}
}
