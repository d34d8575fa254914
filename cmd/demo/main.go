// Command demo runs the whole intranet on one machine, without an account: a
// private Postgres, a sandbox of Caramelo, the demo company, and the same app
// that runs in production.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/localpg"
	"github.com/carameloai/intranet/internal/sandbox"
	"github.com/carameloai/intranet/internal/seed"
)

type cli struct {
	Addr         string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"${addr_help} (${default})."`
	SandboxAddr  string `default:"127.0.0.1:8081" placeholder:"HOST:PORT" help:"${sandbox_help} (${default})."`
	PublicURL    string `placeholder:"URL" help:"How browsers reach it, where something stands in front of it."`
	Data         string `placeholder:"DIR" help:"${data_help}"`
	Fresh        bool   `help:"Start over: drop the demo's own database first. Refused with DATABASE_URL."`
	People       int    `placeholder:"N" help:"${people_help}"`
	ProviderAddr string `default:"127.0.0.1:8082" placeholder:"HOST:PORT" help:"${provider_help} (${default})."`
	AskFirst     bool   `help:"Ask people before anything of theirs goes to the sandbox, as CARAMELO_ASK_FIRST does."`
	Provider     bool   `help:"Also start a small OpenID Connect provider, to sign in as with your company's own."`
	LogLevel     string `env:"LOG_LEVEL" default:"warn" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
}

// help are the longer texts of --help.
var help = kong.Vars{
	"addr_help":     "Where the intranet listens",
	"sandbox_help":  "Where the Caramelo sandbox listens",
	"provider_help": "Where that provider listens",
	"data_help":     "Folder for the database, kept between runs. By default one in your cache folder.",
	"people_help": "Make up more people until there are N, at most 1000000. " +
		"For a database that is still empty: see --fresh.",
}

const description = "The intranet on this machine, without an account. " +
	"DATABASE_URL, if set, is used instead of a private Postgres."

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	var c cli
	kong.Parse(&c, kong.Name("demo"), kong.Description(description), help)
	err := c.run(ctx, os.Stdout, os.Stderr)
	stopped := errors.Is(err, context.Canceled) && ctx.Err() != nil
	if err != nil && !stopped {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func (c *cli) run(ctx context.Context, stdout, stderr io.Writer) (err error) {
	log := app.NewLog(stderr, app.Settings{LogLevel: c.LogLevel})
	say := func(line string) { fmt.Fprintln(stderr, line) }
	if c.People < 0 || c.People > seed.MaxPeople {
		return fmt.Errorf("--people must be 0 to %d", seed.MaxPeople)
	}

	// The ports are taken first, so that a second demo fails before it starts anything.
	pages, err := listen(c.Addr, "--addr")
	if err != nil {
		return err
	}
	defer func() { _ = pages.Close() }()
	vendor, err := listen(c.SandboxAddr, "--sandbox-addr")
	if err != nil {
		return err
	}
	defer func() { _ = vendor.Close() }()

	data, err := c.dataFolder()
	if err != nil {
		return err
	}
	database, stopDatabase, err := c.database(ctx, data, say)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopDatabase()) }()

	// Passwords are derived from the demo's own key, and second factors are encrypted with it.
	key, err := loginKey(filepath.Join(data, "login-key"))
	if err != nil {
		return err
	}
	sandboxURL := "http://" + reachable(vendor.Addr())
	settings := app.Settings{
		PublicURL:    cmp.Or(c.PublicURL, "http://"+reachable(pages.Addr())),
		DatabaseURL:  database,
		ProjectID:    "p_demo",
		SecretToken:  caramelo.NewSecret("sk_sandbox_" + rand.Text()),
		APIURL:       sandboxURL,
		SDKURL:       sandboxURL + "/sdk/latest/authenticated.js",
		Open:         "event:caramelo:open",
		Timeout:      "3s",
		Sandbox:      "true",
		AskFirst:     strconv.FormatBool(c.AskFirst),
		SecretKey:    caramelo.NewSecret(hex.EncodeToString(key)),
		SecondFactor: "optional",
		Passwords:    "everyone",
		AuditDays:    "365",
		DisabledDays: "0",
		AuditLog:     "off",
		LogLevel:     c.LogLevel,
		LogFormat:    "text",
	}
	if c.Provider {
		l, err := listen(c.ProviderAddr, "--provider-addr")
		if err != nil {
			return err
		}
		defer serveProvider(l, &settings, log)()
	}
	stopSandbox, err := serveSandbox(vendor, settings, log)
	if err != nil {
		return err
	}
	defer stopSandbox()

	logins, err := prepare(ctx, settings.DatabaseURL, key, c.People, stderr)
	if err != nil {
		return err
	}
	a, err := app.Start(ctx, settings, app.Options{Listener: pages, SandboxPanel: settings.APIURL}, log)
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx) }()
	fmt.Fprintf(stdout, "\nIntranet ready at %s\n\n", settings.PublicURL)
	if len(logins) == 0 {
		fmt.Fprintln(stdout, "This database has other people than this demo, as after a rename.")
		if os.Getenv("DATABASE_URL") == "" {
			fmt.Fprintln(stdout, "Stop it, and start over with --fresh.")
		} else {
			fmt.Fprintln(stdout, "Sign in as one of them: 'intranet user password E-MAIL' sets a password.")
		}
	}
	for _, l := range logins {
		fmt.Fprintf(stdout, "%s  %s  %s\n", l.Email, l.Password, l.Role)
	}
	if c.Provider {
		fmt.Fprintln(stdout, "\nOr sign in with the demo provider, as anybody.")
	}
	fmt.Fprintln(stdout, "\nCtrl-C stops everything.")
	return <-served
}

func listen(addr, flag string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w\nIs another demo running? Stop it, or choose another address with %s", err, flag)
	}
	return l, nil
}

// reachable is the address under which a browser on this machine reaches addr.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("127.0.0.1:%d", tcp.Port)
	}
	return addr.String()
}

// dataFolder is where the database and the key of the logins live: another one for each fork.
func (c *cli) dataFolder() (string, error) {
	folder := c.Data
	if folder == "" {
		var err error
		if folder, err = localpg.DefaultDir("intranet-" + seed.Domain); err != nil {
			return "", err
		}
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		return "", fmt.Errorf("find the data folder: %w", err)
	}
	// Where root runs the demo, Postgres runs as another account, which has to reach its
	// folder inside this one. Nobody else can list what is in it.
	if err := os.MkdirAll(folder, 0o711); err != nil { // #nosec G301 -- the account of Postgres must pass
		return "", fmt.Errorf("make the data folder: %w\nChoose another with --data", err)
	}
	return folder, nil
}

// serveSandbox runs the sandbox on l until the returned function is called.
func serveSandbox(l net.Listener, settings app.Settings, log *slog.Logger) (stop func(), err error) {
	s, err := sandbox.New(sandbox.Config{
		ProjectID:   settings.ProjectID,
		SecretToken: settings.SecretToken.Reveal(),
		IntranetURL: settings.PublicURL,
		Logger:      log,
	})
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("serve the sandbox", slog.Any("error", err))
		}
	}()
	return func() {
		_ = server.Close()
		s.Close()
		<-done
	}, nil
}
