package events

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest"
)

func timed(title string, from, to time.Duration) Details {
	now := time.Now().Truncate(time.Second)
	return Details{Lang: "en", Title: title, Starts: now.Add(from), Ends: now.Add(to)}
}

// allDay is an event on whole days of UTC, which are counted from today.
func allDay(title string, first, last int) Details {
	today := time.Now().UTC().Truncate(24 * time.Hour)
	return Details{
		Lang:   "pt",
		Title:  title,
		AllDay: true,
		Starts: today.AddDate(0, 0, first),
		Ends:   today.AddDate(0, 0, last),
	}
}

// with is a calendar with events in it.
func with(t testing.TB, events ...Details) (calendar, *webtest.Intranet) {
	t.Helper()
	i := webtest.New(t, Feature())
	var batch pgx.Batch
	for _, d := range events {
		batch.Queue(`
			INSERT INTO events (lang, title, place, body, plain, starts_at, ends_at, first_day, last_day)
			VALUES (`+values+`)`,
			d.args()...)
	}
	if err := i.Pool.SendBatch(t.Context(), &batch).Close(); err != nil {
		t.Fatal(err)
	}
	return calendar{i.Store}, i
}

func titles(events []Event) (all []string) {
	for _, e := range events {
		all = append(all, e.Title)
	}
	return all
}

func TestEventsComeInOrderAndPageByPage(t *testing.T) {
	t.Parallel()
	events, i := with(t,
		timed("next week", 170*time.Hour, 171*time.Hour),
		timed("going on", -time.Hour, time.Hour),
		timed("soon", time.Hour, 2*time.Hour),
		timed("soon too", time.Hour, 2*time.Hour),
		timed("just over", -2*time.Hour, -time.Second),
		timed("long over", -1000*time.Hour, -999*time.Hour),
		allDay("in days", 3, 4),
		allDay("days ago", -9, -3),
		allDay("all month", -9, 20),
	)
	ana := i.Person("ana")
	for past, want := range map[bool][]string{
		false: {"all month", "going on", "soon", "soon too", "in days", "next week"},
		true:  {"just over", "days ago", "long over"},
	} {
		for limit := 1; limit <= 7; limit++ {
			var got []string
			f := Filter{Past: past, Limit: limit}
			for {
				page, err := events.list(t.Context(), ana, f)
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

// An event that is all day begins and ends with the reader's day. At the same moment it
// can be over for one reader and in the future for another.
func TestADayIsTheReadersOwn(t *testing.T) {
	t.Parallel()
	events, i := with(t, allDay("today", 0, 0))
	reader := *i.Person("ana")
	for _, name := range []string{"Pacific/Kiritimati", "Asia/Tokyo", "UTC", "America/Sao_Paulo", "Etc/GMT+12"} {
		reader.TimeZone = name
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		today := time.Now().UTC().Format(time.DateOnly)
		over := time.Now().In(zone).Format(time.DateOnly) > today
		page, err := events.list(t.Context(), &reader, Filter{Past: over, Limit: 10})
		if err != nil || len(page.Events) != 1 {
			t.Fatalf("%s: %v, %v", name, titles(page.Events), err)
		}
		e := page.Events[0]
		first, last := e.In(zone)
		begins := e.Begins.In(zone)
		if e.Past != over || begins.Format("2006-01-02 15:04") != today+" 00:00" ||
			first.Format(time.DateOnly) != today || last.Format(time.DateOnly) != today {
			t.Errorf("%s: begins %v, from %v to %v, over %v", name, begins, first, last, e.Past)
		}
	}
}

// The database refuses what the form refuses, too.
func TestTheDatabaseTakesNoEventThatIsNone(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	for _, columns := range []string{
		`(lang, title) VALUES ('en', 'neither')`,
		`(lang, title, starts_at) VALUES ('en', 'no end', now())`,
		`(lang, title, first_day) VALUES ('en', 'no last day', now())`,
		`(lang, title, starts_at, last_day) VALUES ('en', 'half and half', now(), now())`,
		`(lang, title, starts_at, ends_at, first_day, last_day)
			VALUES ('en', 'both', now(), now() + '1h', now(), now())`,
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

func TestWhoComesIsActiveAndHasSaidSo(t *testing.T) {
	t.Parallel()
	events, i := with(t, timed("party", time.Hour, 2*time.Hour))
	id := i.First(`SELECT id::text FROM events`)
	shown := func(reader string) (coming []string, answer string) {
		t.Helper()
		page, err := events.find(t.Context(), i.Person(reader), id)
		if err != nil {
			t.Fatal(err)
		}
		if page.Event.Answer != nil {
			answer = map[bool]string{true: "yes", false: "no"}[*page.Event.Answer]
		}
		if page.Event.Going != len(page.Coming) {
			t.Errorf("%d come, %d are named", page.Event.Going, len(page.Coming))
		}
		for _, p := range page.Coming {
			coming = append(coming, p.Email)
		}
		return coming, answer
	}
	for _, said := range []struct {
		who   string
		going bool
	}{{"ana", true}, {"caio", true}, {"bea", true}, {"bea", true}, {"bea", false}} {
		if err := events.attend(i.Request(said.who), i.Person(said.who), id, said.going); err != nil {
			t.Fatal(err)
		}
	}
	both := []string{"ana@company.example", "caio@company.example"}
	if coming, answer := shown("bea"); !slices.Equal(coming, both) || answer != "no" {
		t.Errorf("%q, %q", coming, answer)
	}
	if _, answer := shown("ana"); answer != "yes" {
		t.Errorf("%q", answer)
	}
	i.Exec(`UPDATE people SET active = false WHERE id = $1`, i.IDs["caio"])
	if coming, _ := shown("bea"); !slices.Equal(coming, both[:1]) {
		t.Errorf("the disabled come: %q", coming)
	}
	page, err := events.list(t.Context(), i.Person("bea"), Filter{Limit: 10})
	if err != nil || len(page.Events) != 1 || page.Events[0].Going != 1 {
		t.Errorf("%+v, %v", page.Events, err)
	}
	err = events.attend(i.Request("bea"), i.Person("bea"), webtest.NobodysID, true)
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an event that is not there: %v", err)
	}
}

// Who comes to a large event is asked for in one round trip, and without a walk through
// everybody.
func TestAPopularEventScansNoTable(t *testing.T) {
	t.Parallel()
	crowd := testdb.NewCrowd(t, 30_000)
	var id string
	err := crowd.Pool.QueryRow(t.Context(), `INSERT INTO events (lang, title, first_day, last_day)
		VALUES ('en', 'Party', '2100-01-01', '2100-01-01') RETURNING id`).Scan(&id)
	for _, sql := range []string{
		`INSERT INTO attendance (event_id, person_id, going)
			SELECT e.id, p.id, true FROM events e, (SELECT id FROM people WHERE active ORDER BY id LIMIT 500) p`,
		`ANALYZE attendance`,
	} {
		if err == nil {
			_, err = crowd.Pool.Exec(t.Context(), sql)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	events, reader := calendar{store.New(crowd.Pool)}, &store.Person{ID: crowd.Someone(1), Lang: "pt", TimeZone: "UTC"}
	crowd.NeverScans("a popular event", func(ctx context.Context) error {
		page, err := events.find(ctx, reader, id)
		if err == nil && len(page.Coming) != MaxComing {
			t.Errorf("%d are named", len(page.Coming))
		}
		return err
	})
}

func FuzzEventsCursor(f *testing.F) {
	for _, seed := range []string{
		"",
		"!",
		"eyJiIjoiMjAyNi0wMS0wMVQwMDowMDowMFoiLCJpIjoiN2Q5YTRhNTItOWUwZi00YTU3LThkMGMtMGY0ZjRiZGU5YzExIn0",
		"eyJiIjoiMjAyNi0wMS0wMVQwMDowMDowMFoiLCJpIjoiN2Q5YTRhNTItOWUwZi00YTU3LThkMGVtMGY0ZjRiZGU5YzExIn0",
		"e30",
		"bnVsbA",
	} {
		f.Add(seed)
	}
	events, i := with(f, timed("one", time.Hour, 2*time.Hour), allDay("two", 2, 2))
	ana := i.Person("ana")
	f.Fuzz(func(t *testing.T, after string) {
		for _, past := range []bool{false, true} {
			_, err := events.list(t.Context(), ana, Filter{Past: past, After: after, Limit: 1})
			if err != nil && !errors.Is(err, store.ErrCursor) {
				t.Fatalf("%q: %v", after, err)
			}
		}
	})
}

func TestAnEventIsFoundByWhatItsPageReads(t *testing.T) {
	t.Parallel()
	i := webtest.New(t, Feature())
	caio := i.As("caio")
	id := made(caio, fields())
	i.CheckOnPage(t, func(body string) {
		form := fields()
		form.Set("body", body)
		form.Set("version", i.First(`SELECT version::text FROM events WHERE id = $1`, id))
		if res := caio.Post(Show.Of(id), form); res.StatusCode != http.StatusSeeOther {
			t.Fatal(res.StatusCode)
		}
	})
}
