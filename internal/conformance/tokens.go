package conformance

import (
	"context"
	"net/http"
	"net/url"

	"github.com/carameloai/intranet/internal/checks"
)

// checkTokens counts them.
func (e *examination) checkTokens(ctx context.Context) {
	e.check(ctx, "token.page", e.answered(), func() checks.Check {
		for _, l := range e.loads {
			p := l.first
			switch {
			case len(p.calls) > 1 || len(l.second.calls) > 1:
				return checks.Fail("%s: %d calls for one page", p.url.Path, max(len(p.calls), len(l.second.calls))).
					MendBy("make one call for a page, from one place: not for fragments, files or parts of it, and " +
						"no second one where the first was answered")
			case p.shown == "":
				return checks.Fail("%s: the token is not in the page", p.url.Path).
					MendBy("write real_time_access_token into the page, as secure_connection_token")
			}
		}
		return checks.OK("a token in each page, and never two calls for one")
	})
	e.check(ctx, "token.new", []string{"token.page"}, func() checks.Check {
		for _, l := range e.loads {
			if l.second.token() == "" || l.second.shown != l.second.token() {
				return checks.Fail("%s: loaded again, it has no new token", l.second.url.Path).
					MendBy("get a token for each load, and keep none, in the session or elsewhere: a token opens one " +
						"session, and ends within minutes")
			}
		}
		return checks.OK("loaded again, a page has another")
	})
	first := e.cfg.Pages[0]
	e.none(ctx, "token.head", "make no call for HEAD, which has no page: some frameworks run the handler of GET for it",
		request{method: http.MethodHead, url: first})
	e.none(ctx, "token.prefetch", "answer a request with Sec-Purpose: prefetch without a call, best with an empty "+
		"503: the browser asks again when somebody wants the page",
		request{url: first, header: map[string]string{"Sec-Purpose": "prefetch", "Purpose": "prefetch"}},
		request{url: first, header: map[string]string{"Sec-Purpose": "prefetch;prerender"}})
	e.checkSignedOut(ctx)
	e.check(ctx, "token.redirect", []string{"token.new"}, func() checks.Check {
		if e.cfg.Redirect == nil {
			return checks.Skip("not tried: name an address that redirects, with --redirect-url")
		}
		p := e.quietly(ctx, e.one, request{url: e.cfg.Redirect})
		switch {
		case p.status/100 != 3:
			return checks.Skip("status %d: name an address that redirects, with --redirect-url", p.status)
		case len(p.calls) > 0:
			return checks.Fail("a call for a redirect").MendBy("decide whether there is a page at all before you call")
		}
		return checks.OK("no call for a redirect")
	})
	e.check(ctx, "token.error", e.answered(), func() checks.Check {
		address := e.cfg.Missing
		if address == nil {
			address = first.ResolveReference(&url.URL{Path: "/caramelo-check-no-such-page"})
		}
		p := e.quietly(ctx, e.one, request{url: address})
		switch {
		case p.status < 400:
			return checks.Skip("status %d: name an address that is an error page, with --error-url", p.status)
		case len(p.calls) > 0 || p.shown != "":
			return checks.Fail("a call, or a token, for a page with status %d", p.status).
				MendBy("find what the page is about before you call; give error pages no chat")
		}
		return checks.OK("no call and no token for a page with status %d", p.status)
	})
}

// none checks that the first person's requests make no call, which says nothing of an app that
// keeps a token.
func (e *examination) none(ctx context.Context, id, how string, wants ...request) {
	e.check(ctx, id, []string{"token.new"}, func() checks.Check {
		for _, want := range wants {
			if p := e.quietly(ctx, e.one, want); len(p.calls) > 0 {
				return checks.Fail("%s made a call", want.name()).MendBy(how)
			}
		}
		return checks.OK("no call")
	})
}

// checkSignedOut opens the page as somebody who is not signed in.
func (e *examination) checkSignedOut(ctx context.Context) {
	e.check(ctx, "token.signed_out", e.answered(), func() checks.Check {
		nobody := newVisitor()
		defer nobody.close()
		p := e.quietly(ctx, nobody, request{url: e.cfg.Pages[0]})
		if len(p.calls) > 0 || p.shown != "" {
			return checks.Fail("status %d, and a token, for somebody who is not signed in", p.status).
				MendBy("make the call for the person of the session alone, after the session was checked")
		}
		return checks.OK("status %d and no call for somebody who is not signed in", p.status)
	})
}
