package testdb

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/carameloai/intranet/internal/localpg"
)

// server is the one server of a test binary.
type server struct {
	admin        string                       // DSN to make and drop databases with
	dsn          func(database string) string // DSN of another database
	template     func() (string, error)       // the migrated database, built once
	templateName string                       // to drop in the end
	stop         func() error
}

var (
	inMain atomic.Bool
	// running ends when the tests are interrupted, and a start under way with it.
	running, interrupt = context.WithCancel(context.Background())
	// started holds the server once a test has asked; stop takes it out.
	started struct {
		sync.Mutex
		server *server
		err    error
	}
)

func theServer() (*server, error) {
	if !inMain.Load() {
		return nil, errors.New("nobody would stop the server; add to this package's tests:\n\tfunc TestMain(m *testing.M) { testdb.Main(m) }")
	}
	started.Lock()
	defer started.Unlock()
	if started.server == nil && started.err == nil {
		started.server, started.err = startServer()
	}
	return started.server, started.err
}

func startServer() (*server, error) {
	s := &server{stop: func() error { return nil }}
	s.template = sync.OnceValues(s.buildTemplate)
	if dsn := os.Getenv("DATABASE_URL"); dsn != "" {
		s.admin = dsn
		s.dsn = func(database string) string { return withDatabase(dsn, database) }
		return s, nil
	}
	base := baseFolder()
	sweep(base)
	dir, err := os.MkdirTemp(base, prefix())
	if err != nil {
		return nil, err
	}
	// Root runs the server as somebody else, who has to pass through.
	if err := os.Chmod(dir, 0o711); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	ctx, cancel := context.WithTimeout(running, 15*time.Minute) // a download may be part of it
	defer cancel()
	pg, err := localpg.Start(ctx, localpg.Options{Dir: filepath.Join(dir, "pg"), Test: true})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s.admin, s.dsn = pg.URL("postgres"), pg.URL
	s.stop = func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		return errors.Join(pg.Stop(ctx), os.RemoveAll(dir))
	}
	return s, nil
}

// stop stops the private server, or clears up on that of DATABASE_URL.
func stop() error {
	started.Lock()
	defer started.Unlock()
	s := started.server
	started.server, started.err = nil, errors.New("the tests are over, and the server is stopped")
	if s == nil {
		return nil
	}
	var err error
	if s.templateName != "" && os.Getenv("DATABASE_URL") != "" {
		err = errors.Join(
			s.exec("ALTER DATABASE "+s.templateName+" IS_TEMPLATE false"),
			s.exec("DROP DATABASE "+s.templateName+" WITH (FORCE)"),
		)
	}
	return errors.Join(err, s.stop())
}

// stopOnSignal stops the server when the tests are interrupted. Linux would end
// it anyway, but not remove its folder.
func stopOnSignal() {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	<-interrupted
	signal.Stop(interrupted) // a second one ends us at once
	interrupt()
	_ = stop()
	os.Exit(1)
}

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
	u.Path, u.RawPath = "/"+database, ""
	q := u.Query()
	q.Del("dbname")
	q.Del("database")
	u.RawQuery = q.Encode()
	return u.String()
}

func prefix() string { return fmt.Sprintf("intranet-testdb-%d-", os.Getuid()) }

// sweep removes what earlier runs of this user left behind that were killed,
// once it is a day old.
func sweep(base string) {
	left, _ := filepath.Glob(filepath.Join(base, prefix()+"*")) // fails on a malformed pattern only
	for _, dir := range left {
		if info, err := os.Lstat(dir); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			_ = os.RemoveAll(dir)
		}
	}
}
