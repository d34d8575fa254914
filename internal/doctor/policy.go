package doctor

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/carameloai/intranet/internal/checks"
	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/paths"
)

// connections are what the policy of these settings lets scripts connect to.
func (e *examination) connections() []string {
	policy := e.parsed.Policy
	if !e.parsed.Assistant {
		policy.Script = nil
	}
	return policy.Connections()
}

// checkOrigins compares our policy to where the script lives and what it talks to.
func (e *examination) checkOrigins(ctx context.Context) {
	needs := append(ofScript(), "settings.caramelo_origins", "settings.caramelo_api_url", "settings.public_url")
	e.check(ctx, "csp.origins", needs, func(context.Context) checks.Check {
		sources := e.connections()
		for _, source := range sources {
			if rest, ok := strings.CutPrefix(source, "http"); ok && !slices.Contains(sources, "ws"+rest) {
				return checks.Warn("%s is allowed, and a WebSocket to it is not", source).
					MendBy("add ws" + rest + " to CARAMELO_ORIGINS")
			}
		}
		api, err := url.Parse(e.settings.APIURL)
		if err == nil && !e.allowed(sources, e.settings.APIURL) {
			return checks.Warn("the script may not talk to the API's host, %s", api.Host).
				MendBy("add " + api.Scheme + "://" + api.Host + " and its WebSocket to CARAMELO_ORIGINS if it has to")
		}
		return checks.OK("the script and its WebSocket are allowed; more origins: %d", len(e.parsed.Policy.Origins))
	})
}

var scriptsNonce = regexp.MustCompile(`<script [^>]*nonce="([^"]+)"`)

// checkServed looks at the policies with which a page arrives in a browser, which
// obeys each of them. The sign-in page's own policy knows nothing of Caramelo; that of
// pages with the chat comes with health, which the intranet has answered before.
func (e *examination) checkServed(ctx context.Context, health answer) {
	needs := []string{"public.reachable", "settings.caramelo_sdk_url", "settings.caramelo_origins"}
	e.check(ctx, "public.policy", needs, func(ctx context.Context) checks.Check {
		if health.status != http.StatusOK {
			return checks.Skip("see public.reachable first")
		}
		page, _ := fetch(ctx, e.parsed.PublicURL.JoinPath(paths.Login), nil)
		nonce := scriptsNonce.FindSubmatch(page.body)
		served := policies(page)
		switch {
		case nonce == nil:
			return checks.Warn("%s: status %d, and no script of ours", paths.Login, page.status).
				MendBy("open it in a browser; look at the logs of the proxy and of serve")
		case len(served) == 0:
			return checks.Warn("pages come without a Content-Security-Policy").
				MendBy("let the proxy pass on all headers")
		}
		strict := csp.Policy{Secure: e.parsed.PublicURL.Scheme == "https"}.Header()
		ours := strings.ReplaceAll(strict, "{nonce}", string(nonce[1]))
		added := slices.Clone(served)
		for i, policy := range added {
			if strings.TrimSpace(policy) == ours {
				added[i] = "" // allows its page what it needs
			}
		}
		if check := e.judgePolicies(added, "'nonce-"+string(nonce[1])+"'"); check.Level == checks.Failure {
			return check
		}
		return e.judgePolicies(policies(health))
	})
}

// policies are all that an answer comes with.
func policies(a answer) []string {
	served := strings.Join(a.header.Values("Content-Security-Policy"), ",")
	return slices.DeleteFunc(strings.Split(served, ","), func(policy string) bool { return policy == "" })
}

// judgePolicies says whether each of the policies allows Caramelo's script, scripts of our
// own that have one of the nonces, and what they connect to.
func (e *examination) judgePolicies(policies []string, nonces ...string) checks.Check {
	scripts := nonces
	if e.parsed.Assistant {
		scripts = append(scripts, e.parsed.Policy.Script.Scheme+"://"+e.parsed.Policy.Script.Host)
	}
	for i, policy := range policies {
		for _, kind := range []struct{ has, wants []string }{
			{directive(policy, "script-src-elem", "script-src", "default-src"), scripts},
			{directive(policy, "connect-src", "default-src"), e.connections()},
		} {
			missing := slices.DeleteFunc(slices.Clone(kind.wants), func(want string) bool {
				return kind.has == nil || e.allowed(kind.has[1:], want)
			})
			if len(missing) > 0 {
				return checks.Fail("policy %d of %d that pages come with has %s, which does not allow %s",
					i+1, len(policies), strings.Join(kind.has, " "), strings.Join(missing, " ")).
					MendBy("let the proxy pass on our page and its Content-Security-Policy as they are, " +
						"and add no policy of its own; restart serve if the settings are newer")
			}
		}
	}
	return checks.OK("what pages come with allows the scripts, and what they connect to")
}

// directive returns the first of the names that the policy has, followed by its
// sources. Where it is nil, the policy allows everything.
func directive(policy string, names ...string) []string {
	for _, name := range names {
		for part := range strings.SplitSeq(policy, ";") {
			if words := strings.Fields(part); len(words) > 0 && strings.EqualFold(words[0], name) {
				return words
			}
		}
	}
	return nil
}

// allowed reports whether one of the sources covers want, which is a source too: a
// nonce, 'self', or hosts with any path (CSP 3, 6.7.2).
func (e *examination) allowed(sources []string, want string) bool {
	if strings.HasPrefix(want, "'nonce-") {
		return slices.Contains(sources, want) || allInline(sources)
	}
	self := strings.NewReplacer("'self'", e.parsed.PublicURL.String())
	u, err := url.Parse(self.Replace(want))
	return err == nil && slices.ContainsFunc(sources, func(source string) bool {
		return e.covers(self.Replace(source), u)
	})
}

// allInline reports whether the sources allow every script in the page: a nonce or
// a hash makes browsers ignore 'unsafe-inline'.
func allInline(sources []string) bool {
	all := strings.Join(sources, " ")
	return strings.Contains(all, "'unsafe-inline'") &&
		!strings.Contains(all, "'nonce-") && !strings.Contains(all, "'sha")
}

func (e *examination) covers(source string, u *url.URL) bool {
	scheme, host, whole := strings.Cut(source, "://")
	switch {
	case source == "*":
		return true
	case strings.HasSuffix(source, ":"): // such as https:
		return source == u.Scheme+":"
	case !whole:
		scheme, host = e.parsed.PublicURL.Scheme, source
	}
	host, _, _ = strings.Cut(host, "/")
	below, wildcard := strings.CutPrefix(host, "*")
	return (scheme == u.Scheme || scheme+"s" == u.Scheme) &&
		(host == u.Host || wildcard && strings.HasSuffix(u.Host, below))
}
