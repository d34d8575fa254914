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
	"syscall"
	"testing"
)

func TestStartAfterACrash(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	o := Options{Dir: dir} // as the demo: what is committed stays
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	query(t, s, "CREATE TABLE note AS SELECT 'kept' AS text")
	if err := syscall.Kill(s.pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.child.exited
	mustFail(t, s.Stop(t.Context()), "ended by itself", logName)
	if !exists(filepath.Join(dir, dataName, pidName)) {
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

// orphan runs a server on a stopped folder as a process that has died would
// have left it: with nobody holding the folder's lock.
func orphan(t *testing.T, dir string) *process {
	t.Helper()
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := systemPlaces().find(t.Context(), 0, a)
	if err != nil || b.dir == "" {
		t.Fatal("no Postgres on this system", err)
	}
	socket, err := socketFolder(a)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeSocket(socket, a) })
	data := filepath.Join(dir, dataName)
	cmd := exec.Command(filepath.Join(b.dir, "postgres"), append([]string{"-D", data}, settings(socket, true)...)...)
	cmd.Dir, cmd.Env = data, environment()
	cmd.SysProcAttr = childAttr(a, syscall.SIGINT)
	p, err := spawn(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { end(p) })
	if err := await(t.Context(), p, socket, data); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOrphanIsAdopted(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	mustStop(t, mustStart(t, dir))
	left := orphan(t, dir)

	s := mustStart(t, dir)
	if s.pid != left.cmd.Process.Pid {
		t.Fatalf("adopted process %d, want %d", s.pid, left.cmd.Process.Pid)
	}
	if got := query(t, s, "SELECT 1"); got != "1" {
		t.Errorf("the adopted server: %q", got)
	}
	mustStop(t, s)
	<-left.exited
	if exists(s.socket) {
		t.Errorf("%s is left behind", s.socket)
	}
}

func TestHeldByAnotherProcess(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	mustStop(t, mustStart(t, dir))
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	other := exec.Command("sleep", "60")
	other.SysProcAttr = childAttr(a, syscall.SIGKILL)
	p, err := spawn(other)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Process.Kill(); <-p.exited }()
	pidFile := filepath.Join(dir, dataName, pidName)
	if err := os.WriteFile(pidFile, fmt.Appendf(nil, "%d\n%s\n0\n5432\n/nowhere\n\n0 0\n", other.Process.Pid, dir), 0o644); err != nil {
		t.Fatal(err)
	}
	// It would try for five seconds; the first no is enough.
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
	mustFail(t, err, strconv.Itoa(other.Process.Pid), "if it is no Postgres, remove "+pidFile)
	if !errors.Is(err, errHeld) {
		t.Errorf("%v is not errHeld", err)
	}
}

func TestServerEndsWithItsParent(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends orphans")
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

	note, err := os.ReadFile(filepath.Join(dir, lockName))
	if err != nil {
		t.Fatal(err)
	}
	socket := strings.Fields(string(note))[1]
	mustStop(t, mustStart(t, dir))
	if exists(socket) {
		t.Errorf("the next start left %s behind", socket)
	}
}
