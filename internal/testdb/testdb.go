// Package testdb gives each test a Postgres database of its own: a clone of a
// template that the real migrations have built. It is for tests only.
//
// A package that uses it says so once:
//
//	func TestMain(m *testing.M) { testdb.Main(m) }
//
// The server is private, started by the first test that asks and stopped by
// Main: see package localpg, and its requirements. With DATABASE_URL set that
// server is used instead; the database it names is left alone, and databases
// with names of their own are made beside it (the role needs CREATEDB) and
// dropped again.
//
// The tests of package store itself belong into package store_test: testdb
// imports store. A test that looks for leaked goroutines asks for its database
// first, then takes goleak.IgnoreCurrent: the server's own goroutine stays.
package testdb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/localpg"
	"github.com/carameloai/intranet/internal/store"
)

// patience bounds each step that talks to the server.
const patience = time.Minute

// Main runs the tests of a package, stops the server if one was started, and
// exits. Call it from TestMain, and nothing after it.
func Main(m *testing.M) {
	var again context.CancelFunc
	running, again = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() { // Linux would end the server anyway, but not remove its folder
		<-running.Done()
		again() // a second signal ends us at once
		_ = stop()
		os.Exit(1)
	}()
	code := m.Run()
	if err := stop(); err != nil {
		fmt.Fprintf(os.Stderr, "testdb: %v\n", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// New is a pool of at most 4 connections to a fresh, migrated database. Both
// are gone when the test ends. Any number of tests may call it at once.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	pool, err := open(context.Background(), URL(t))
	if err != nil {
		t.Fatalf("testdb: %v", err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func open(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.MaxConns = 4 // many tests share one server's connections
	return pgxpool.NewWithConfig(ctx, config)
}

// App is a pool to the database of owner, with the rights that deploy/roles.sql gives
// to the application and no others. What the application does in tests goes through
// it, so that a missing right is a failing test.
func App(t testing.TB, owner *pgxpool.Pool, change ...func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	s, err := theServer()
	if err != nil {
		t.Fatalf("testdb: %v", err)
	}
	config := owner.Config()
	config.ConnConfig.RuntimeParams["role"] = s.role
	for _, f := range change {
		f(config)
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatalf("testdb: %v", err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// URL is the DSN of a fresh, migrated database, dropped when the test ends,
// with whoever is still connected to it.
func URL(t testing.TB) string {
	t.Helper()
	return clone(t, func(s *server) (string, error) { return s.template() })
}

// Empty is the DSN of a fresh database without a single table, dropped when the
// test ends: for the tests of the migrations.
func Empty(t testing.TB) string {
	t.Helper()
	return clone(t, func(*server) (string, error) { return "template0", nil })
}

// clone makes a database from a template and drops it when the test ends.
func clone(t testing.TB, template func(*server) (string, error)) string {
	t.Helper()
	s, err := theServer()
	if err != nil {
		t.Fatalf("testdb: %v", err)
	}
	name := newName("intranet_test_")
	from, err := template(s)
	if err == nil {
		err = s.create(name, from)
	}
	if err != nil {
		t.Fatalf("testdb: make a database: %v", err)
	}
	t.Cleanup(func() {
		if err := s.exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("testdb: %v", err)
		}
	})
	return s.dsn(name)
}

// server is the one server of a test binary.
type server struct {
	admin    string                       // DSN to make and drop databases with
	role     string                       // the application's
	dsn      func(database string) string // DSN of another database
	template func() (string, error)       // the migrated database, built once
	stop     func() error
}

var (
	// running ends when the tests are interrupted, and a start under way with
	// it. It is nil without Main.
	running context.Context
	// started holds the server once a test has asked; stop takes it out.
	started struct {
		sync.Mutex
		server *server
		err    error
	}
)

func theServer() (*server, error) {
	if running == nil {
		return nil, errors.New("nobody would stop the server; add to this package's tests:\n\tfunc TestMain(m *testing.M) { testdb.Main(m) }")
	}
	started.Lock()
	defer started.Unlock()
	if started.server == nil && started.err == nil {
		started.server, started.err = startServer()
	}
	return started.server, started.err
}

func stop() error {
	started.Lock()
	defer started.Unlock()
	s := started.server
	started.server, started.err = nil, errors.New("the tests are over, and the server is stopped")
	if s == nil {
		return nil
	}
	return s.stop()
}

func startServer() (*server, error) {
	s := &server{role: newName("intranet_app_")}
	template := newName("intranet_template_")
	s.template = sync.OnceValues(func() (string, error) { return template, s.migrate(template) })
	if dsn := os.Getenv("DATABASE_URL"); dsn != "" {
		s.admin = dsn
		s.dsn = func(database string) string { return withDatabase(dsn, database) }
		s.stop = func() error {
			return errors.Join(s.exec("DROP DATABASE IF EXISTS "+template+" WITH (FORCE)"), s.exec("DROP ROLE IF EXISTS "+s.role))
		}
		return s, nil
	}
	dir, err := os.MkdirTemp("", "testdb-") // short: a socket's path goes in it
	if err == nil {
		err = os.Chmod(dir, 0o711) // #nosec G302 -- root runs the server as somebody else, who has to pass through
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(running, 15*time.Minute) // a download may be part of it
	defer cancel()
	pg, err := localpg.Start(ctx, localpg.Options{Dir: filepath.Join(dir, "pg"), Test: true})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s.admin, s.dsn = pg.URL("postgres"), pg.URL
	s.stop = func() error { return errors.Join(pg.Stop(context.Background()), os.RemoveAll(dir)) }
	return s, nil
}

// create copies files, which beats the default (a copy through the write-ahead
// log) for a template as small as ours.
func (s *server) create(name, template string) error {
	return s.exec("CREATE DATABASE " + name + " TEMPLATE " + template + " STRATEGY file_copy")
}

// migrate makes the template and closes it to connections: Postgres copies only
// a database that nobody is connected to.
func (s *server) migrate(name string) error {
	if err := s.create(name, "template0"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	pool, err := open(ctx, s.dsn(name))
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := store.Migrate(ctx, pool); err != nil {
		return err
	}
	grants, err := grants(s.role)
	if err != nil {
		return err
	}
	if err := s.exec("CREATE ROLE " + s.role); err != nil {
		return err
	}
	if _, err := pool.Exec(ctx, grants); err != nil {
		return fmt.Errorf("deploy/roles.sql: %w", err)
	}
	return s.exec("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false")
}

// grants is deploy/roles.sql for a role, without what only psql understands.
func grants(role string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("not in the module's tree, where deploy/roles.sql is")
		}
	}
	file, err := os.ReadFile(filepath.Join(dir, "deploy", "roles.sql")) // #nosec G304 -- of our own tree
	if err != nil {
		return "", err
	}
	var sql strings.Builder
	for line := range strings.Lines(string(file)) {
		if !strings.HasPrefix(line, `\`) {
			sql.WriteString(strings.ReplaceAll(line, `:"app"`, role))
		}
	}
	return sql.String(), nil
}

// exec runs one statement on a connection of its own. A pool would be a few
// milliseconds faster, and its goroutines would stand in every test's way that
// looks for leaks.
func (s *server) exec(sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.admin)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	return nil
}

// newName is safe unquoted, and unlike any other: test binaries run side by
// side, with DATABASE_URL on one server.
func newName(prefix string) string { return prefix + strings.ToLower(rand.Text()[:16]) }

// withDatabase is a DSN, of either form that Postgres knows, for another
// database on the same server.
func withDatabase(dsn, database string) string {
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		return dsn + " dbname=" + database // the last one counts
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return dsn // the connection says what is wrong with it
	}
	u.Path = "/" + database
	q := u.Query()
	q.Del("dbname")
	q.Del("database")
	u.RawQuery = q.Encode()
	return u.String()
}
