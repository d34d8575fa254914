//go:build unix && !aix && !solaris

package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	startWithin = 30 * time.Second // for the first answer, crash recovery included
	retryWithin = 5 * time.Second  // for a server that died to let go of its data
	stopWithin  = 10 * time.Second // for each of the ways to stop
)

// Server is a running private Postgres.
type Server struct {
	dir    string
	folder *folder
	child  *process

	stopping sync.Once
	stopErr  error
}

// Start makes a cluster in o.Dir unless there is one, and runs a server on it.
// It returns when the server answers, at most 30 s after it was started; ctx
// bounds the start only, and ending it ends what was started.
//
// A server that a killed process left behind on the same folder is stopped. A
// folder that another process holds, that another user owns or whose data
// another major version of Postgres made is refused, and nothing is changed.
func Start(ctx context.Context, o Options) (*Server, error) {
	return start(ctx, o, systemPlaces())
}

func start(ctx context.Context, o Options, p places) (_ *Server, err error) {
	a, err := serverAccount()
	if err != nil {
		return nil, err
	}
	f, err := openFolder(ctx, o.Dir, a)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.release())
		}
	}()
	want, err := f.major()
	if err != nil {
		return nil, err
	}
	b, err := locate(ctx, p, want, o, f.dir, a)
	if err != nil {
		return nil, err
	}
	if want == 0 {
		o.say("Creating a Postgres %d cluster in %s", b.major, f.dir)
		if err := f.create(ctx, b, o.Test, ctypes); err != nil {
			return nil, err
		}
	}
	// After a crash have patience: what is left of the last server may hold the
	// data a little longer.
	for until := time.Now().Add(retryWithin); ; {
		if err := f.stopLeftover(ctx, b); err != nil {
			return nil, err
		}
		child, err := f.launch(ctx, b, o.Test)
		if err == nil {
			return &Server{dir: f.dir, folder: f, child: child}, nil
		}
		if !errors.Is(err, errHeld) || time.Now().After(until) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err // says more than that the time is up
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// stopLeftover stops a server that still serves the data: its parent was killed
// where the kernel does not end orphans. The folder's lock is ours, so the
// parent is gone. The account stops it, which can end no process but its own.
func (f *folder) stopLeftover(ctx context.Context, b binaries) error {
	pid := answering(ctx, f.dir)
	if pid == 0 {
		return nil
	}
	stop := f.account.command(ctx, filepath.Join(b.dir, "pg_ctl"), "stop", "--mode=fast", "--timeout=10", "--pgdata="+filepath.Join(f.dir, dataName))
	if _, err := output(ctx, stop); err != nil && answering(ctx, f.dir) == pid {
		return fmt.Errorf("stop the server that an earlier run left in %s: %w: stop process %d yourself", f.dir, err, pid)
	}
	return nil
}

// answering is the process id of the server behind the folder's socket, from its
// own lock file, or 0.
func answering(ctx context.Context, dir string) (pid int) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn(dir, "postgres"))
	if err != nil {
		return 0
	}
	defer func() { _ = conn.Close(ctx) }()
	_ = conn.QueryRow(ctx, `SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)::int`).Scan(&pid)
	return pid
}

// settings are the server's command line. It beats postgresql.conf, whose
// defaults differ from one system's packages to another's.
func settings(dir string, test bool) []string {
	set := []string{
		"listen_addresses=", "port=" + port, "unix_socket_directories=" + dir,
		"logging_collector=off", "log_destination=stderr", "ssl=off",
	}
	if test {
		set = append(set, "max_connections=200", "fsync=off", "synchronous_commit=off",
			"full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "autovacuum=off",
			// Keep the log small, and shared memory as files beside the data,
			// removed with it: a test that is killed leaves nothing elsewhere.
			"min_wal_size=32MB", "max_wal_size=128MB", "wal_init_zero=off", "dynamic_shared_memory_type=mmap")
	}
	args := []string{"-D", filepath.Join(dir, dataName)}
	for _, s := range set {
		args = append(args, "-c", s)
	}
	return args
}

var (
	// errHeld is a start that failed because the data still belongs to another
	// server, or to what is left of one.
	errHeld   = errors.New("the data is held by another server")
	errExited = errors.New("the server ended while starting")
)

// launch runs the server as a child and waits for it to answer.
func (f *folder) launch(ctx context.Context, b binaries, test bool) (*process, error) {
	log, err := f.OpenFile(logName, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the server's log: %w: choose another folder", err)
	}
	defer func() { _ = log.Close() }() // the child has its own copy
	cmd := f.account.command(context.Background(), filepath.Join(b.dir, "postgres"), settings(f.dir, test)...)
	// The file itself, not a pipe: a pipe stays open for as long as any of the
	// server's own children lives, and breaks when we die.
	cmd.Stdout, cmd.Stderr = log, log
	child, err := spawn(cmd)
	if err != nil {
		return nil, fmt.Errorf("run %s as %s: %w", cmd.Path, f.account.name, err)
	}
	err = await(ctx, child, f.dir)
	if err == nil {
		return child, nil
	}
	err = errors.Join(err, child.stop(ctx))
	logged, _ := f.ReadFile(logName)
	said := strings.TrimSpace(string(logged))
	switch {
	case strings.Contains(said, "lock file ") && strings.Contains(said, "already exists"):
		err = fmt.Errorf("%w: stop the process named below, or if it is no Postgres remove the lock file named below from %s", errHeld, filepath.Join(f.dir, dataName))
	case strings.Contains(said, "pre-existing shared memory block"):
		err = fmt.Errorf("%w: stop the postgres processes that still run on it", errHeld)
	case errors.Is(err, errExited):
		err = fmt.Errorf("%w: mend what it says below, or choose another folder", err)
	}
	return nil, fmt.Errorf("start Postgres in %s: %w\n%s\n(the whole log is %s)", f.dir, err, said, filepath.Join(f.dir, logName))
}

// await returns when the server answers, and not another one on the same socket.
func await(ctx context.Context, child *process, dir string) error {
	late := fmt.Errorf("the server did not answer within %v", startWithin)
	ctx, cancel := context.WithTimeoutCause(ctx, startWithin, late)
	defer cancel()
	for answering(ctx, dir) != child.Pid {
		select {
		case <-child.exited:
			return errExited
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// Stop ends the server, and returns when it is gone: first asking it to drop
// its connections and finish (10 s, less if ctx ends), then without finishing,
// which the next start repairs. The data stays. A second call returns the same.
func (s *Server) Stop(ctx context.Context) error {
	s.stopping.Do(func() {
		select {
		case <-s.child.exited:
			s.stopErr = fmt.Errorf("the server had ended by itself (%v): see %s", s.child.err, filepath.Join(s.dir, logName))
		default:
			s.stopErr = s.child.stop(ctx)
		}
		s.stopErr = errors.Join(s.stopErr, s.folder.release())
	})
	return s.stopErr
}
