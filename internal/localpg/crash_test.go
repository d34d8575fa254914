//go:build unix && !aix && !solaris

package localpg

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

func TestStartAfterACrash(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	o := Options{Dir: dir} // not Test, because data that is committed must be kept
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	query(t, s, "CREATE TABLE note AS SELECT 'kept' AS text")
	if err := s.child.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.child.exited
	mustFail(t, s.Stop(t.Context()), "ended by itself", logName)
	if !exists(filepath.Join(dir, dataName, "postmaster.pid")) {
		t.Fatal("the crash left no pid file: this test shows nothing")
	}

	s, err = Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if got := query(t, s, "SELECT text FROM note"); got != "kept" {
		t.Errorf("the data after a crash: %q", got)
	}
	mustStop(t, s)
}

func TestLeftoverServerIsStopped(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	s := mustStart(t, dir)
	query(t, s, "CREATE TABLE note AS SELECT 'kept' AS text")
	// As on a system that does not end the children of a killed process: nobody holds the
	// folder's lock, and the server still runs.
	if err := s.folder.release(); err != nil {
		t.Fatal(err)
	}
	again := mustStart(t, dir)
	<-s.child.exited
	if got := query(t, again, "SELECT text FROM note"); got != "kept" {
		t.Errorf("the data: %q", got)
	}
	mustStop(t, again)
}

func TestHeldByAnotherProcess(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	mustStop(t, mustStart(t, dir))
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	p, err := spawn(a.command(t.Context(), "sleep", "60"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Kill(); <-p.exited }()
	pidFile := filepath.Join(dir, dataName, "postmaster.pid")
	content := fmt.Appendf(nil, "%d\n%s\n0\n5432\n/nowhere\n\n0 0\n", p.Pid, dir)
	if err := os.WriteFile(pidFile, content, 0o644); err != nil {
		t.Fatal(err)
	}
	// Start would retry for five seconds. The first failure is enough.
	log := filepath.Join(dir, logName)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	failed := make(chan error)
	go func() {
		_, err := Start(ctx, Options{Dir: dir, Test: true})
		failed <- err
	}()
	eventually(t, "the server to refuse", func() bool {
		said, _ := os.ReadFile(log)
		return strings.Contains(string(said), "Is another postmaster")
	})
	cancel()
	err = <-failed
	mustFail(t, err,
		strconv.Itoa(p.Pid),
		"if it is no Postgres remove the lock file",
		filepath.Dir(pidFile))
	if !errors.Is(err, errHeld) {
		t.Errorf("%v is not errHeld", err)
	}
}

func TestServerEndsWithItsParent(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends the children of a killed process")
	}
	dir := newDir(t)
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), "LOCALPG_TEST_PARENT="+dir)
	stdin, err1 := parent.StdinPipe()
	stdout, err2 := parent.StdoutPipe()
	if err := errors.Join(err1, err2, parent.Start()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stdin.Close() }()
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	_ = parent.Process.Kill()
	_ = parent.Wait()
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatalf("the parent said: %s", line)
	}
	eventually(t, "the server to end", func() bool { return !alive(pid) })

	eventually(t, "its socket to go", func() bool { return !exists(socketOf(dir)) })
	mustStop(t, mustStart(t, dir))
}
