// Command sandbox serves a stand-in for Caramelo AI, for development without an account at
// the real service. Its command check examines how an app uses Caramelo. Settings come from
// the environment or from flags. The secret comes only from the environment, because flags are
// shown in the list of processes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"reflect"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/carameloai/intranet/internal/sandbox"
)

const description = `A sandbox that stands in for Caramelo AI, for development only.

The secret is read from CARAMELO_SECRET_TOKEN, or from the file named by CARAMELO_SECRET_TOKEN_FILE.`

type settings struct {
	Addr        string `env:"ADDR" default:"127.0.0.1:8081" help:"Address to listen on."`
	ProjectID   string `env:"CARAMELO_PROJECT_ID" placeholder:"ID" help:"The project to serve, the same as the intranet's."`
	IntranetURL string `env:"SANDBOX_INTRANET_URL" placeholder:"URL" help:"How browsers reach the intranet, such as http://localhost:8080: the panel links to it."`
	Healthcheck bool   `help:"Ask the sandbox at --addr whether it runs, and exit with 0 or 1."`

	Fault         []string         `env:"SANDBOX_FAULT" placeholder:"SLUG" help:"What is to go wrong from the start, such as status-500; the panel at / names them all and can change it."`
	RetryAfter    sandbox.Duration `env:"SANDBOX_RETRY_AFTER" default:"0s" help:"Retry-After of a status that is no success."`
	Latency       sandbox.Duration `env:"SANDBOX_LATENCY" default:"0s" help:"Wait before intranet-auth answers."`
	Jitter        sandbox.Duration `env:"SANDBOX_JITTER" default:"0s" help:"At most so much more, by chance."`
	TokenLifetime sandbox.Duration `env:"SANDBOX_TOKEN_LIFETIME" default:"5m" help:"How long a connection token can open the chat."`
	DropEvery     sandbox.Duration `env:"SANDBOX_DROP_EVERY" default:"5s" help:"With socket-drops: how long a socket lives."`
}

// faults are the faults that are set at the start.
func (s settings) faults() (sandbox.Faults, error) {
	set := sandbox.Faults{
		RetryAfter:    s.RetryAfter,
		Latency:       s.Latency,
		Jitter:        s.Jitter,
		TokenLifetime: s.TokenLifetime,
		DropEvery:     s.DropEvery,
	}
	chosen := map[string]string{} // the slug for each group whose faults exclude each other
	for _, slug := range s.Fault {
		fault, err := sandbox.FaultOf(slug)
		if err != nil {
			return set, err
		}
		switch fault.Group {
		case sandbox.Answers, sandbox.SDK, sandbox.Manners, sandbox.Sockets:
			if other := chosen[fault.Group]; other != "" && other != slug {
				return set, fmt.Errorf("the faults %s and %s exclude each other: give one of them", other, slug)
			}
			chosen[fault.Group] = slug
		}
		fault.Set(&set)
	}
	return set, nil
}

// commands are those of the program. Without a name it serves.
type commands struct {
	Serve settings `cmd:"" default:"withargs" help:"Serve until it is stopped: so it does without a command, too."`
	Check checkCmd `cmd:"" help:"Examine how an app, in any language, uses Caramelo."`
}

// options are how the command line is read.
func options() []kong.Option {
	return []kong.Option{
		kong.Name("sandbox"),
		kong.Description(description),
		kong.Help(help),
		kong.TypeMapper(reflect.TypeFor[*url.URL](), kong.MapperFunc(address)),
	}
}

// help also shows the flags of serving, which need no command, where none is named.
func help(how kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(how, ctx); err != nil || ctx.Selected() != nil {
		return err
	}
	serving, err := kong.Trace(ctx.Kong, []string{"serve"})
	if err != nil {
		return err
	}
	fmt.Fprintln(ctx.Stdout)
	return kong.DefaultHelpPrinter(how, serving)
}

// address reads a flag that is one, and says so where http:// was left out.
func address(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("url", &text); err != nil {
		return err
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("write the whole address, such as http://127.0.0.1:3000/page")
	}
	target.Set(reflect.ValueOf(u))
	return nil
}

func main() {
	var all commands
	parsed := kong.Parse(&all, options()...)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	var err error
	if parsed.Command() == "check" {
		err = all.Check.run(ctx, os.Stdout)
	} else {
		err = run(ctx, all.Serve, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cfg settings, stdout io.Writer) error {
	if cfg.Healthcheck {
		return healthcheck(cfg.Addr)
	}
	secret, err := secretToken()
	if err != nil {
		return fmt.Errorf("the sandbox cannot start: %w", err)
	}
	faults, err := cfg.faults()
	if err != nil {
		return fmt.Errorf("the sandbox cannot start: %w", err)
	}
	sb, err := sandbox.New(sandbox.Config{
		ProjectID:   cfg.ProjectID,
		SecretToken: secret,
		Faults:      faults,
		IntranetURL: cfg.IntranetURL,
	})
	if err != nil {
		return fmt.Errorf("the sandbox cannot start (settings: CARAMELO_PROJECT_ID, CARAMELO_SECRET_TOKEN):\n%w", err)
	}
	defer sb.Close()
	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return fmt.Errorf("listen on %s (choose another with --addr or ADDR): %w", cfg.Addr, err)
	}
	srv := &http.Server{
		Handler:           sb.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		IdleTimeout:       60 * time.Second,
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(listener) }()
	fmt.Fprintf(stdout, "Caramelo sandbox, for development only: http://%s, project %s\n",
		listener.Addr(), cfg.ProjectID)
	select {
	case err := <-failed:
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	sb.Close() // closes the WebSockets, which Shutdown does not
	return shutdown(srv)
}

func shutdown(srv *http.Server) error {
	deadline, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := srv.Shutdown(deadline); err != nil {
		return fmt.Errorf("stop within 10 seconds: %w", err)
	}
	return nil
}

func secretToken() (string, error) {
	secret, path := os.Getenv("CARAMELO_SECRET_TOKEN"), os.Getenv("CARAMELO_SECRET_TOKEN_FILE")
	if path == "" {
		return secret, nil
	}
	if secret != "" {
		return "", errors.New("CARAMELO_SECRET_TOKEN and CARAMELO_SECRET_TOKEN_FILE are both set: unset one of them")
	}
	data, err := os.ReadFile(path) // #nosec G304 G703 -- the person who starts the program names the file
	if err != nil {
		return "", fmt.Errorf("CARAMELO_SECRET_TOKEN_FILE cannot be read: %w", err)
	}
	return strings.TrimRight(string(data), "\r\n"), nil
}

// healthcheck is for containers: their image has no other program that could make a
// request.
func healthcheck(addr string) error {
	if strings.HasPrefix(addr, ":") {
		addr = "127.0.0.1" + addr
	}
	client := http.Client{
		Timeout:   3 * time.Second,
		Transport: &http.Transport{DisableKeepAlives: true}, // and without a proxy
	}
	res, err := client.Get("http://" + addr + "/healthz")
	if err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("healthcheck: %s answered %s", addr, res.Status)
	}
	return nil
}
