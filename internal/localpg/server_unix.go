//go:build unix && !aix && !solaris

package localpg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	startWithin = 30 * time.Second // for the first answer, crash recovery included
	retryWithin = 5 * time.Second  // for a server that died to let go of its data
	stopWithin  = 10 * time.Second // for each of the two ways to stop
)

// Server is a running private Postgres.
type Server struct {
	socket  string
	folder  *folder
	account account
	child   *process // nil for an adopted server
	pid     int

	mu      sync.Mutex
	stopped bool
	stopErr error
}

// Start makes a cluster in o.Dir unless there is one, and runs a server on it.
// It returns when the server answers, at most 30 s after it was started; ctx
// bounds the start only, and ending it ends what was started.
//
// A server that an earlier process left behind on the same folder is adopted.
// A folder that another process holds, that another user owns or whose data
// another major version of Postgres made is refused, and nothing is changed.
func Start(ctx context.Context, o Options) (*Server, error) {
	return start(ctx, o, systemPlaces())
}

func start(ctx context.Context, o Options, p places) (_ *Server, err error) {
	a, err := serverAccount()
	if err != nil {
		return nil, err
	}
	f, err := openFolder(o.Dir, a)
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
	s := &Server{folder: f, account: a}
	if s.adopt(ctx) {
		o.say("Found the server still running in %s", f.dir)
		return s, nil
	}
	b, err := locate(ctx, p, want, o, f, a)
	if err != nil {
		return nil, err
	}
	if want == 0 {
		o.say("Creating a Postgres %d cluster in %s", b.major, f.dir)
		if err := f.create(ctx, b, o.Test, ctypes, a); err != nil {
			return nil, err
		}
	}
	if err := s.launchOrAdopt(ctx, b, o); err != nil {
		return nil, err
	}
	return s, nil
}

// launchOrAdopt runs the server. After a crash it has patience: what is left of
// the last one may hold the data a little longer, or turn out to be well.
func (s *Server) launchOrAdopt(ctx context.Context, b binaries, o Options) error {
	var held error
	for until := time.Now().Add(retryWithin); ; {
		err := s.launch(ctx, b, o)
		switch {
		case err == nil:
			removeSocket(s.folder.stale, s.account)
			return nil
		case ctx.Err() != nil && held != nil:
			return held // says more than that the time is up
		case !errors.Is(err, errHeld) || time.Now().After(until):
			return err
		}
		held = err
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
		if s.adopt(ctx) {
			return nil
		}
	}
}

// settings are the server's command line. It beats postgresql.conf, whose
// defaults differ from one system's packages to another's.
func settings(socket string, test bool) []string {
	set := []string{
		"listen_addresses=", "port=" + port,
		"unix_socket_directories=" + socket,
		"logging_collector=off", "log_destination=stderr", "ssl=off",
	}
	if test {
		set = append(set, "max_connections=200", "fsync=off", "synchronous_commit=off",
			"full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "autovacuum=off",
			// The data may live in memory: keep the log small.
			"min_wal_size=32MB", "max_wal_size=128MB", "wal_init_zero=off",
			// Shared memory as files beside the data, removed with it: a test
			// that is killed leaves nothing elsewhere.
			"dynamic_shared_memory_type=mmap")
	}
	args := make([]string, 0, 2*len(set))
	for _, s := range set {
		args = append(args, "-c", s)
	}
	return args
}

// errHeld is a start that failed because the data still belongs to another
// server, or to what is left of one.
var errHeld = errors.New("the data is held by another server")

// launch runs the server as a child and waits for it to answer.
func (s *Server) launch(ctx context.Context, b binaries, o Options) (err error) {
	log, err := s.folder.file(logName, os.O_RDWR|os.O_APPEND, s.account)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the child has its own copy
	if info, err := log.Stat(); err == nil && info.Size() > maxLog {
		_ = log.Truncate(0)
	}
	from, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}

	socket, err := socketFolder(s.account)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			removeSocket(socket, s.account)
		}
	}()
	if err := s.folder.hold(socket); err != nil {
		return err
	}

	data := filepath.Join(s.folder.dir, dataName)
	cmd := exec.Command(filepath.Join(b.dir, "postgres"), append([]string{"-D", data}, settings(socket, o.Test)...)...)
	cmd.Dir, cmd.Env = data, environment()
	// The file itself, not a pipe: a pipe stays open for as long as any of the
	// server's own children lives, and breaks when we die.
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = childAttr(s.account, syscall.SIGINT)
	child, err := spawn(cmd)
	if err != nil {
		return fmt.Errorf("run %s as %s: %w", cmd.Path, s.account.name, err)
	}
	if err := await(ctx, child, socket, data); err != nil {
		if !end(child) {
			err = fmt.Errorf("%w (and process %d does not end)", err, cmd.Process.Pid)
		}
		return s.failed(err, log, from)
	}
	s.child, s.pid, s.socket = child, cmd.Process.Pid, socket
	return nil
}

// environment is the whole environment of initdb and the server: nothing of
// ours, which may hold secrets and PG* variables; messages in English, as failed
// reads them; and the same time zone for every cluster.
func environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
}

var errExited = errors.New("the server ended while starting")

// await returns when the server answers.
func await(ctx context.Context, child *process, socket, data string) error {
	late := fmt.Errorf("the server did not answer within %v", startWithin)
	ctx, cancel := context.WithTimeoutCause(ctx, startWithin, late)
	defer cancel()
	for !answers(ctx, socket, data) {
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

// failed adds what the server said since from to an error, and what to do.
func (s *Server) failed(err error, log *os.File, from int64) error {
	said := &tail{limit: 4 << 10}
	_, _ = io.Copy(said, io.NewSectionReader(log, from, maxLog))
	text := said.String()
	pidFile := filepath.Join(s.folder.dir, dataName, pidName)
	switch {
	case strings.Contains(text, `lock file "postmaster.pid" already exists`):
		err = fmt.Errorf("%w: stop the process named below; if it is no Postgres, remove %s", errHeld, pidFile)
	case strings.Contains(text, "pre-existing shared memory block"):
		err = fmt.Errorf("%w: stop the postgres processes that still run on it", errHeld)
	case errors.Is(err, errExited):
		err = fmt.Errorf("%w: mend what it says below, or choose another folder", err)
	}
	return fmt.Errorf("start Postgres in %s: %w\n%s\n(the whole log is %s)", s.folder.dir, err, text, filepath.Join(s.folder.dir, logName))
}

// Stop ends the server, and returns when it is gone: first asking it to drop
// its connections and finish (10 s, less if ctx ends), then without finishing,
// which the next start repairs. The data stays. A second call returns the same.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return s.stopErr
	}
	s.stopped = true
	s.stopErr = errors.Join(s.stop(ctx), s.folder.release())
	return s.stopErr
}

func (s *Server) stop(ctx context.Context) error {
	if s.child == nil {
		return s.stopAdopted(ctx)
	}
	defer removeSocket(s.socket, s.account)
	select {
	case <-s.child.exited:
		return fmt.Errorf("the server had ended by itself (%v): see %s", s.child.err, filepath.Join(s.folder.dir, logName))
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, stopWithin)
	defer cancel()
	_ = s.child.cmd.Process.Signal(syscall.SIGINT)
	select {
	case <-s.child.exited:
		return nil
	case <-ctx.Done():
	}
	if !end(s.child) {
		return fmt.Errorf("the server does not end: kill process %d", s.pid)
	}
	return nil
}

// end ends a child that did not end when asked. Postgres answers SIGQUIT by
// killing its own children; SIGKILL would leave them behind, so it comes last.
func end(child *process) bool {
	for _, sig := range []os.Signal{syscall.SIGQUIT, syscall.SIGKILL} {
		_ = child.cmd.Process.Signal(sig)
		select {
		case <-child.exited:
			return true
		case <-time.After(stopWithin):
		}
	}
	return false
}
