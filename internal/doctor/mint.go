package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/checks"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// checkMint makes a handshake as a page of the person with that e-mail would.
func (e *examination) checkMint(ctx context.Context, email string) {
	needs := []string{
		"caramelo.reachable",
		"settings.caramelo_project_id",
		"settings.caramelo_secret_token",
		"settings.caramelo_timeout",
		"settings.caramelo_ask_first",
	}
	if email != "" {
		needs = append(needs, "postgres.reachable")
	}
	e.check(ctx, "caramelo.mint", needs, func(checking context.Context) checks.Check {
		if email == "" {
			return checks.Skip("not tried: run intranet doctor --mint with the e-mail of a test person")
		}
		p, err := findPerson(checking, e.postgres.pool, email)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return checks.Fail("nobody has the e-mail given with --mint").MendBy("intranet user list shows everybody")
		case err != nil:
			return e.postgresTrouble("the person cannot be read", err)
		case !p.active:
			return checks.Fail("that person is disabled: they get no page, and no token").
				MendBy("name somebody who may sign in")
		case e.parsed.AskFirst && !p.agrees:
			return checks.Fail("that person is asked first, and has not agreed: nothing about them is sent").
				MendBy("name somebody who has; or sign in as them and press the button of " + paths.Assistant)
		}
		// The client keeps to CARAMELO_TIMEOUT, which may be longer than checkTimeout.
		return e.mint(ctx, p.Customer)
	})
}

func (e *examination) mint(ctx context.Context, customer caramelo.Customer) checks.Check {
	var outcome caramelo.Outcome
	client, err := caramelo.New(caramelo.Config{
		APIURL:    e.settings.APIURL,
		ProjectID: e.settings.ProjectID,
		Secret:    e.settings.SecretToken,
		AllowHTTP: e.parsed.Sandbox,
		Timeout:   e.parsed.Timeout,
		Observe:   func(_ context.Context, o caramelo.Outcome) { outcome = o },
	})
	if err != nil {
		return checks.Fail("they do not make a client").MendBy("set the Caramelo settings right")
	}
	defer client.Close()
	connection, err := client.Start(ctx, customer).Join()
	took := outcome.Duration.Round(time.Millisecond / 10)
	if err != nil {
		return failedMint(outcome, took)
	}
	size := len(connection.Token.Reveal())
	token := fmt.Sprintf("opaque, or without exp, of %d characters", size) // Caramelo promises no form
	if expires := outcome.Answer.Expires; !expires.IsZero() {
		token = fmt.Sprintf("a JWT of %d characters, good for %.0f s", size, time.Until(expires).Seconds())
	}
	return checks.OK("status %d in %v; the token is %s", outcome.Status, took, token)
}

func failedMint(o caramelo.Outcome, took time.Duration) checks.Check {
	if o.Status == http.StatusOK && (len(o.Answer.Keys) > 0 || o.Answer.Type == "application/json") {
		return checks.Fail("status 200 in %v, and no token (real_time_access_token) in the answer", took).
			MendBy("ask Caramelo why, with the project's id; or is CARAMELO_API_URL another service?")
	}
	return checks.Fail("%s, status %d, in %v", o.Kind, o.Status, took).MendBy(mendMint(o.Kind))
}

// mendMint says how to mend each kind of failed handshake.
func mendMint(kind caramelo.Kind) string {
	switch kind {
	case caramelo.Credentials:
		return "set CARAMELO_SECRET_TOKEN to the project's authenticated_flow key, from Caramelo's dashboard"
	case caramelo.Project:
		return "compare CARAMELO_PROJECT_ID and CARAMELO_API_URL with Caramelo's dashboard"
	case caramelo.RateLimited:
		return "wait; where it stays, ask Caramelo for a higher limit"
	case caramelo.Rejected:
		return "look at this person's name, e-mail and language; try somebody else"
	case caramelo.Unavailable:
		return "see caramelo.reachable; ask Caramelo"
	case caramelo.Timeout:
		return "raise CARAMELO_TIMEOUT where the network is slow; ask Caramelo where it is not"
	case caramelo.Malformed:
		return otherAPI
	}
	return ""
}

// checkConsent says whether people are asked before a page makes a handshake for them.
func (e *examination) checkConsent(ctx context.Context) {
	needs := []string{"settings.caramelo_ask_first"}
	if e.parsed.AskFirst {
		needs = append(needs, "postgres.reachable", "postgres.migrations")
	}
	e.check(ctx, "caramelo.consent", needs, func(ctx context.Context) checks.Check {
		switch {
		case !e.parsed.Assistant:
			return checks.Skip(noChat)
		case !e.parsed.AskFirst:
			return checks.OK("people are not asked first: each page makes a handshake for its person")
		}
		c, err := store.New(e.postgres.pool).Consents(ctx)
		if err != nil {
			return e.postgresTrouble("it cannot be read who has agreed", err)
		}
		return checks.OK("people are asked first: %d of %d have agreed", c.Given, c.People)
	})
}
