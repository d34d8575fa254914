package doctor

import (
	"context"

	"github.com/carameloai/intranet/internal/checks"
)

// checkTracing sends an empty trace to the collector, if there is one. Pages do without it, so
// that it is a warning where it does not answer.
func checkTracing(ctx context.Context, e *examination) {
	e.check(ctx, "traces.collector", nil, func(ctx context.Context) checks.Check {
		if e.parsed.Tracing.Endpoint == "" {
			return checks.OK("off: there is no collector")
		}
		seen, mend, ok := e.parsed.TryTracing(ctx)
		if !ok {
			return checks.Warn("%s", seen).MendBy(mend)
		}
		return checks.OK("%s", seen)
	})
}
