package testdb_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/testdb"
)

// With TESTDB_TEST_WITHOUT_MAIN, TestMain is that of a package that does not call Main.
func TestMain(m *testing.M) {
	if os.Getenv("TESTDB_TEST_WITHOUT_MAIN") != "" {
		os.Exit(m.Run())
	}
	_ = os.Unsetenv(testdb.SharedURL) // these tests look at a whole server, so they start their own
	testdb.Main(m)
}

// query returns the values of one column, as text.
func query(t *testing.T, dsn, sql string) []string {
	t.Helper()
	ctx := context.Background() // the test's own context has ended in a cleanup
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, _ := conn.Query(ctx, sql)
	values, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return values
}

const (
	tables    = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"
	databases = "SELECT datname::text FROM pg_database ORDER BY datname"
)

func TestDatabasesAreMigratedAndApart(t *testing.T) {
	t.Parallel()
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			pool := testdb.New(t)
			if len(query(t, pool.Config().ConnString(), tables)) == 0 {
				t.Error("no tables")
			}
			// If the tests shared a database, this would fail in all but one.
			if _, err := pool.Exec(t.Context(), "CREATE TABLE only_here ()"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEmptyHasNoTables(t *testing.T) {
	t.Parallel()
	if got := query(t, testdb.Empty(t), tables); len(got) > 0 {
		t.Errorf("tables: %q", got)
	}
}

// ownServer skips a test that compares the databases of the server before and after,
// unless the server is private. Such a test cannot be parallel either.
func ownServer(t *testing.T) {
	t.Helper()
	if os.Getenv("DATABASE_URL") != "" {
		t.Skip("others may use the server of DATABASE_URL at the same time")
	}
}

func TestDatabaseGoesWithItsTest(t *testing.T) {
	ownServer(t)
	admin := testdb.Empty(t)
	_ = testdb.URL(t) // builds the template
	before := query(t, admin, databases)
	t.Run("", func(t *testing.T) {
		testdb.New(t)
		// A connection that the test does not close must not keep the database.
		if _, err := pgx.Connect(t.Context(), testdb.URL(t)); err != nil {
			t.Fatal(err)
		}
	})
	if after := query(t, admin, databases); !slices.Equal(after, before) {
		t.Errorf("before %q\nafter %q", before, after)
	}
}

// runTest runs one test of this package in another process.
func runTest(t *testing.T, test string, env ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run=^"+test+"$")
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestDatabaseURL(t *testing.T) {
	ownServer(t)
	named := testdb.Empty(t)
	_ = testdb.URL(t) // builds the template
	config, err := pgx.ParseConfig(named)
	if err != nil {
		t.Fatal(err)
	}
	words := fmt.Sprintf("host=%s port=%d user=%s dbname=%s sslmode=disable",
		config.Host, config.Port, config.User, config.Database)
	for _, dsn := range []string{named, words} {
		before := query(t, named, databases)
		out, err := runTest(t, "Test(Databases|Empty).*", "DATABASE_URL="+dsn)
		if err != nil || !strings.Contains(out, "--- PASS: TestDatabasesAreMigratedAndApart") {
			t.Fatalf("%v\n%s", err, out)
		}
		if after := query(t, named, databases); !slices.Equal(after, before) {
			t.Errorf("databases before %q\nafter %q", before, after)
		}
		if got := query(t, named, tables); len(got) > 0 {
			t.Errorf("the database that DATABASE_URL names was touched: %q", got)
		}
	}
}

func TestNoPostgresFails(t *testing.T) {
	t.Parallel()
	out, err := runTest(t, "TestEmptyHasNoTables", "DATABASE_URL=", "PG_BINDIR=/nonexistent")
	if err == nil || !strings.Contains(out, "--- FAIL") || !strings.Contains(out, "PG_BINDIR is set") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestForgottenMainFails(t *testing.T) {
	t.Parallel()
	out, err := runTest(t, "TestEmptyHasNoTables", "TESTDB_TEST_WITHOUT_MAIN=1")
	if err == nil || !strings.Contains(out, "func TestMain(m *testing.M) { testdb.Main(m) }") {
		t.Errorf("%v\n%s", err, out)
	}
}
