package conformance

import (
	"net/http"
	"slices"
	"strings"
)

// cookies are those of a browser, by host. They are sent as they came: what a browser has
// from elsewhere may be written in ways that Go does not parse. Ports do not part them, as in
// browsers. Their path, their domain and Secure do not count, so that http on one machine is as
// good as https.
type cookies map[string][]cookie

type cookie struct{ name, value string }

// put keeps one, in the place of another of that name.
func (c cookies) put(host string, set cookie) {
	c.drop(host, set.name)
	c[host] = append(c[host], set)
}

func (c cookies) drop(host, name string) {
	c[host] = slices.DeleteFunc(c[host], func(old cookie) bool { return old.name == name })
}

// parse keeps those of a Cookie header. It reports whether there are any.
func (c cookies) parse(host, header string) bool {
	for part := range strings.SplitSeq(header, ";") {
		if name, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok {
			c.put(host, cookie{name, value})
		}
	}
	return len(c[host]) > 0
}

// keep does what an answer of a host says.
func (c cookies) keep(host string, header http.Header) {
	for _, line := range header.Values("Set-Cookie") {
		first, _, _ := strings.Cut(line, ";")
		name, value, _ := strings.Cut(strings.TrimSpace(first), "=")
		parsed, err := http.ParseSetCookie(line)
		if err == nil && (parsed.MaxAge < 0 || !parsed.Expires.IsZero() && parsed.Expires.Year() < 2000) {
			c.drop(host, name)
			continue
		}
		c.put(host, cookie{name, value})
	}
}

// header is what is sent to a host.
func (c cookies) header(host string) string {
	var all []string
	for _, one := range c[host] {
		all = append(all, one.name+"="+one.value)
	}
	return strings.Join(all, "; ")
}
