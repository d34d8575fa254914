package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// builder builds and runs the program.
type builder struct {
	config
	binary    string
	addr      string // where the program listens
	publicURL string // where browsers reach it
	greeted   bool   // what the program prints when it is ready was shown
}

// readyLine begins the line that the demo prints when it is there.
const readyLine = "Intranet ready at "

// patience is how long a program may take to stop before it is killed.
const patience = 15 * time.Second

// loop builds and runs the program, and does it again with every change, until the context ends.
func (b *builder) loop(ctx context.Context, state *state) {
	var running *program
	defer func() { running.stop() }()
	built := look(b.root)
	for changed := []string{".templ"}; ; changed = nil {
		began := time.Now()
		if changed == nil {
			now := next(ctx, b.root, b.every, built)
			if now == nil {
				return
			}
			began, changed, built = time.Now(), now.since(built), now
			fmt.Fprintf(b.out, "\n%s: ", strings.Join(changed[:min(len(changed), 5)], " "))
		}
		if err := b.build(ctx, changed); err != nil {
			if ctx.Err() != nil {
				return
			}
			fmt.Fprintf(b.out, "it does not build:\n%v\n", err)
			state.broke(err.Error())
			continue
		}
		state.away()
		running.stop()
		var err error
		if running, err = b.start(ctx); err != nil {
			if ctx.Err() != nil {
				return
			}
			fmt.Fprintf(b.out, "it does not start:\n%v\n", err)
			state.broke(err.Error())
			continue
		}
		if state.up() > 1 { // of the first it has said so itself
			fmt.Fprintf(b.out, "up after %.1f s\n", time.Since(began).Seconds())
		}
	}
}

func (b *builder) build(ctx context.Context, changed []string) error {
	if anyTempl(changed) {
		if err := b.command(ctx, "go", "tool", "templ", "generate"); err != nil {
			return err
		}
	}
	return b.command(ctx, "go", "build", "-buildvcs=false", "-o", b.binary, b.program)
}

// command runs a command. What it prints is its error.
func (b *builder) command(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...) // #nosec G204 -- nothing of it comes from outside
	cmd.Dir = b.root
	out, err := cmd.CombinedOutput()
	if err != nil {
		return errors.New(strings.TrimSpace(string(out) + "\n" + err.Error()))
	}
	return nil
}

// program is one that runs.
type program struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// start starts the program and waits until it is ready.
func (b *builder) start(ctx context.Context) (*program, error) {
	args := append([]string{"--addr", b.addr, "--public-url", b.publicURL}, b.args...)
	cmd := exec.Command(b.binary, args...) // #nosec G204 -- what we have just built
	cmd.Dir = b.root
	said := &tail{to: b.out}
	cmd.Stderr = said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p, ready := &program{cmd: cmd, ended: make(chan struct{})}, make(chan struct{})
	greet := !b.greeted
	go func() {
		isReady := sync.OnceFunc(func() { close(ready) })
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if greet {
				fmt.Fprintln(b.out, lines.Text())
			}
			if strings.HasPrefix(lines.Text(), readyLine) {
				isReady()
			}
		}
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
		close(p.ended)
	}()
	select {
	case <-ready:
		b.greeted = true
		return p, nil
	case <-p.ended:
		return nil, fmt.Errorf("%s\n%s", cmd.ProcessState, said)
	case <-ctx.Done():
		p.stop()
		return nil, ctx.Err()
	}
}

// stop lets a program end. It may be nil.
func (p *program) stop() {
	if p == nil {
		return
	}
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		_ = p.cmd.Process.Kill() // another system, or it has ended
	}
	select {
	case <-p.ended:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// tail passes on what is written, and keeps the last of it.
type tail struct {
	to   io.Writer
	last []byte
}

const tailBytes = 4 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.last = append(t.last, b...)
	t.last = t.last[max(0, len(t.last)-tailBytes):]
	return t.to.Write(b)
}

func (t *tail) String() string { return string(bytes.TrimSpace(t.last)) }
