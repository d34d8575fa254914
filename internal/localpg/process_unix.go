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

// command is a program to run as the account, killed with its children when ctx
// ends. Its whole environment is made here: nothing of ours, which may hold
// secrets and PG* variables; messages in English, as we read some of them; and
// the same time zone for every cluster.
func (a account) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	// #nosec G204 -- no shell, and this package names or finds every program
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = "/" // ours may be closed to the account
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = childAttr(a)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second // a grandchild may hold the pipe
	return cmd
}

// output runs a command to its end. The error carries what the command said, or
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

// process is a child of ours that runs, or has run.
type process struct {
	*os.Process
	exited chan struct{} // closed when the child is gone and reaped
	err    error         // how it went; read after exited is closed
}

// spawn starts a command and reaps it.
func spawn(cmd *exec.Cmd) (*process, error) {
	p := &process{exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Linux sends the death signal when the *thread* that forked ends, not
		// the process, so that thread must stay for as long as the child lives.
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

// stop ends a server and returns when it is gone: asked to drop its connections
// and finish, then without finishing, which the next start repairs. SIGKILL
// would leave Postgres' own children behind, so it comes last.
func (p *process) stop(ctx context.Context) error {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		_ = p.Signal(sig)
		patience, cancel := context.WithTimeout(ctx, stopWithin)
		defer cancel()
		select {
		case <-p.exited:
			return nil
		case <-patience.Done():
			ctx = context.WithoutCancel(ctx) // the harder ways take their time
		}
	}
	return fmt.Errorf("the server does not end: kill process %d", p.Pid)
}
