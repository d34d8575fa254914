package testdb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/localpg"
)

// server is the server of a test binary.
type server struct {
	admin    string                       // DSN for creating and dropping databases
	role     string                       // of the application
	dsn      func(database string) string // DSN of another database
	template func() (string, error)       // name of the migrated database, which the first call builds
	shared   bool                         // it serves a whole test run
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
		err = errors.Join(err, s.exec("DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"))
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
			return errors.Join(
				s.exec("DROP DATABASE IF EXISTS "+template+" WITH (FORCE)"),
				s.exec("DROP ROLE IF EXISTS "+s.role),
			)
		}
		return s, nil
	}
	dir, err := NewFolder()
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
