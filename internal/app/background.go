package app

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/carameloai/intranet/internal/forms"
	"github.com/carameloai/intranet/internal/metrics"
	"github.com/carameloai/intranet/internal/personal"
	"github.com/carameloai/intranet/internal/store"
)

const sweepEvery = 15 * time.Minute

// background starts what the server does beside its requests, and returns what ends it and
// waits for it.
func (a *App) background(ctx context.Context, all ...func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	for _, f := range all {
		running.Go(func() { f(ctx) })
	}
	return func() { cancel(); running.Wait() }
}

// sweep removes what has expired, from time to time.
func (a *App) sweep(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			a.sweepNow(ctx)
		}
	}
}

func (a *App) sweepNow(ctx context.Context) {
	s := store.New(a.pool)
	err := errors.Join(s.Sweep(ctx), forms.Sweep(ctx, s), s.ExpireAudit(ctx, a.auditRetention), a.eraseDisabled(ctx))
	if err == nil {
		a.metrics.Done(metrics.Sweep)
	} else if ctx.Err() == nil {
		a.log.Warn("sweep", slog.Any("error", err))
	}
}

// maxErased is how many people a sweep deletes, so that it ends.
const maxErased = 100

// eraseDisabled deletes whoever has been disabled for as long as the setting says. The log has
// what to ask Caramelo for, and no e-mail.
func (a *App) eraseDisabled(ctx context.Context) error {
	for range maxErased {
		if a.disabledRetention == 0 {
			return nil
		}
		known, found, err := personal.EraseDisabled(ctx, a.web.Store, a.disabledRetention)
		if err != nil || !found {
			return err
		}
		a.log.Info("a person who was disabled for long is deleted: ask Caramelo to erase the customer",
			slog.String("external_customer_id", known.ID), slog.Time("not_before", known.Since))
	}
	return nil
}
