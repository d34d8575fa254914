// Command dev runs the demo, builds it anew whenever a file changes, and lets the pages that are
// open reload: make dev. It stands in front of the demo as a proxy. So nothing of it is in the
// intranet, a page that is asked for meanwhile waits for the new one, and where something does not
// build the old one goes on. What is given behind its own flags goes to the demo.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "where the intranet listens")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	l, err := net.Listen("tcp", *addr)
	if err == nil {
		err = run(ctx, config{
			root: ".", program: "./cmd/demo", args: flag.Args(), every: 250 * time.Millisecond, out: os.Stdout,
		}, l)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "dev:", err)
		os.Exit(1)
	}
}

type config struct {
	root    string // of the module
	program string // package that is built
	args    []string
	every   time.Duration // how often we look for changes
	out     io.Writer     // the terminal
}

// run serves on l until the context ends.
func run(ctx context.Context, c config, l net.Listener) error {
	folder, err := os.MkdirTemp("", "intranet-dev-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	inner, err := freeAddress()
	if err != nil {
		return err
	}
	state := newState()
	b := builder{config: c, binary: folder + "/demo", addr: inner, publicURL: "http://" + l.Addr().String()}
	server := &http.Server{
		Handler: newProxy(state, inner), ReadHeaderTimeout: 5 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	defer func() { _ = server.Close() }()

	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		b.loop(ctx, state)
	}()
	select {
	case <-ctx.Done():
		<-stopped
		return nil
	case err := <-served:
		return err
	}
}

// freeAddress is one on which nobody listens now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
