// Package csp is the intranet's Content-Security-Policy: what it allows, and what browsers
// report that it made them block. It knows nothing of the server.
package csp

import (
	"net/url"
	"slices"
	"strings"

	"github.com/carameloai/intranet/internal/paths"
)

// Policy is what a page of an intranet may load.
type Policy struct {
	Script  *url.URL // the vendor's; nil for a page without the chat
	Origins []string // the vendor's, besides that of the script
	Denied  []string // kinds that the vendor's script must do without: see Deniable
	Allowed []Source // what it may load besides
	Secure  bool     // browsers reach the intranet over https
}

// Source is an origin that the vendor's script may load one kind of thing from.
type Source struct{ Kind, Origin string }

func (s Source) String() string { return s.Kind + "=" + s.Origin }

// kind is a kind of thing that a page loads.
type kind struct {
	name      string
	directive string
	own       string // what our own pages need
	inline    string // what a widget makes by itself
	needed    bool   // by every script: it cannot be denied
}

// kinds are all of them. A widget as they are built has styles in elements and attributes,
// pictures and sounds in data or blobs, and a worker from a blob. A frame without an
// address of its own needs nothing here. Scripts need a nonce or one of the origins: inline
// scripts and eval stay forbidden.
var kinds = []kind{
	{name: "script", directive: "script-src", own: "'nonce-{nonce}'", needed: true},
	{name: "style", directive: "style-src", own: "'self'", inline: "'unsafe-inline'"},
	{name: "image", directive: "img-src", own: "'self' data:", inline: "blob:"},
	{name: "font", directive: "font-src", own: "'self'", inline: "data:"},
	{name: "connect", directive: "connect-src", own: "'self'", needed: true},
	{name: "media", directive: "media-src", inline: "data: blob:"},
	{name: "frame", directive: "frame-src"},
	{name: "worker", directive: "worker-src", inline: "blob:"},
}

// Kinds are the names of all kinds, and Deniable those that a script may do without.
var Kinds, Deniable = func() (all, deniable []string) {
	for _, k := range kinds {
		all = append(all, k.name)
		if !k.needed {
			deniable = append(deniable, k.name)
		}
	}
	return all, deniable
}()

// Header is the policy as a header, with {nonce} in place of the nonce of a page. It allows
// our own files and, on a page with the chat, the vendor's script with what it needs. An
// origin with https does not cover WebSockets, so both are listed.
//
// On plain http there must be no report-to: its endpoint exists on https alone (Reporting
// API), and browsers that know report-to ignore report-uri (CSP 3), so that nothing
// would be reported at all.
func (p Policy) Header() string {
	directives := []string{
		"default-src 'none'", "base-uri 'none'", "object-src 'none'", "form-action 'self'", "frame-ancestors 'none'",
		"manifest-src 'self'",
	}
	for _, k := range kinds {
		if sources := p.sources(k); len(sources) > 0 {
			directives = append(directives, k.directive+" "+strings.Join(sources, " "))
		}
	}
	directives = append(directives, "report-uri "+paths.CSPReports)
	if p.Secure {
		directives = append(directives, "report-to csp")
	}
	return strings.Join(directives, "; ")
}

// sources are what a page may load one kind from. There are none for a kind that
// default-src forbids.
func (p Policy) sources(k kind) (all []string) {
	all = strings.Fields(k.own)
	if p.Script == nil {
		return all
	}
	if !slices.Contains(p.Denied, k.name) {
		all = append(all, strings.Fields(k.inline)...)
		for _, origin := range p.vendor() {
			if k.name == "connect" || !strings.HasPrefix(origin, "ws") {
				all = append(all, origin)
			}
		}
	}
	for _, s := range p.Allowed {
		if s.Kind == k.name {
			all = append(all, s.Origin)
		}
	}
	return all
}

// vendor are the origins of the vendor.
func (p Policy) vendor() []string {
	own := p.Script.Scheme + "://" + p.Script.Host
	return append([]string{own, "ws" + strings.TrimPrefix(own, "http")}, p.Origins...)
}

// Connections are what scripts may connect to.
func (p Policy) Connections() []string {
	return p.sources(kinds[slices.Index(Kinds, "connect")])
}
