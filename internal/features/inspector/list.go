package inspector

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

const (
	perPage     = 25
	barsOfChart = 100
)

// errStandby says that this database is a standby, where unlogged tables cannot be read.
var errStandby = errors.New("unlogged tables cannot be read on a standby")

// ask sends what a page asks the tables, in one round trip.
func ask(ctx context.Context, s *store.Store, batch *pgx.Batch) error {
	err := s.Send(ctx, batch, "read what the inspector has seen")
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "0A000" {
		return errStandby
	}
	return err
}

// found is a handshake with what its browser said of it.
const found = `SELECT n, id, h.at, replica, page, person_id::text, name, email, lang, kind, status, calls, problem,
		duration, connect, tls, wait, read, held, type, size, keys,
		coalesce(expires, '0001-01-01 00:00Z') AS expires, project_id,
		coalesce(sdk, '') AS sdk, coalesce(socket, '') AS socket, blocked
	FROM inspected_handshakes h LEFT JOIN inspected_browsers b USING (id, person_id) `

// find returns the handshake of a request.
func find(ctx context.Context, s *store.Store, id string) (h Handshake, err error) {
	batch := &pgx.Batch{}
	batch.Queue(found+`WHERE id = $1`, store.Plain(id)).Query(store.CollectOne(&h))
	return h, ask(ctx, s, batch)
}

// kinds are all that a handshake can come to, as they are listed.
var kinds = []caramelo.Kind{
	caramelo.OK, caramelo.Credentials, caramelo.Project, caramelo.RateLimited, caramelo.Rejected,
	caramelo.Unavailable, caramelo.Timeout, caramelo.Malformed, caramelo.CircuitOpen, caramelo.Overloaded,
	caramelo.Canceled,
}

// list is a page of the list, older than the handshake of number before, and what the
// tables say around it.
func list(ctx context.Context, s *store.Store, before int64) (p indexProps, err error) {
	batch := &pgx.Batch{}
	batch.Queue(found+`WHERE n < $1 ORDER BY n DESC LIMIT $2`, before, perPage+1).Query(store.Collect(&p.Rows))
	batch.Queue(`SELECT duration, kind FROM inspected_handshakes WHERE calls > 0 ORDER BY n DESC LIMIT $1`,
		barsOfChart).Query(func(rows pgx.Rows) (err error) {
		p.Bars, err = pgx.CollectRows(rows, pgx.RowToStructByNameLax[Handshake])
		return err
	})
	// A percentile is the smallest value that so many per cent of all do not exceed.
	batch.Queue(`SELECT coalesce(min(at), now()), count(*) FILTER (WHERE calls > 0),
			coalesce(percentile_disc('{.5,.95,.99}'::float8[]) WITHIN GROUP (ORDER BY duration)
				FILTER (WHERE calls > 0), '{0,0,0}')
		FROM inspected_handshakes`).QueryRow(func(row pgx.Row) error {
		percentiles := make([]time.Duration, 3)
		err := row.Scan(&p.Since, &p.Measured, &percentiles)
		p.P50, p.P95, p.P99 = percentiles[0], percentiles[1], percentiles[2]
		return err
	})
	var groups []group
	batch.Queue(`SELECT kind, coalesce(state, '') AS state, count(*)
		FROM inspected_handshakes LEFT JOIN inspected_browsers USING (id, person_id) GROUP BY 1, 2`).
		Query(store.Collect(&groups))
	queueCounts(batch, &p.Counts)
	if err := ask(ctx, s, batch); err != nil {
		return p, err
	}
	if len(p.Rows) > perPage {
		p.Rows = p.Rows[:perPage]
		p.Next = strconv.FormatInt(p.Rows[perPage-1].N, 10)
	}
	slices.Reverse(p.Bars)
	p.Totals, p.Seen = totals(groups), seenOf(groups)
	return p, nil
}

// noCursor is one before all handshakes.
const noCursor = math.MaxInt64

// group is how many handshakes ended in one way, and were seen in one way by their browsers.
type group struct {
	Kind, State string
	Count       int
}

func totals(groups []group) (all []total) {
	counts := map[string]int{}
	for _, g := range groups {
		counts[g.Kind] += g.Count
	}
	for _, kind := range kinds {
		if n := counts[string(kind)]; n > 0 || kind == caramelo.OK {
			all = append(all, total{Kind: string(kind), Count: n})
		}
	}
	return all
}

// seenOf is what browsers reported of the pages with a chat.
func seenOf(groups []group) (a availability) {
	states := map[string]int{}
	for _, g := range groups {
		if g.Kind == string(caramelo.OK) {
			states[g.State] += g.Count
			a.Pages += g.Count
		}
	}
	a.Reported = a.Pages - states[""]
	for _, state := range web.States {
		if n := states[state]; n > 0 || state == "connected" {
			a.States = append(a.States, total{Kind: state, Count: n})
		}
	}
	a.Connected, a.Loaded = states["connected"], states["loaded"]
	return a
}

// Report is how often browsers reported a violation of the Content-Security-Policy.
type Report struct {
	csp.Violation
	Count       int
	First, Last time.Time
}

// violations are all that are kept, the last reported first.
func violations(ctx context.Context, s *store.Store) (p reportsProps, err error) {
	batch := &pgx.Batch{}
	batch.Queue(`SELECT directive, blocked, page, count, first_at AS first, last_at AS last
		FROM inspected_violations ORDER BY last_at DESC, directive, blocked, page`).Query(store.Collect(&p.Rows))
	queueCounts(batch, &p.Counts)
	return p, ask(ctx, s, batch)
}

// counted is how much is in no row, and since when it is counted.
type counted struct {
	What  string
	Count int
	Since time.Time
}

func queueCounts(batch *pgx.Batch, into *[]counted) {
	batch.Queue(`SELECT what, count, since FROM inspected_counts ORDER BY what`).Query(store.Collect(into))
}
