package events

import (
	"context"
	_ "embed" // the agenda
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

//go:embed demo/agenda.json
var agenda []byte

// entry is an event of the agenda. Its texts are in the language of its author.
type entry struct {
	Author, Title, Place, Body string

	InDays     int    // when it begins, in days from today; below 0 for one that is past
	Days       int    // how many days it takes; 0 for an event that has times
	Time, Zone string // of an event that has times: 09:00-10:30 in America/Bogota
}

// newEvent is an event to be added.
type newEvent struct {
	Details
	AuthorEmail       string   // of one of the company's people
	Coming, NotComing []string // the e-mails of those who have answered
}

// answered returns the events of the agenda with dates relative to now, and who has
// answered: the same people every time.
func answered(c store.Company) (events []newEvent, err error) {
	var entries []entry
	if err := json.Unmarshal(agenda, &entries); err != nil {
		return nil, fmt.Errorf("read the agenda: %w", err)
	}
	languages := map[string]string{} // by e-mail
	for _, p := range c.People {
		languages[p.Email] = p.Lang
	}
	rng := rand.New(rand.NewPCG(29, 7)) // #nosec G404 -- fixed, as the staff is
	for _, a := range entries {
		e := newEvent{AuthorEmail: a.Author + "@" + c.Domain}
		e.Lang, e.Title, e.Place, e.Body = languages[e.AuthorEmail], a.Title, a.Place, c.Says(a.Body)
		e.AllDay = a.Days > 0
		if e.Starts, e.Ends, err = a.span(c.Now); err != nil {
			return nil, fmt.Errorf("date %q: %w", a.Title, err)
		}
		for range rng.IntN(30) {
			who := c.People[rng.IntN(len(c.People))].Email
			if rng.IntN(5) == 0 {
				e.NotComing = append(e.NotComing, who)
			} else {
				e.Coming = append(e.Coming, who)
			}
		}
		events = append(events, e)
	}
	return events, nil
}

// span returns when an event begins and ends. What would begin on a weekend begins on
// the Monday after it, because the offices are closed.
func (a entry) span(now time.Time) (starts, ends time.Time, err error) {
	day := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, a.InDays)
	switch day.Weekday() {
	case time.Saturday:
		day = day.AddDate(0, 0, 2)
	case time.Sunday:
		day = day.AddDate(0, 0, 1)
	}
	if a.Days > 0 {
		return day, day.AddDate(0, 0, a.Days-1), nil
	}
	zone, err := time.LoadLocation(a.Zone)
	if err != nil {
		return starts, ends, err
	}
	at := func(clock string) (time.Time, error) {
		return time.ParseInLocation("2006-01-02 15:04", day.Format(time.DateOnly)+" "+clock, zone)
	}
	from, to, _ := strings.Cut(a.Time, "-")
	if starts, err = at(from); err != nil {
		return starts, ends, err
	}
	if ends, err = at(to); err == nil && ends.Before(starts) { // it ends after midnight
		ends = ends.AddDate(0, 0, 1)
	}
	return starts, ends, err
}

// demo adds the events of the demo company.
func demo(ctx context.Context, tx pgx.Tx, c store.Company) error {
	events, err := answered(c)
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	for _, e := range events {
		batch.Queue(`
			WITH e AS (
				INSERT INTO events (lang, title, place, body, plain, starts_at, ends_at, first_day, last_day,
					created_by)
				VALUES (`+values+`, (SELECT id FROM people WHERE lower(email) = lower($9)))
				RETURNING id
			)
			INSERT INTO attendance (event_id, person_id, going)
			SELECT e.id, p.id, lower(p.email) = ANY ($10::text[])
			FROM e, people p
			WHERE lower(p.email) = ANY ($10::text[] || $11::text[])`,
			e.args(e.AuthorEmail, e.Coming, e.NotComing)...)
	}
	return tx.SendBatch(ctx, batch).Close()
}
