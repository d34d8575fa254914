package sandbox

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

const foreignHost = "The sandbox's own pages are not there by this name. Open them at localhost, at an address in " +
	"digits, or at the name of the intranet."

// anyHost are the paths that the intranet's server and its pages ask for, by whatever name
// they know the sandbox. All others are the panel and its API.
var anyHost = []string{"/healthz", "/ws", "/sdk/", "/api/", elsewherePath}

// ownHost reports whether a request may have come here by that host name. A page elsewhere
// whose name leads to this machine all of a sudden could read the panel and switch faults
// on (DNS rebinding). The names of this machine and of the intranet are known, and an
// address in digits leads nowhere else.
func (s *Sandbox) ownHost(r *http.Request) bool {
	if slices.ContainsFunc(anyHost, func(path string) bool { return strings.HasPrefix(r.URL.Path, path) }) {
		return true
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	if _, err := netip.ParseAddr(host); err == nil || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	intranet, err := url.Parse(s.cfg.IntranetURL)
	return err == nil && host != "" && host == strings.ToLower(intranet.Hostname())
}
