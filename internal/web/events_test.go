package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

var eventsNoun = aNoun{
	company: func(c *store.Company) {
		c.Events = []store.NewEvent{{AuthorEmail: "caio@aroeira.example", EventDetails: store.EventDetails{
			Lang: "pt", Title: `Fair <i>"x"</i> </script><b>`, Place: `Hall <i>"1"</i>`, Body: "<script>alert(1)</script>\n\n[bad](javascript:alert(1)) **bold**",
			AllDay: true, Starts: time.Now().UTC().AddDate(0, 0, 7), Ends: time.Now().UTC().AddDate(0, 0, 8),
		}}}
	},
	pages: func(i *intranet) []string {
		id := i.event()
		return []string{paths.Events, paths.EventsList(paths.Past, ""), paths.EventsNew, paths.Event.Of(id), paths.EventEdit.Of(id)}
	},
	changes: func(i *intranet) map[string]url.Values {
		id, changed := i.event(), eventFields()
		changed.Set("version", "1")
		return map[string]url.Values{paths.Events: eventFields(), paths.Event.Of(id): changed, paths.EventDelete.Of(id): {"version": {"1"}}}
	},
	seeds: func(i *intranet, add func(pattern paths.Pattern, id, body string)) {
		add(paths.Events, "", "lang=en&title=T&starts_day=2030-03-04&starts_time=15:00&ends_time=16:00&body=%0d%0a%00")
		add(paths.Events, "", "lang=pt&title=%ff&all_day=1&starts_day=9999-12-31&ends_day=0000-01-01&version=%2b1")
		add(paths.Event, i.event(), "lang=en&title=T&all_day=1&starts_day=2199-12-31&version=1")
		add(paths.Event, i.event(), "lang=en&title=T&all_day=1&starts_day=2000-01-01&version=0")
		add(paths.EventAttendance, i.event(), "going=yes")
		add(paths.EventDelete, i.event(), "")
	},
	again: func(i *intranet, batch *pgx.Batch) {
		batch.Queue(`DELETE FROM events WHERE id <> $1`, i.event())
		batch.Queue(`INSERT INTO events (id, lang, title, first_day, last_day) VALUES ($1, 'en', 'Fair', '2100-01-01', '2100-01-02') ON CONFLICT (id) DO UPDATE SET version = 1`, i.event())
	},
}

// event is the id of one that is all day, and to come.
func (i *intranet) event() string {
	return i.first(`SELECT id FROM events ORDER BY created_at, id LIMIT 1`)
}

// eventFields is the form of an event that has times.
func eventFields() url.Values {
	return url.Values{
		"lang": {"en"}, "title": {"Tasting"}, "place": {"Lab"}, "body": {"Bring a **spoon**."},
		"starts_day": {"2030-03-04"}, "starts_time": {"15:00"}, "ends_day": {""}, "ends_time": {"16:30"},
	}
}

// made posts the form of a new event and returns its id.
func (b *browser) made(form url.Values) (id string) {
	b.i.t.Helper()
	res := b.post(paths.Events, form)
	if res.StatusCode != http.StatusSeeOther {
		b.i.t.Fatalf("%d: %s", res.StatusCode, res.html(b.i.t).Find(".field-error").Text())
	}
	return strings.TrimPrefix(res.Header.Get("Location"), paths.Events+"/")
}

// facts is what the page of an event says of when it is.
func (b *browser) facts(id string) string {
	b.i.t.Helper()
	facts := b.get(paths.Event.Of(id)).html(b.i.t).Find(".facts dd").First()
	return facts.Find("time").Text() + " " + facts.Find("small").Text()
}

func TestAnEventHasThePlaceItsEditorGivesItAndTheTimeOfItsReader(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	caio, bea := i.enter("caio", 0), i.enter("bea", 0)
	i.lives("caio", "America/Bogota")
	form := eventFields()
	id := caio.made(form)
	if page := caio.get(paths.Event.Of(id)).html(t); page.Find("[role=status]").Length() != 1 || page.Find(".event-body strong").Text() != "spoon" || page.Find("h1").AttrOr("lang", "") != "en" {
		t.Error("the page lacks what was written")
	}
	form.Set("starts_time", "21:00")
	form.Set("ends_time", "23:00")
	late := caio.made(form)
	form.Set("starts_day", "2030-03-29")
	form.Set("ends_day", "2030-03-31")
	form.Set("starts_time", "22:30")
	form.Set("ends_time", "20:00")
	overnight := caio.made(form)
	for zone, want := range map[string][3]string{
		"America/Bogota":     {"Monday, 4 March 2030, 15:00 to 16:30", "Monday, 4 March 2030, 21:00 to 23:00", "Friday, 29 March 2030, 22:30 to 31 March 2030, 20:00"},
		"UTC":                {"Monday, 4 March 2030, 20:00 to 21:30", "Tuesday, 5 March 2030, 02:00 to 04:00", "Saturday, 30 March 2030, 03:30 to 1 April 2030, 01:00"},
		"Asia/Tokyo":         {"Tuesday, 5 March 2030, 05:00 to 06:30", "Tuesday, 5 March 2030, 11:00 to 13:00", "Saturday, 30 March 2030, 12:30 to 1 April 2030, 10:00"},
		"Pacific/Honolulu":   {"Monday, 4 March 2030, 10:00 to 11:30", "Monday, 4 March 2030, 16:00 to 18:00", "Friday, 29 March 2030, 17:30 to 31 March 2030, 15:00"},
		"Pacific/Kiritimati": {"Tuesday, 5 March 2030, 10:00 to 11:30", "Tuesday, 5 March 2030, 16:00 to 18:00", "Saturday, 30 March 2030, 17:30 to 1 April 2030, 15:00"},
		// The clocks go forward while the event lasts.
		"Europe/London": {"Monday, 4 March 2030, 20:00 to 21:30", "Tuesday, 5 March 2030, 02:00 to 04:00", "Saturday, 30 March 2030, 03:30 to 1 April 2030, 02:00"},
	} {
		i.lives("bea", zone)
		for n, id := range []string{id, late, overnight} {
			if got := bea.facts(id); !strings.HasPrefix(got, want[n]) || !strings.Contains(got, strings.ReplaceAll(zone, "_", " ")) {
				t.Errorf("in %s: %q, want %q", zone, got, want[n])
			}
		}
	}
	if instant := bea.get(paths.Event.Of(id)).html(t).Find(".facts time").AttrOr("datetime", ""); instant != "2030-03-04T20:00:00Z" {
		t.Error(instant)
	}
}

// All day is a date: no reader's clock makes another one of it, and no editor's.
func TestAnEventThatIsAllDayIsOnTheSameDateEverywhere(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	caio, bea := i.enter("caio", 0), i.enter("bea", 0)
	for _, editors := range []string{"Pacific/Kiritimati", "America/Sao_Paulo", "Etc/GMT+12"} {
		i.lives("caio", editors)
		form := eventFields()
		form.Set("all_day", "yes")
		one := caio.made(form)
		form.Set("ends_day", "2030-03-06")
		three := caio.made(form)
		for _, readers := range []string{"Pacific/Kiritimati", "Asia/Tokyo", "UTC", "America/Los_Angeles", "Etc/GMT+12"} {
			i.lives("bea", readers)
			if got := bea.facts(one); !strings.HasPrefix(got, "Monday, 4 March 2030 All day") {
				t.Errorf("from %s, in %s: %q", editors, readers, got)
			}
			if got := bea.facts(three); !strings.HasPrefix(got, "4 March 2030 to 6 March 2030 All day") {
				t.Errorf("from %s, in %s: %q", editors, readers, got)
			}
			if row := bea.get(paths.Events).html(t).Find(".event-row:contains('6 March 2030')"); row.Find(".event-day").First().Text() != "4 March" {
				t.Errorf("in %s the list says %q", readers, row.Find(".event-day").Text())
			}
		}
		html := caio.get(paths.EventEdit.Of(three)).html(t)
		if html.Find("#starts_day").AttrOr("value", "") != "2030-03-04" || html.Find("#ends_day").AttrOr("value", "") != "2030-03-06" || html.Find("#all_day[checked]").Length() != 1 {
			t.Errorf("the form in %s shows other days", editors)
		}
		caio.post(paths.EventDelete.Of(one), url.Values{"version": {"1"}})
		caio.post(paths.EventDelete.Of(three), url.Values{"version": {"1"}})
	}
}

// What does not fit comes back with what was typed, and a word at each field.
func TestAnEventsFormKeepsWhatWasTypedAndSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	caio := i.enter("caio", 0)
	i.lives("caio", "Europe/London")
	hostile := `</textarea><script>alert(1)</script>`
	before := i.dump()
	for _, path := range []string{paths.Events, paths.Event.Of(i.event())} {
		for _, test := range []struct {
			field, value, at string // at: the field that is wrong
		}{
			{"title", "", "title"}, {"title", "  ", "title"}, {"title", strings.Repeat("t", 201), "title"}, {"title", "two\nlines", "title"},
			{"place", strings.Repeat("p", 201), "place"}, {"place", "a\tb", "place"},
			{"lang", "", "lang"}, {"lang", "fr", "lang"},
			{"body", strings.Repeat("b", 20001), "body"}, {"body", "a\x00b", "body"}, {"body", "\x1b[31m", "body"},
			{"starts_day", "", "starts_day"}, {"starts_day", "4 March", "starts_day"}, {"starts_day", "2030-02-30", "starts_day"}, {"starts_day", "0203-03-04", "starts_day"},
			{"starts_day", hostile, "starts_day"}, {"ends_day", "soon", "ends_day"}, {"ends_day", "2200-01-01", "ends_day"}, {"ends_day", "1999-01-01", "ends_day"}, {"starts_day", "9999-03-04", "starts_day"}, {"title", "a\x00b", "title"},
			{"starts_time", "", "starts_time"}, {"starts_time", "25:00", "starts_time"}, {"ends_time", "", "ends_time"}, {"ends_time", hostile, "ends_time"},
			{"ends_time", "15:00", "ends_time"}, {"ends_time", "14:00", "ends_time"}, {"ends_day", "2030-03-03", "ends_time"},
		} {
			form := eventFields()
			form.Set("body", "First\r\n"+hostile)
			form.Set(test.field, test.value)
			res := caio.post(path, form)
			html := res.html(t)
			if res.StatusCode != http.StatusUnprocessableEntity || html.Find("#"+test.at+"-error").Length() != 1 || html.Find(".field-error").Length() != 1 || html.Find("[role=alert][autofocus]").Length() != 1 || html.Find("#"+test.at).AttrOr("aria-invalid", "") != "true" {
				t.Errorf("%s, %s %.40q: %d, %q", path, test.field, test.value, res.StatusCode, html.Find(".field-error").Text())
			}
			if test.field != "title" && html.Find("#title").AttrOr("value", "") != "Tasting" || test.field != "body" && strings.TrimPrefix(html.Find("#body").Text(), "\n") != "First\n"+hostile {
				t.Errorf("%s %.40q: what was typed is gone: %q", test.field, test.value, html.Find("#body").Text())
			}
			if strings.ContainsRune(res.body, 0) {
				t.Errorf("%s: HTML with a NUL", test.field)
			}
			if strings.Contains(res.body, "<script>alert") {
				t.Errorf("%s: not escaped", test.field)
			}
		}
		// An hour that the clocks leave out is no time; one that they repeat is.
		form := eventFields()
		form.Set("starts_day", "2030-03-31")
		form.Set("starts_time", "01:30")
		if res := caio.post(path, form); res.StatusCode != http.StatusUnprocessableEntity || res.html(t).Find("#starts_time-error").Length() != 1 {
			t.Errorf("an hour that does not exist: %d", res.StatusCode)
		}
	}
	form := eventFields()
	form.Set("starts_day", "9999-03-04")
	form.Set("starts_time", "")
	if html := caio.post(paths.Events, form).html(t); html.Find(".field-error").Length() != 1 || html.Find("#starts_time-error").Length() != 1 {
		t.Errorf("a bad first day marks the empty last one: %q", html.Find(".field-error").Text())
	}
	form = eventFields()
	form.Set("all_day", "yes")
	form.Set("starts_day", "9999-03-04")
	if html := caio.post(paths.Events, form).html(t); html.Find(".field-error").Text() != i18n.T(i18n.WithLang(t.Context(), "es"), "event.error.day") || html.Find("#starts_day-error").Length() != 1 {
		t.Errorf("%q", html.Find(".field-error").Text())
	}
	form.Set("starts_day", "2030-03-04")
	form.Set("ends_day", "2030-03-03")
	if res := caio.post(paths.Events, form); res.StatusCode != http.StatusUnprocessableEntity || res.html(t).Find("#ends_day-error").Length() != 1 || res.html(t).Find("#all_day[checked]").Length() != 1 {
		t.Errorf("days the wrong way round: %d", res.StatusCode)
	}
	if i.dump() != before {
		t.Error("something was stored")
	}
	form.Set("starts_day", "2030-10-27")
	form.Set("ends_day", "2030-10-27")
	form.Del("all_day")
	form.Set("starts_time", "01:30")
	form.Set("ends_time", "02:00")
	if got := caio.facts(caio.made(form)); !strings.HasPrefix(got, "Domingo, 27 de octubre de 2030, de 01:30 a 02:00") {
		t.Error(got)
	}
}

func TestASecondEditorsChangeIsNotLost(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	caio, ana, bea := i.enter("caio", 0), i.enter("ana", 0), i.enter("bea", 0)
	id := caio.made(eventFields())
	version := func(b *browser) string {
		t.Helper()
		return b.get(paths.EventEdit.Of(id)).html(t).Find("input[name=version]").AttrOr("value", "")
	}
	first, second := eventFields(), eventFields()
	first.Set("version", version(caio))
	second.Set("version", version(ana))
	first.Set("title", "Tasting of the first")
	first.Set("body", "Theirs, *as it is stored*")
	second.Set("title", "Tasting of the second")
	second.Set("body", "Mine")
	if res := caio.post(paths.Event.Of(id), first); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.StatusCode)
	}
	for range 2 { // to reload the answer is not to know of it
		res := ana.post(paths.Event.Of(id), second)
		html := res.html(t)
		if res.StatusCode != http.StatusConflict || html.Find("[role=alert][autofocus]").Length() != 1 || html.Find("#title").AttrOr("value", "") != "Tasting of the second" || strings.TrimSpace(html.Find("#body").Text()) != "Mine" {
			t.Fatalf("%d", res.StatusCode)
		}
		if stored := html.Find(".stored").Text(); !strings.Contains(stored, "Tasting of the first") || !strings.Contains(stored, "Theirs, *as it is stored*") {
			t.Errorf("the stored one is not beside it: %q", stored)
		}
		if !strings.Contains(res.body, chatToken) {
			t.Error("the page has no token")
		}
		if title := bea.get(paths.Event.Of(id)).html(t).Find("h1").Text(); title != "Tasting of the first" {
			t.Errorf("it was replaced: %q", title)
		}
		if got := html.Find("input[name=version]").AttrOr("value", ""); got != "2" {
			t.Fatalf("the form is of version %q", got)
		}
	}
	second.Set("version", "2")
	if res := ana.post(paths.Event.Of(id), second); res.StatusCode != http.StatusSeeOther {
		t.Errorf("knowingly: %d", res.StatusCode)
	}
	if title := bea.get(paths.Event.Of(id)).html(t).Find("h1").Text(); title != "Tasting of the second" {
		t.Errorf("%q", title)
	}
	for _, version := range []string{"", "x", "-1", "99999999999999999999"} {
		second.Set("version", version)
		if res := ana.post(paths.Event.Of(id), second); res.StatusCode != http.StatusConflict {
			t.Errorf("version %q: %d", version, res.StatusCode)
		}
	}
	if got := i.events(); !slices.Equal(got, []string{"event.created Tasting", "event.changed Tasting of the first", "event.changed Tasting of the second"}) {
		t.Errorf("recorded %q", got)
	}
}

func TestPeopleSayWhetherTheyCome(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	bea, ana := i.enter("bea", 0), i.enter("ana", 0)
	answer := func(going string, want int) {
		t.Helper()
		if res := bea.post(paths.EventAttendance.Of(i.event()), url.Values{"going": {going}, "person": {i.ids["ana"]}}); res.StatusCode != want {
			t.Errorf("%q: %d", going, res.StatusCode)
		}
	}
	answer("", http.StatusUnprocessableEntity)
	answer("maybe", http.StatusUnprocessableEntity)
	answer("yes", http.StatusSeeOther)
	page := ana.get(paths.Event.Of(i.event())).html(t)
	if page.Find(".people a[href='"+paths.Person.Of(i.ids["bea"])+"']").Length() != 1 || page.Find(".person-row").Length() != 1 || page.Find(".answer button").Length() != 2 {
		t.Errorf("%q", page.Find("section[aria-labelledby=coming]").Text())
	}
	if own := bea.get(paths.Event.Of(i.event())).html(t); own.Find(".answer button").Length() != 1 || own.Find(".answer button[value=no]").Length() != 1 || own.Find("[role=status]").Length() != 1 {
		t.Error("their own answer is not shown")
	}
	if bea.get(paths.Events).html(t).Find(".tag-ok").Length() != 1 || ana.get(paths.Events).html(t).Find(".tag-ok").Length() != 0 {
		t.Error("the list shows whose answer it is")
	}
	answer("no", http.StatusSeeOther)
	if page := ana.get(paths.Event.Of(i.event())).html(t); page.Find(".person-row").Length() != 0 {
		t.Error("they still come")
	}
	i.exec(`UPDATE events SET first_day = '2020-01-01', last_day = '2020-01-02' WHERE id = $1`, i.event())
	answer("yes", http.StatusSeeOther)
	over := bea.get(paths.Event.Of(i.event())).html(t)
	if over.Find(".answer").Length() != 0 || !strings.Contains(over.Find("[role=status]").Text(), "over") || i.count(`attendance WHERE going`) != 0 {
		t.Error("an answer to what is over counts")
	}
	if got := i.events(); len(got) != 0 {
		t.Errorf("who went where is recorded: %q", got)
	}
}

// Twelve are shown at once and more when they are asked for; beyond 200 people are
// counted.
func TestAPopularEventNamesWhoComes(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	bea := i.enter("bea", 0)
	join := func(from, to int) (rows, folded int, text string) {
		i.exec(`WITH p AS (INSERT INTO people (name, email) SELECT 'Guest ' || n, 'guest' || n || '@aroeira.example' FROM generate_series($2::int, $3::int) n RETURNING id)
			INSERT INTO attendance (event_id, person_id, going) SELECT $1, id, true FROM p`, i.event(), from, to)
		section := bea.get(paths.Event.Of(i.event())).html(t).Find("section[aria-labelledby=coming]")
		return section.Find(".person-row").Length(), section.Find("details .person-row").Length(), section.Text()
	}
	if rows, folded, text := join(1, 12); rows != 12 || folded != 0 || !strings.Contains(text, "12 attending") || strings.Contains(text, "more") {
		t.Errorf("twelve: %d, %d, %s", rows, folded, text)
	}
	if rows, folded, text := join(13, 21); rows != 21 || folded != 9 || !strings.Contains(text, "21 attending") || !strings.Contains(text, "Show 9 more") || strings.Contains(text, "And") {
		t.Errorf("twenty-one: %d, %d, %s", rows, folded, text)
	}
	if rows, folded, text := join(22, 210); rows != 200 || folded != 188 || !strings.Contains(text, "210 attending") || !strings.Contains(text, "Show 188 more") || !strings.Contains(text, "And 10 more") {
		t.Errorf("two hundred and ten: %d, %d, %s", rows, folded, text)
	}
}

func TestEventsAreListedPageByPage(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.exec(`INSERT INTO events (lang, title, starts_at, ends_at) SELECT 'en', 'Event ' || n, now() + n * interval '1 day', now() + n * interval '1 day' + '1h'
		FROM generate_series(-45, 45) n WHERE n <> 0`)
	bea := i.enter("bea", 0)
	for path, order := range map[string]int{paths.Events: 1, paths.EventsList(paths.Past, ""): -1} {
		var got []string
		pages := 0
		for path != "" {
			html := bea.get(path).html(t)
			got = append(got, html.Find(".event-row h2").Map(func(_ int, s *goquery.Selection) string { return s.Text() })...)
			if pages++; html.Find(".tabs [aria-current]").Length() != 1 || pages > 10 {
				t.Fatal("no tab is current, or no page is the last")
			}
			path = html.Find("a[rel=next]").AttrOr("href", "")
		}
		got = slices.DeleteFunc(got, func(title string) bool { return !strings.HasPrefix(title, "Event ") })
		first, last := "Event 1", "Event 45"
		if order < 0 {
			first, last = "Event -1", "Event -45"
		}
		if len(got) != 45 || got[0] != first || got[44] != last || pages != 3 {
			t.Errorf("%d on %d pages: %q", len(got), pages, got)
		}
	}
	for _, after := range []string{"x", "e30", "%00"} {
		if res := bea.get(paths.Events + "?after=" + after); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", after, res.StatusCode)
		}
	}
	if html := bea.get(paths.EventsList("whatever", "")).html(t); html.Find(".tabs [aria-current]").AttrOr("href", "") != paths.Events {
		t.Error("another when is not what is to come")
	}
}

func TestOnlyEditorsAreOfferedToChangeEvents(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	for name, want := range map[string]int{"bea": 0, "caio": 1, "ana": 1} {
		b := i.enter(name, 0)
		if n := b.get(paths.Events).html(t).Find("main a[href='" + paths.EventsNew + "']").Length(); n != want {
			t.Errorf("%s: %d links to a new event", name, n)
		}
		page := b.get(paths.Event.Of(i.event())).html(t)
		if n, m := page.Find("main a[href='"+paths.EventEdit.Of(i.event())+"']").Length(), page.Find("form[action='"+paths.EventDelete.Of(i.event())+"']").Length(); n != want || m != want {
			t.Errorf("%s: %d and %d ways to change it", name, n, m)
		}
	}
	caio := i.enter("caio", 0)
	if res := caio.post(paths.EventDelete.Of(i.event()), url.Values{"version": {"0"}}); res.Header.Get("Location") != paths.Event.Of(i.event()) || i.count(`events`) != 1 {
		t.Errorf("from an old version: %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	caio.post(paths.EventDelete.Of(i.event()), url.Values{"version": {"1"}})
	for _, res := range []answer{caio.get(paths.Event.Of(i.event())), caio.get(paths.EventEdit.Of(i.event())), caio.get(paths.EventFile.Of(i.event())), caio.post(paths.EventDelete.Of(i.event()), nil)} {
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%s %s: %d", res.Request.Method, res.Request.URL.Path, res.StatusCode)
		}
	}
	if page := caio.get(paths.Events); page.StatusCode != http.StatusOK || strings.Contains(page.body, i.event()) {
		t.Error("what was deleted is listed")
	}
	if res := caio.post(paths.Event.Of(i.event()), nil); res.StatusCode != http.StatusConflict || res.html(t).Find("#title-error").Length() != 1 {
		t.Errorf("an empty form of what was deleted: %d", res.StatusCode)
	}
	caio.keepsWhatIsGone(paths.Event.Of(i.event()), paths.Events, eventFields())
}

func TestAnEventForACalendarProgram(t *testing.T) {
	t.Parallel()
	i := newIntranet(t, func(c *config) { c.publicURL = "https://intranet.example.com" })
	i.exec(`UPDATE events SET body = '**Ask** [Bea](/people/1)'`)
	u, _ := url.Parse(i.url)
	secure := func(name string) []string {
		return []string{"Cookie", "__Host-session=" + i.enter(name, 0).Jar.Cookies(u)[0].Value}
	}
	calls := i.calls.Load()
	for _, header := range [][]string{secure("bea"), secure("ana")} {
		res := i.browser().get(paths.EventFile.Of(i.event()), header...)
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/calendar; charset=utf-8" || res.Header.Get("Content-Disposition") != `attachment; filename="event.ics"` || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d, %v", res.StatusCode, res.Header)
		}
		lines := strings.Split(res.body, "\r\n")
		if lines[0] != "BEGIN:VCALENDAR" || lines[len(lines)-1] != "" || !slices.Contains(lines, "UID:"+i.event()) || !slices.Contains(lines, "DESCRIPTION;LANGUAGE=pt-BR:Ask Bea (https://intranet.example.com/people/1)") || strings.Contains(strings.ReplaceAll(res.body, "\r\n", ""), "\n") || strings.Contains(res.body, chatToken) {
			t.Errorf("%q", res.body)
		}
	}
	if i.calls.Load() != calls {
		t.Error("a file cost a token")
	}
}

func TestICalendar(t *testing.T) {
	t.Parallel()
	e := store.CalendarEvent{
		ID: nobodysID, Version: 3, UpdatedAt: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC),
		EventDetails: store.EventDetails{
			Lang: "pt", Title: `Festa; música, comida \o/`, Place: "Galpão, São Paulo", Body: "Linha um\nEND:VEVENT\r\x00\x1bLinha " + strings.Repeat("três ação ", 20),
			Starts: time.Date(2026, 3, 4, 21, 0, 0, 0, time.FixedZone("", -3*3600)), Ends: time.Date(2026, 3, 5, 1, 0, 0, 0, time.FixedZone("", -3*3600)),
		},
	}
	got := iCalendar(e, "https://intranet.example.com")
	want := strings.ReplaceAll(`BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Caramelo//Intranet//EN
BEGIN:VEVENT
UID:`+nobodysID+`
SEQUENCE:2
DTSTAMP:20260102T030405Z
DTSTART:20260305T000000Z
DTEND:20260305T040000Z
SUMMARY;LANGUAGE=pt-BR:Festa\; música\, comida \\o/
LOCATION;LANGUAGE=pt-BR:Galpão\, São Paulo
DESCRIPTION;LANGUAGE=pt-BR:Linha um\nEND:VEVENTLinha três ação três aç
 ão três ação três ação três ação três ação três ação três
  ação três ação três ação três ação três ação três ação t
 rês ação três ação três ação três ação três ação três aç
 ão três ação 
URL:https://intranet.example.com/events/7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c1
 1
END:VEVENT
END:VCALENDAR
`, "\n", "\r\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for line := range strings.SplitSeq(got, "\r\n") {
		if len(line) > 75 || strings.ToValidUTF8(line, "") != line {
			t.Errorf("%d octets, or half a character: %q", len(line), line)
		}
	}
	if unfolded := strings.ReplaceAll(got, "\r\n ", ""); !strings.Contains(unfolded, strings.Repeat("três ação ", 20)+"\r\nURL:") {
		t.Errorf("what was folded is not what it was: %q", unfolded)
	}
	e.AllDay, e.Starts, e.Ends = true, time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)
	if got := iCalendar(e, ""); !strings.Contains(got, "\r\nDTSTART;VALUE=DATE:20260228\r\nDTEND;VALUE=DATE:20260301\r\n") {
		t.Errorf("all day: %s", got)
	}
}

// The greeting and the date of the home page are those of where the reader is.
func TestTheHomePageFollowsTheReadersTimeZone(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	bea := i.enter("bea", 0)
	for _, name := range []string{"Pacific/Kiritimati", "America/Sao_Paulo", "Etc/GMT+12"} {
		i.lives("bea", name)
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		before := time.Now().In(zone).Format(time.DateOnly)
		got := bea.get(paths.Home).html(t).Find(".eyebrow time").AttrOr("datetime", "")
		if after := time.Now().In(zone).Format(time.DateOnly); got != before && got != after {
			t.Errorf("in %s it is %s, want %s", name, got, after)
		}
	}
}

func TestExtraFieldsOfAnEventsFormChangeNothing(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	event := eventFields()
	event["id"], event["created_by"], event["version"], event["going"] = []string{nobodysID}, []string{i.ids["ana"]}, []string{"9"}, []string{"yes"}
	id := i.enter("caio", 0).made(event)
	if id == nobodysID || i.count(`events WHERE created_by <> '`+i.ids["caio"]+`' OR version <> 1`) != 0 || i.count(`attendance`) != 0 {
		t.Error("an event is somebody else's, of another version, or answered")
	}
}

func TestTheHomePageHasTheNextEvents(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.exec(`INSERT INTO events (lang, title, first_day, last_day) SELECT 'en', 'Day ' || n, current_date + n, current_date + n FROM generate_series(-3, 5) n`)
	if got := strings.Join(i.enter("bea", 0).get(paths.Home).html(t).Find("[aria-labelledby=home-events] li a > span > span").Map(func(_ int, e *goquery.Selection) string { return e.Text() }), ", "); got != "Day 0, Day 1, Day 2, Day 3" {
		t.Errorf("%q", got)
	}
}
