package app

import (
	"log/slog"
	"time"

	"github.com/carameloai/intranet/internal/scriptwatch"
)

// Caramelo's script is looked at so often. A start looks later: it may be one of many.
const (
	scriptAfter = time.Minute
	scriptEvery = 15 * time.Minute
)

// watchScript returns what watches Caramelo's script in the background. What changes is
// logged once, and so is that it cannot be fetched.
func (a *App) watchScript(url string) *scriptwatch.Watch {
	failed := false // the looks come one after the other
	return scriptwatch.New(scriptwatch.Config{
		URL: url, After: scriptAfter, Every: scriptEvery,
		Observe: func(look scriptwatch.Look) {
			a.metrics.Vendor.Script(look)
			hash := slog.String("sha256", look.Hash)
			switch {
			case look.Err != nil && !failed:
				a.log.Warn("Caramelo's script cannot be fetched from here", slog.Any("error", look.Err))
			case look.Changed():
				a.log.Warn("Caramelo's script changed", hash, slog.String("before", look.Before))
			case look.Err == nil && look.Before == "":
				a.log.Info("Caramelo's script", hash)
			}
			failed = look.Err != nil
		},
	})
}
