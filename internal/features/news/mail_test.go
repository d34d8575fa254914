package news

import (
	"net/url"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/mail/mailtest"
	"github.com/carameloai/intranet/internal/webtest"
)

// Those who have to confirm an article are told once, when readers see it: not of a correction, and
// not of an article for others.
func TestReadersAreToldWhatTheyHaveToConfirm(t *testing.T) {
	t.Parallel()
	box := mailtest.New(t)
	i := webtest.NewWith(t, webtest.Options{Mail: box}, Feature())
	i.Exec(`INSERT INTO departments (slug, names) VALUES ('it', '{"en": "IT"}')`)
	i.Exec(`UPDATE people SET department = 'it' WHERE id <> $1`, i.IDs["bea"])
	ana := i.As("ana")
	form := fields()
	form.Set("must_read", "yes")
	form.Set("department", "finance")
	slug := made(ana, form)
	m := box.Next()
	if m.To != "bea@company.example" || m.Subject() != "Please read: Lunch" ||
		!strings.Contains(m.Text, "http://127.0.0.1"+Show.Of(slug)) || m.Header.Get("List-Unsubscribe") == "" {
		t.Errorf("to %s, %s: %s", m.To, m.Subject(), m.Text)
	}
	form.Set("title", "Lunch, corrected")
	ana.Post(Show.Of(slug), version("1", form))
	form.Set("again", "yes")
	ana.Post(Show.Of(slug), version("2", form))
	if m := box.Next(); m.Subject() != "Please read: Lunch, corrected" || len(box.Mails()) != 2 {
		t.Errorf("%s, %d mails", m.Subject(), len(box.Mails()))
	}
	later := fields() // nobody is told of what is published another day, or must not be read
	later.Set("title", "Later")
	made(ana, later)
	for name, value := range map[string]string{"must_read": "yes", "publish": "at", "day": "2031-03-04", "time": "15:00"} {
		later.Set(name, value)
	}
	slug = made(ana, later)
	if n := i.Count(`mail_rounds WHERE NOT begun AND start_at > '2031-01-01' AND kind = $1`, "news"); n != 1 {
		t.Errorf("%d rounds are to come", n)
	}
	ana.Post(Unpublish.Of(slug), version("1", url.Values{}))
	if n := i.Count(`mail_rounds WHERE NOT begun AND kind = $1`, "news"); n != 0 || len(box.Mails()) != 2 {
		t.Errorf("%d rounds are to come of a draft, %d mails", n, len(box.Mails()))
	}
}
