package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

// timed is an event in English with times, so long from now.
func timed(title string, from, to time.Duration) store.EventDetails {
	now := time.Now().Truncate(time.Second)
	return store.EventDetails{Lang: "en", Title: title, Starts: now.Add(from), Ends: now.Add(to)}
}

// allDay is one on whole days of UTC, counted from today.
func allDay(title string, first, last int) store.EventDetails {
	today := time.Now().UTC().Truncate(24 * time.Hour)
	return store.EventDetails{Lang: "pt", Title: title, AllDay: true, Starts: today.AddDate(0, 0, first), Ends: today.AddDate(0, 0, last)}
}

// eventReaders is a store with events in it, and people by their first name.
func eventReaders(t testing.TB, events ...store.NewEvent) (*store.Store, *pgxpool.Pool, map[string]*store.Person) {
	t.Helper()
	return readers(t, func(c *store.Company) { c.Events = events })
}

func titles(events []store.CalendarEvent) (all []string) {
	for _, e := range events {
		all = append(all, e.Title)
	}
	return all
}

func TestEventsComeInOrderAndPageByPage(t *testing.T) {
	t.Parallel()
	var events []store.NewEvent
	for _, d := range []store.EventDetails{
		timed("next week", 170*time.Hour, 171*time.Hour), timed("going on", -time.Hour, time.Hour), timed("soon", time.Hour, 2*time.Hour),
		timed("soon too", time.Hour, 2*time.Hour), timed("just over", -2*time.Hour, -time.Second), timed("long over", -1000*time.Hour, -999*time.Hour),
		allDay("in days", 3, 4), allDay("days ago", -9, -3), allDay("all month", -9, 20),
	} {
		events = append(events, store.NewEvent{EventDetails: d})
	}
	s, _, people := eventReaders(t, events...)
	for past, want := range map[bool][]string{
		false: {"all month", "going on", "soon", "soon too", "in days", "next week"},
		true:  {"just over", "days ago", "long over"},
	} {
		for limit := 1; limit <= 7; limit++ {
			var got []string
			f := store.EventsFilter{Past: past, Limit: limit}
			for {
				page, err := s.Events(t.Context(), people["Ana"], f)
				if err != nil || len(page.Events) > limit {
					t.Fatalf("%v, %d events", err, len(page.Events))
				}
				got = append(got, titles(page.Events)...)
				if f.After = page.Next; f.After == "" {
					break
				}
			}
			if !past && len(got) == len(want) { // these two begin at the same moment, in the order of their ids
				slices.Sort(got[2:4])
			}
			if !slices.Equal(got, want) {
				t.Errorf("past %v, by %d: %q, want %q", past, limit, got, want)
			}
		}
	}
}

// A day begins and ends with the reader's day: at one and the same moment it can
// be over for one reader and to come for another.
func TestADayIsTheReadersOwn(t *testing.T) {
	t.Parallel()
	s, _, people := eventReaders(t, store.NewEvent{EventDetails: allDay("today", 0, 0)})
	reader := *people["Ana"]
	for _, name := range []string{"Pacific/Kiritimati", "Asia/Tokyo", "UTC", "America/Sao_Paulo", "Etc/GMT+12"} {
		reader.TimeZone = name
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		today := time.Now().UTC().Format(time.DateOnly)
		over := time.Now().In(zone).Format(time.DateOnly) > today
		page, err := s.Events(t.Context(), &reader, store.EventsFilter{Past: over, Limit: 10})
		if err != nil || len(page.Events) != 1 {
			t.Fatalf("%s: %v, %v", name, titles(page.Events), err)
		}
		e := page.Events[0]
		first, last := e.In(zone)
		if begins := e.Begins.In(zone); e.Past != over || begins.Format("2006-01-02 15:04") != today+" 00:00" || first.Format(time.DateOnly) != today || last.Format(time.DateOnly) != today {
			t.Errorf("%s: begins %v, from %v to %v, over %v", name, begins, first, last, e.Past)
		}
	}
}

func TestWhoComes(t *testing.T) {
	t.Parallel()
	e := timed("party", time.Hour, 2*time.Hour)
	s, pool, people := eventReaders(t, store.NewEvent{EventDetails: e, AuthorEmail: "bea_o@aroeira.example", Coming: []string{"ana@aroeira.example", "zoe@aroeira.example"}, NotComing: []string{"bea_o@aroeira.example"}},
		store.NewEvent{EventDetails: timed("over", -2*time.Hour, -time.Hour)})
	page, err := s.Events(t.Context(), people["Bea"], store.EventsFilter{Limit: 10})
	if err != nil || len(page.Events) != 1 || page.Events[0].Going != 2 || page.Events[0].Answer == nil || *page.Events[0].Answer {
		t.Fatalf("%+v, %v", page.Events, err)
	}
	id := page.Events[0].ID
	shown := func(reader string) (coming []string, answer string) {
		t.Helper()
		page, err := s.CalendarEvent(t.Context(), people[reader], id)
		if err != nil {
			t.Fatal(err)
		}
		if page.Event.Answer != nil {
			answer = map[bool]string{true: "yes", false: "no"}[*page.Event.Answer]
		}
		if page.Event.Going != len(page.Coming) {
			t.Errorf("%d come, %d are named", page.Event.Going, len(page.Coming))
		}
		return names(page.Coming), answer
	}
	if coming, answer := shown("Átila"); !slices.Equal(coming, []string{"Ana Conceição", "Zoë"}) || answer != "" {
		t.Errorf("%q, %q", coming, answer)
	}
	bea := as(t, s, pool, people["Bea"])
	for _, going := range []bool{true, true, false} {
		if err := s.Attend(bea, by(bea), id, going); err != nil {
			t.Fatal(err)
		}
	}
	if coming, answer := shown("Bea"); len(coming) != 2 || answer != "no" {
		t.Errorf("%q, %q", coming, answer)
	}
	if err := s.SetActive(t.Context(), by(t.Context()), people["Zoë"].ID, false); err != nil {
		t.Fatal(err)
	}
	if coming, _ := shown("Ana"); !slices.Equal(coming, []string{"Ana Conceição"}) {
		t.Errorf("the disabled come: %q", coming)
	}
	past, err := s.Events(t.Context(), people["Bea"], store.EventsFilter{Past: true, Limit: 10})
	if err != nil || len(past.Events) != 1 {
		t.Fatal(past, err)
	}
	if err := s.Attend(bea, by(bea), past.Events[0].ID, true); !errors.Is(err, store.ErrConflict) {
		t.Errorf("an answer to what is over: %v", err)
	}
	for _, id := range []string{"", "x", "7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c11"} {
		if err := s.Attend(bea, by(bea), id, true); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestAnEventIsChangedFromTheVersionThatWasRead(t *testing.T) {
	t.Parallel()
	s, pool, people := eventReaders(t)
	bea := as(t, s, pool, people["Bea"])
	d := timed("first", time.Hour, 2*time.Hour)
	d.Place, d.Body = "Hall", "# Body"
	id, err := s.CreateEvent(bea, by(bea), d)
	if err != nil {
		t.Fatal(err)
	}
	read := func() store.CalendarEvent {
		t.Helper()
		page, err := s.CalendarEvent(t.Context(), people["Ana"], id)
		if err != nil {
			t.Fatal(err)
		}
		return page.Event
	}
	if e := read(); e.Version != 1 || e.Title != "first" || e.Place != "Hall" || e.Body != "# Body" || !e.Starts.Equal(d.Starts) || !e.Ends.Equal(d.Ends) || e.AllDay {
		t.Errorf("%+v", e)
	}
	second := allDay("second", 1, 3)
	if err := s.UpdateEvent(bea, by(bea), id, 1, second); err != nil {
		t.Fatal(err)
	}
	if err := s.UpdateEvent(bea, by(bea), id, 1, d); !errors.Is(err, store.ErrConflict) {
		t.Errorf("from a version that is gone: %v", err)
	}
	if e := read(); e.Version != 2 || e.Title != "second" || !e.AllDay || !e.Starts.Equal(second.Starts) || !e.Ends.Equal(second.Ends) {
		t.Errorf("%+v", e)
	}
	if err := s.UpdateEvent(bea, by(bea), id, 2, d); err != nil {
		t.Errorf("back to times: %v", err)
	}
	if err := s.DeleteEvent(bea, by(bea), id, 2); !errors.Is(err, store.ErrConflict) {
		t.Errorf("deleted from a version that is gone: %v", err)
	}
	if err := s.DeleteEvent(bea, by(bea), id, 3); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"change": s.UpdateEvent(bea, by(bea), id, 3, d), "delete": s.DeleteEvent(bea, by(bea), id, 3), "none": s.DeleteEvent(bea, by(bea), "x", 1)} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s what is gone: %v", what, err)
		}
	}
	trail, err := s.Audit(t.Context(), store.AuditFilter{Person: "bea_o@aroeira.example", Limit: 10})
	var got []string
	for _, e := range trail.Events {
		got = append(got, string(e.Action)+" "+e.Detail)
	}
	if want := []string{"event.deleted first", "event.changed first", "event.changed second", "event.created first"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("recorded %q, %v", got, err)
	}
}

// The database refuses by itself what the form would.
func TestTheDatabaseTakesNoEventThatIsNone(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	for _, columns := range []string{
		`(lang, title) VALUES ('en', 'neither')`,
		`(lang, title, starts_at) VALUES ('en', 'no end', now())`,
		`(lang, title, first_day) VALUES ('en', 'no last day', now())`,
		`(lang, title, starts_at, last_day) VALUES ('en', 'half and half', now(), now())`,
		`(lang, title, starts_at, ends_at, first_day, last_day) VALUES ('en', 'both', now(), now() + '1h', now(), now())`,
		`(lang, title, starts_at, ends_at) VALUES ('en', 'no time', now(), now())`,
		`(lang, title, first_day, last_day) VALUES ('en', 'backwards', now(), now() - interval '1 day')`,
		`(lang, title, first_day, last_day) VALUES ('en', 'typo', '0206-01-01', '0206-01-01')`,
		`(lang, title, first_day, last_day) VALUES ('fr', 'language', now(), now())`,
		`(lang, title, first_day, last_day) VALUES ('en', '', now(), now())`,
		`(lang, title, place, first_day, last_day) VALUES ('en', 'x', repeat('x', 201), now(), now())`,
		`(lang, title, body, first_day, last_day) VALUES ('en', 'x', repeat('x', 20001), now(), now())`,
	} {
		_, err := pool.Exec(t.Context(), `INSERT INTO events `+columns)
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "23514" {
			t.Errorf("%s: %v", columns, err)
		}
	}
}

func TestATimeZoneThatTheDatabaseDoesNotKnowIsRefused(t *testing.T) {
	t.Parallel()
	s, pool, people := eventReaders(t)
	err := s.SetPreferences(as(t, s, pool, people["Ana"]), by(as(t, s, pool, people["Ana"])), store.Preferences{Lang: "pt", TimeZone: "America/Atlantis", Theme: store.Auto})
	if !errors.Is(err, store.ErrConflict) {
		t.Error(err)
	}
}

func FuzzEventsCursor(f *testing.F) {
	for _, seed := range []string{"", "!", "eyJiIjoiMjAyNi0wMS0wMVQwMDowMDowMFoiLCJpIjoiN2Q5YTRhNTItOWUwZi00YTU3LThkMGMtMGY0ZjRiZGU5YzExIn0", "e30", "bnVsbA"} {
		f.Add(seed)
	}
	s, _, people := eventReaders(f, store.NewEvent{EventDetails: timed("one", time.Hour, 2*time.Hour)}, store.NewEvent{EventDetails: allDay("two", 2, 2)})
	f.Fuzz(func(t *testing.T, after string) {
		for _, past := range []bool{false, true} {
			if _, err := s.Events(t.Context(), people["Ana"], store.EventsFilter{Past: past, After: after, Limit: 1}); err != nil && !errors.Is(err, store.ErrCursor) {
				t.Fatalf("%q: %v", after, err)
			}
		}
	})
}

// useEvents calls every method of the store for events.
func useEvents(ctx context.Context, s *store.Store, does func(method string, err error)) {
	details := timed("Festa", time.Hour, 2*time.Hour)
	event, err := s.CreateEvent(ctx, by(ctx), details)
	does("CreateEvent", err)
	does("UpdateEvent", s.UpdateEvent(ctx, by(ctx), event, 1, details))
	does("Attend", s.Attend(ctx, by(ctx), event, true))
	does("Attend", s.Attend(ctx, by(ctx), event, false))
	_, err = s.Events(ctx, store.SessionOf(ctx).Person, store.EventsFilter{Limit: 10})
	does("Events", err)
	_, err = s.CalendarEvent(ctx, store.SessionOf(ctx).Person, event)
	does("CalendarEvent", err)
	does("DeleteEvent", s.DeleteEvent(ctx, by(ctx), event, 2))
}

// Who comes to a large event is asked for in one round trip, and without a walk
// through everybody.
func TestAPopularEventScansNoTable(t *testing.T) {
	t.Parallel()
	s, pool, sent := crowd(t, 30_000)
	var id string
	err := pool.QueryRow(t.Context(), `INSERT INTO events (lang, title, first_day, last_day) VALUES ('en', 'Party', '2100-01-01', '2100-01-01') RETURNING id`).Scan(&id)
	for _, sql := range []string{
		`INSERT INTO attendance (event_id, person_id, going) SELECT e.id, p.id, true FROM events e, (SELECT id FROM people ORDER BY id LIMIT 500) p`,
		`ANALYZE attendance`,
	} {
		if err == nil {
			_, err = pool.Exec(t.Context(), sql)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	reader := &store.Person{ID: someone(t, pool, 1), Lang: "pt", TimeZone: "UTC"}
	*sent = statements{}
	page, err := s.CalendarEvent(t.Context(), reader, id)
	if err != nil || len(page.Coming) != store.MaxComing {
		t.Fatalf("%d are named, %v", len(page.Coming), err)
	}
	asked := *sent
	if asked.trips != 1 || len(asked.sent) != 2 {
		t.Errorf("%d round trips, %d statements", asked.trips, len(asked.sent))
	}
	for _, q := range asked.sent {
		var text string
		var plan any
		if err := pool.QueryRow(t.Context(), `EXPLAIN (FORMAT JSON) `+q.SQL, q.Args...).Scan(&text); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(text), &plan); err != nil || sequential(plan) {
			t.Errorf("%v\n%s", err, text)
		}
	}
}
