package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/web"
)

// Limits of the server. The write timeout is longer than the deadline of a request, which
// in turn is longer than the timeout of the call to Caramelo.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 20 * time.Second
	idleTimeout       = 60 * time.Second
	maxHeaderBytes    = 32 << 10
	shutdownTimeout   = 10 * time.Second
)

func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// Addr is where the app listens, with the real port if the setting was 0.
func (a *App) Addr() net.Addr { return a.listener.Addr() }

// Web is the intranet that it serves.
func (a *App) Web() *web.Server { return a.web }

// Serve serves until ctx ends, then shuts down: it answers "not ready", gives running
// requests 10 s to end, then what runs beside them, and closes the pool.
func (a *App) Serve(ctx context.Context) error {
	defer a.close()
	failed := make(chan error, 2)
	go func() { failed <- a.server.Serve(a.listener) }()
	if a.side != nil {
		go func() { failed <- a.side.Serve(a.sideDoor) }()
	}
	background := []func(context.Context){a.sweep, a.rotate, a.watch.run, giveBack}
	if a.script != nil {
		background = append(background, a.script.Run)
	}
	background = append(background, sending(a.mail)...)
	for _, f := range a.web.Features() {
		if f.Run != nil {
			background = append(background, func(ctx context.Context) { f.Run(ctx, a.web) })
		}
	}
	defer a.background(context.WithoutCancel(ctx), background...)()

	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	a.log.Info("shutting down")
	a.draining.Store(true)
	if a.options.DrainFor > 0 {
		timer := time.NewTimer(a.options.DrainFor)
		defer timer.Stop()
		<-timer.C
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	err := a.server.Shutdown(stopping)
	if err != nil {
		err = errors.Join(fmt.Errorf("requests did not end within %v: %w", shutdownTimeout, err), a.server.Close())
	}
	if a.side != nil {
		err = errors.Join(err, a.side.Close())
	}
	return err
}

// ready checks whether this replica should get requests. It asks nobody.
func (a *App) ready() error {
	if a.draining.Load() {
		return errors.New("shutting down")
	}
	return a.watch.ready()
}

// observe logs and counts a handshake. A failure is a warning, because the page works
// without the assistant and somebody should still find out why.
func (a *App) observe(ctx context.Context, o caramelo.Outcome) {
	a.metrics.Vendor.Handshake(o)
	if o.Kind == caramelo.Credentials {
		a.secretRefused()
	}
	level := slog.LevelWarn
	if o.Kind == caramelo.OK || o.Kind == caramelo.Canceled {
		level = slog.LevelDebug
	}
	attrs := []slog.Attr{
		slog.String("kind", string(o.Kind)),
		slog.Int("status", o.Status),
		slog.Int("calls", o.Calls),
		slog.Duration("duration", o.Duration),
	}
	if o.Err != nil {
		attrs = append(attrs, slog.Any("error", o.Err))
	}
	a.log.LogAttrs(ctx, level, "handshake", attrs...)
}
