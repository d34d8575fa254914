package events

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/markdown"
	"github.com/carameloai/intranet/internal/store"
)

// Event is something that happens in the company.
type Event struct {
	ID string
	Details
	Version   int // 1 for a new event, and one more with every change
	UpdatedAt time.Time
	Begins    time.Time // for the reader: an event that is all day begins at their midnight
	Past      bool      // it has ended for the reader
	Going     int       // how many people come
	Answer    *bool     // whether the reader comes; nil if they have not answered
}

// Details is what editors write.
type Details struct {
	Lang, Title, Place string
	Body               string // Markdown; "" in lists
	AllDay             bool
	// Starts and Ends are moments, in the writer's time zone until they are stored. Of an
	// event that is all day they are its first and its last day, as midnights of UTC: dates,
	// the same in every time zone.
	Starts, Ends time.Time
}

// In returns the start and the end as a clock and a calendar in zone show them.
func (d Details) In(zone *time.Location) (starts, ends time.Time) {
	if d.AllDay {
		zone = time.UTC
	}
	return d.Starts.In(zone), d.Ends.In(zone)
}

// outOfRange reports whether a moment is before the year 2000 or after 2199 on the
// writer's calendar: any other year is a typing error.
func outOfRange(t time.Time) bool { return t.Year() < 2000 || t.Year() > 2199 }

// Invalid names the fields that cannot be stored: "lang", "title", "place", "body",
// "starts", "ends", or "order" where the end does not come after the start.
func (d Details) Invalid() (fields []string) {
	if !i18n.Supported(d.Lang) {
		fields = append(fields, "lang")
	}
	if d.Title == "" || !store.Visible(d.Title, 200) {
		fields = append(fields, "title")
	}
	if !store.Visible(d.Place, 200) {
		fields = append(fields, "place")
	}
	if !store.ValidProse(d.Body, store.MaxWritten) {
		fields = append(fields, "body")
	}
	if outOfRange(d.Starts) {
		fields = append(fields, "starts")
	}
	if outOfRange(d.Ends) {
		fields = append(fields, "ends")
	}
	wrongOrder := d.Ends.Before(d.Starts) || d.Ends.Equal(d.Starts) && !d.AllDay
	if wrongOrder && !outOfRange(d.Starts) && !outOfRange(d.Ends) {
		fields = append(fields, "order")
	}
	return fields
}

// calendar queries and changes the events in the database.
type calendar struct{ *store.Store }

// hits are the events that the search finds by their texts.
const hits = `
	SELECT e.id::text, e.lang, e.title, concat_ws(E'\n\n', nullif(e.place, ''), e.plain) AS text,
		ts_rank(e.search, q.query) AS rank
	FROM q
	JOIN events e ON e.lang = q.lang AND e.search @@ q.query`

// columns are those of an Event as a reader sees it, except for the body. $1 is the
// reader's time zone, $2 their id.
const columns = everyones + `,
		(
			SELECT count(*) FROM attendance a JOIN people p ON p.id = a.person_id AND p.active
			WHERE a.event_id = e.id AND a.going
		) AS going,
		(SELECT a.going FROM attendance a WHERE a.event_id = e.id AND a.person_id = $2) AS answer`

// everyones are the columns that are the same for all readers of a time zone.
const everyones = `
		e.id, e.lang, e.title, e.place, e.first_day IS NOT NULL AS all_day, e.version, e.updated_at,
		coalesce(e.starts_at, e.first_day::timestamp AT TIME ZONE 'UTC') AS starts,
		coalesce(e.ends_at, e.last_day::timestamp AT TIME ZONE 'UTC') AS ends,
		local.begins, local.ends <= now() AS past`

// fromEvents are the events, with when they begin and end for the reader. $1 is the
// reader's time zone.
const fromEvents = `
	FROM events e
	CROSS JOIN LATERAL (
		SELECT coalesce(e.starts_at, e.first_day::timestamp AT TIME ZONE $1::text) AS begins,
			coalesce(e.ends_at, (e.last_day + 1)::timestamp AT TIME ZONE $1::text) AS ends
	) AS local`

// Filter chooses and continues the list of events.
type Filter struct {
	Past  bool   // those that have ended, the latest first; otherwise the others, the next first
	After string // the cursor of the previous page; "" for the first page
	Limit int    // rows per page, 1 to 100
}

// List is one page of events.
type List struct {
	Events []Event
	Next   string // the cursor of the next page; "" on the last one
}

type cursor struct {
	Begins time.Time `json:"b"`
	ID     string    `json:"i"`
}

// $3 is how many rows are wanted, $4 and $5 are the cursor, or NULL for the first page.
const (
	listComing = `SELECT` + columns + `, '' AS body` + fromEvents + `
	WHERE local.ends > now()
		AND ($4::timestamptz IS NULL OR (local.begins, e.id) > ($4, $5::uuid))
	ORDER BY local.begins, e.id
	LIMIT $3`
	listPast = `SELECT` + columns + `, '' AS body` + fromEvents + `
	WHERE local.ends <= now()
		AND ($4::timestamptz IS NULL OR (local.begins, e.id) < ($4, $5::uuid))
	ORDER BY local.begins DESC, e.id DESC
	LIMIT $3`
)

// list returns a page of the events as the reader sees them.
func (c calendar) list(ctx context.Context, reader *store.Person, f Filter) (page List, err error) {
	f.Limit = min(max(f.Limit, 1), 100)
	var begins, id any
	if f.After != "" {
		after, err := store.ParseCursor(f.After, func(c cursor) bool { return store.ValidID(c.ID) })
		if err != nil {
			return page, fmt.Errorf("list events: %w", err)
		}
		begins, id = after.Begins, after.ID
	}
	sql := listComing
	if f.Past {
		sql = listPast
	}
	rows, _ := c.Pool.Query(ctx, sql, reader.TimeZone, reader.ID, f.Limit+1, begins, id)
	page.Events, err = pgx.CollectRows(rows, pgx.RowToStructByName[Event])
	page.Next = store.CutPage(&page.Events, f.Limit, func(e Event) any { return cursor{e.Begins, e.ID} })
	return page, store.Wrap(err, "list events")
}

// next are the events of the home page, for a time zone. There are others when one ends.
// Nobody sees there who comes.
var next = &store.Remembered[Event]{
	Rows: `SELECT` + everyones + `, 0 AS going, NULL::boolean AS answer, '' AS body` + fromEvents + `
		WHERE local.ends > now()
		ORDER BY local.begins, e.id
		LIMIT 4`,
	Until: `SELECT min(local.ends)` + fromEvents + ` WHERE local.ends > now()`,
}

// MaxComing is how many of the people who come to an event are named.
const MaxComing = 200

// Page is an event with the people who come.
type Page struct {
	Event  Event
	Coming []store.Person // active people by name, at most MaxComing
}

// find returns an event by id as the reader sees it, in one round trip.
func (c calendar) find(ctx context.Context, reader *store.Person, id string) (page Page, err error) {
	if !store.ValidID(id) {
		return page, store.Wrap(store.ErrNotFound, "find event")
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT`+columns+`, e.body`+fromEvents+`
		WHERE e.id = $3`,
		reader.TimeZone, reader.ID, id).Query(store.CollectOne(&page.Event))
	batch.Queue(`SELECT `+store.PersonColumns+`
		FROM attendance a
		JOIN people p ON p.id = a.person_id
		LEFT JOIN departments d ON d.slug = p.department
		WHERE a.event_id = $2 AND a.going AND p.active
		ORDER BY p.name, p.id
		LIMIT $3`,
		reader.Lang, id, MaxComing).Query(store.Collect(&page.Coming))
	return page, c.Send(ctx, batch, "find event "+id)
}

// values are lang, title, place, body, plain, starts_at, ends_at, first_day and last_day,
// made of $1 to $8: see args.
const values = `$1, $2, $3, $4, $5,
	CASE WHEN NOT $6::boolean THEN $7::timestamptz END,
	CASE WHEN NOT $6 THEN $8::timestamptz END,
	CASE WHEN $6 THEN ($7 AT TIME ZONE 'UTC')::date END,
	CASE WHEN $6 THEN ($8 AT TIME ZONE 'UTC')::date END`

// args are the arguments of values, and more from $9 on.
func (d Details) args(more ...any) []any {
	return append([]any{d.Lang, d.Title, d.Place, d.Body, markdown.Plain(d.Body), d.AllDay, d.Starts, d.Ends}, more...)
}

// create adds an event and returns its id.
func (c calendar) create(ctx context.Context, actor *store.Person, d Details) (id string, err error) {
	err = c.Change(ctx, actor, "add event", func(tx pgx.Tx) (store.Entry, error) {
		err := tx.QueryRow(ctx, `
			INSERT INTO events (lang, title, place, body, plain, starts_at, ends_at, first_day, last_day, created_by)
			VALUES (`+values+`, $9)
			RETURNING id`,
			d.args(store.NullText(actor.ID))...).Scan(&id)
		return store.Entry{Action: Created, SubjectID: id, Detail: d.Title}, err
	})
	return id, err
}

// update changes an event of that version. It returns store.ErrConflict if somebody has
// changed it since.
func (c calendar) update(ctx context.Context, actor *store.Person, id string, version int, d Details) error {
	return c.change(ctx, actor, "change event", id, func(tx pgx.Tx, stored int) (store.Entry, error) {
		if stored != version {
			return store.Entry{}, store.ErrConflict
		}
		_, err := tx.Exec(ctx, `
			UPDATE events
			SET (lang, title, place, body, plain, starts_at, ends_at, first_day, last_day) = (`+values+`),
				version = version + 1, updated_at = now()
			WHERE id = $9`,
			d.args(id)...)
		return store.Entry{Action: Changed, Detail: d.Title}, err
	})
}

// delete removes an event of that version, and the answers to it. It returns
// store.ErrConflict if somebody has changed it since.
func (c calendar) delete(ctx context.Context, actor *store.Person, id string, version int) error {
	return c.change(ctx, actor, "delete event", id, func(tx pgx.Tx, stored int) (store.Entry, error) {
		if stored != version {
			return store.Entry{}, store.ErrConflict
		}
		entry := store.Entry{Action: Deleted}
		err := tx.QueryRow(ctx, `DELETE FROM events WHERE id = $1 RETURNING title`, id).Scan(&entry.Detail)
		return entry, err
	})
}

// change is store.Change for one event, which is locked so that nobody else changes it
// at the same time. f is given its version.
func (c calendar) change(
	ctx context.Context, actor *store.Person, what, id string, f func(tx pgx.Tx, version int) (store.Entry, error),
) error {
	if !store.ValidID(id) {
		return store.Wrap(store.ErrNotFound, "%s", what)
	}
	return c.Change(ctx, actor, what, func(tx pgx.Tx) (store.Entry, error) {
		var version int
		err := tx.QueryRow(ctx, `SELECT version FROM events WHERE id = $1 FOR UPDATE`, id).Scan(&version)
		if err != nil {
			return store.Entry{}, err
		}
		entry, err := f(tx, version)
		entry.SubjectID = id
		return entry, err
	})
}

// attend stores whether the actor comes to an event. It returns store.ErrConflict if
// the event has ended. The answer is not recorded in the audit trail, which is kept for
// months, because it would say who was where.
func (c calendar) attend(ctx context.Context, actor *store.Person, id string, going bool) error {
	if !store.ValidID(id) {
		return store.Wrap(store.ErrNotFound, "answer event")
	}
	return c.Change(ctx, actor, "answer event", func(tx pgx.Tx) (store.Entry, error) {
		var past bool
		// This lock keeps the event from being deleted, and lets others answer meanwhile.
		err := tx.QueryRow(ctx, `SELECT local.ends <= now()`+fromEvents+`
			WHERE e.id = $2
			FOR KEY SHARE OF e`,
			actor.TimeZone, id).Scan(&past)
		if err != nil {
			return store.Entry{}, err
		}
		if past {
			return store.Entry{}, store.ErrConflict
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO attendance (event_id, person_id, going)
			VALUES ($1, $2, $3)
			ON CONFLICT (event_id, person_id) DO UPDATE SET going = excluded.going, at = now()`,
			id, actor.ID, going)
		return store.Entry{}, err
	})
}
