package inspector

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// What is kept, of all replicas together, does not grow, however many pages there are.
const (
	keptHandshakes = 1000
	keptViolations = 100 // that differ
	keptFor        = 7 * 24 * time.Hour
)

// writeTimeout is longer than a write takes, and shorter than a page would wait for its
// connection.
const writeTimeout = 2 * time.Second

// run writes what is noted until ctx ends, and then what is left.
func (r *recorder) run(ctx context.Context, s *web.Server) {
	hourly := time.NewTicker(time.Hour) // what is too old goes, also where nobody comes
	defer hourly.Stop()
	ended := context.WithoutCancel(ctx) // what is being written is not broken off
	for ctx.Err() == nil {
		select {
		case <-r.noted:
		case <-hourly.C:
		case <-ctx.Done():
			continue
		}
		within, cancel := context.WithTimeout(ended, writeTimeout)
		if r.write(within, s) {
			r.wake()
		}
		cancel()
		rest := time.NewTimer(r.every)
		select {
		case <-rest.C:
		case <-ctx.Done():
		}
		rest.Stop()
	}
	within, cancel := context.WithTimeout(ended, writeTimeout)
	defer cancel()
	if r.left() && r.write(within, s) { // the first time perhaps what could not be written before
		r.write(within, s)
	}
	if r.left() {
		s.Log.Warn("the inspector loses what it could not write", slog.Int("entries", r.backlog().Waiting))
	}
}

// write gives Postgres what it did not take the last time, or what was noted since, and
// reports whether something is left.
func (r *recorder) write(ctx context.Context, s *web.Server) (more bool) {
	r.mu.Lock()
	if r.writing.empty() {
		r.writing, r.notes = r.notes, r.writing
	}
	writing := r.writing
	r.mu.Unlock()
	err := s.Store.Send(ctx, writing.batch(), "write what the inspector has seen")

	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.failing = time.Time{}
		r.writing.clear()
		return !r.notes.empty()
	}
	if r.failing.IsZero() {
		r.failing = time.Now()
		s.Log.Warn("the inspector cannot write what it sees, and tries again", slog.Any("error", err))
	}
	if refused(err) { // it would stand in the way of all that follows
		r.notes.Lost += writing.entries() + writing.Lost
		r.writing.clear()
	}
	return true
}

// refused reports whether Postgres will never take these values.
func refused(err error) bool {
	pg, answered := errors.AsType[*pgconn.PgError](err)
	return errors.Is(err, store.ErrConflict) ||
		answered && (strings.HasPrefix(pg.Code, "22") || strings.HasPrefix(pg.Code, "23"))
}

// batch writes the notes, but for those of people who are deleted, and removes what is too much
// then. It is one round trip and one
// transaction, and one replica after the other: where two change the same rows in another
// order, each would wait for the other. Where the answer to a commit is lost the batch is sent
// again: a handshake is there once all the same, a violation may be counted twice.
func (n *notes) batch() *pgx.Batch {
	b := &pgx.Batch{}
	b.Queue(`SELECT pg_advisory_xact_lock('inspected_handshakes'::regclass::oid::bigint)`)
	if len(n.Handshakes) > 0 {
		b.Queue(`INSERT INTO inspected_handshakes (`+columns+`)
			SELECT `+columns+` FROM jsonb_populate_recordset(NULL::inspected_handshakes, $1) h
			WHERE EXISTS (SELECT FROM people p WHERE p.id = h.person_id)
			ON CONFLICT (id) DO NOTHING`, asJSON(n.Handshakes))
	}
	if len(n.Browsers) > 0 {
		b.Queue(`INSERT INTO inspected_browsers AS b (id, person_id, at, sdk, socket, blocked, state)
			SELECT * FROM jsonb_to_recordset($1) AS said ("ID" text, "PersonID" uuid, "At" timestamptz,
				"SDK" text, "Socket" text, "Blocked" text[], "State" text)
			WHERE EXISTS (SELECT FROM people p WHERE p.id = "PersonID")
			ON CONFLICT (id, person_id) DO UPDATE SET at = excluded.at, sdk = excluded.sdk,
				socket = excluded.socket, blocked = excluded.blocked, state = excluded.state
			WHERE b.at <= excluded.at`, asJSON(last(n.Browsers)))
	}
	if len(n.Violations) > 0 {
		b.Queue(`INSERT INTO inspected_violations AS v (directive, blocked, page, count, first_at, last_at)
			SELECT * FROM jsonb_to_recordset($1) AS seen ("Directive" text, "Blocked" text, "Page" text,
				"Count" bigint, "First" timestamptz, "Last" timestamptz)
			ON CONFLICT (directive, blocked, page) DO UPDATE SET count = v.count + excluded.count,
				last_at = greatest(v.last_at, excluded.last_at)`, asJSON(n.Violations))
	}
	for what, count := range map[string]int{countLost: n.Lost, countRest: n.Rest, countUnread: n.Unread} {
		if count > 0 {
			b.Queue(`INSERT INTO inspected_counts AS c (what, count) VALUES ($1, $2)
				ON CONFLICT (what) DO UPDATE SET count = c.count + excluded.count`, what, count)
		}
	}
	b.Queue(`WITH gone AS (
			DELETE FROM inspected_handshakes WHERE at < now() - $1::interval
				OR n <= (SELECT n FROM inspected_handshakes ORDER BY n DESC OFFSET $2 LIMIT 1)
			RETURNING id, person_id)
		DELETE FROM inspected_browsers b USING gone WHERE b.id = gone.id AND b.person_id = gone.person_id`,
		keptFor, keptHandshakes)
	// Other reports wait for their handshake, not in any number: they may be of no page at all.
	b.Queue(`DELETE FROM inspected_browsers WHERE at < now() - $1::interval
		OR (SELECT count(*) FROM inspected_browsers) > 2 * $2::int AND (id, person_id) IN (
			SELECT b.id, b.person_id
			FROM inspected_browsers b LEFT JOIN inspected_handshakes h USING (id, person_id)
			WHERE h.n IS NULL ORDER BY b.at DESC OFFSET $2)`, keptFor, keptHandshakes)
	b.Queue(`DELETE FROM inspected_violations WHERE last_at < now() - $1::interval`, keptFor)
	b.Queue(`WITH gone AS (
			DELETE FROM inspected_violations WHERE (directive, blocked, page) IN (
				SELECT directive, blocked, page FROM inspected_violations ORDER BY last_at DESC OFFSET $1)
			RETURNING count)
		INSERT INTO inspected_counts AS c (what, count)
			SELECT $2, sum(count) FROM gone HAVING count(*) > 0
			ON CONFLICT (what) DO UPDATE SET count = c.count + excluded.count`, keptViolations, countRest)
	return b
}

// last is what each browser said last.
func last(all []browserReport) []browserReport {
	byKey := map[browserKey]browserReport{}
	for _, said := range all {
		byKey[said.browserKey] = said
	}
	return slices.Collect(maps.Values(byKey))
}

// What is in no row and only counted, as in the table.
const (
	countLost   = "lost"   // what did not fit, or was refused, before it was written
	countRest   = "rest"   // violations
	countUnread = "unread" // requests with reports
)

// columns of a handshake but for its number.
const columns = `id, at, replica, page, person_id, name, email, lang, kind, status, calls, problem,
	duration, connect, tls, wait, read, held, type, size, keys, expires, project_id`

// asJSON is one value for all rows.
func asJSON(rows any) string {
	all, err := json.Marshal(rows)
	if err != nil {
		panic("inspector: " + err.Error()) // only for types that have no JSON
	}
	return string(all)
}
