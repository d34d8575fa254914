package events

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// fixture is what the tests that hold for every feature need to know of the events.
var fixture = webtest.Fixture{
	Feature: Feature,
	Fill: func(i *webtest.Intranet) {
		i.Exec(`INSERT INTO events (lang, title, place, body, first_day, last_day, created_by)
			VALUES ('pt', $1, $2, $3, current_date + 7, current_date + 8, $4)`,
			`Fair <i>"x"</i> </script><b>`, `Hall <i>"1"</i>`,
			"<script>alert(1)</script>\n\n[bad](javascript:alert(1)) **bold**", i.IDs["caio"])
	},
	Personal: func(i *webtest.Intranet) {
		i.Exec(`INSERT INTO attendance (event_id, person_id, going) VALUES ($1, $2, true), ($1, $3, false)`,
			event(i), i.IDs["bea"], i.IDs["caio"])
	},
	Params: func(i *webtest.Intranet) map[string]string { return map[string]string{string(Show): event(i)} },
	Pages:  func(*webtest.Intranet) []string { return []string{listPath(past, "")} },
	Forms: func(i *webtest.Intranet) map[string]url.Values {
		changed := fields()
		changed.Set("version", "1")
		return map[string]url.Values{
			Index:               fields(),
			Show.Of(event(i)):   changed,
			Delete.Of(event(i)): {"version": {"1"}},
		}
	},
	Searchable: `INSERT INTO events (lang, title, plain, first_day, last_day)
		SELECT $1, title, word, '2030-01-01', '2030-01-01' FROM unnest($2::text[], $3::text[]) AS x (title, word)`,
}

func TestEvents(t *testing.T) { webtest.Check(t, fixture) }

// start runs an intranet that has one event.
func start(t testing.TB) *webtest.Intranet { return fixture.Start(t, webtest.Options{}) }

// event is the id of the event that Fill made. It is all day, and in the future.
func event(i *webtest.Intranet) string {
	return i.Once(`SELECT id::text FROM events ORDER BY created_at, id LIMIT 1`)
}

// fields is the form of an event that has times.
func fields() url.Values {
	return url.Values{
		"lang":        {"en"},
		"title":       {"Tasting"},
		"place":       {"Lab"},
		"body":        {"Bring a **spoon**."},
		"starts_day":  {"2030-03-04"},
		"starts_time": {"15:00"},
		"ends_day":    {""},
		"ends_time":   {"16:30"},
	}
}

// made posts the form of a new event and returns the event's id.
func made(b *webtest.Browser, form url.Values) (id string) {
	b.I.T.Helper()
	res := b.Post(Index, form)
	if res.StatusCode != http.StatusSeeOther {
		b.I.T.Fatalf("%d: %s", res.StatusCode, res.HTML(b.I.T).Find(".field-error").Text())
	}
	return strings.TrimPrefix(res.Header.Get("Location"), Index+"/")
}

// factsOf is when an event takes place, as its page says.
func factsOf(b *webtest.Browser, id string) string {
	b.I.T.Helper()
	facts := b.Get(Show.Of(id)).HTML(b.I.T).Find(".facts dd").First()
	return facts.Find("time").Text() + " " + facts.Find("small").Text()
}

// has reports whether exactly one element of a page matches the selector.
func has(page *goquery.Document, selector string) bool { return page.Find(selector).Length() == 1 }

// value is what a field of a page holds.
func value(page *goquery.Document, selector string) string {
	return page.Find(selector).AttrOr("value", "")
}
