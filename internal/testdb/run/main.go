// Command run starts one private Postgres server for a command that runs many test
// binaries, so that not each of them starts its own:
//
//	go run ./internal/testdb/run go test ./...
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/carameloai/intranet/internal/localpg"
	"github.com/carameloai/intranet/internal/testdb"
)

func main() {
	err := run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		os.Exit(exit.ExitCode())
	case err != nil:
		fmt.Fprintln(os.Stderr, "run:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := testdb.NewFolder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	server, err := localpg.Start(ctx, localpg.Options{Dir: filepath.Join(dir, "pg"), Test: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop(context.Background())) }()
	command := exec.CommandContext(ctx, os.Args[1], os.Args[2:]...) // #nosec G204 -- what the caller asks for
	command.Env = append(os.Environ(), testdb.SharedURL+"="+server.URL("postgres"))
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	return command.Run()
}
