package doctor

import (
	"context"
	"strings"

	"github.com/carameloai/intranet/internal/checks"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/signin/oidc"
)

// checkSignIn looks at how people come in.
func checkSignIn(ctx context.Context, e *examination) {
	e.check(ctx, "signin.providers", []string{"settings.oidc_providers"}, func(ctx context.Context) checks.Check {
		return askProviders(ctx, e.parsed.Providers)
	})
	e.check(ctx, "signin.way_in", []string{"postgres.migrations"}, func(ctx context.Context) checks.Check {
		return wayIn(ctx, e)
	})
}

// askProviders asks each provider what it says of itself.
func askProviders(ctx context.Context, all []oidc.Provider) checks.Check {
	if len(all) == 0 {
		return checks.OK("none: people sign in with passwords")
	}
	var answer []string
	for _, p := range all {
		can, err := oidc.Examine(ctx, p)
		if err != nil {
			return checks.Fail("%s does not answer as a provider does: %v", p.ID, err).
				MendBy("look whether OIDC_" + strings.ToUpper(p.ID) + "_ISSUER is what the provider calls itself, " +
					"to the letter, and whether this machine reaches it")
		}
		says := p.ID
		if !can.SignOut {
			says += ", without a sign-out"
		}
		if !can.BackChannel {
			says += ", without a back-channel"
		}
		answer = append(answer, says)
	}
	return checks.OK("they answer: %s", strings.Join(answer, "; "))
}

// wayIn looks for an admin who can sign in on the day on which no provider answers.
func wayIn(ctx context.Context, e *examination) checks.Check {
	var admins int
	err := e.postgres.pool.QueryRow(ctx, `SELECT count(*) FROM people
		WHERE role = 'admin' AND active AND password_hash IS NOT NULL`).Scan(&admins)
	switch {
	case err != nil:
		return checks.Skip("the admins cannot be counted: see postgres.migrations and postgres.rights")
	case admins == 0 && e.settings.Passwords == signin.Admins:
		return checks.Warn("no admin has a password: nobody comes in on a day on which no provider answers").
			MendBy("give one a password with intranet user password, and a second factor")
	}
	return checks.OK("admins with a password: %d", admins)
}
