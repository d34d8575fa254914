package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/metrics"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

// log is one that a test reads while the server writes.
type log struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// served is a running intranet on a new database, until the test ends.
func served(t *testing.T, options Options) (a *App, settings Settings, written *log) {
	t.Helper()
	settings, listener := local(t)
	settings.DatabaseURL, settings.MetricsAddr = caramelo.NewSecret(testdb.URL(t)), "127.0.0.1:0"
	options.Listener, written = listener, &log{}
	a, err := Start(t.Context(), settings, options, slog.New(slog.NewTextHandler(written, nil)))
	if err != nil {
		t.Fatal(err)
	}
	serving(t, a)
	return a, settings, written
}

// serving serves until the test ends.
func serving(t *testing.T, a *App) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// owner is a connection to another database of the same server, with which a test changes
// the database of the settings.
func owner(t *testing.T, s Settings) (conn *pgx.Conn, database string) {
	t.Helper()
	config, err := pgx.ParseConfig(s.DatabaseURL.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	database, config.Database = config.Database, "postgres"
	if conn, err = pgx.ConnectConfig(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn, database
}

// restart gives a database a setting, and ends its connections.
func restart(t *testing.T, conn *pgx.Conn, database, setting string) {
	t.Helper()
	for _, sql := range []string{
		`ALTER DATABASE ` + database + ` ` + setting,
		`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '` + database + `'`,
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
}

func shows(t *testing.T, a *App, state string) {
	t.Helper()
	a.watch.look(t.Context())
	_, body := get(t, "http://"+a.sideDoor.Addr().String()+"/metrics")
	for _, each := range []string{metrics.Writable, metrics.ReadOnly, metrics.Away} {
		value := map[bool]string{true: " 1\n", false: " 0\n"}[each == state]
		if !strings.Contains(body, `intranet_database_state{state="`+each+`"}`+value) {
			t.Errorf("%s is not shown: %q", state, body[strings.Index(body, "intranet_"):][:300])
			return
		}
	}
}

// If all replicas left the balancer because their one database is away, people would see its
// bare page in place of ours.
func TestAReplicaStaysReadyWhateverItsDatabaseDoesLater(t *testing.T) {
	t.Parallel()
	a, settings, written := served(t, Options{Migrate: true})
	conn, database := owner(t, settings)
	for _, step := range []struct {
		setting, state string
		page           int
	}{
		{"CONNECTION LIMIT -1", metrics.Writable, http.StatusOK},
		{"SET default_transaction_read_only = on", metrics.ReadOnly, http.StatusOK},
		{"ALLOW_CONNECTIONS false", metrics.Away, http.StatusServiceUnavailable},
		{"ALLOW_CONNECTIONS true", metrics.ReadOnly, http.StatusOK},
		{"RESET default_transaction_read_only", metrics.Writable, http.StatusOK},
	} {
		restart(t, conn, database, step.setting)
		shows(t, a, step.state)
		status, body := get(t, settings.PublicURL+"/readyz")
		if status != http.StatusOK || body != "ready\n" {
			t.Errorf("after %s: %d %q", step.setting, status, body)
		}
		if status, body := get(t, settings.PublicURL+"/healthz"); status != http.StatusOK || body != "ok\n" {
			t.Errorf("after %s, alive: %d %q", step.setting, status, body)
		}
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, settings.PublicURL+"/", nil)
		req.AddCookie(&http.Cookie{Name: "session", Value: "nobody's"})
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		page, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode = map[bool]int{true: 200, false: res.StatusCode}[res.StatusCode == 303]; res.StatusCode !=
			step.page || step.page == 503 && !strings.Contains(string(page), "</html>") {
			t.Errorf("after %s, a page: %d", step.setting, res.StatusCode)
		}
	}
	const failed = `intranet_requests_total{method="GET",route="/{$}",status="5xx"} 1`
	if got := counted(a.metrics, "intranet_requests_total"); !slices.Contains(got, failed) {
		t.Errorf("the page that failed is not counted with its route, among %d", len(got))
	}
	for _, said := range []string{"state=read_only", "state=away", "takes changes again"} {
		if !strings.Contains(written.String(), said) {
			t.Errorf("the log does not say %s", said)
		}
	}
}

// Nothing that a page waits for makes a replica leave.
func TestReadinessNeedsNoConnectionOfThePages(t *testing.T) {
	t.Parallel()
	a, settings, _ := served(t, Options{Migrate: true})
	for range a.pool.Config().MaxConns {
		c, err := a.pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Release()
	}
	shows(t, a, metrics.Writable)
	if status, _ := get(t, settings.PublicURL+"/readyz"); status != http.StatusOK {
		t.Errorf("ready: %d", status)
	}
}

// A replica may start while the database takes no changes.
func TestAReplicaStartsOnAReadOnlyDatabase(t *testing.T) {
	t.Parallel()
	settings, listener := local(t)
	settings.DatabaseURL = caramelo.NewSecret(testdb.URL(t))
	conn, database := owner(t, settings)
	restart(t, conn, database, "SET default_transaction_read_only = on")
	a, err := Start(t.Context(), settings, Options{Migrate: true, Listener: listener}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	serving(t, a)
	if status, _ := get(t, settings.PublicURL+"/readyz"); status != http.StatusOK {
		t.Errorf("ready: %d", status)
	}
}

// Whoever edits a migration after it was applied has other tables than this program needs.
func TestAReplicaIsNotReadyOnTheTablesOfAnotherProgram(t *testing.T) {
	t.Parallel()
	settings, listener := local(t)
	settings.DatabaseURL = caramelo.NewSecret(testdb.URL(t))
	conn, err := pgx.Connect(t.Context(), settings.DatabaseURL.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	if _, err := conn.Exec(t.Context(), `UPDATE goose_db_version SET sha256 = 'another' WHERE version_id = 105`); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), settings, Options{Migrate: true}, slog.New(slog.DiscardHandler)); !errors.Is(
		err, store.ErrOtherSchema,
	) {
		t.Errorf("a start that migrates: %v", err)
	}
	written := &log{}
	a, err := Start(t.Context(), settings, Options{Listener: listener}, slog.New(slog.NewTextHandler(written, nil)))
	if err != nil {
		t.Fatal(err)
	}
	serving(t, a)
	status, _ := get(t, settings.PublicURL+"/readyz")
	if status != http.StatusServiceUnavailable || !strings.Contains(written.String(), "00105_sessions.sql") {
		t.Errorf("%d: %s", status, written.String())
	}
}

// Postgres may start later than the server.
func TestAStartWaitsForPostgres(t *testing.T) {
	t.Parallel()
	config, err := pgxpool.ParseConfig(testdb.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	tries := make(chan struct{}, 100)
	var up bool
	config.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		tries <- struct{}{}
		if !up {
			return nil, &net.OpError{Op: "dial", Err: io.EOF}
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	written := &log{}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := await(ctx, config, time.Minute, slog.New(slog.NewTextHandler(written, nil)))
		done <- err
	}()
	<-tries
	<-tries
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) && !errors.Is(err, io.EOF) {
		t.Errorf("who stops it waits: %v", err)
	}
	if n := strings.Count(written.String(), "waiting for Postgres"); n != 1 {
		t.Errorf("said %d times", n)
	}
	up = true
	if pooled, err := await(t.Context(), config, 0, slog.New(slog.DiscardHandler)); err != nil || pooled {
		t.Errorf("%v, a pooler: %t", err, pooled)
	}
	// What waiting does not mend is said at once.
	config.ConnConfig.Database = "nowhere"
	began := time.Now()
	_, err = await(t.Context(), config, time.Minute, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "CREATE DATABASE") || time.Since(began) > 30*time.Second {
		t.Errorf("%v, after %v", err, time.Since(began))
	}
}

// A page that would wait for a locked table, or for a connection, says so within 3 s, and gives
// its connection back.
func TestAPageThatWouldWaitIsA503WithinThreeSeconds(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		t.Run(method, func(t *testing.T) { t.Parallel(); wouldWait(t, method) })
	}
}

func wouldWait(t *testing.T, method string) {
	a, settings, _ := served(t, Options{Migrate: true})
	signedOut := func() (int, time.Duration) {
		req, _ := http.NewRequestWithContext(t.Context(), method, settings.PublicURL+"/login", nil)
		req.AddCookie(&http.Cookie{Name: "session", Value: "nobody's"})
		began := time.Now()
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode, time.Since(began)
	}
	hold, err := pgx.Connect(t.Context(), settings.DatabaseURL.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hold.Exec(t.Context(), `BEGIN; LOCK TABLE sessions`); err != nil {
		t.Fatal(err)
	}
	if status, took := signedOut(); status != http.StatusServiceUnavailable || took > 3*time.Second {
		t.Errorf("%s, a locked table: %d after %v", method, status, took)
	}
	var waiting int
	for deadline := time.Now().Add(5 * time.Second); ; { // the server hears of it from another connection
		err := hold.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting)
		if err != nil || waiting == 0 || time.Now().After(deadline) {
			break
		}
	}
	if waiting != 0 {
		t.Errorf("%d statements wait at the server nevertheless", waiting)
	}
	_ = hold.Close(t.Context())
	var all []*pgxpool.Conn
	for range a.pool.Config().MaxConns {
		c, err := a.pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	if status, took := signedOut(); status != http.StatusServiceUnavailable || took > 3*time.Second {
		t.Errorf("%s, no connection: %d after %v", method, status, took)
	}
	for _, c := range all {
		c.Release()
	}
	if status, _ := signedOut(); status >= 500 {
		t.Errorf("%s, afterwards: %d", method, status)
	}
}

// A request's statement has its limit; an export, a command and a migration do without.
func TestOnlyTheStatementsOfRequestsAreLimited(t *testing.T) {
	t.Parallel()
	pool, err := OpenPool(t.Context(), caramelo.NewSecret(testdb.URL(t)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if _, err := pool.Exec(t.Context(), `SELECT pg_sleep(2.2)`); err != nil {
		t.Errorf("long work: %v", err)
	}
	ctx := store.Limited(t.Context(), false)
	type slept struct{ Slept string }
	for _, err := range store.Stream[slept](ctx, store.New(pool), "export", `SELECT pg_sleep(2.2)::text AS slept`) {
		if err != nil {
			t.Errorf("an export: %v", err)
		}
	}
	if _, err := pool.Exec(ctx, `SELECT pg_sleep(5)`); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a statement of a request: %v", err)
	}
	ctx = store.Limited(t.Context(), false) // and all those of a form together
	_, once := pool.Exec(ctx, `SELECT pg_sleep(1.4)`)
	if _, err := pool.Exec(ctx, `SELECT pg_sleep(1.4)`); once != nil || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("two statements of a form: %v, %v", once, err)
	}
	ctx = store.Limited(t.Context(), true) // what a page reads together
	_, first := pool.Exec(ctx, `SELECT pg_sleep(1.4)`)
	if _, err := pool.Exec(ctx, `SELECT pg_sleep(1.4)`); first != nil || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("two statements of a page: %v, %v", first, err)
	}
}
