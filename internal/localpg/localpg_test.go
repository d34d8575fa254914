//go:build unix && !aix && !solaris

package localpg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

// TestMain is also the program that TestServerEndsWithItsParent starts and kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("LOCALPG_TEST_PARENT"); dir != "" {
		s, err := Start(context.Background(), Options{Dir: dir, Test: true})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(s.child.Pid)
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// newDir returns a path for the folder of a server that its account can reach, unlike
// those of t.TempDir.
func newDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "localpg-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "pg")
}

func mustStart(t *testing.T, dir string) *Server {
	t.Helper()
	s, err := Start(t.Context(), Options{Dir: dir, Test: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop(context.Background()) })
	return s
}

func mustStop(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// query runs one statement and returns its only value as text.
func query(t *testing.T, s *Server, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	rows, _ := conn.Query(t.Context(), sql)
	values, err := pgx.CollectRows(rows, pgx.RowTo[any])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if len(values) == 0 {
		return ""
	}
	return fmt.Sprint(values[0])
}

// mustFail wants an error that contains each of the words.
func mustFail(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error does not say %q:\n%v", w, err)
		}
	}
}

// alive reports whether a process runs. A zombie does not.
func alive(pid int) bool {
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		_, state, _ := strings.Cut(string(stat), ") ")
		return !strings.HasPrefix(state, "Z")
	}
	return syscall.Kill(pid, 0) == nil
}

// eventually waits for a condition, at most 10 s.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for until := time.Now().Add(10 * time.Second); !condition(); {
		if time.Now().After(until) {
			t.Fatal("still waiting for: " + what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

func socketOf(dir string) string { return filepath.Join(dir, ".s.PGSQL."+port) }

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func TestDataOutlivesTheServer(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	s := mustStart(t, dir)
	query(t, s, "CREATE TABLE note AS SELECT 'kept' AS text")
	mustStop(t, s)
	if alive(s.child.Pid) || exists(socketOf(dir)) {
		t.Errorf("after Stop: process alive %v, socket there %v", alive(s.child.Pid), exists(socketOf(dir)))
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Errorf("a second Stop: %v", err)
	}

	s = mustStart(t, dir)
	if got := query(t, s, "SELECT text FROM note"); got != "kept" {
		t.Errorf("the data after a restart: %q", got)
	}
	mustStop(t, s)
}

func TestLettersWithAccents(t *testing.T) {
	t.Parallel()
	s := mustStart(t, newDir(t))
	for _, c := range []struct{ sql, want string }{
		{
			sql:  "SELECT lower('ÁÇÃO')",
			want: "áção",
		},
		{
			sql:  "SELECT 'ÇÃ' ~ '^[[:alpha:]]+$'",
			want: "true",
		},
		{
			sql:  "SELECT to_tsvector('portuguese', 'JOÃO') @@ to_tsquery('portuguese', 'joão')",
			want: "true",
		},
		{
			sql:  "SELECT count(*) FROM pg_collation WHERE collname = 'pt-BR-x-icu'",
			want: "1",
		},
		{
			sql:  `SELECT string_agg(w, '' ORDER BY w COLLATE "pt-BR-x-icu") FROM unnest('{c,á,b}'::text[]) w`,
			want: "ábc",
		},
		{
			sql:  "SHOW server_encoding",
			want: "UTF8",
		},
		{
			sql:  "SHOW listen_addresses",
			want: "",
		},
	} {
		if got := query(t, s, c.sql); got != c.want {
			t.Errorf("%s = %q, want %q", c.sql, got, c.want)
		}
	}
}

func TestMissingLocale(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	b, _ := systemPlaces().find(t.Context(), 0, a)
	f, err := openFolder(t.Context(), dir, a)
	if err != nil {
		t.Fatal(err)
	}
	// The first one does not exist, as C.UTF-8 does not on macOS.
	ctypes := []string{"no_NE.UTF-8", "C.utf8", "en_US.UTF-8"}
	err = errors.Join(f.create(t.Context(), b, true, ctypes), f.release())
	if err != nil {
		t.Fatal(err)
	}
	if got := query(t, mustStart(t, dir), "SELECT lower('ÁÇÃO')"); got != "áção" {
		t.Error(got)
	}
}

func TestSecondStartIsRefused(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	s := mustStart(t, dir)
	_, err := Start(t.Context(), Options{Dir: dir, Test: true})
	mustFail(t, err, dir, "in use by process "+strconv.Itoa(os.Getpid())+":", "choose another folder")
	if got := query(t, s, "SELECT 1"); got != "1" {
		t.Errorf("the first server: %q", got)
	}
}

func TestEndedContextEndsTheStart(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Start(ctx, Options{Dir: dir, Test: true, Progress: func(string) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("a start cancelled in initdb: %v", err)
	}
	for _, name := range []string{dataName, initName} {
		if exists(filepath.Join(dir, name)) {
			t.Errorf("%s is left behind", name)
		}
	}

	mustStop(t, mustStart(t, dir))
	for after := time.Duration(0); after < 60*time.Millisecond; after += 10 * time.Millisecond {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		s, err := Start(ctx, Options{Dir: dir, Test: true})
		cancel()
		if err == nil {
			mustStop(t, s)
		}
		if exists(filepath.Join(dir, dataName, "postmaster.pid")) {
			t.Errorf("a start that ended after %v left a server: %v", after, err)
		}
	}
}

func TestLongPath(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	fits := filepath.Join(dir, strings.Repeat("x", maxDir-len(dir)-1))
	mustStop(t, mustStart(t, fits))
	_, err := Start(t.Context(), Options{Dir: fits + "x", Test: true})
	mustFail(t, err, "89 bytes", "choose a shorter folder")
	if exists(fits + "x") {
		t.Error("the folder was made nevertheless")
	}
}

func TestServerThatWillNotStart(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	mustStop(t, mustStart(t, dir))
	conf, err := os.OpenFile(filepath.Join(dir, dataName, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conf.WriteString("no_such_setting = 1\n"); err != nil {
		t.Fatal(err)
	}
	_ = conf.Close()
	_, err = Start(t.Context(), Options{Dir: dir, Test: true})
	mustFail(t, err, "no_such_setting", logName, "choose another folder")
}
