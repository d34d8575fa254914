package doctor

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/checks"
	"github.com/carameloai/intranet/internal/paths"
)

// checkPublic asks the running server as a browser would, and compares PUBLIC_URL
// to what cookies and proxies make of it.
func (e *examination) checkPublic(ctx context.Context) {
	needs := []string{"settings.public_url"}
	var address *url.URL
	if e.parsed.PublicURL != nil {
		address = e.parsed.PublicURL.JoinPath(paths.Health)
	}
	health := e.checkHost(ctx, host{name: "public", needs: needs, url: address, judge: judgeHealth, browsers: true})
	e.checkServed(ctx, health)
	e.check(ctx, "public.cookies", needs, func(context.Context) checks.Check { return e.judgeCookies(health) })
	e.check(ctx, "public.proxies", append(needs, "settings.trusted_proxies"), e.publicProxies)
}

func judgeHealth(a answer) checks.Check {
	body := strings.TrimSpace(string(a.body))
	switch {
	case a.status == http.StatusOK && body == "ok" && a.header.Get("X-Request-Id") != "":
		return checks.OK("the intranet answers in %v", a.took)
	case a.status/100 == 3:
		return checks.Fail("status %d: a redirect%s", a.status, a.redirect()).
			MendBy("set PUBLIC_URL to where people end up")
	case a.status >= 502:
		return checks.Warn("status %d: a proxy answers, the intranet does not", a.status).
			MendBy("start intranet serve, and let the proxy lead to its ADDR")
	}
	return checks.Fail("status %d: something else than this intranet answers", a.status).
		MendBy("let PUBLIC_URL, and the proxy behind it, lead to this server")
}

func (e *examination) judgeCookies(health answer) checks.Check {
	plain := e.parsed.PublicURL.Scheme == "http"
	switch {
	case plain && app.Loopback(e.parsed.PublicURL.Hostname()):
		return checks.OK("plain http on this machine: no Secure cookies, no HSTS")
	case plain:
		return checks.Warn("plain http: cookies are not Secure, and there is no HSTS").MendBy("use https")
	case health.status == http.StatusOK && health.header.Get("Strict-Transport-Security") == "":
		return checks.Warn("the answer comes without HSTS").
			MendBy("let the proxy pass on all headers; restart serve if PUBLIC_URL was http before")
	}
	return checks.OK("Secure __Host- cookies, which plain http never gets; " +
		"HSTS for this host and all below it, for two years")
}

func (e *examination) publicProxies(context.Context) checks.Check {
	trusted := e.parsed.TrustedProxies
	everybody := func(p netip.Prefix) bool { return p.Bits() == 0 }
	switch {
	case slices.ContainsFunc(trusted, everybody):
		return checks.Fail("everybody is trusted: whoever sends X-Forwarded-For has any address they like").
			MendBy("name the proxies' own addresses in TRUSTED_PROXIES")
	case len(trusted) > 0 && app.Loopback(e.parsed.PublicURL.Hostname()):
		return checks.Warn("TRUSTED_PROXIES is set, and PUBLIC_URL is on this machine, where no proxy is").
			MendBy("unset TRUSTED_PROXIES, or set PUBLIC_URL to what browsers open")
	case len(trusted) == 0 && e.parsed.PublicURL.Scheme == "https":
		return checks.Warn("a proxy must be there for https, and is not trusted: " +
			"everybody seems to come from its address, " +
			"in the audit trail and where sign-ins are throttled").
			MendBy("set TRUSTED_PROXIES to the addresses that the proxy calls from")
	case len(trusted) > 0:
		return checks.OK("X-Forwarded-For or Forwarded is believed; addresses or networks: %d", len(trusted))
	}
	return checks.OK("no proxy is trusted, and none is needed")
}
