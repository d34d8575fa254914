//go:build unix && !aix && !solaris

package localpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// command is a program to run as the account. It is killed with its children when ctx
// ends. It gets a new environment: the one of this process may hold secrets and PG*
// variables. Messages are in English, because this package reads some of them, and every
// cluster has the same time zone.
func (a account) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	// #nosec G204 -- no shell, and this package names or finds every program
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = "/" // the account may have no access to the current folder
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = childAttr(a)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second // a child of the program may keep the pipe open
	return cmd
}

// output runs a command to its end. The error holds what the command wrote to stderr, or
// wraps the reason why ctx ended.
func output(ctx context.Context, cmd *exec.Cmd) (string, error) {
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case err != nil && ctx.Err() != nil:
		err = context.Cause(ctx)
	case errors.As(err, &exit):
		err = fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, bytes.TrimSpace(exit.Stderr))
	}
	return string(bytes.TrimSpace(out)), err
}

// process is a child process.
type process struct {
	*os.Process
	exited chan struct{} // closed when the child has ended
	err    error         // of the child; read it only after exited is closed
}

// spawn starts a command and waits for its end in a goroutine.
func spawn(cmd *exec.Cmd) (*process, error) {
	p := &process{exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Linux sends the death signal when the thread that forked ends, not when the
		// process ends, so this thread must exist for as long as the child runs.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		p.Process = cmd.Process
		started <- err
		if err == nil {
			p.err = cmd.Wait()
		}
		close(p.exited)
	}()
	return p, <-started
}

// stop ends a server and returns when it has ended. SIGINT lets it close its connections
// and shut down in order. SIGQUIT ends it at once, and its next start recovers the data.
// SIGKILL comes last, because it leaves Postgres' own children running.
func (p *process) stop(ctx context.Context) error {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		_ = p.Signal(sig)
		wait, cancel := context.WithTimeout(ctx, stopTimeout)
		defer cancel()
		select {
		case <-p.exited:
			return nil
		case <-wait.Done():
			ctx = context.WithoutCancel(ctx) // give the next signals their whole time
		}
	}
	return fmt.Errorf("the server does not end: kill process %d", p.Pid)
}
