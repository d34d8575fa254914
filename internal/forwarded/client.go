// Package forwarded finds out what proxies say of a request: where it comes from, and its id.
package forwarded

import (
	"net/http"
	"net/netip"
	"regexp"
	"slices"
)

// ClientIP is the address that a request came from: the peer of the connection or, where
// that is a trusted proxy, what the proxy says.
func ClientIP(r *http.Request, trusted []netip.Prefix) string {
	address, err := peer(r)
	if err != nil {
		return r.RemoteAddr
	}
	if trusts(trusted, address) {
		address = forwardedFor(r.Header, trusted, address)
	}
	return address.String()
}

// wellFormed is an id that fits wherever it is written: a header, a log line, a column, and with
// a word before it the 63 bytes that Postgres keeps of the name of an application.
var wellFormed = regexp.MustCompile(`^[A-Za-z0-9._-]{1,48}$`)

// RequestID is the id that a trusted proxy has given to a request; "" for none.
func RequestID(r *http.Request, trusted []netip.Prefix) string {
	ids := r.Header["X-Request-Id"]
	if len(ids) != 1 || !FromProxy(r, trusted) || !wellFormed.MatchString(ids[0]) {
		return ""
	}
	return ids[0]
}

// FromProxy reports whether a request comes from a trusted proxy.
func FromProxy(r *http.Request, trusted []netip.Prefix) bool {
	address, err := peer(r)
	return err == nil && trusts(trusted, address)
}

// peer is the address at the other end of the connection.
func peer(r *http.Request) (netip.Addr, error) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return peer.Addr().Unmap().WithZone(""), err
}

func trusts(proxies []netip.Prefix, address netip.Addr) bool {
	return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(address) })
}
