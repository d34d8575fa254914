// Package doctor examines a deployment: it looks at what a first deployment gets
// wrong, and says how to mend it. It changes nothing.
package doctor

import (
	"context"
	"slices"
	"time"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/checks"
)

// checkTimeout bounds each check: what takes longer is as good as down.
const checkTimeout = 5 * time.Second

// examination goes through the checks, one after the other.
type examination struct {
	settings app.Settings
	parsed   app.Parsed
	problems []app.Problem // with the settings
	postgres postgres
	checks   []checks.Check
}

// Examine looks at everything, and changes nothing. flags are the settings that
// came from the command line, by the names of their variables. It makes a
// handshake only for the person with the e-mail mint, and none where that is "".
// It ends within seconds for each part that does not answer.
func Examine(ctx context.Context, settings app.Settings, flags []string, mint string) []checks.Check {
	e := &examination{settings: settings}
	var err error
	if e.parsed, err = settings.Parse(); err != nil {
		e.problems = err.(*app.SettingsError).Problems
	}
	e.checkSettings(ctx, flags)
	e.checkMachine(ctx)
	defer e.closePostgres()
	e.checkPostgres(ctx)
	checkSignIn(ctx, e)
	e.checkCaramelo(ctx)
	e.checkConsent(ctx)
	e.checkMint(ctx, mint)
	e.checkSDK(ctx)
	e.checkOrigins(ctx)
	e.checkPublic(ctx)
	checkTracing(ctx, e)
	checkMail(ctx, e)
	return e.checks
}

// check calls f and notes the result under id. Where a check that it needs has
// failed or was skipped, f is not called.
func (e *examination) check(ctx context.Context, id string, needs []string, f func(context.Context) checks.Check) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	c, needed := e.missing(needs)
	if !needed {
		c = f(ctx)
	}
	c.ID = id
	e.checks = append(e.checks, c)
}

// missing returns a check that is skipped because of one of needs, if there is one.
func (e *examination) missing(needs []string) (checks.Check, bool) {
	for _, c := range e.checks {
		if slices.Contains(needs, c.ID) {
			switch c.Level {
			case checks.Failure:
				return checks.Skip("see %s first", c.ID), true
			case checks.Skipped:
				return checks.Skip("%s", c.Seen), true
			}
		}
	}
	return checks.Check{}, false
}
