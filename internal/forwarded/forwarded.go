package forwarded

import (
	"errors"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// forwardedFor is the address that a request came from which a trusted proxy has passed on.
// It goes from the proxy's own address to the one before, which the proxy has put at the
// end of X-Forwarded-For or Forwarded, and on as long as that is a trusted proxy, too. It
// stops where a proxy wrote something else than an address: what stands before that may be
// from anybody.
//
// A proxy writes one of the two headers, and the other may be the client's own. Where they
// do not agree, the client does not choose: the address is that of the proxy.
func forwardedFor(header http.Header, trusted []netip.Prefix, proxy netip.Addr) netip.Addr {
	usual := strings.Split(strings.Join(header.Values("X-Forwarded-For"), ","), ",")
	standard, present := forwardedHops(header.Values("Forwarded"))
	switch {
	case !present:
		return walk(usual, trusted, proxy)
	case len(header.Values("X-Forwarded-For")) == 0:
		return walk(standard, trusted, proxy)
	}
	address := walk(usual, trusted, proxy)
	if address != walk(standard, trusted, proxy) {
		return proxy
	}
	return address
}

// walk goes through hops from the last one, as long as the address is a trusted proxy's.
func walk(hops []string, trusted []netip.Prefix, address netip.Addr) netip.Addr {
	for _, hop := range slices.Backward(hops) {
		before, err := parseHop(hop)
		if err != nil || !trusts(trusted, address) {
			break
		}
		address = before
	}
	return address
}

// parseHop reads an address as proxies write them: alone, with a port, an IPv6 address in
// brackets, all of it in quotes.
func parseHop(hop string) (netip.Addr, error) {
	hop = strings.Trim(hop, " \t")
	if quoted, ok := strings.CutPrefix(hop, `"`); ok {
		if hop, ok = strings.CutSuffix(quoted, `"`); !ok {
			return netip.Addr{}, errNoAddress
		}
	}
	host, port, hasPort := hop, "", false
	if bracketed, ok := strings.CutPrefix(hop, "["); ok {
		if host, port, ok = strings.Cut(bracketed, "]"); !ok {
			return netip.Addr{}, errNoAddress
		}
		if port != "" {
			if port, hasPort = strings.CutPrefix(port, ":"); !hasPort {
				return netip.Addr{}, errNoAddress
			}
		}
	} else if strings.Count(hop, ":") == 1 {
		host, port, hasPort = strings.Cut(hop, ":")
	}
	// RFC 7239 allows a port that hides the real one, such as _a1.
	if hasPort && (port == "" || strings.Trim(port, tokenCharacters) != "") {
		return netip.Addr{}, errNoAddress
	}
	address, err := netip.ParseAddr(host)
	return address.Unmap().WithZone(""), err
}

var errNoAddress = errors.New("no address")

// tokenCharacters may stand in a token (RFC 9110, section 5.6.2), of those that occur.
const tokenCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"

// A line of Forwarded (RFC 7239): pairs such as for="[2001:db8::1]:80", each of a proxy or
// client with a comma behind it, and those of one with semicolons between them. An address
// needs no escape in its quotes.
const forwardedPair = `[ \t]*([\w-]+)=("[^"\\]*"|[^",;\\ \t]*)[ \t]*`

var (
	forwardedLine  = regexp.MustCompile(`^(?:` + forwardedPair + `[;,])*` + forwardedPair + `$`)
	forwardedPairs = regexp.MustCompile(forwardedPair + `([;,]|$)`)
)

// forwardedHops are the values of "for" in the lines of a header Forwarded, one for each
// comma and end: "" where there is none or more than one. A line that is not well-formed is
// one such hop, so that nobody can hide in open quotes what a proxy appends. present is
// false where no line has a "for".
func forwardedHops(lines []string) (hops []string, present bool) {
	for _, line := range lines {
		if !forwardedLine.MatchString(line) {
			hops, present = append(hops, ""), true
			continue
		}
		hop, found := "", 0
		for _, pair := range forwardedPairs.FindAllStringSubmatch(line, -1) {
			if strings.EqualFold(pair[1], "for") {
				hop, found, present = pair[2], found+1, true
			}
			if pair[3] == ";" {
				continue
			}
			if found != 1 {
				hop = ""
			}
			hops, hop, found = append(hops, hop), "", 0
		}
	}
	return hops, present
}
