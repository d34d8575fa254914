//go:build unix && !aix && !solaris

package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// pidName is Postgres' own lock: line by line its pid, its data directory, when
// it started, its port and the folder of its socket.
const pidName = "postmaster.pid"

// recorded reads who serves the data, according to Postgres' own lock file.
func (f *folder) recorded() (pid int, socket string, ok bool) {
	b, err := f.ReadFile(filepath.Join(dataName, pidName))
	lines := strings.Split(string(b), "\n")
	if err != nil || len(lines) < 5 || lines[3] != port || !filepath.IsAbs(lines[4]) {
		return 0, "", false
	}
	pid, err = strconv.Atoi(lines[0])
	return pid, lines[4], err == nil && pid > 1
}

// adopt takes over a server that still serves the data: its parent was killed
// where the kernel does not end orphans. The folder's lock is ours, so the
// parent is gone.
func (s *Server) adopt(ctx context.Context) bool {
	pid, socket, ok := s.folder.recorded()
	if !ok {
		return false
	}
	data := filepath.Join(s.folder.dir, dataName)
	if !answers(ctx, socket, data) {
		return false
	}
	// Where the kernel does end orphans, it may be about to: ask once more.
	select {
	case <-ctx.Done():
		return false
	case <-time.After(200 * time.Millisecond):
	}
	if again, _, ok := s.folder.recorded(); !ok || again != pid || !answers(ctx, socket, data) {
		return false
	}
	s.pid, s.socket = pid, socket
	return true
}

// stopAdopted is stop for a server that is not our child, which nobody here can
// wait for: it is gone when it has removed its lock file, or its pid is free.
func (s *Server) stopAdopted(ctx context.Context) error {
	gone := func() bool {
		pid, _, ok := s.folder.recorded()
		return !ok || pid != s.pid || errors.Is(syscall.Kill(s.pid, 0), syscall.ESRCH)
	}
	defer removeSocket(s.socket, s.account)
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT} {
		if gone() {
			return nil
		}
		_ = syscall.Kill(s.pid, sig)
		wait, cancel := context.WithTimeout(ctx, stopWithin)
		for !gone() && wait.Err() == nil {
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
		ctx = context.WithoutCancel(ctx) // the second way takes its time
	}
	if gone() {
		return nil
	}
	return fmt.Errorf("the server does not end: kill process %d", s.pid)
}

// answers reports whether the server behind a socket serves this very data.
func answers(ctx context.Context, socket, data string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn(socket, "postgres"))
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close(ctx) }()
	var serves string
	if err := conn.QueryRow(ctx, "SHOW data_directory").Scan(&serves); err != nil {
		return false
	}
	ours, err1 := os.Stat(data)
	theirs, err2 := os.Stat(serves)
	return err1 == nil && err2 == nil && os.SameFile(ours, theirs)
}
