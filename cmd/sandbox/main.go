// Command sandbox serves a Caramelo AI to develop against, for a machine or a
// docker-compose file that has no account with the real one. Settings come from
// the environment or from flags; the secret from the environment alone, because
// flags show in the process list.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/carameloai/intranet/internal/sandbox"
)

const description = `A sandbox that stands in for Caramelo AI, for development only.

The secret is read from CARAMELO_SECRET_TOKEN, or from the file named by CARAMELO_SECRET_TOKEN_FILE.`

type settings struct {
	Addr          string        `env:"ADDR" default:"127.0.0.1:8081" help:"Address to listen on."`
	ProjectID     string        `env:"CARAMELO_PROJECT_ID" placeholder:"ID" help:"The project to serve, the same as the intranet's."`
	TokenLifetime time.Duration `env:"SANDBOX_TOKEN_LIFETIME" default:"5m" help:"How long a connection token can open the chat."`
	Latency       time.Duration `env:"SANDBOX_LATENCY" default:"0s" help:"Wait before intranet-auth answers."`
	LogLevel      slog.Level    `env:"LOG_LEVEL" default:"info" help:"debug, info, warn or error."`
	LogFormat     string        `env:"LOG_FORMAT" default:"text" enum:"text,json" help:"text or json."`
	Healthcheck   bool          `help:"Ask the sandbox at --addr whether it runs, and exit with 0 or 1."`
}

func main() {
	var cfg settings
	kong.Parse(&cfg, kong.Name("sandbox"), kong.Description(description))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	if err := run(ctx, cfg, os.Getenv, os.Stdout, os.Stderr); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cfg settings, getenv func(string) string, stdout, stderr io.Writer) error {
	if cfg.Healthcheck {
		return healthcheck(ctx, cfg.Addr)
	}
	secret, err := check(cfg, getenv)
	if err != nil {
		return fmt.Errorf("the sandbox cannot start:\n%w", err)
	}
	log := logger(cfg, stderr)
	sb, err := sandbox.New(sandbox.Config{
		ProjectID:     cfg.ProjectID,
		SecretToken:   secret,
		TokenLifetime: cfg.TokenLifetime,
		Latency:       cfg.Latency,
		Logger:        log,
	})
	if err != nil {
		return fmt.Errorf("the sandbox cannot start:\n%w", err)
	}
	defer sb.Close()
	return serve(ctx, cfg, sb, log, stdout)
}

func serve(ctx context.Context, cfg settings, sb *sandbox.Sandbox, log *slog.Logger, stdout io.Writer) error {
	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return fmt.Errorf("listen on %s (choose another with --addr or ADDR): %w", cfg.Addr, err)
	}
	// The timeouts end with the upgrade to a WebSocket, which has its own.
	srv := &http.Server{
		Handler:           sb.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      15*time.Second + cfg.Latency,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(listener) }()
	fmt.Fprintf(stdout, "Caramelo sandbox, for development only: http://%s, project %s\n", listener.Addr(), cfg.ProjectID)

	select {
	case err := <-failed:
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	log.Info("stopping")
	deadline, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	sb.Close() // the sockets: Shutdown does not know them
	if err := srv.Shutdown(deadline); err != nil {
		return fmt.Errorf("stop within 10 seconds: %w", err)
	}
	return nil
}

// check finds the secret and names everything that is missing, all at once.
func check(cfg settings, getenv func(string) string) (secret string, err error) {
	var errs []error
	if cfg.ProjectID == "" {
		errs = append(errs, errors.New("  CARAMELO_PROJECT_ID is not set: choose any name, e.g. p_demo, and give the intranet the same"))
	}
	secret, file := getenv("CARAMELO_SECRET_TOKEN"), getenv("CARAMELO_SECRET_TOKEN_FILE")
	switch {
	case secret != "" && file != "":
		errs = append(errs, errors.New("  CARAMELO_SECRET_TOKEN and CARAMELO_SECRET_TOKEN_FILE are both set: unset one of them"))
	case file != "":
		data, err := os.ReadFile(file)
		secret = strings.TrimRight(string(data), "\r\n")
		if err != nil {
			errs = append(errs, fmt.Errorf("  CARAMELO_SECRET_TOKEN_FILE cannot be read: %w", err))
		} else if strings.TrimSpace(secret) == "" {
			errs = append(errs, fmt.Errorf("  CARAMELO_SECRET_TOKEN_FILE: %s is empty: put the secret into it", file))
		}
	case strings.TrimSpace(secret) == "":
		errs = append(errs, errors.New("  CARAMELO_SECRET_TOKEN is not set: choose any long random text and give the intranet the same, or name a file that holds it in CARAMELO_SECRET_TOKEN_FILE"))
	}
	return secret, errors.Join(errs...)
}

func logger(cfg settings, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// healthcheck is for containers, whose image has no other program to ask with.
func healthcheck(ctx context.Context, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("healthcheck: address %q: %w", addr, err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // listening everywhere, so here too
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy in between
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("healthcheck: %s answered %s", addr, res.Status)
	}
	return nil
}
