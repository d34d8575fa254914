// Command intranet is the production server and its housekeeping.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/store"
)

type cli struct {
	Serve       serveCmd       `cmd:"" help:"Serve the intranet. Applies pending migrations first."`
	Migrate     migrateCmd     `cmd:"" help:"Apply pending migrations and exit."`
	Seed        seedCmd        `cmd:"" help:"Fill an empty database with the demo company and print its logins, once."`
	User        userCmd        `cmd:"" help:"People and their access."`
	Doctor      doctorCmd      `cmd:"" help:"Check everything that a first deployment gets wrong, and say how to mend it."`
	Healthcheck healthcheckCmd `cmd:"" help:"Exit 0 if the server on this machine is ready; for containers."`
	Version     versionCmd     `cmd:"" help:"Say which version this is, of which commit, and the last migration that it knows."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	app.UnsetEmpty()
	err := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "intranet:", err)
		os.Exit(1)
	}
}

// streams are a command's standard input and outputs.
type streams struct {
	in       *os.File
	out, err io.Writer
}

func run(ctx context.Context, args []string, std streams) error {
	user := userCmd{app.UserCommands()}
	parser, err := kong.New(&cli{User: user}, kong.Name("intranet"),
		kong.Description("A company intranet with Caramelo AI's assistant."),
		kong.Writers(std.out, std.err), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(std, featureCommand(std)))
	if err != nil {
		return err
	}
	user.inOrder(parser)
	command, err := parser.Parse(args)
	if err != nil {
		return fmt.Errorf("%w (see intranet --help)", err)
	}
	return command.Run()
}

type serveCmd struct {
	app.Settings
	Migrate bool          `default:"true" negatable:"" help:"Apply pending migrations first; --migrate=false leaves that to a job."`
	Wait    time.Duration `default:"1m" help:"How long to wait for Postgres to answer at the start."`
	Drain   time.Duration `default:"0s" help:"How long /readyz says no before the server stops listening, for balancers."`
}

func (c *serveCmd) Run(ctx context.Context, std streams) error {
	c.ReadSecrets()
	log := app.NewLog(std.err, c.Settings)
	options := app.Options{Migrate: c.Migrate, WaitFor: c.Wait, DrainFor: c.Drain, Out: std.out}
	a, err := app.Start(ctx, c.Settings, options, log)
	if err != nil {
		return err
	}
	log.Info("listening", slog.String("addr", a.Addr().String()), slog.String("public_url", c.PublicURL))
	return a.Serve(ctx)
}

type migrateCmd struct{}

func (migrateCmd) Run(ctx context.Context) error {
	return withPool(ctx, store.Migrate)
}

type seedCmd struct {
	PublicURL string `env:"PUBLIC_URL" placeholder:"URL" help:"Seeding is refused where this is not on this machine."`
	Force     bool   `help:"Seed although the public URL is not on this machine."`
	People    int    `placeholder:"N" help:"Make up more people until there are N, at most 1000000, for work at scale; without logins."`
}

func (c *seedCmd) Run(ctx context.Context, std streams) error {
	if u, err := url.Parse(c.PublicURL); !c.Force && c.PublicURL != "" && (err != nil || !app.Loopback(u.Hostname())) {
		return errors.New("PUBLIC_URL is not on this machine, and the demo company has logins: " +
			"use --force if you mean it")
	}
	if c.People < 0 || c.People > seed.MaxPeople {
		return fmt.Errorf("--people must be 0 to %d", seed.MaxPeople)
	}
	return withStore(ctx, func(ctx context.Context, s *store.Store) error {
		random := func(string) string { return app.RandomPassword() }
		logins, err := app.Seed(ctx, s, c.People, app.Progress(std.err, c.People), random)
		if errors.Is(err, store.ErrConflict) {
			return errors.New("the database holds people already: only an empty one can be seeded")
		}
		for _, l := range logins {
			fmt.Fprintf(std.out, "%s  %s  %s\n", l.Email, l.Password, l.Role)
		}
		return err
	})
}

type healthcheckCmd struct {
	Addr string `env:"ADDR" default:":8080" placeholder:"HOST:PORT" help:"Where the server listens."`
}

// Run asks /readyz. A minimal container image has no curl.
func (c *healthcheckCmd) Run(ctx context.Context) error {
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return fmt.Errorf("ADDR: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+paths.Ready, nil)
	if err != nil {
		return err
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req) // past any proxy: it is this machine
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: status %d", res.StatusCode)
	}
	return nil
}
