// Command fork makes the intranet a team's own and keeps it up to date. make rename, make
// cut and make upgrade run it; docs/forking.md says how.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/carameloai/intranet/internal/fork"
)

const usage = `usage:
  make rename MODULE=git.example.com/intranet NAME="Example" DOMAIN=example.com   one of them, or all
  make cut FEATURES="events links"
  make upgrade FROM=<tag> [SINCE=<tag>]`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "fork:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return errors.New(usage)
	}
	repo, flags := fork.Repo{Dir: dir, Out: os.Stdout}, flag.NewFlagSet(args[0], flag.ContinueOnError)
	var (
		module   = flags.String("module", "", "the new path of the module")
		name     = flags.String("name", "", "the company's name")
		domain   = flags.String("domain", "", "the domain of its addresses")
		features = flags.String("features", "", "what is taken out")
		from     = flags.String("from", "", "the version of upstream that is taken")
		since    = flags.String("since", "", "the version of upstream with which the fork began")
	)
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch to := (fork.Choices{Module: *module, Name: *name, Domain: *domain}); {
	case flags.NArg() > 0:
		return errors.New(usage)
	case args[0] == "rename" && *module+*name+*domain != "":
		return repo.Rename(ctx, to)
	case args[0] == "cut":
		return repo.Cut(ctx, strings.FieldsFunc(*features, func(r rune) bool { return r == ' ' || r == ',' }))
	case args[0] == "upgrade":
		return repo.Upgrade(ctx, *from, *since)
	case args[0] == "apply": // what .fork says, for the version of upstream that is taken
		return fork.ApplyFile(ctx, dir)
	}
	return errors.New(usage)
}
