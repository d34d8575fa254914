// Package app turns settings into a running intranet: pool, migrations, vendor
// client, pages and server. Both cmd/intranet and cmd/demo use it.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/metrics"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/scriptwatch"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/signin/oidc"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/trace"
	"github.com/carameloai/intranet/internal/web"
)

// App is a running intranet.
type App struct {
	options  Options
	log      *slog.Logger
	pool     *pgxpool.Pool
	watch    *watch
	client   *caramelo.Client   // nil without credentials
	script   *scriptwatch.Watch // nil without credentials
	metrics  *metrics.Metrics
	tracing  *trace.Tracer // nil when off
	web      *web.Server
	server   *http.Server
	listener net.Listener
	side     *http.Server // metrics; nil when off
	sideDoor net.Listener
	draining atomic.Bool

	mail        *mail.Sender // nil without a mail server
	secretFiles []*secretFile
	refused     chan struct{} // has an element when Caramelo has refused the secret

	auditRetention    time.Duration
	disabledRetention time.Duration // 0: whoever is disabled stays
}

// Options are what the command decides, and no setting.
type Options struct {
	// Migrate applies pending migrations before listening. Without it the app starts, too,
	// and is not ready until somebody else has applied them.
	Migrate bool
	// SandboxPanel is the address of the sandbox's panel; "" is none.
	SandboxPanel string
	// Out is where AUDIT_LOG=stdout writes; nil is standard output.
	Out io.Writer
	// Listener is used instead of listening on ADDR.
	Listener net.Listener
	// WaitFor is how long to wait for Postgres to answer at the start.
	WaitFor time.Duration
	// DrainFor is how long /readyz answers "not ready" before the listener closes, so that
	// load balancers stop sending requests. 0 closes it at once.
	DrainFor time.Duration
	// Places is how many people may wait until their password is checked; 0 is as many as
	// are answered in time.
	Places int
}

// OpenPool returns a pool that connects when it is used.
func OpenPool(ctx context.Context, databaseURL caramelo.Secret) (*pgxpool.Pool, error) {
	config, err := parseDatabaseURL(databaseURL)
	if err != nil {
		return nil, err
	}
	if !choosesStatements(databaseURL) {
		throughPooler(config) // whether there is one or not: a command has no page to be fast for
	}
	return pgxpool.NewWithConfig(ctx, config)
}

// Features are those of the program.
func Features() []web.Feature { return append(features.All(), oidc.New(oidc.Config{}).Feature()) }

// UserCommands are the commands that features add to `intranet user`.
func UserCommands() (all []any) {
	for _, f := range Features() {
		all = append(all, f.UserCommands...)
	}
	return all
}

// Start checks the settings, prepares everything and listens. Serve must follow.
func Start(ctx context.Context, settings Settings, options Options, log *slog.Logger) (*App, error) {
	p, err := settings.Parse()
	if err != nil {
		return nil, err
	}
	a := &App{
		options: options, log: log, metrics: metrics.New(log), auditRetention: p.AuditRetention,
		disabledRetention: p.DisabledRetention,
		refused:           make(chan struct{}, 1),
	}
	started := false
	defer func() {
		if !started {
			a.close()
		}
	}()
	a.startTracing(ctx, p)
	a.rotateDatabase(settings, p.Database)
	pooled, err := await(ctx, p.Database, options.WaitFor, log)
	if err != nil {
		return nil, err
	}
	if pooled && !p.Statements {
		log.Info("a pooler lends the connections to Postgres: statements are not prepared")
		throughPooler(p.Database)
	}
	limitTime(p.Database, &a.metrics.Database)
	a.tracing.Statements(p.Database)
	if a.pool, err = pgxpool.NewWithConfig(ctx, p.Database); err != nil {
		return nil, err
	}
	a.metrics.Pool(a.pool)
	if options.Migrate {
		if err := store.Migrate(ctx, a.pool); err != nil {
			return nil, err
		}
	}
	if a.watch, err = newWatch(ctx, p.Database, log, &a.metrics.Database); err != nil {
		return nil, err
	}
	a.watch.look(ctx)
	if p.Assistant {
		config := caramelo.Config{
			APIURL:    settings.APIURL,
			ProjectID: settings.ProjectID,
			Secret:    a.token(settings),
			AllowHTTP: p.Sandbox,
			Timeout:   p.Timeout,
			Observe:   a.observe,
			Wrap:      withRequestID,
		}
		a.tracingOfCalls(&config)
		if a.client, err = caramelo.New(config); err != nil {
			return nil, err
		}
		a.metrics.Client(a.client)
		a.script = a.watchScript(settings.SDKURL)
	}
	for _, w := range settings.Warnings(p) {
		log.Warn(w.Seen + "; " + w.Mend)
	}
	passwords, err := password.NewHasher()
	if err != nil {
		return nil, err
	}
	s := store.New(a.pool)
	if settings.AuditLog == "stdout" {
		s.Audit = auditLog(cmp.Or[io.Writer](options.Out, os.Stdout), log)
	}
	s.Audit = a.metrics.Recorded(s.Audit)
	switch err := s.RecordSettings(ctx, settings.summary()); {
	case errors.Is(err, store.ErrReadOnly):
		log.Warn("the settings are not recorded", slog.Any("error", err))
	case err != nil && options.Migrate:
		return nil, err // without migrating first, the table may not be there yet
	}
	switch lost, err := p.LostFactors(ctx, s); {
	case err != nil && options.Migrate:
		return nil, err
	case lost != nil:
		log.Warn(lost.Seen + "; " + lost.Mend)
	}
	provided := oidc.New(oidc.Config{Providers: p.Providers, Seal: p.Seal})
	in := signin.New(signin.Config{
		Passwords: passwords, Seal: p.Seal, Required: settings.SecondFactor, Places: options.Places,
		Tried: a.metrics.Tried, PasswordsFor: settings.Passwords, Way: provided.Way,
	})
	a.metrics.Line(in)
	a.metrics.Replica(a.ready, a.draining.Load)
	all := append(features.All(), provided.Feature())
	handler, err := web.New(web.Config{
		Store:          s,
		SignIn:         in.Plug,
		Seal:           p.Seal,
		Mail:           p.outbox(all),
		Log:            log,
		PublicURL:      p.PublicURL,
		TrustedProxies: p.TrustedProxies,
		Caramelo:       a.client,
		Script:         a.script,
		Policy:         p.Policy,
		AskFirst:       p.AskFirst,
		VendorPrivacy:  settings.VendorPrivacy,
		CompanyPrivacy: settings.CompanyPrivacy,
		Open:           p.Open,
		Sandbox:        p.Sandbox,
		SandboxPanel:   options.SandboxPanel,
		Ready:          a.ready,
		Observe:        a.metrics.Observer(),
	}, all...)
	if err != nil {
		return nil, err
	}
	a.web, a.server = handler, newServer(handler, log)
	a.mail = a.sender(p, handler, signin.AnswerForgotten(in))
	a.metrics.Intranet(handler)
	a.metrics.Done(metrics.Sweep) // so that it is late only where it does not come
	a.server.Handler = a.tracing.Handler(handler, web.RouteOf(handler))
	if settings.MetricsAddr != "" {
		if a.sideDoor, err = net.Listen("tcp", settings.MetricsAddr); err != nil {
			return nil, fmt.Errorf("listen on METRICS_ADDR: %w", err)
		}
		a.side = newServer(a.metrics.Handler(), log)
	}
	if a.listener = options.Listener; a.listener == nil {
		if a.listener, err = net.Listen("tcp", settings.Addr); err != nil {
			return nil, fmt.Errorf("listen on ADDR: %w", err)
		}
	}
	a.listener = bounded(a.listener, p.Database.MaxConns)
	started = true
	return a, nil
}

func (a *App) close() {
	if a.client != nil {
		a.client.Close()
	}
	a.tracing.Close()
	if a.sideDoor != nil {
		_ = a.sideDoor.Close() // closed by its server already, mostly
	}
	if a.pool != nil {
		a.pool.Close()
	}
	if a.watch != nil {
		a.watch.pool.Close()
	}
}
