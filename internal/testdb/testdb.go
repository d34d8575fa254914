// Package testdb gives each test its own Postgres database: a copy of a template that
// the real migrations have built. It is for tests only.
//
// A package whose tests use it needs:
//
//	func TestMain(m *testing.M) { testdb.Main(m) }
//
// The first test that asks for a database starts a private server, and Main stops it:
// see package localpg and its requirements. Under make test all packages share one, which
// TEST_DATABASE_URL names: see folder run. If DATABASE_URL is set, that server is used
// instead. Then the role needs CREATEDB: the tests create databases with new names and
// drop them again. They do not touch the database that DATABASE_URL names.
//
// The tests of package store must be in package store_test, because testdb imports
// store. A test that looks for leaked goroutines must first ask for its database and then
// use goleak.IgnoreCurrent, because the server has a goroutine of its own.
package testdb

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
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
