// Package forwarded finds out where a request comes from behind proxies.
package forwarded

import (
	"net/http"
	"net/netip"
	"slices"
)

// ClientIP is the address that a request came from: the peer of the connection or, where
// that is a trusted proxy, what the proxy says.
func ClientIP(r *http.Request, trusted []netip.Prefix) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	address := peer.Addr().Unmap().WithZone("")
	if trusts(trusted, address) {
		address = forwardedFor(r.Header, trusted, address)
	}
	return address.String()
}

func trusts(proxies []netip.Prefix, address netip.Addr) bool {
	return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(address) })
}
