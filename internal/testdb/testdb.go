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
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/store"
)

// patience bounds each step that talks to the server.
const patience = time.Minute

// New is a pool of at most 4 connections to a fresh, migrated database. Both
// are gone when the test ends. Any number of tests may call it at once.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	pool, err := open(context.Background(), URL(t))
	if err != nil {
		t.Fatalf("testdb: %v", err)
	}
	t.Cleanup(func() { closePool(t, pool) })
	return pool
}

// closePool is Close, except that a connection the test never gave back fails
// the test instead of hanging it.
func closePool(t testing.TB, pool *pgxpool.Pool) {
	t.Helper()
	closed := make(chan struct{})
	go func() {
		pool.Close()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(5 * time.Second):
		t.Error("testdb: the test ended without giving back a connection: rows not closed, a transaction not ended, or a goroutine still at work")
	}
}

// URL is the DSN of a fresh, migrated database, dropped when the test ends,
// with whoever is still connected to it.
func URL(t testing.TB) string {
	t.Helper()
	s, err := theServer()
	if err != nil {
		t.Fatalf("testdb: %v", err)
	}
	template, err := s.template()
	if err != nil {
		t.Fatalf("testdb: build the template database: %v", err)
	}
	return s.create(t, template)
}

// Empty is the DSN of a fresh database without a single table, dropped when the
// test ends: for the tests of the migrations.
func Empty(t testing.TB) string {
	t.Helper()
	s, err := theServer()
	if err != nil {
		t.Fatalf("testdb: %v", err)
	}
	return s.create(t, "template0")
}

// create makes a database from a template and drops it when the test ends.
func (s *server) create(t testing.TB, template string) string {
	t.Helper()
	name := newName("intranet_test_")
	// The file copy beats the default (a copy through the write-ahead log) for
	// a template as small as ours.
	if err := s.exec("CREATE DATABASE " + name + " TEMPLATE " + template + " STRATEGY file_copy"); err != nil {
		t.Fatalf("testdb: %v", err)
	}
	t.Cleanup(func() {
		if err := s.exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("testdb: %v", err)
		}
	})
	return s.dsn(name)
}

// buildTemplate migrates a database and closes it to connections: Postgres
// copies only a database that nobody is connected to.
func (s *server) buildTemplate() (string, error) {
	name := newName("intranet_template_")
	if err := s.exec("CREATE DATABASE " + name + " TEMPLATE template0 STRATEGY file_copy"); err != nil {
		return "", err
	}
	s.templateName = name // from here on there is something to drop
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	pool, err := open(ctx, s.dsn(name))
	if err != nil {
		return "", err
	}
	err = store.Migrate(ctx, pool)
	pool.Close()
	if err != nil {
		return "", err
	}
	return name, s.exec("ALTER DATABASE " + name + " IS_TEMPLATE true ALLOW_CONNECTIONS false")
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

func open(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.MaxConns = 4 // many tests share one server's connections
	return pgxpool.NewWithConfig(ctx, config)
}

// newName is safe unquoted, and unlike any other: test binaries run side by
// side, with DATABASE_URL on one server.
func newName(prefix string) string { return prefix + strings.ToLower(rand.Text()[:16]) }

// Main runs the tests of a package, stops the server if one was started, and
// exits. Call it from TestMain, and nothing after it.
func Main(m *testing.M) {
	inMain.Store(true)
	go stopOnSignal()
	code := m.Run()
	if err := stop(); err != nil {
		fmt.Fprintf(os.Stderr, "testdb: %v\n", err)
		code = max(code, 1)
	}
	os.Exit(code)
}
