package doctor

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/carameloai/intranet/internal/app"
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
	e.check(ctx, "public.cookies", needs, func(context.Context) Check { return e.judgeCookies(health) })
	e.check(ctx, "public.proxies", append(needs, "settings.trusted_proxies"), e.publicProxies)
}

func judgeHealth(a answer) Check {
	body := strings.TrimSpace(string(a.body))
	switch {
	case a.status == http.StatusOK && body == "ok" && a.header.Get("X-Request-Id") != "":
		return fine("the intranet answers in %v", a.took)
	case a.status/100 == 3:
		return fail("status %d: a redirect%s", a.status, a.redirect()).mend("set PUBLIC_URL to where people end up")
	case a.status >= 502:
		return warn("status %d: a proxy answers, the intranet does not", a.status).
			mend("start intranet serve, and let the proxy lead to its ADDR")
	}
	return fail("status %d: something else than this intranet answers", a.status).
		mend("let PUBLIC_URL, and the proxy behind it, lead to this server")
}

func (e *examination) judgeCookies(health answer) Check {
	plain := e.parsed.PublicURL.Scheme == "http"
	switch {
	case plain && app.Loopback(e.parsed.PublicURL.Hostname()):
		return fine("plain http on this machine: no Secure cookies, no HSTS")
	case plain:
		return warn("plain http: cookies are not Secure, and there is no HSTS").mend("use https")
	case health.status == http.StatusOK && health.header.Get("Strict-Transport-Security") == "":
		return warn("the answer comes without HSTS").
			mend("let the proxy pass on all headers; restart serve if PUBLIC_URL was http before")
	}
	return fine("Secure __Host- cookies, which plain http never gets; " +
		"HSTS for this host and all below it, for two years")
}

func (e *examination) publicProxies(context.Context) Check {
	trusted := e.parsed.TrustedProxies
	everybody := func(p netip.Prefix) bool { return p.Bits() == 0 }
	switch {
	case slices.ContainsFunc(trusted, everybody):
		return fail("everybody is trusted: whoever sends X-Forwarded-For has any address they like").
			mend("name the proxies' own addresses in TRUSTED_PROXIES")
	case len(trusted) > 0 && app.Loopback(e.parsed.PublicURL.Hostname()):
		return warn("TRUSTED_PROXIES is set, and PUBLIC_URL is on this machine, where no proxy is").
			mend("unset TRUSTED_PROXIES, or set PUBLIC_URL to what browsers open")
	case len(trusted) == 0 && e.parsed.PublicURL.Scheme == "https":
		return warn("a proxy must be there for https, and is not trusted: everybody seems to come from its address, " +
			"in the audit trail and where sign-ins are throttled").
			mend("set TRUSTED_PROXIES to the addresses that the proxy calls from")
	case len(trusted) > 0:
		return fine("X-Forwarded-For or Forwarded is believed; addresses or networks: %d", len(trusted))
	}
	return fine("no proxy is trusted, and none is needed")
}
