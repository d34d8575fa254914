package doctor

import (
	"context"

	"github.com/carameloai/intranet/internal/checks"
)

// checkMail connects to the mail server and signs in, and sends nothing.
func checkMail(ctx context.Context, e *examination) {
	e.check(ctx, "mail.server", []string{"settings.smtp_url"}, func(ctx context.Context) checks.Check {
		server := e.parsed.Mail
		if server.Host == "" {
			return checks.OK("off: one-time links are handed over by hand")
		}
		server.Timeout = checkTimeout
		if err := server.Try(ctx); err != nil {
			return checks.Fail("the mail server of SMTP_URL: %v", err).
				MendBy("look at its host, port, user and password, and whether this machine may reach it")
		}
		return checks.OK("the mail server takes our user; nothing was sent")
	})
}
