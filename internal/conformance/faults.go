package conformance

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/checks"
	"github.com/carameloai/intranet/internal/sandbox"
)

// enough is the share of a page's text, in percent, that it must have with a fault, too:
// what is missing may be what invited to the chat.
const enough = 90

// faults are those that are tried, in the order of the catalogue, but for the one after
// which a good app leaves Caramelo alone: it comes last.
func faults() (all []sandbox.Fault) {
	var last []sandbox.Fault
	for _, f := range sandbox.Catalogue {
		switch {
		case f.Slug == "status-429":
			last = append(last, f)
		case f.Group == sandbox.Answers:
			all = append(all, f)
		}
	}
	return append(all, last...)
}

// IDs are those of all checks, in their order.
func IDs() []string {
	all := []string{
		"page.reachable", "page.reachable_other",
		"request.reaches", "request.address", "request.type", "request.secret", "request.fields",
		"person.stable", "person.no_email", "person.other",
		"token.page", "token.new", "token.head", "token.prefetch", "token.signed_out", "token.redirect", "token.error",
		"page.no_store", "page.scripts", "page.authenticated", "page.escaped", "page.names", "page.secret",
		"page.password",
		"policy.script", "policy.socket",
		"time.first_byte", "fault.latency",
	}
	for _, f := range faults() {
		all = append(all, "fault."+f.Slug)
	}
	return append(all, "signout.ends", "signout.other")
}

// checkFaults opens the first page with each fault.
func (e *examination) checkFaults(ctx context.Context) {
	defer e.vendor.heal()
	needs := append(e.answered(), "token.page", "token.new") // a page with a token that is kept meets no fault
	slow, _ := sandbox.FaultOf("latency")
	var p page
	e.check(ctx, "time.first_byte", needs, func() checks.Check {
		const (
			wait     = 2 * time.Second // as the catalogue has it
			noticed  = 300 * time.Millisecond
			rounding = 10 * time.Millisecond
		)
		usual := e.loads[0].second.firstByte
		for range 3 { // a machine that is busy may be slow once
			if p = e.loadWith(ctx, slow); p.firstByte <= usual+noticed && p.status != 0 {
				break
			}
		}
		if p.firstByte > usual+noticed || p.status == 0 {
			return checks.Warn("advice: the first byte comes after %v as a rule, and after %v when Caramelo takes %v",
				usual.Round(rounding), p.firstByte.Round(rounding), wait).
				MendBy("send the page, and wait for the token only before its last lines; see " +
					"docs/integrating.md, The page")
		}
		return checks.OK("the first byte comes after %v when Caramelo takes %v", p.firstByte.Round(rounding), wait)
	})
	e.check(ctx, "fault.latency", needs, func() checks.Check { return about(slow, e.judgeFault(slow, p)) })
	for _, f := range faults() {
		e.check(ctx, "fault."+f.Slug, needs, func() checks.Check {
			c := about(f, e.judgeFault(f, e.loadWith(ctx, f)))
			// A good answer, so that an app that counts failures in a row begins anew.
			e.load(ctx, e.one, request{url: e.cfg.Pages[0], within: e.cfg.Budget})
			return c
		})
	}
}

// about begins what was seen with what Caramelo did.
func about(f sandbox.Fault, c checks.Check) checks.Check {
	c.Seen = f.Name + ": " + c.Seen
	return c
}

// loadWith opens the first page while a fault is set.
func (e *examination) loadWith(ctx context.Context, f sandbox.Fault) page {
	e.vendor.set(f)
	p := e.load(ctx, e.one, request{url: e.cfg.Pages[0], within: e.cfg.Budget + e.loads[0].second.took})
	if p.late() {
		e.vendor.cut()
	}
	e.vendor.heal()
	return p
}

// judgeFault says whether a page that was loaded with a fault is whole.
func (e *examination) judgeFault(f sandbox.Fault, p page) checks.Check {
	const whole = "treat everything but a 200 with a token as a failure, and a failure as a page without a chat"
	hasSDK := slices.ContainsFunc(p.document.scripts, script.isSDK)
	missing, of := e.loads[0].missing(p)
	switch {
	case e.vendor.strayed(p.calls):
		return checks.Fail("the secret was sent along to where the redirect leads").
			MendBy("follow no redirect in the call: that host has the secret now")
	case p.late() && f.Slug == "drip":
		return checks.Fail("the page was not complete after %v, while a byte came now and then", e.cfg.Budget).
			MendBy("give the whole call a time limit: many clients begin to count anew with each byte; read the " +
				"answer in pieces and look at the clock, or give the call up from outside")
	case p.late():
		return checks.Fail("the page was not complete after %v", e.cfg.Budget).
			MendBy("give the whole call, with its body, a time limit of 3 seconds, and show the page without a " +
				"chat after that")
	case p.status == http.StatusTooManyRequests && len(p.calls) == 0:
		return checks.Fail("the page has status 429, and made no call: the app has a limit of its own").
			MendBy("lift it while the check runs, which opens a page about a hundred times")
	case p.status == 0:
		return checks.Fail("no page at all").MendBy("catch what the call throws: " + whole)
	case p.status != 200:
		return checks.Fail("the page has status %d", p.status).MendBy("catch what the call throws: " + whole)
	case p.err != nil:
		return checks.Fail("the page broke off").MendBy("catch what the call throws: " + whole)
	case e.loads[0].second.document.whole && !p.document.whole, missing > of*(100-enough)/100:
		return checks.Fail("%d of %d characters of the page's text are missing", missing, of).MendBy(whole)
	case quotes(p):
		return checks.Fail("the page holds text of Caramelo's answer").
			MendBy("show a notice of your own, and nothing of the answer")
	case len(p.calls) == 0:
		return checks.Skip("the page is whole, but made no call: it may leave Caramelo alone after failures")
	case hasSDK && f.Slug == "huge":
		return checks.Warn("the page read an answer of 8 MiB to its end").
			MendBy("stop reading at a bound, such as 64 KiB: an answer without an end would fill the memory")
	case hasSDK && f.Slug != "latency":
		return checks.Fail("the page loads Caramelo's script without a token").MendBy(whole)
	}
	return checks.OK("whole after %v", p.took.Round(time.Millisecond))
}

// quotes reports whether the words of a fault's answer are in the page.
func quotes(p page) bool {
	answers := []string{"the sandbox was told to answer so", "We will be back soon"}
	return slices.ContainsFunc(answers, func(words string) bool {
		return bytes.Contains(p.body, []byte(words))
	})
}

// missing says how many characters of the text that the page always has are missing.
func (l loads) missing(p page) (missing, of int) {
	has := strings.Join(p.document.texts, "\n")
	for _, text := range l.first.document.texts {
		if !slices.Contains(l.second.document.texts, text) {
			continue // it changes by itself
		}
		of += len(text)
		if !strings.Contains(has, text) {
			missing += len(text)
		}
	}
	return missing, of
}
