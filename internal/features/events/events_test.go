package events

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestAnEventHasThePlaceItsEditorGivesItAndTheTimeOfItsReader(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio, bea := i.As("caio"), i.As("bea")
	i.Lives("caio", "America/Bogota")
	form := fields()
	id := made(caio, form)
	page := caio.Get(Show.Of(id)).HTML(t)
	if !has(page, "[role=status]") || page.Find(".event-body strong").Text() != "spoon" ||
		page.Find("h1").AttrOr("lang", "") != "en" {
		t.Error("the page lacks what was written")
	}
	form.Set("starts_time", "21:00")
	form.Set("ends_time", "23:00")
	late := made(caio, form)
	form.Set("starts_day", "2030-03-29")
	form.Set("ends_day", "2030-03-31")
	form.Set("starts_time", "22:30")
	form.Set("ends_time", "20:00")
	overnight := made(caio, form)
	for zone, want := range map[string][3]string{
		"America/Bogota": {
			"Monday, 4 March 2030, 15:00 to 16:30",
			"Monday, 4 March 2030, 21:00 to 23:00",
			"Friday, 29 March 2030, 22:30 to 31 March 2030, 20:00",
		},
		"UTC": {
			"Monday, 4 March 2030, 20:00 to 21:30",
			"Tuesday, 5 March 2030, 02:00 to 04:00",
			"Saturday, 30 March 2030, 03:30 to 1 April 2030, 01:00",
		},
		"Asia/Tokyo": {
			"Tuesday, 5 March 2030, 05:00 to 06:30",
			"Tuesday, 5 March 2030, 11:00 to 13:00",
			"Saturday, 30 March 2030, 12:30 to 1 April 2030, 10:00",
		},
		"Pacific/Honolulu": {
			"Monday, 4 March 2030, 10:00 to 11:30",
			"Monday, 4 March 2030, 16:00 to 18:00",
			"Friday, 29 March 2030, 17:30 to 31 March 2030, 15:00",
		},
		"Pacific/Kiritimati": {
			"Tuesday, 5 March 2030, 10:00 to 11:30",
			"Tuesday, 5 March 2030, 16:00 to 18:00",
			"Saturday, 30 March 2030, 17:30 to 1 April 2030, 15:00",
		},
		// The clocks go forward while the event lasts.
		"Europe/London": {
			"Monday, 4 March 2030, 20:00 to 21:30",
			"Tuesday, 5 March 2030, 02:00 to 04:00",
			"Saturday, 30 March 2030, 03:30 to 1 April 2030, 02:00",
		},
	} {
		i.Lives("bea", zone)
		for n, id := range []string{id, late, overnight} {
			got := factsOf(bea, id)
			if !strings.HasPrefix(got, want[n]) || !strings.Contains(got, strings.ReplaceAll(zone, "_", " ")) {
				t.Errorf("in %s: %q, want %q", zone, got, want[n])
			}
		}
	}
	instant := bea.Get(Show.Of(id)).HTML(t).Find(".facts time").AttrOr("datetime", "")
	if instant != "2030-03-04T20:00:00Z" {
		t.Error(instant)
	}
}

// The date of an event that is all day depends neither on the reader's time zone nor on
// the editor's.
func TestAnEventThatIsAllDayIsOnTheSameDateEverywhere(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio, bea := i.As("caio"), i.As("bea")
	zones := []string{"Pacific/Kiritimati", "Asia/Tokyo", "UTC", "America/Los_Angeles", "Etc/GMT+12"}
	for _, editors := range []string{"Pacific/Kiritimati", "America/Sao_Paulo", "Etc/GMT+12"} {
		i.Lives("caio", editors)
		form := fields()
		form.Set("all_day", "yes")
		one := made(caio, form)
		form.Set("ends_day", "2030-03-06")
		three := made(caio, form)
		for _, readers := range zones {
			i.Lives("bea", readers)
			if got := factsOf(bea, one); !strings.HasPrefix(got, "Monday, 4 March 2030 All day") {
				t.Errorf("from %s, in %s: %q", editors, readers, got)
			}
			if got := factsOf(bea, three); !strings.HasPrefix(got, "4 March 2030 to 6 March 2030 All day") {
				t.Errorf("from %s, in %s: %q", editors, readers, got)
			}
			row := bea.Get(Index).HTML(t).Find(".event-row:contains('6 March 2030')")
			if row.Find(".event-day").First().Text() != "4 March" {
				t.Errorf("in %s the list says %q", readers, row.Find(".event-day").Text())
			}
		}
		html := caio.Get(Edit.Of(three)).HTML(t)
		if value(html, "#starts_day") != "2030-03-04" || value(html, "#ends_day") != "2030-03-06" ||
			!has(html, "#all_day[checked]") {
			t.Errorf("the form in %s shows other days", editors)
		}
		caio.Post(Delete.Of(one), url.Values{"version": {"1"}})
		caio.Post(Delete.Of(three), url.Values{"version": {"1"}})
	}
}

// growing is a short text that would be a large table.
var growing = strings.Repeat("|a", 400) + "|\n" + strings.Repeat("|-", 400) + "|\n" + strings.Repeat("|\n", 9000)

// A text from before that would be a large page is shown as it was typed, on the page and in
// the file.
func TestAnEventThatWouldGrowStaysSmall(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`UPDATE events SET body = $1`, growing)
	for _, path := range []string{Show.Of(event(i)), File.Of(event(i))} {
		res := i.As("bea").Get(path)
		if res.StatusCode != http.StatusOK || len(res.Body) > 200_000 || !strings.Contains(res.Body, "|a|a|a") {
			t.Errorf("%s: %d, %d bytes", path, res.StatusCode, len(res.Body))
		}
	}
}

// A form that cannot be saved is shown again with what was typed, and with a message at
// the field that is wrong.
func TestAnEventsFormKeepsWhatWasTypedAndSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio := i.As("caio")
	i.Lives("caio", "Europe/London")
	hostile := `</textarea><script>alert(1)</script>`
	before := i.Dump()
	for _, path := range []string{Index, Show.Of(event(i))} {
		for _, test := range []struct {
			field, typed, wrong string // wrong is the field that is marked
		}{
			{"title", "", "title"},
			{"title", "  ", "title"},
			{"title", strings.Repeat("t", 201), "title"},
			{"title", "two\nlines", "title"},
			{"title", "a\x00b", "title"},
			{"place", strings.Repeat("p", 201), "place"},
			{"place", "a\vb", "place"},
			{"lang", "", "lang"},
			{"lang", "fr", "lang"},
			{"body", strings.Repeat("b", 20001), "body"},
			{"body", "a\x00b", "body"},
			{"body", "\x1b[31m", "body"},
			{"body", growing, "body"},
			{"body", strings.Repeat("- a\n", 5000), "body"},
			{"body", strings.Repeat("[](", 6000), "body"},
			{"starts_day", "", "starts_day"},
			{"starts_day", "4 March", "starts_day"},
			{"starts_day", "2030-02-30", "starts_day"},
			{"starts_day", "0203-03-04", "starts_day"},
			{"starts_day", "9999-03-04", "starts_day"},
			{"starts_day", hostile, "starts_day"},
			{"ends_day", "soon", "ends_day"},
			{"ends_day", "2200-01-01", "ends_day"},
			{"ends_day", "1999-01-01", "ends_day"},
			{"starts_time", "", "starts_time"},
			{"starts_time", "25:00", "starts_time"},
			{"ends_time", "", "ends_time"},
			{"ends_time", hostile, "ends_time"},
			{"ends_time", "15:00", "ends_time"},
			{"ends_time", "14:00", "ends_time"},
			{"ends_day", "2030-03-03", "ends_time"},
		} {
			form := fields()
			form.Set("body", "First\r\n"+hostile)
			form.Set(test.field, test.typed)
			res := caio.Post(path, form)
			html := res.HTML(t)
			if res.StatusCode != http.StatusUnprocessableEntity || !has(html, "[role=alert][autofocus]") ||
				!has(html, ".field-error") || !has(html, "#"+test.wrong+"-error") ||
				html.Find("#"+test.wrong).AttrOr("aria-invalid", "") != "true" {
				t.Errorf("%s, %s %.40q: %d, %q", path, test.field, test.typed, res.StatusCode,
					html.Find(".field-error").Text())
			}
			body := strings.TrimPrefix(html.Find("#body").Text(), "\n")
			if test.field != "title" && value(html, "#title") != "Tasting" ||
				test.field != "body" && body != "First\n"+hostile {
				t.Errorf("%s %.40q: what was typed is gone: %q", test.field, test.typed, body)
			}
			if strings.ContainsRune(res.Body, 0) {
				t.Errorf("%s: HTML with a NUL", test.field)
			}
			if strings.Contains(res.Body, "<script>alert") {
				t.Errorf("%s: not escaped", test.field)
			}
		}
		// When the clocks go forward, the hour that they leave out is not a time.
		form := fields()
		form.Set("starts_day", "2030-03-31")
		form.Set("starts_time", "01:30")
		res := caio.Post(path, form)
		if res.StatusCode != http.StatusUnprocessableEntity || !has(res.HTML(t), "#starts_time-error") {
			t.Errorf("an hour that does not exist: %d", res.StatusCode)
		}
	}
	form := fields()
	form.Set("starts_day", "9999-03-04")
	form.Set("starts_time", "")
	html := caio.Post(Index, form).HTML(t)
	if !has(html, ".field-error") || !has(html, "#starts_time-error") {
		t.Errorf("a bad first day marks the empty last one: %q", html.Find(".field-error").Text())
	}
	form = fields()
	form.Set("all_day", "yes")
	form.Set("starts_day", "9999-03-04")
	html = caio.Post(Index, form).HTML(t)
	if html.Find(".field-error").Text() != i.Says("es", "event.error.day") || !has(html, "#starts_day-error") {
		t.Errorf("%q", html.Find(".field-error").Text())
	}
	form.Set("starts_day", "2030-03-04")
	form.Set("ends_day", "2030-03-03")
	res := caio.Post(Index, form)
	html = res.HTML(t)
	if res.StatusCode != http.StatusUnprocessableEntity ||
		!has(html, "#ends_day-error") || !has(html, "#all_day[checked]") {
		t.Errorf("days the wrong way round: %d", res.StatusCode)
	}
	if i.Dump() != before {
		t.Error("something was stored")
	}
	// When the clocks go back, the hour that they repeat is a time.
	form.Set("starts_day", "2030-10-27")
	form.Set("ends_day", "2030-10-27")
	form.Del("all_day")
	form.Set("starts_time", "01:30")
	form.Set("ends_time", "02:00")
	got := factsOf(caio, made(caio, form))
	if !strings.HasPrefix(got, "Domingo, 27 de octubre de 2030, de 01:30 a 02:00") {
		t.Error(got)
	}
}

func TestASecondEditorsChangeIsNotLost(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio, ana, bea := i.As("caio"), i.As("ana"), i.As("bea")
	id := made(caio, fields())
	version := func(b *webtest.Browser) string {
		t.Helper()
		return value(b.Get(Edit.Of(id)).HTML(t), "input[name=version]")
	}
	first, second := fields(), fields()
	first.Set("version", version(caio))
	second.Set("version", version(ana))
	first.Set("title", "Tasting of the first")
	first.Set("body", "Theirs, *as it is stored*")
	second.Set("title", "Tasting of the second")
	second.Set("body", "Mine")
	if res := caio.Post(Show.Of(id), first); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.StatusCode)
	}
	for range 2 { // sending the same form again changes nothing
		res := ana.Post(Show.Of(id), second)
		html := res.HTML(t)
		if res.StatusCode != http.StatusConflict || !has(html, "[role=alert][autofocus]") ||
			value(html, "#title") != "Tasting of the second" || strings.TrimSpace(html.Find("#body").Text()) != "Mine" {
			t.Fatalf("%d", res.StatusCode)
		}
		stored := html.Find(".stored").Text()
		if !strings.Contains(stored, "Tasting of the first") || !strings.Contains(stored, "Theirs, *as it is stored*") {
			t.Errorf("the stored one is not beside it: %q", stored)
		}
		if !strings.Contains(res.Body, webtest.ChatToken) {
			t.Error("the page has no token")
		}
		if title := bea.Get(Show.Of(id)).HTML(t).Find("h1").Text(); title != "Tasting of the first" {
			t.Errorf("it was replaced: %q", title)
		}
		if got := value(html, "input[name=version]"); got != "2" {
			t.Fatalf("the form is of version %q", got)
		}
	}
	second.Set("version", "2")
	if res := ana.Post(Show.Of(id), second); res.StatusCode != http.StatusSeeOther {
		t.Errorf("knowingly: %d", res.StatusCode)
	}
	if title := bea.Get(Show.Of(id)).HTML(t).Find("h1").Text(); title != "Tasting of the second" {
		t.Errorf("%q", title)
	}
	for _, version := range []string{"", "x", "-1", "99999999999999999999"} {
		second.Set("version", version)
		if res := ana.Post(Show.Of(id), second); res.StatusCode != http.StatusConflict {
			t.Errorf("version %q: %d", version, res.StatusCode)
		}
	}
	want := []string{
		"event.created Tasting",
		"event.changed Tasting of the first",
		"event.changed Tasting of the second",
	}
	if got := i.Recorded(); !slices.Equal(got, want) {
		t.Errorf("recorded %q", got)
	}
}

func TestPeopleSayWhetherTheyCome(t *testing.T) {
	t.Parallel()
	i := start(t)
	bea, ana := i.As("bea"), i.As("ana")
	answer := func(going string, want int) {
		t.Helper()
		form := url.Values{"going": {going}, "person": {i.IDs["ana"]}}
		if res := bea.Post(Attendance.Of(event(i)), form); res.StatusCode != want {
			t.Errorf("%q: %d", going, res.StatusCode)
		}
	}
	answer("", http.StatusUnprocessableEntity)
	answer("maybe", http.StatusUnprocessableEntity)
	answer("yes", http.StatusSeeOther)
	page := ana.Get(Show.Of(event(i))).HTML(t)
	if !has(page, ".people a[href='"+paths.Person.Of(i.IDs["bea"])+"']") || !has(page, ".person-row") ||
		page.Find(".answer button").Length() != 2 {
		t.Errorf("%q", page.Find("section[aria-labelledby=coming]").Text())
	}
	own := bea.Get(Show.Of(event(i))).HTML(t)
	if !has(own, ".answer button") || !has(own, ".answer button[value=no]") || !has(own, "[role=status]") {
		t.Error("their own answer is not shown")
	}
	if bea.Get(Index).HTML(t).Find(".tag-ok").Length() != 1 || ana.Get(Index).HTML(t).Find(".tag-ok").Length() != 0 {
		t.Error("the list shows whose answer it is")
	}
	answer("no", http.StatusSeeOther)
	if page := ana.Get(Show.Of(event(i))).HTML(t); page.Find(".person-row").Length() != 0 {
		t.Error("they still come")
	}
	i.Exec(`UPDATE events SET first_day = '2020-01-01', last_day = '2020-01-02' WHERE id = $1`, event(i))
	answer("yes", http.StatusSeeOther)
	over := bea.Get(Show.Of(event(i))).HTML(t)
	if over.Find(".answer").Length() != 0 || !strings.Contains(over.Find("[role=status]").Text(), "over") ||
		i.Count(`attendance WHERE going`) != 0 {
		t.Error("an answer to an event that is over counts")
	}
	if got := i.Recorded(); len(got) != 0 {
		t.Errorf("who went where is recorded: %q", got)
	}
}

// Twelve people are shown at once, up to 200 when somebody asks for more, and the others
// are counted.
func TestAPopularEventNamesWhoComes(t *testing.T) {
	t.Parallel()
	i := start(t)
	bea := i.As("bea")
	join := func(from, to int) (rows, folded int, text string) {
		i.Exec(`
			WITH p AS (
				INSERT INTO people (name, email)
				SELECT 'Guest ' || n, 'guest' || n || '@company.example'
				FROM generate_series($2::int, $3::int) n
				RETURNING id
			)
			INSERT INTO attendance (event_id, person_id, going)
			SELECT $1, id, true FROM p`,
			event(i), from, to)
		section := bea.Get(Show.Of(event(i))).HTML(t).Find("section[aria-labelledby=coming]")
		return section.Find(".person-row").Length(), section.Find("details .person-row").Length(), section.Text()
	}
	rows, folded, text := join(1, 12)
	if rows != 12 || folded != 0 || !strings.Contains(text, "12 attending") || strings.Contains(text, "more") {
		t.Errorf("twelve: %d, %d, %s", rows, folded, text)
	}
	rows, folded, text = join(13, 21)
	if rows != 21 || folded != 9 || !strings.Contains(text, "21 attending") ||
		!strings.Contains(text, "Show 9 more") || strings.Contains(text, "And") {
		t.Errorf("twenty-one: %d, %d, %s", rows, folded, text)
	}
	rows, folded, text = join(22, 210)
	if rows != 200 || folded != 188 || !strings.Contains(text, "210 attending") ||
		!strings.Contains(text, "Show 188 more") || !strings.Contains(text, "And 10 more") {
		t.Errorf("two hundred and ten: %d, %d, %s", rows, folded, text)
	}
}

// The home page remembers its events, and yet shows none that is over.
func TestTheHomePageShowsNoEventThatIsOver(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`INSERT INTO events (lang, title, starts_at, ends_at)
		VALUES ('en', 'Over soon', now() - interval '1 hour', now() + interval '2 seconds')`)
	i.ByTheClock("Over soon", false)
}

func TestEventsAreListedPageByPage(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`
		INSERT INTO events (lang, title, starts_at, ends_at)
		SELECT 'en', 'Event ' || n, now() + n * interval '1 day', now() + n * interval '1 day' + '1h'
		FROM generate_series(-45, 45) n
		WHERE n <> 0`)
	bea := i.As("bea")
	for path, order := range map[string]int{Index: 1, listPath(past, ""): -1} {
		var got []string
		pages := 0
		for path != "" {
			html := bea.Get(path).HTML(t)
			html.Find(".event-row h2").Each(func(_ int, title *goquery.Selection) {
				got = append(got, title.Text())
			})
			if pages++; !has(html, ".tabs [aria-current]") || pages > 10 {
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
		if res := bea.Get(Index + "?after=" + after); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", after, res.StatusCode)
		}
	}
	html := bea.Get(listPath("whatever", "")).HTML(t)
	if html.Find(".tabs [aria-current]").AttrOr("href", "") != Index {
		t.Error("another value of when does not show the coming events")
	}
}

func TestOnlyEditorsAreOfferedToChangeEvents(t *testing.T) {
	t.Parallel()
	i := start(t)
	for name, want := range map[string]int{"bea": 0, "caio": 1, "ana": 1} {
		b := i.As(name)
		if n := b.Get(Index).HTML(t).Find("main a[href='" + New + "']").Length(); n != want {
			t.Errorf("%s: %d links to a new event", name, n)
		}
		page := b.Get(Show.Of(event(i))).HTML(t)
		edits := page.Find("main a[href='" + Edit.Of(event(i)) + "']").Length()
		deletes := page.Find("form[action='" + Delete.Of(event(i)) + "']").Length()
		if edits != want || deletes != want {
			t.Errorf("%s: %d ways to change it and %d to delete it", name, edits, deletes)
		}
	}
	caio := i.As("caio")
	res := caio.Post(Delete.Of(event(i)), url.Values{"version": {"0"}})
	if res.Header.Get("Location") != Show.Of(event(i)) || i.Count(`events`) != 1 {
		t.Errorf("from an old version: %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	caio.Post(Delete.Of(event(i)), url.Values{"version": {"1"}})
	for _, res := range []webtest.Answer{
		caio.Get(Show.Of(event(i))),
		caio.Get(Edit.Of(event(i))),
		caio.Get(File.Of(event(i))),
		caio.Post(Delete.Of(event(i)), nil),
	} {
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%s %s: %d", res.Request.Method, res.Request.URL.Path, res.StatusCode)
		}
	}
	if page := caio.Get(Index); page.StatusCode != http.StatusOK || strings.Contains(page.Body, event(i)) {
		t.Error("what was deleted is listed")
	}
	res = caio.Post(Show.Of(event(i)), nil)
	if res.StatusCode != http.StatusConflict || !has(res.HTML(t), "#title-error") {
		t.Errorf("an empty form of what was deleted: %d", res.StatusCode)
	}
	caio.KeepsWhatIsGone(Show.Of(event(i)), Index, fields())
}

func TestAnEventForACalendarProgram(t *testing.T) {
	t.Parallel()
	i := fixture.Start(t, webtest.Options{PublicURL: "https://intranet.example.com"})
	i.Exec(`UPDATE events SET body = E'**Ask** [Bea](/people/1)\n\n3. c\n4. [d](tel:+55)'`)
	u, _ := url.Parse(i.URL)
	secure := func(name string) []string {
		return []string{"Cookie", "__Host-session=" + i.As(name).Jar.Cookies(u)[0].Value}
	}
	calls := i.Calls.Load()
	for _, header := range [][]string{secure("bea"), secure("ana")} {
		res := i.Browser().Get(File.Of(event(i)), header...)
		if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" ||
			res.Header.Get("Content-Type") != "text/calendar; charset=utf-8" ||
			res.Header.Get("Content-Disposition") != `attachment; filename="event.ics"` {
			t.Errorf("%d, %v", res.StatusCode, res.Header)
		}
		lines := strings.Split(strings.ReplaceAll(res.Body, "\r\n ", ""), "\r\n")
		description := "DESCRIPTION;LANGUAGE=pt-BR:Ask Bea (https://intranet.example.com/people/1)" +
			`\n\n3. c\n4. d (tel:+55)`
		if lines[0] != "BEGIN:VCALENDAR" || lines[len(lines)-1] != "" ||
			!slices.Contains(lines, "UID:"+event(i)) || !slices.Contains(lines, description) ||
			strings.Contains(strings.ReplaceAll(res.Body, "\r\n", ""), "\n") ||
			strings.Contains(res.Body, webtest.ChatToken) {
			t.Errorf("%q", res.Body)
		}
	}
	if i.Calls.Load() != calls {
		t.Error("a file cost a token")
	}
}

func TestICalendar(t *testing.T) {
	t.Parallel()
	zone, long := time.FixedZone("", -3*3600), strings.Repeat("três ação ", 20)
	e := Event{
		ID:        webtest.NobodysID,
		Version:   3,
		UpdatedAt: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC),
		Details: Details{
			Lang:   "pt",
			Title:  `Festa; música, comida \o/`,
			Place:  "Galpão, São Paulo",
			Body:   "Linha um\nEND:VEVENT\r\x00\x1bLinha " + long,
			Starts: time.Date(2026, 3, 4, 21, 0, 0, 0, zone),
			Ends:   time.Date(2026, 3, 5, 1, 0, 0, 0, zone),
		},
	}
	got := iCalendar(e, "https://intranet.example")
	want := strings.ReplaceAll(`BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Caramelo//Intranet//EN
BEGIN:VEVENT
UID:`+webtest.NobodysID+`
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
URL:https://intranet.example`+Show.Of(webtest.NobodysID)+`
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
	if unfolded := strings.ReplaceAll(got, "\r\n ", ""); !strings.Contains(unfolded, long+"\r\nURL:") {
		t.Errorf("a folded text is not what it was: %q", unfolded)
	}
	day := time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)
	e.AllDay, e.Starts, e.Ends = true, day, day
	got = iCalendar(e, "")
	if !strings.Contains(got, "\r\nDTSTART;VALUE=DATE:20260228\r\nDTEND;VALUE=DATE:20260301\r\n") {
		t.Errorf("all day: %s", got)
	}
}

func TestExtraFieldsOfAnEventsFormChangeNothing(t *testing.T) {
	t.Parallel()
	i := start(t)
	form := fields()
	form.Set("id", webtest.NobodysID)
	form.Set("created_by", i.IDs["ana"])
	form.Set("version", "9")
	form.Set("going", "yes")
	id := made(i.As("caio"), form)
	if id == webtest.NobodysID || i.Count(`attendance`) != 0 ||
		i.Count(`events WHERE created_by <> '`+i.IDs["caio"]+`' OR version <> 1`) != 0 {
		t.Error("an event is somebody else's, of another version, or answered")
	}
}

func TestTheHomePageHasTheNextEvents(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`
		INSERT INTO events (lang, title, first_day, last_day)
		SELECT 'en', 'Day ' || n, current_date + n, current_date + n
		FROM generate_series(-3, 5) n`)
	var got []string
	page := i.As("bea").Get(paths.Home).HTML(t)
	page.Find("[aria-labelledby=home-events] li a > span > span").Each(func(_ int, title *goquery.Selection) {
		got = append(got, title.Text())
	})
	if want := []string{"Day 0", "Day 1", "Day 2", "Day 3"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// Who really came is not known, only who said that they would.
func TestWhatIsOverIsToldInThePast(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`UPDATE events SET first_day = '2020-01-01', last_day = '2020-01-02'`)
	for name, words := range map[string][3]string{
		"bea":  {"You said you would come", "1 person said they would come", "Nobody said"},
		"ana":  {"Você confirmou", "1 pessoa confirmou", "Ninguém confirmou"},
		"caio": {"Confirmaste", "1 persona confirmó", "Nadie confirmó"},
	} {
		b := i.As(name)
		i.Exec(`DELETE FROM attendance`)
		if page := b.Get(Show.Of(event(i))).HTML(t).Find("main").Text(); !strings.Contains(page, words[2]) {
			t.Errorf("%s: %q is missing", name, words[2])
		}
		i.Exec(`INSERT INTO attendance (event_id, person_id, going) VALUES ($1, $2, true)`, event(i), i.IDs[name])
		page := b.Get(Show.Of(event(i))).HTML(t).Find("main").Text()
		list := b.Get(listPath(past, "")).HTML(t).Find("main").Text()
		if !strings.Contains(list, words[0]) || !strings.Contains(page, words[1]) || strings.Contains(page, words[2]) {
			t.Errorf("%s: %q, %q", name, list, page)
		}
	}
}
