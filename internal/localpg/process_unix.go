//go:build unix && !aix && !solaris

package localpg

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is a child of ours that runs, or has run.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when the child is gone and reaped
	err    error         // how it went; read after exited is closed
}

// spawn starts a command and reaps it.
func spawn(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Linux sends the death signal when the *thread* that forked ends, not
		// the process, so that thread must stay for as long as the child lives.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
		}
		close(p.exited)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// run runs a command to its end, killing it and its children when ctx ends.
// The error carries the last of what the command said.
func run(ctx context.Context, cmd *exec.Cmd, a account) error {
	out := &tail{limit: 4 << 10}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = childAttr(a, syscall.SIGKILL)
	cmd.WaitDelay = 5 * time.Second // a grandchild may hold the pipe
	p, err := spawn(cmd)
	if err != nil {
		return err
	}
	select {
	case <-p.exited:
	case <-ctx.Done():
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-p.exited
		return context.Cause(ctx)
	}
	if p.err != nil {
		return fmt.Errorf("%w\n%s", p.err, out)
	}
	return nil
}

// tail keeps the last limit bytes written to it.
type tail struct {
	limit int
	kept  []byte
}

var _ io.Writer = (*tail)(nil)

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - t.limit; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return string(bytes.TrimSpace(t.kept)) }
