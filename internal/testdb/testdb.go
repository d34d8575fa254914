// Package testdb gives each test its own Postgres database: a copy of a template that
// the real migrations have built. It is for tests only.
//
// A package whose tests use it needs:
//
//	func TestMain(m *testing.M) { testdb.Main(m) }
//
// The first test that asks for a database starts a private server, and Main stops it:
// see package localpg and its requirements. If DATABASE_URL is set, that server is used
// instead. Then the role needs CREATEDB: the tests create databases with new names and
// drop them again. They do not touch the database that DATABASE_URL names.
//
// The tests of package store must be in package store_test, because testdb imports
// store. A test that looks for leaked goroutines must first ask for its database and then
// use goleak.IgnoreCurrent, because the server has a goroutine of its own.
package testdb

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
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
	"github.com/carameloai/intranet/migrations"
)

// SharedURL is the environment variable with the DSN of the server of a whole test run:
// see folder run.
const SharedURL = "TEST_DATABASE_URL"

// timeout is that of each step that talks to the server.
const timeout = time.Minute

// Main runs the tests of a package, stops the server if one was started, and exits. Call
// it from TestMain as the last statement.
func Main(m *testing.M) {
	var reset context.CancelFunc
	running, reset = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() { // Linux would end the server anyway, but not remove its folder
		<-running.Done()
		reset() // a second signal ends the process at once
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

// New returns a pool of at most 4 connections to a new, migrated database. Both are
// removed at the end of the test. It is safe for parallel tests.
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
	config.MaxConns = 4 // many tests share the server's limit of connections
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

// URL returns the DSN of a new, migrated database. At the end of the test the database
// is dropped, even if there are connections to it.
func URL(t testing.TB) string {
	t.Helper()
	return clone(t, func(s *server) (string, error) { return s.template() })
}

// Empty returns the DSN of a new database without tables, for the tests of the
// migrations. It is dropped at the end of the test.
func Empty(t testing.TB) string {
	t.Helper()
	return clone(t, func(*server) (string, error) { return "template0", nil })
}

// clone makes a database from a template and drops it at the end of the test.
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

// server is the server of a test binary.
type server struct {
	admin    string                       // DSN for creating and dropping databases
	role     string                       // of the application
	dsn      func(database string) string // DSN of another database
	template func() (string, error)       // name of the migrated database, which the first call builds
	stop     func() error
}

var (
	// running is canceled when the tests are interrupted. It is nil if Main was not called.
	running context.Context
	// started holds the server from the first test that asks for it until stop.
	started struct {
		sync.Mutex
		server *server
		filled []string // databases that Filled has made
		err    error
	}
)

func theServer() (*server, error) {
	if running == nil {
		return nil, errors.New("nobody would stop the server; add to this package's tests:\n" +
			"\tfunc TestMain(m *testing.M) { testdb.Main(m) }")
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
	var err error
	for _, name := range started.filled {
		err = errors.Join(err, s.exec("DROP DATABASE "+name+" WITH (FORCE)"))
	}
	return errors.Join(err, s.stop())
}

func startServer() (*server, error) {
	s := &server{role: newName("intranet_app_")}
	template := newName("intranet_template_")
	s.template = sync.OnceValues(func() (string, error) { return template, s.migrate(template) })
	if dsn := os.Getenv(SharedURL); dsn != "" {
		return s, s.share(dsn)
	}
	if dsn := os.Getenv("DATABASE_URL"); dsn != "" {
		s.admin = dsn
		s.dsn = func(database string) string { return withDatabase(dsn, database) }
		s.stop = func() error {
			return errors.Join(s.exec("DROP DATABASE IF EXISTS "+template+" WITH (FORCE)"), s.exec("DROP ROLE IF EXISTS "+s.role))
		}
		return s, nil
	}
	dir, err := os.MkdirTemp("", "testdb-") // short, because it is a part of the socket's path
	if err == nil {
		err = os.Chmod(dir, 0o711) // #nosec G302 -- root runs the server as another user, who must enter it
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(running, 15*time.Minute) // it may have to download Postgres
	defer cancel()
	pg, err := localpg.Start(ctx, localpg.Options{Dir: filepath.Join(dir, "pg"), Test: true})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s.admin, s.dsn = pg.URL("postgres"), pg.URL
	s.stop = func() error { return errors.Join(pg.Stop(context.Background()), os.RemoveAll(dir)) }
	return s, nil
}

// share uses the server of a whole test run. Its template and its role are named after
// what they are made of, so that the first test binary which needs them makes them for
// all.
func (s *server) share(dsn string) error {
	s.admin = dsn
	s.dsn = func(database string) string { return withDatabase(dsn, database) }
	s.stop = func() error { return nil }
	hash, err := schemaHash()
	if err != nil {
		return err
	}
	s.role = "intranet_app_" + hash
	template := "intranet_template_" + hash
	s.template = sync.OnceValues(func() (string, error) { return template, s.migrateOnce(template) })
	return nil
}

// migrateOnce is migrate, unless another test binary has done it.
func (s *server) migrateOnce(template string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.admin)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }() // and with it the lock
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock(hashtext($1))`, template); err != nil {
		return err
	}
	var done bool
	sql := `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND NOT datallowconn)`
	if err := conn.QueryRow(ctx, sql, template).Scan(&done); err != nil || done {
		return err
	}
	return s.migrate(template)
}

// schemaHash is a hash of all that a template is made of.
func schemaHash() (string, error) {
	sum := sha256.New()
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		return "", err
	}
	for _, name := range names {
		content, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			return "", err
		}
		sum.Write(content)
	}
	grants, err := grants("")
	if err != nil {
		return "", err
	}
	sum.Write([]byte(grants))
	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// create copies files. For a small template this is faster than the default, which copies
// through the write-ahead log.
func (s *server) create(name, template string) error {
	return s.exec("CREATE DATABASE " + name + " TEMPLATE " + template + " STRATEGY file_copy")
}

// migrate makes the template and forbids connections to it: Postgres copies a database
// only if nobody is connected to it.
func (s *server) migrate(name string) error {
	if err := s.create(name, "template0"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
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

// exec runs one statement on a new connection. A pool would be a few milliseconds faster,
// but tests that look for leaked goroutines would find its goroutines.
func (s *server) exec(sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
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

// newName returns a unique name that needs no quotes. With DATABASE_URL several test
// binaries use one server at the same time.
func newName(prefix string) string { return prefix + strings.ToLower(rand.Text()[:16]) }

// withDatabase returns dsn for another database on the same server. dsn may be a URL or a
// list of words such as host=localhost.
func withDatabase(dsn, database string) string {
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		return dsn + " dbname=" + database // the last dbname counts
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return dsn // the error of the connection says what is wrong
	}
	u.Path = "/" + database
	q := u.Query()
	q.Del("dbname")
	q.Del("database")
	u.RawQuery = q.Encode()
	return u.String()
}
