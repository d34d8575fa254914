package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/metrics"
	"github.com/carameloai/intranet/internal/store"
)

// How often the database is looked at.
const (
	lookEvery   = 5 * time.Second
	lookSoon    = 500 * time.Millisecond // while its schema is not what this program needs
	lookTimeout = 2 * time.Second
)

// watch looks at the database from time to time, on a connection apart from those of the
// pages: what it has seen says whether this replica is ready, and is in the metrics.
type watch struct {
	pool  *pgxpool.Pool // of one connection
	log   *slog.Logger
	tell  *metrics.Database
	state string
	unfit atomic.Value // an unfitness
}

// unfitness is why the schema is not what this program needs; nil where it is.
type unfitness struct{ error }

func newWatch(ctx context.Context, config *pgxpool.Config, log *slog.Logger, tell *metrics.Database) (*watch, error) {
	config = config.Copy()
	config.MaxConns, config.MinConns, config.MinIdleConns = 1, 0, 0
	pool, err := pgxpool.NewWithConfig(ctx, config)
	w := &watch{pool: pool, log: log, tell: tell}
	w.unfit.Store(unfitness{errors.New("the database has not answered yet")})
	return w, err
}

// ready returns nil once the database has answered and has the schema of this program or a
// later one. If it goes away afterwards, all replicas have lost it: people see a page of
// ours that says so, which they would not if all of them left the balancer.
func (w *watch) ready() error { return w.unfit.Load().(unfitness).error }

func (w *watch) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	s, state := store.New(w.pool), metrics.Writable
	err := s.Writable(ctx)
	if s.Readable(ctx, err) {
		err = s.Writable(ctx) // on a new connection
	}
	switch {
	case errors.Is(err, store.ErrReadOnly):
		state = metrics.ReadOnly
	case err != nil:
		state = metrics.Away
	}
	w.tell.State(state)
	if state != w.state {
		if err != nil {
			w.log.Warn("the database takes no changes", slog.String("state", state), slog.Any("error", err))
		} else if w.state != "" {
			w.log.Info("the database takes changes again")
		}
		w.state = state
	}
	if state == metrics.Away {
		return
	}
	has, knows, err := s.Schema(ctx)
	if err == nil {
		w.tell.Schema(has, knows)
		if has < knows {
			err = store.ErrPending
		}
	}
	if !errors.Is(err, store.ErrUnavailable) {
		w.unfit.Store(unfitness{err})
	}
}

// run looks until ctx ends.
func (w *watch) run(ctx context.Context) {
	for {
		every := lookEvery
		if w.ready() != nil {
			every = lookSoon
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
			w.look(ctx)
		}
	}
}

// connectAgain is how long the server waits between two attempts to connect when it starts.
const connectAgain = 500 * time.Millisecond

// await waits until Postgres answers, which may be starting like the server itself, for as
// long as patience. What waiting does not mend is an error at once. It finds out whether a
// pooler lends the connections.
func await(
	ctx context.Context, config *pgxpool.Config, patience time.Duration, log *slog.Logger,
) (pooled bool, err error) {
	for until, told := time.Now().Add(patience), false; ; told = true {
		pooled, err = connect(ctx, config)
		if err == nil || ctx.Err() != nil {
			return pooled, err
		}
		mend, wait := refusal(err)
		if !wait || !time.Now().Before(until) {
			return false, fmt.Errorf("connect to Postgres: %w: %s", err, mend)
		}
		if !told {
			log.Warn("waiting for Postgres", slog.Duration("at_most", patience), slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
		case <-time.After(connectAgain):
		}
	}
}

// connect connects once. A pooler such as PgBouncer makes up the process id with which a
// connection begins.
func connect(ctx context.Context, config *pgxpool.Config) (pooled bool, err error) {
	c := config.ConnConfig.Copy()
	if config.BeforeConnect != nil {
		if err := config.BeforeConnect(ctx, c); err != nil {
			return false, err
		}
	}
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close(ctx) }()
	var pid uint32
	err = conn.QueryRow(ctx, `SELECT pg_backend_pid()`, pgx.QueryExecModeSimpleProtocol).Scan(&pid)
	return pid != conn.PgConn().PID(), err
}

// refusal says what to do where Postgres cannot be connected to, and whether it may be well
// in a moment.
func refusal(err error) (mend string, wait bool) {
	pg, answered := errors.AsType[*pgconn.PgError](err)
	switch {
	case !answered:
		return "start it, or set DATABASE_URL right; intranet doctor says more", true
	case strings.HasPrefix(pg.Code, "28"):
		return "set user and password right in DATABASE_URL, and let pg_hba.conf let them in", false
	case pg.Code == "3D000":
		return "make the database with CREATE DATABASE, or set its right name in DATABASE_URL", false
	case pg.Code == "42501":
		return "let the role of DATABASE_URL connect: GRANT CONNECT ON DATABASE", false
	}
	return "intranet doctor says more", true
}

// throughPooler makes statements work through a pooler that lends connections for a
// transaction: there a statement that was prepared is gone, or is somebody else's. Without
// one they stay prepared, because otherwise a page takes Postgres nearly twice the time.
func throughPooler(config *pgxpool.Config) {
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
}
