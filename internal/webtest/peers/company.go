package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/localpg"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// What the vendor knows, and what it answers.
const (
	secretToken = "sk_peers"
	chatToken   = "the-token-of-the-chat"
)

// answer is a vendor's that answers at once.
func answer(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	_, _ = io.WriteString(w, `{"real_time_access_token":"`+chatToken+`"}`)
}

// company is what all peers show, and the vendor.
type company struct {
	server   *localpg.Server
	pool     *pgxpool.Pool
	vendor   *httptest.Server
	appURL   string
	libpq    []string // the environment for programs with other drivers
	sessions []string
}

func newCompany(ctx context.Context, dir string) (*company, error) {
	server, err := localpg.Start(ctx, localpg.Options{Dir: dir, Test: true})
	if err != nil {
		return nil, err
	}
	c := &company{
		server: server, vendor: httptest.NewServer(http.HandlerFunc(answer)), appURL: server.URL("postgres"),
		libpq: []string{"PGHOST=" + filepath.Clean(dir), "PGPORT=5432", "PGUSER=postgres", "PGDATABASE=postgres"},
	}
	if c.pool, err = pgxpool.New(ctx, c.appURL); err == nil {
		err = c.fill(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

func (c *company) fill(ctx context.Context) error {
	if err := store.Migrate(ctx, c.pool); err != nil {
		return err
	}
	s := store.New(c.pool)
	if err := s.Seed(ctx, seed.CompanyOf(time.Now(), people), web.Demos(features.All())...); err != nil {
		return err
	}
	rows, _ := c.pool.Query(ctx, `SELECT id::text, session_version FROM people WHERE active ORDER BY id`)
	type person struct {
		ID      string
		Version int
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[person])
	if err != nil {
		return err
	}
	expires := time.Now().Add(time.Hour)
	for _, p := range all {
		token := rand.Text()
		data, err := store.SessionCodec{}.Encode(expires, map[string]any{
			store.SessionPersonKey: p.ID, store.SessionVersionKey: strconv.Itoa(p.Version),
		})
		if err == nil {
			err = s.Sessions().CommitCtx(ctx, token, data, expires)
		}
		if err != nil {
			return err
		}
		c.sessions = append(c.sessions, token)
	}
	_, err = c.pool.Exec(ctx, `VACUUM ANALYZE`)
	return err
}

func (c *company) stop() error {
	c.vendor.Close()
	if c.pool != nil {
		c.pool.Close()
	}
	return c.server.Stop(context.Background())
}

// statement is what the home page asks for each time.
type statement struct {
	SQL  string
	Args []any
}

// statements are those of a home page that was opened before, as the bare handler is told them. The
// first one is the session's.
func (c *company) statements(ctx context.Context) (env []string, err error) {
	config := c.pool.Config()
	trace := &tracer{}
	config.ConnConfig.Tracer = trace
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	s := store.New(pool)
	session, err := s.Session(ctx, c.sessions[0])
	if err != nil || session.Person == nil {
		return nil, fmt.Errorf("the first session opens nothing: %w", err)
	}
	ctx = store.WithSession(ctx, session)
	for range 2 {
		trace.batch = nil
		batch := s.NewBatch(ctx)
		for _, f := range features.All() {
			if f.Home != nil {
				f.Home(batch, session.Person)
			}
		}
		if err := s.Send(ctx, &batch.Batch, "home"); err != nil {
			return nil, err
		}
	}
	text, err := json.Marshal(append([]statement{{SQL: trace.session}}, trace.batch...))
	return []string{"STATEMENTS=" + string(text)}, err
}

// tracer notes what the store asks for.
type tracer struct {
	session string
	batch   []statement
}

func (t *tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	t.session = q.SQL
	return ctx
}
func (t *tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
func (t *tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}
func (t *tracer) TraceBatchQuery(_ context.Context, _ *pgx.Conn, q pgx.TraceBatchQueryData) {
	t.batch = append(t.batch, statement{q.SQL, q.Args})
}
func (t *tracer) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}
