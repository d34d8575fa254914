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
	startTimeout = 30 * time.Second // until the first answer, crash recovery included
	retryTimeout = 5 * time.Second  // until a server that was killed has released its data
	stopTimeout  = 10 * time.Second // for each signal that stops a server
)

// Server is a running private Postgres.
type Server struct {
	dir    string
	folder *folder
	child  *process

	stopping sync.Once
	stopErr  error
}

// Start creates a cluster in o.Dir if there is none, and runs a server with it. It
// returns when the server answers, which must be within 30 s. ctx counts only for the
// start: if it ends before, the server is stopped.
//
// If an earlier process was killed and has left a server in the folder, that server is
// stopped. A folder is refused, and not changed, if another process uses it, if another
// user owns it, or if another major version of Postgres made its data.
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
	b, err := locate(ctx, p, want, o, f)
	if err != nil {
		return nil, err
	}
	if want == 0 {
		o.progress("Creating a Postgres %d cluster in %s", b.major, f.dir)
		if err := f.create(ctx, b, o.Test, ctypes); err != nil {
			return nil, err
		}
	}
	child, err := f.launchWithRetry(ctx, b, o.Test)
	if err != nil {
		return nil, err
	}
	return &Server{dir: f.dir, folder: f, child: child}, nil
}

// launchWithRetry tries again for a while if the data is in use: after a crash, the
// children of the last server may use it a little longer.
func (f *folder) launchWithRetry(ctx context.Context, b binaries, test bool) (*process, error) {
	for until := time.Now().Add(retryTimeout); ; {
		if err := f.stopLeftover(ctx, b); err != nil {
			return nil, err
		}
		child, err := f.launch(ctx, b, test)
		if err == nil {
			return child, nil
		}
		if !errors.Is(err, errHeld) || time.Now().After(until) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err // it says more than ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// stopLeftover stops a server that still uses the data because its parent was killed,
// on a system that does not end the children of such a process. We hold the folder's
// lock, so the parent has ended. pg_ctl runs as the account, which can only stop its own
// processes.
func (f *folder) stopLeftover(ctx context.Context, b binaries) error {
	pid := serverPID(ctx, f.dir)
	if pid == 0 {
		return nil
	}
	stop := f.account.command(ctx, filepath.Join(b.dir, "pg_ctl"), "stop",
		"--mode=fast",
		"--timeout=10",
		"--pgdata="+filepath.Join(f.dir, dataName))
	if _, err := output(ctx, stop); err != nil && serverPID(ctx, f.dir) == pid {
		return fmt.Errorf("stop the server that an earlier run left in %s: %w: stop process %d yourself",
			f.dir, err, pid)
	}
	return nil
}

// serverPID asks the server at the folder's socket for its process id. It is 0 if none
// answers.
func serverPID(ctx context.Context, dir string) (pid int) {
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

// settings returns the server's arguments. They take precedence over postgresql.conf,
// whose defaults differ between the packages of different systems.
func settings(dir string, test bool) []string {
	set := []string{
		"listen_addresses=",
		"port=" + port,
		"unix_socket_directories=" + dir,
		"logging_collector=off",
		"log_destination=stderr",
		"ssl=off",
	}
	if test {
		set = append(set,
			"max_connections=200",
			"fsync=off",
			"synchronous_commit=off",
			"full_page_writes=off",
			"wal_level=minimal",
			"max_wal_senders=0",
			"autovacuum=off",
			"min_wal_size=32MB",
			"max_wal_size=128MB",
			"wal_init_zero=off",
			// Shared memory in files beside the data, so that a test that is killed leaves
			// nothing in other places.
			"dynamic_shared_memory_type=mmap")
	}
	args := []string{"-D", filepath.Join(dir, dataName)}
	for _, s := range set {
		args = append(args, "-c", s)
	}
	return args
}

var (
	// errHeld says that another server, or the children of one that has ended, still use
	// the data.
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
	postgres := filepath.Join(b.dir, "postgres")
	cmd := f.account.command(context.Background(), postgres, settings(f.dir, test)...)
	// A file and no pipe: a pipe would stay open as long as any child of the server runs,
	// and break when this process ends.
	cmd.Stdout, cmd.Stderr = log, log
	child, err := spawn(cmd)
	if err != nil {
		return nil, fmt.Errorf("run %s as %s: %w", cmd.Path, f.account.name, err)
	}
	err = waitForAnswer(ctx, child, f.dir)
	if err == nil {
		return child, nil
	}
	return nil, f.explain(errors.Join(err, child.stop(ctx)))
}

// explain adds the server's log, and advice that is taken from it, to the error of a start.
func (f *folder) explain(err error) error {
	content, _ := f.ReadFile(logName)
	log := strings.TrimSpace(string(content))
	switch {
	case strings.Contains(log, "lock file ") && strings.Contains(log, "already exists"):
		err = fmt.Errorf("%w: stop the process named below, "+
			"or if it is no Postgres remove the lock file named below from %s", errHeld, filepath.Join(f.dir, dataName))
	case strings.Contains(log, "pre-existing shared memory block"):
		err = fmt.Errorf("%w: stop the postgres processes that still run on it", errHeld)
	case errors.Is(err, errExited):
		err = fmt.Errorf("%w: mend what it says below, or choose another folder", err)
	}
	return fmt.Errorf("start Postgres in %s: %w\n%s\n(the whole log is %s)",
		f.dir, err, log, filepath.Join(f.dir, logName))
}

// waitForAnswer returns when this child answers at the socket, and no other server.
func waitForAnswer(ctx context.Context, child *process, dir string) error {
	late := fmt.Errorf("the server did not answer within %v", startTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, late)
	defer cancel()
	for serverPID(ctx, dir) != child.Pid {
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

// Stop ends the server and returns when it has ended. It first waits up to 10 s, or
// until ctx ends, for an orderly shutdown, and then ends it without one; the next start
// recovers the data. The data is kept. A second call returns the same error.
func (s *Server) Stop(ctx context.Context) error {
	s.stopping.Do(func() {
		select {
		case <-s.child.exited:
			log := filepath.Join(s.dir, logName)
			s.stopErr = fmt.Errorf("the server had ended by itself (%v): see %s", s.child.err, log)
		default:
			s.stopErr = s.child.stop(ctx)
		}
		s.stopErr = errors.Join(s.stopErr, s.folder.release())
	})
	return s.stopErr
}
