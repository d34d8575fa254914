package events

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/i18n"

	"github.com/PuerkitoBio/goquery"
)

// shown is the form of an event as its page shows it.
func shown(page *goquery.Document) url.Values {
	form := url.Values{}
	for _, e := range page.Find(".event-form [name]").EachIter() {
		value := e.AttrOr("value", "")
		switch {
		case e.Is("textarea"):
			value = strings.TrimPrefix(e.Text(), "\n")
		case e.Is("select"):
			value = e.Find("[selected]").AttrOr("value", e.Find("option").First().AttrOr("value", ""))
		case e.Is("[type=checkbox]:not([checked]), [type=hidden]:not([name=version])"):
			continue // what the form adds of its own comes with each post
		}
		form.Add(e.AttrOr("name", ""), value)
	}
	return form
}

// Where the clocks are put back, the form of an event asks which one of two times is meant:
// unasked it is the first. What it shows means the same moments, however often it is saved.
func TestAnEventInTheHourThatComesTwiceIsWhenItWasMeant(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio := i.As("caio")
	for _, test := range []struct {
		zone, day     string
		starts, ends  string
		first, second string // when it starts, in UTC
	}{
		{"Europe/London", "2030-10-27", "01:15", "01:45", "00:15", "01:15"},
		{"America/New_York", "2030-11-03", "1:00", "1:30", "05:00", "06:00"},
		{"Australia/Lord_Howe", "2030-04-07", "01:35", "01:55", "14:35", "15:05"},
	} {
		i.Lives("caio", test.zone)
		form := fields()
		form.Set("starts_day", test.day)
		form.Set("starts_time", test.starts)
		form.Set("ends_time", test.ends)
		page := caio.Get(Edit.Of(made(caio, form))).HTML(t)
		if page.Find("#starts_which option").Length() != 2 || page.Find("#ends_which option").Length() != 2 ||
			page.Find("#starts_which option").First().AttrOr("selected", "no") == "no" {
			t.Fatalf("%s: nobody is asked which one", test.zone)
		}
		offsets := page.Find("#starts_which option").Map(func(_ int, e *goquery.Selection) string {
			return e.AttrOr("value", "")
		})
		for n, want := range []string{test.first, test.second} {
			form := shown(page)
			form.Set("starts_which", offsets[n])
			form.Set("ends_which", offsets[n])
			id := made(caio, form)
			at := func() string {
				return i.First(`SELECT to_char(starts_at AT TIME ZONE 'UTC', 'HH24:MI') || ' ' || (ends_at - starts_at)
					FROM events WHERE id::text = '` + id + `'`)
			}
			first := at()
			if !strings.HasPrefix(first, want) {
				t.Errorf("%s, %s: %s, want %s", test.zone, offsets[n], first, want)
			}
			for range 2 {
				edit := shown(caio.Get(Edit.Of(id)).HTML(t))
				edit.Set("title", "Another title")
				if res := caio.Post(Show.Of(id), edit); res.StatusCode != http.StatusSeeOther {
					t.Fatalf("%d: %s", res.StatusCode, res.HTML(t).Find(".field-error").Text())
				}
				if again := at(); again != first {
					t.Errorf("%s: saved again it is at %s, and was at %s", test.zone, again, first)
				}
			}
		}
		// From the first to the second, unasked too, and not the other way round.
		form.Set("ends_time", test.starts)
		made(caio, form)
		for n, status := range []int{http.StatusSeeOther, http.StatusUnprocessableEntity} {
			form := shown(page)
			form.Set("ends_time", test.starts)
			form.Set("starts_which", offsets[n])
			form.Set("ends_which", offsets[1-n])
			if res := caio.Post(Index, form); res.StatusCode != status {
				t.Errorf("%s, from %s to %s: %d", test.zone, offsets[n], offsets[1-n], res.StatusCode)
			}
		}
	}
}

// The years of an event are those of the writer's calendar, to the last minute and from
// the first.
func TestTheYearsOfAnEventAreTheWriters(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio := i.As("caio")
	for _, zone := range []string{"America/Sao_Paulo", "UTC", "Pacific/Kiritimati", "Etc/GMT+12"} {
		i.Lives("caio", zone)
		for _, times := range [][5]string{
			{"2199-12-31", "23:58", "2199-12-31", "23:59", ""}, {"2000-01-01", "0:00", "2000-01-01", "0:01", ""},
			{"2199-12-31", "23:00", "2200-01-01", "0:00", "ends_day"},
			{"1999-12-31", "23:59", "2000-01-01", "0:00", "starts_day"},
		} {
			form := fields()
			for n, name := range []string{"starts_day", "starts_time", "ends_day", "ends_time"} {
				form.Set(name, times[n])
			}
			res := caio.Post(Index, form)
			status, wrong := http.StatusSeeOther, times[4]
			if wrong != "" {
				status = http.StatusUnprocessableEntity
			}
			if res.StatusCode != status || wrong != "" && !has(res.HTML(t), "#"+wrong+"-error") {
				t.Errorf("%s, %q: %d", zone, times, res.StatusCode)
			}
		}
	}
}

// A browser without a field for times sends what was typed.
func TestTheTimesOfAnEventAreTakenHoweverTheyAreTyped(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio := i.As("caio")
	i.Lives("caio", "UTC")
	for typed, want := range map[string]string{"9:00": "09:00", "9h30": "09:30", "09:15:00": "09:15", "9 am": "09:00"} {
		form := fields()
		form.Set("starts_time", typed)
		id := made(caio, form)
		if got := value(caio.Get(Edit.Of(id)).HTML(t), "#starts_time"); got != want {
			t.Errorf("%q is %q", typed, got)
		}
	}
	form := fields()
	form.Set("starts_time", "9:00")
	form.Set("title", "")
	if got := value(caio.Post(Index, form).HTML(t), "#starts_time"); got != "09:00" { // all that such a field shows
		t.Errorf("the form comes back with %q", got)
	}
}

// A day that there is not is said to be none; one of another century is said to be too far.
func TestAnEventIsOnADayThatExists(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio := i.As("caio")
	for day, key := range map[string]string{
		"2030-02-31": i18n.NoDay, "2030-13-01": i18n.NoDay, "31/12/2030": i18n.NoDay, "2200-01-01": "event.error.day",
		"1999-12-31": "event.error.day",
	} {
		for _, allDay := range []string{"", "yes"} {
			for _, name := range []string{"starts_day", "ends_day"} {
				form := fields()
				form.Set("all_day", allDay)
				form.Set(name, day)
				said := caio.Post(Index, form).HTML(t).Find("#" + name + "-error").Text()
				if said != i.Says("es", key) {
					t.Errorf("%s, %s: %q", name, day, said)
				}
			}
		}
	}
}
