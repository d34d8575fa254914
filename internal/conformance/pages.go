package conformance

import (
	"bytes"
	"context"
	"encoding/base64"
	"net"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/carameloai/intranet/internal/checks"
)

// vendorHost is where Caramelo's own script is.
const vendorHost = "static.carameloai.com"

// maxScripts is how many of a page's own scripts are searched for the secret.
const maxScripts = 30

// checkPage looks at what the browser gets.
func (e *examination) checkPage(ctx context.Context) {
	needs := append(e.answered(), "token.page")
	e.check(ctx, "page.no_store", needs, func() checks.Check {
		for _, l := range e.loads {
			cache := strings.ToLower(strings.Join(l.first.header.Values("Cache-Control"), ","))
			if !strings.Contains(cache, "no-store") {
				return checks.Fail("%s: Cache-Control is %q", l.first.url.Path, cache).
					MendBy("send Cache-Control: no-store with each page that has a token: the next person at that " +
						"computer, or behind that proxy, must not get it")
			}
		}
		return checks.OK("Cache-Control has no-store")
	})
	e.check(ctx, "page.scripts", needs, func() checks.Check {
		for _, l := range e.loads {
			if c := e.judgeScripts(l.first); c.Level != checks.Fine {
				return c
			}
		}
		return checks.OK("first the token, then authenticated.js, at the end of the body")
	})
	e.check(ctx, "page.authenticated", needs, func() checks.Check {
		for _, l := range e.loads {
			for _, s := range l.first.document.scripts {
				if s.isSDK() && path.Base(s.src.Path) == "index.js" {
					return checks.Fail("%s loads index.js, the script of pages without a sign-in", l.first.url.Path).
						MendBy("load authenticated.js, and index.js nowhere")
				}
			}
		}
		return checks.OK("no page loads index.js")
	})
	e.checkEscaped(ctx, needs)
	e.checkNames(ctx)
	e.checkSecret(ctx)
	e.checkPassword(ctx)
}

// judgeScripts looks at the two scripts of a page with a token.
func (e *examination) judgeScripts(p page) checks.Check {
	const both = "write both scripts right before </body>: the one with the token, then authenticated.js"
	scripts := p.document.scripts
	config := slices.IndexFunc(scripts, func(s script) bool {
		return s.src == nil && strings.Contains(s.code, p.shown)
	})
	sdk := slices.IndexFunc(scripts, script.isSDK)
	count := 0
	for _, s := range scripts {
		if s.isSDK() {
			count++
		}
	}
	switch {
	case config < 0:
		return checks.Fail("%s: the token is in none of the scripts", p.url.Path).MendBy(both)
	case !bytes.Contains(p.body, []byte("carameloaiChatbot")),
		!bytes.Contains(p.body, []byte("secure_connection_token")):
		return checks.Warn("%s: neither carameloaiChatbot nor secure_connection_token is in the page", p.url.Path).
			MendBy("see that one of your scripts sets carameloaiChatbot.secure_connection_token before " +
				"authenticated.js runs")
	case sdk < 0:
		return checks.Fail("%s: no script of Caramelo's", p.url.Path).MendBy(both)
	case count > 1:
		return checks.Fail("%s: Caramelo's script %d times", p.url.Path, count).MendBy("load it once")
	case sdk < config:
		return checks.Fail("%s: Caramelo's script comes before the token", p.url.Path).MendBy(both)
	case scripts[config].inHead || scripts[sdk].inHead:
		return checks.Fail("%s: in the head, where the page waits for Caramelo", p.url.Path).MendBy(both)
	case scripts[config].after || scripts[sdk].after:
		return checks.Fail("%s: behind </body>", p.url.Path).MendBy(both)
	case !e.known(scripts[sdk].src):
		return checks.Warn("%s: the script comes from %s, neither Caramelo's host nor this sandbox", p.url.Path,
			scripts[sdk].src.Host).
			MendBy("load https://" + vendorHost + "/sdk/latest/authenticated.js, and do not keep a copy")
	}
	return checks.OK("")
}

// known reports whether a script is Caramelo's own, or the sandbox's by whatever name the
// app knows this machine.
func (e *examination) known(src *url.URL) bool {
	_, port, _ := net.SplitHostPort(e.cfg.Listener.Addr().String())
	return src.Hostname() == vendorHost || src.Port() == port
}

// hostile are tokens that break a page which writes them as they are. Each has its own
// reason, so that the line says which character did it.
var hostile = []struct{ name, token string }{
	{`a double quote`, `check"caramelo-injected`},
	{`a single quote`, `check'caramelo-injected`},
	{`a backslash`, `check\caramelo-injected\`},
	{`a template's expression`, "check`${caramelo}-injected"},
	{`the end of a script`, `check</script><caramelo-injected>`},
	{`the begin of a comment`, `check<!--<script>caramelo-injected`},
	{`a line's end`, "check\ncaramelo-injected"},
	{`a line separator`, "check\u2028\u2029caramelo-injected"},
	{`a character reference`, `check&quot;&lt;caramelo-injected`},
}

// checkEscaped has pages made with hostile tokens. An app may also refuse one: then it is
// not in the page at all, and the page has no chat.
func (e *examination) checkEscaped(ctx context.Context, needs []string) {
	e.check(ctx, "page.escaped", append(needs, "token.new", "page.scripts"), func() checks.Check {
		defer e.vendor.answer("")
		var broken []string
		for _, l := range e.loads {
			for _, h := range hostile {
				e.vendor.answer(h.token)
				p := e.load(ctx, e.one, request{url: l.first.url})
				if !p.safeWith(h.token) && !slices.Contains(broken, h.name) {
					broken = append(broken, h.name)
				}
			}
		}
		if len(broken) > 0 {
			return checks.Fail("a token does not arrive as it is, or breaks the page, with %s",
				strings.Join(broken, ", ")).
				MendBy("write it as JSON with < as \\u003c, not between quotes of your own, and not as HTML: whoever " +
					"can choose a value that you write so runs a script in your page")
		}
		return checks.OK("%d hostile tokens arrive as they are, or are refused", len(hostile))
	})
}

// safeWith reports whether the page is whole, and has the token as a value or not at all.
func (p page) safeWith(token string) bool {
	if p.err != nil || p.status != 200 || p.document.tags["caramelo-injected"] || len(p.calls) == 0 {
		return false
	}
	sdk := slices.ContainsFunc(p.document.scripts, script.isSDK)
	for _, s := range p.document.scripts {
		if s.src == nil && holds(s.code, token) {
			return sdk
		}
	}
	return !sdk && !bytes.Contains(p.body, []byte("-injected"))
}

// checkNames looks for the people's names, which a person may have chosen.
func (e *examination) checkNames(ctx context.Context) {
	e.check(ctx, "page.names", []string{"request.reaches"}, func() checks.Check {
		tried := false
		for _, l := range e.loads {
			for _, p := range []page{l.first, l.other} {
				for _, c := range p.calls {
					name := c.field("name")
					if !strings.Contains(name, "<") {
						continue
					}
					tried = true
					if s, found := p.unsafe(name); found {
						return checks.Fail("%s, %s: a person's name is there as it is, with its <", p.url.Path, s).
							MendBy(s.how())
					}
				}
			}
		}
		if !tried {
			return checks.Skip("not tried: call one of the two people " + `Ana <b>"O'Neil"</b></script>`)
		}
		return checks.OK("a name with < is in no page as it is")
	})
}

// unsafe is the first place where a page has a name as it is, and where that can do harm. It
// looks for what comes before the first quote: an app may escape quotes alone.
func (p page) unsafe(name string) (spot, bool) {
	part := name
	if at := strings.IndexByte(name, '<'); at > 0 {
		if end := strings.IndexAny(name[at:], `"'&`); end > 0 {
			part = name[:at+end]
		}
	}
	for from := 0; ; from++ {
		at := bytes.Index(p.body[from:], []byte(part))
		if at < 0 {
			return spot{}, false
		}
		from += at
		if s := spotAt(p.body, from); !s.keeps(name) {
			return s, true
		}
	}
}

// checkSecret looks for the secret in all that a browser gets.
func (e *examination) checkSecret(ctx context.Context) {
	e.check(ctx, "page.secret", []string{"page.reachable"}, func() checks.Check {
		const how = "take it out of the page and of what your scripts are built with, and get a new one from the " +
			"dashboard: whoever has it can be any customer"
		seen := map[string]bool{}
		for _, l := range e.loads {
			for _, p := range []page{l.first, l.other} {
				if where := e.leak(p); where != "" {
					return checks.Fail("%s, %s: the secret is there", p.url.Path, where).MendBy(how)
				}
				for _, s := range p.document.scripts {
					if s.src == nil || s.src.Host != p.url.Host || seen[s.src.String()] || len(seen) >= maxScripts {
						continue
					}
					seen[s.src.String()] = true
					if e.leak(e.load(ctx, e.one, request{url: s.src})) != "" {
						return checks.Fail("%s: the secret is in this script", s.src.EscapedPath()).MendBy(how)
					}
				}
			}
		}
		return checks.OK("not in the pages, their headers, or their %d scripts", len(seen))
	})
}

// leak is where in an answer the secret is, as it is or in base64, or "".
func (e *examination) leak(p page) string {
	forms := [][]byte{[]byte(e.cfg.SecretToken)}
	// What follows in base64 depends on what follows the secret.
	if groups := len(e.cfg.SecretToken) / 3 * 3; groups > 0 {
		forms = append(forms, []byte(base64.StdEncoding.EncodeToString([]byte(e.cfg.SecretToken[:groups]))))
	}
	for _, secret := range forms {
		for name, values := range p.header {
			if strings.Contains(strings.Join(values, "\n"), string(secret)) {
				return "in the header " + name
			}
		}
		if at := bytes.Index(p.body, secret); at >= 0 {
			return spotAt(p.body, at).String()
		}
	}
	return ""
}

// checkPassword looks for a chat on a page where a password is typed: those that were loaded,
// and that with the form to sign in, as somebody who is signed in already.
func (e *examination) checkPassword(ctx context.Context) {
	e.check(ctx, "page.password", []string{"request.reaches"}, func() checks.Check {
		var all []page
		for _, l := range e.loads {
			all = append(all, l.first)
		}
		if e.cfg.Login.Page != nil {
			all = append(all, e.load(ctx, e.one, request{url: e.cfg.Login.Page}))
		}
		for _, p := range all {
			if p.document.password && slices.ContainsFunc(p.document.scripts, script.isSDK) {
				return checks.Warn("%s has a field for a password, and the chat", p.url.Path).
					MendBy("leave the chat out where a password is typed, also for people who are signed in: a " +
						"script that is not yours could read it")
			}
		}
		return checks.OK("no page has both a field for a password and the chat")
	})
}
