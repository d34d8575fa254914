package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// What is recorded of events. Who comes is not: see Attend.
const (
	EventCreated Action = "event.created"
	EventChanged Action = "event.changed"
	EventDeleted Action = "event.deleted"
)

var EventActions = []Action{EventCreated, EventChanged, EventDeleted}

// CalendarEvent is something that happens in the company. (An Event is one of
// the audit trail.)
type CalendarEvent struct {
	ID string
	EventDetails
	Version   int // moves on with every change
	UpdatedAt time.Time
	Begins    time.Time // the moment at which it begins for the reader: their midnight, where it is all day
	Past      bool      // it has ended for the reader
	Going     int       // how many come
	Answer    *bool     // whether the reader comes; nil: they have not said
}

// EventDetails is what editors write.
type EventDetails struct {
	Lang, Title, Place string
	Body               string // Markdown; "" in lists
	AllDay             bool
	// Starts and Ends are moments. Of an event that is all day they are its first
	// and its last day, as midnights of UTC: dates, the same in every time zone.
	Starts, Ends time.Time
}

// In returns the beginning and the end as a clock and a calendar in zone show
// them.
func (d EventDetails) In(zone *time.Location) (starts, ends time.Time) {
	if d.AllDay {
		zone = time.UTC
	}
	return d.Starts.In(zone), d.Ends.In(zone)
}

// Events are from the year 2000 on, and end before 2200: another year is a typo.
var eventsFrom, eventsBefore = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

// Invalid names the fields that cannot be stored: "lang", "title", "place",
// "body", "starts", "ends", or "order" where the end does not come after the start.
func (d EventDetails) Invalid() (fields []string) {
	if d.Lang != "en" && d.Lang != "pt" && d.Lang != "es" {
		fields = append(fields, "lang")
	}
	if d.Title == "" || !Visible(d.Title, 200) {
		fields = append(fields, "title")
	}
	if !Visible(d.Place, 200) {
		fields = append(fields, "place")
	}
	if !ValidProse(d.Body, MaxWritten) {
		fields = append(fields, "body")
	}
	outside := func(t time.Time) bool { return t.Before(eventsFrom) || !t.Before(eventsBefore) }
	if outside(d.Starts) {
		fields = append(fields, "starts")
	}
	if outside(d.Ends) {
		fields = append(fields, "ends")
	}
	if !outside(d.Starts) && !outside(d.Ends) && (d.Ends.Before(d.Starts) || !d.AllDay && d.Ends.Equal(d.Starts)) {
		fields = append(fields, "order")
	}
	return fields
}

// The SQL of events. $1 is the reader's id, $2 their time zone.
const (
	eventBegins  = `coalesce(e.starts_at, e.first_day::timestamp AT TIME ZONE $2::text)`
	eventEnds    = `coalesce(e.ends_at, (e.last_day + 1)::timestamp AT TIME ZONE $2::text)`
	eventColumns = `e.id, e.lang, e.title, e.place, e.first_day IS NOT NULL AS all_day,
		coalesce(e.starts_at, e.first_day::timestamp AT TIME ZONE 'UTC') AS starts,
		coalesce(e.ends_at, e.last_day::timestamp AT TIME ZONE 'UTC') AS ends,
		e.version, e.updated_at, ` + eventBegins + ` AS begins, ` + eventEnds + ` <= now() AS past,
		(SELECT count(*) FROM attendance a JOIN people p ON p.id = a.person_id AND p.active WHERE a.event_id = e.id AND a.going) AS going,
		(SELECT a.going FROM attendance a WHERE a.event_id = e.id AND a.person_id = $1) AS answer`
)

// EventsFilter chooses and continues the list of events.
type EventsFilter struct {
	Past  bool   // those that have ended, the last first; else those to come, the next first
	After string // the cursor of the page before; "" is the first page
	Limit int    // rows a page, 1 to 100
}

// EventsPage is one page of events.
type EventsPage struct {
	Events []CalendarEvent
	Next   string // the cursor of the next page; "" on the last one
}

type eventsCursor struct {
	Begins time.Time `json:"b"`
	ID     string    `json:"i"`
}

// Events returns a page of the events as the reader sees them.
func (s *Store) Events(ctx context.Context, reader *Person, f EventsFilter) (page EventsPage, err error) {
	f.Limit = min(max(f.Limit, 1), 100)
	where, beyond, order := eventEnds+` > now()`, `>`, `ASC`
	if f.Past {
		where, beyond, order = eventEnds+` <= now()`, `<`, `DESC`
	}
	args := []any{reader.ID, reader.TimeZone, f.Limit + 1}
	if f.After != "" {
		after, err := ParseCursor(f.After, func(c eventsCursor) bool { return ValidID(c.ID) })
		if err != nil {
			return page, fmt.Errorf("list events: %w", err)
		}
		where += ` AND (` + eventBegins + `, e.id) ` + beyond + ` ($4, $5::uuid)`
		args = append(args, after.Begins, after.ID)
	}
	rows, _ := s.Pool.Query(ctx, `SELECT `+eventColumns+`, '' AS body FROM events e WHERE `+where+
		` ORDER BY begins `+order+`, e.id `+order+` LIMIT $3`, args...)
	page.Events, err = pgx.CollectRows(rows, pgx.RowToStructByName[CalendarEvent])
	if len(page.Events) > f.Limit {
		page.Events = page.Events[:f.Limit]
		last := page.Events[f.Limit-1]
		page.Next = CursorOf(eventsCursor{last.Begins, last.ID})
	}
	return page, Wrap(err, "list events")
}

// QueueHomeEvents asks for the next events.
func QueueHomeEvents(batch *pgx.Batch, reader *Person, into *[]CalendarEvent) {
	batch.Queue(`SELECT `+eventColumns+`, '' AS body FROM events e WHERE `+eventEnds+` > now() ORDER BY begins, e.id LIMIT 4`, reader.ID, reader.TimeZone).Query(Collect(into))
}

// MaxComing is how many of the people who come to an event are named.
const MaxComing = 200

// EventPage is an event with some of the people who come.
type EventPage struct {
	Event  CalendarEvent
	Coming []Person // active people, by name, at most MaxComing
}

// CalendarEvent returns an event by id as the reader sees it, in one round trip.
func (s *Store) CalendarEvent(ctx context.Context, reader *Person, id string) (page EventPage, err error) {
	if !ValidID(id) {
		return page, Wrap(ErrNotFound, "find event")
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT `+eventColumns+`, e.body FROM events e WHERE e.id = $3`, reader.ID, reader.TimeZone, id).Query(CollectOne(&page.Event))
	batch.Queue(`SELECT `+PersonColumns+` FROM attendance a JOIN people p ON p.id = a.person_id LEFT JOIN departments d ON d.slug = p.department
		WHERE a.event_id = $2 AND a.going AND p.active ORDER BY p.name, p.id LIMIT $3`, reader.Lang, id, MaxComing).Query(Collect(&page.Coming))
	return page, Wrap(s.Pool.SendBatch(ctx, batch).Close(), "find event %s", id)
}

// eventValues are the columns that EventDetails fill, from $1 to $7.
const eventValues = `$1, $2, $3, $4,
	CASE WHEN NOT $5::boolean THEN $6::timestamptz END, CASE WHEN NOT $5 THEN $7::timestamptz END,
	CASE WHEN $5 THEN ($6 AT TIME ZONE 'UTC')::date END, CASE WHEN $5 THEN ($7 AT TIME ZONE 'UTC')::date END`

func (d EventDetails) args(more ...any) []any {
	return append([]any{d.Lang, d.Title, d.Place, d.Body, d.AllDay, d.Starts, d.Ends}, more...)
}

// CreateEvent adds an event and returns its id.
func (s *Store) CreateEvent(ctx context.Context, actor *Person, d EventDetails) (id string, err error) {
	err = s.Change(ctx, actor, "add event", func(tx pgx.Tx) (Event, error) {
		err := tx.QueryRow(ctx, `INSERT INTO events (lang, title, place, body, starts_at, ends_at, first_day, last_day, created_by)
			VALUES (`+eventValues+`, $8) RETURNING id`, d.args(NullText(actor.ID))...).Scan(&id)
		return Event{Action: EventCreated, SubjectID: id, Detail: d.Title}, err
	})
	return id, err
}

// UpdateEvent changes an event, which must still be of that version: it is
// ErrConflict where somebody has changed it since.
func (s *Store) UpdateEvent(ctx context.Context, actor *Person, id string, version int, d EventDetails) error {
	return s.changeEvent(ctx, actor, "change event", id, func(tx pgx.Tx, stored int) (Event, error) {
		if stored != version {
			return Event{}, ErrConflict
		}
		_, err := tx.Exec(ctx, `UPDATE events SET (lang, title, place, body, starts_at, ends_at, first_day, last_day) = (`+eventValues+`),
			version = version + 1, updated_at = now() WHERE id = $8`, d.args(id)...)
		return Event{Action: EventChanged, Detail: d.Title}, err
	})
}

// DeleteEvent removes an event of that version, and who said that they come.
func (s *Store) DeleteEvent(ctx context.Context, actor *Person, id string, version int) error {
	return s.changeEvent(ctx, actor, "delete event", id, func(tx pgx.Tx, stored int) (event Event, err error) {
		if event.Action = EventDeleted; stored != version {
			return event, ErrConflict
		}
		return event, tx.QueryRow(ctx, `DELETE FROM events WHERE id = $1 RETURNING title`, id).Scan(&event.Detail)
	})
}

// changeEvent is change for an event that is there, and stays as it is meanwhile.
func (s *Store) changeEvent(ctx context.Context, actor *Person, what, id string, f func(tx pgx.Tx, version int) (Event, error)) error {
	if !ValidID(id) {
		return Wrap(ErrNotFound, "%s", what)
	}
	return s.Change(ctx, actor, what, func(tx pgx.Tx) (Event, error) {
		var version int
		if err := tx.QueryRow(ctx, `SELECT version FROM events WHERE id = $1 FOR UPDATE`, id).Scan(&version); err != nil {
			return Event{}, err
		}
		event, err := f(tx, version)
		event.SubjectID = id
		return event, err
	})
}

// Attend says whether the signed-in person comes to an event; ErrConflict where
// it has ended. It is not recorded: a trail that is kept for months is no place
// for who went where.
func (s *Store) Attend(ctx context.Context, actor *Person, id string, going bool) error {
	if !ValidID(id) {
		return Wrap(ErrNotFound, "answer event")
	}
	return s.Change(ctx, actor, "answer event", func(tx pgx.Tx) (Event, error) {
		var past bool
		// The lock keeps the event from being deleted, and nobody else waiting.
		err := tx.QueryRow(ctx, `SELECT `+eventEnds+` <= now() FROM events e WHERE e.id = $1 FOR KEY SHARE`, id, actor.TimeZone).Scan(&past)
		if err == nil && past {
			err = ErrConflict
		}
		if err != nil {
			return Event{}, err
		}
		_, err = tx.Exec(ctx, `INSERT INTO attendance (event_id, person_id, going) VALUES ($1, $2, $3)
			ON CONFLICT (event_id, person_id) DO UPDATE SET going = excluded.going, at = now()`, id, actor.ID, going)
		return Event{}, err
	})
}

// NewEvent is an event to be added.
type NewEvent struct {
	EventDetails
	AuthorEmail       string   // of one of the company's people
	Coming, NotComing []string // their e-mails
}

func insertEvents(ctx context.Context, tx pgx.Tx, c Company) error {
	batch := &pgx.Batch{}
	for _, e := range c.Events {
		batch.Queue(`WITH e AS (
				INSERT INTO events (lang, title, place, body, starts_at, ends_at, first_day, last_day, created_by)
				VALUES (`+eventValues+`, (SELECT id FROM people WHERE lower(email) = lower($8))) RETURNING id)
			INSERT INTO attendance (event_id, person_id, going) SELECT e.id, p.id, lower(p.email) = ANY ($9::text[])
				FROM e, people p WHERE lower(p.email) = ANY ($9::text[] || $10::text[])`, e.args(e.AuthorEmail, e.Coming, e.NotComing)...)
	}
	return tx.SendBatch(ctx, batch).Close()
}
