package doctor

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/web"
)

// connections are what the policy of these settings lets scripts connect to.
func (d *doctor) connections() []string {
	config := web.Config{PublicURL: d.parsed.PublicURL, SDKURL: d.parsed.SDKURL, Origins: d.parsed.Origins}
	if d.parsed.Assistant {
		config.Caramelo = &caramelo.Client{}
	}
	return directive(web.ContentSecurityPolicy(config), "connect-src")[1:]
}

// checkOrigins compares our policy to where the script lives and what it talks to.
func (d *doctor) checkOrigins(ctx context.Context, needs []string) {
	d.check(ctx, "csp.origins", append(needs, "settings.caramelo_origins", "settings.caramelo_api_url", "settings.public_url"), func(context.Context) Check {
		sources := d.connections()
		for _, source := range sources {
			if rest, ok := strings.CutPrefix(source, "http"); ok && !slices.Contains(sources, "ws"+rest) {
				return warn("add ws"+rest+" to CARAMELO_ORIGINS", "%s is allowed, and a WebSocket to it is not", source)
			}
		}
		if api, err := url.Parse(d.settings.APIURL); err == nil && !d.allowed(sources, d.settings.APIURL) {
			return warn("add "+api.Scheme+"://"+api.Host+" and its WebSocket to CARAMELO_ORIGINS if it has to", "the script may not talk to the API's host, %s", api.Host)
		}
		return fine("the script and its WebSocket are allowed; more origins: %d", len(d.parsed.Origins))
	})
}

var scriptsNonce = regexp.MustCompile(`<script [^>]*nonce="([^"]+)"`)

// checkServed looks at the policies that a page has in the end: a browser obeys each.
func (d *doctor) checkServed(ctx context.Context, health answer) {
	d.check(ctx, "public.policy", []string{"public.reachable", "settings.caramelo_sdk_url", "settings.caramelo_origins"}, func(ctx context.Context) Check {
		if health.status != http.StatusOK {
			return skip("see public.reachable first")
		}
		page, _ := fetch(ctx, d.parsed.PublicURL.JoinPath(paths.Login), nil)
		nonce := scriptsNonce.FindSubmatch(page.body)
		served := strings.Join(page.header.Values("Content-Security-Policy"), ",")
		switch {
		case nonce == nil:
			return warn("open it in a browser; look at the logs of the proxy and of serve", "%s: status %d, and no script of ours", paths.Login, page.status)
		case served == "":
			return warn("let the proxy pass on all headers", "pages come without a Content-Security-Policy")
		}
		scripts := []string{"'nonce-" + string(nonce[1]) + "'"}
		if d.parsed.Assistant {
			scripts = append(scripts, d.parsed.SDKURL.Scheme+"://"+d.parsed.SDKURL.Host)
		}
		policies := strings.Split(served, ",")
		for i, policy := range policies {
			for _, kind := range []struct{ has, wants []string }{
				{directive(policy, "script-src-elem", "script-src", "default-src"), scripts},
				{directive(policy, "connect-src", "default-src"), d.connections()},
			} {
				missing := slices.DeleteFunc(slices.Clone(kind.wants), func(want string) bool { return kind.has == nil || d.allowed(kind.has[1:], want) })
				if len(missing) > 0 {
					return fail("let the proxy pass on our page and its Content-Security-Policy as they are, and add no policy of its own; restart serve if the settings are newer",
						"policy %d of %d that pages come with has %s, which does not allow %s", i+1, len(policies), strings.Join(kind.has, " "), strings.Join(missing, " "))
				}
			}
		}
		return fine("what pages come with allows the scripts, and what they connect to")
	})
}

// directive is the first of names that policy has, with its sources behind it. All
// is allowed where it is nil.
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

// allowed reports whether one of the sources covers want, which is one too: a
// nonce, 'self', or hosts with any path (CSP 3, 6.7.2).
func (d *doctor) allowed(sources []string, want string) bool {
	if strings.HasPrefix(want, "'nonce-") {
		all := strings.Join(sources, " ")
		return slices.Contains(sources, want) || strings.Contains(all, "'unsafe-inline'") && !strings.Contains(all, "'nonce-") && !strings.Contains(all, "'sha")
	}
	self := strings.NewReplacer("'self'", d.parsed.PublicURL.String())
	u, err := url.Parse(self.Replace(want))
	return err == nil && slices.ContainsFunc(sources, func(source string) bool {
		scheme, host, whole := strings.Cut(self.Replace(source), "://")
		switch {
		case source == "*":
			return true
		case strings.HasSuffix(source, ":"): // such as https:
			return source == u.Scheme+":"
		case !whole:
			scheme, host = d.parsed.PublicURL.Scheme, source
		}
		host, _, _ = strings.Cut(host, "/")
		below, wildcard := strings.CutPrefix(host, "*")
		return (scheme == u.Scheme || scheme+"s" == u.Scheme) && (host == u.Host || wildcard && strings.HasSuffix(u.Host, below))
	})
}
