// Package csp is the intranet's Content-Security-Policy: what it allows, and what browsers
// report that it made them block. It knows nothing of the server.
package csp

import (
	"net/url"
	"strings"

	"github.com/carameloai/intranet/internal/paths"
)

// Policy is what a page of an intranet may load.
type Policy struct {
	Script  *url.URL // the vendor's; nil for a page without the chat
	Origins []string // what the vendor's script may connect to besides its own origin
	Secure  bool     // browsers reach the intranet over https
}

// Header is the policy as a header, with {nonce} in place of the nonce of a page. It allows
// our own files and, on a page with the chat, the vendor's script with what it needs. An
// origin with https does not cover WebSockets, so both are listed.
//
// On plain http there must be no report-to: its endpoint exists on https alone (Reporting
// API), and browsers that know report-to ignore report-uri (CSP 3), so that nothing
// would be reported at all.
func (p Policy) Header() string {
	var connect, fetch string // lists of origins, each with a space before it
	frames := ""              // we have none, and default-src forbids them
	if p.Script != nil {
		own := p.Script.Scheme + "://" + p.Script.Host
		for _, origin := range append([]string{own, "ws" + strings.TrimPrefix(own, "http")}, p.Origins...) {
			connect += " " + origin
			if !strings.HasPrefix(origin, "ws") {
				fetch += " " + origin
			}
		}
		frames = "; frame-src 'self'" + fetch
	}
	report := "; report-uri " + paths.CSPReports
	if p.Secure {
		report += "; report-to csp"
	}
	return "default-src 'none'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; " +
		"script-src 'nonce-{nonce}'" + fetch + "; style-src 'self'; img-src 'self' data:" + fetch +
		"; font-src 'self'; connect-src 'self'" + connect + frames + report
}
