package audit

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// Event is something that was recorded.
type Event struct {
	ID        int64
	At        time.Time
	Action    store.Action
	Actor     string // e-mail at that time; "" for nobody, or that of store.CommandLine
	Erased    bool   // there was somebody, whose data is deleted
	Subject   string
	Address   string
	RequestID string
	Detail    string
}

// Filter narrows and continues the audit trail.
type Filter struct {
	Action store.Action
	Person string // e-mail of the actor or the subject
	Since  time.Time
	Before time.Time
	After  string // the cursor of the page before; "" is the first page
	Limit  int    // rows a page, 1 to 100
}

// List is one page of the audit trail, the newest first.
type List struct {
	Events []Event
	Next   string // the cursor of the next page; "" on the last one
}

// trail asks for what is recorded in the database.
type trail struct{ *store.Store }

// query is what finds the events that the filter lets through, the newest first. Only
// conditions that are set are in it, so that Postgres uses their indexes.
func (f Filter) query() (sql string, args []any, err error) {
	where := []string{"true"}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if f.Action != "" {
		where = append(where, "action = "+arg(f.Action))
	}
	if f.Person != "" {
		person := arg(store.Plain(f.Person))
		where = append(where, "(fold(actor) = fold("+person+") OR fold(subject) = fold("+person+"))")
	}
	if !f.Since.IsZero() {
		where = append(where, "at >= "+arg(f.Since))
	}
	if !f.Before.IsZero() {
		where = append(where, "at < "+arg(f.Before))
	}
	if f.After != "" {
		id, err := store.ParseCursor(f.After, func(id int64) bool { return id > 0 })
		if err != nil {
			return "", nil, err
		}
		where = append(where, "id < "+arg(id))
	}
	return `
		SELECT id, at, action, actor, actor = '' AND actor_id IS NOT NULL AS erased,
			CASE WHEN action = 'person.deleted' THEN coalesce(subject_id::text, '') ELSE subject END AS subject,
			address, request_id, detail
		FROM audit
		WHERE ` + strings.Join(where, " AND ") + `
		ORDER BY id DESC`, args, nil
}

// list returns a page of the audit trail.
func (t trail) list(ctx context.Context, f Filter) (page List, err error) {
	f.Limit = min(max(f.Limit, 1), 100)
	sql, args, err := f.query()
	if err != nil {
		return page, fmt.Errorf("read the audit trail: %w", err)
	}
	rows, _ := t.Pool.Query(ctx, sql+fmt.Sprintf(" LIMIT %d", f.Limit+1), args...)
	page.Events, err = pgx.CollectRows(rows, pgx.RowToStructByName[Event])
	page.Next = store.CutPage(&page.Events, f.Limit, func(e Event) any { return e.ID })
	return page, store.Wrap(err, "read the audit trail")
}

// export records that the trail was exported, with detail, and returns all that the
// filter lets through, the newest first, row by row. An error after the first row ends
// it. The filter's After and Limit do not count.
func (t trail) export(
	ctx context.Context, actor *store.Person, f Filter, detail string,
) (iter.Seq2[Event, error], error) {
	f.After = ""
	sql, args, err := f.query()
	if err != nil {
		return nil, err
	}
	const what = "export the audit trail"
	err = t.Change(ctx, actor, what, func(pgx.Tx) (store.Entry, error) {
		return store.Entry{Action: store.AuditExported, Detail: detail}, nil
	})
	if err != nil {
		return nil, err
	}
	return store.Stream[Event](ctx, t.Store, what, sql, args...), nil
}

// ofPerson is what people get to read of the trail: what they did and what was done to them. Who
// else was part of that, and from where they did it, is not theirs. Nor is an e-mail that they
// looked for.
const ofPerson = `
	SELECT id, at, action,
		CASE WHEN did THEN actor_id END AS actor_id, CASE WHEN did THEN actor END AS actor,
		CASE WHEN had THEN subject_id END AS subject_id, CASE WHEN had THEN subject END AS subject,
		CASE WHEN did THEN address END AS address, CASE WHEN did THEN request_id END AS request_id,
		CASE WHEN had OR subject = '' AND detail NOT LIKE '%@%' THEN detail END AS detail
	FROM (SELECT *, actor_id IS NOT DISTINCT FROM $1 AS did, subject_id IS NOT DISTINCT FROM $1 AS had
		FROM audit WHERE actor_id = $1 OR subject_id = $1) a
	ORDER BY id`
