package web_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/forwarded"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestOnlyTrustedProxiesSayWhereARequestComesFrom(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, test := range []struct{ peer, forwarded, want string }{
		// Azure's Application Gateway and IIS write the port, and IPv6 in brackets.
		{"10.0.0.1:1", "198.51.100.1:51234", "198.51.100.1"},
		{"10.0.0.1:1", "[2001:db8::1]:443", "2001:db8::1"},
		{"10.0.0.1:1", "[2001:db8::1]", "2001:db8::1"},
		{"10.0.0.1:1", "2001:db8::1", "2001:db8::1"},
		{"10.0.0.1:1", `"[2001:db8::1]:443"`, "2001:db8::1"},
		{"10.0.0.1:1", `"198.51.100.1"`, "198.51.100.1"},
		{"10.0.0.1:1", "\t198.51.100.1:80 , 10.0.0.2:81", "198.51.100.1"},
		{"10.0.0.1:1", "6.6.6.6:1,198.51.100.1:2,10.0.0.2:3,10.0.0.3:4", "198.51.100.1"},
		{"10.0.0.1:1", "[::ffff:198.51.100.1]:80", "198.51.100.1"},
		{"10.0.0.1:1", "[::ffff:10.0.0.2]:80, 198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1", "198.51.100.1, [::ffff:10.0.0.2]:80", "198.51.100.1"},
		{"10.0.0.1:1", "fe80::1%eth0", "fe80::1"},
		{"[fe80::9%eth0]:1", "198.51.100.1", "fe80::9"},
		// What is no address ends the way back: what is before may be the client's own.
		{"10.0.0.1:1", "6.6.6.6, unknown", "10.0.0.1"},
		{"10.0.0.1:1", "6.6.6.6, unknown, 10.0.0.2", "10.0.0.2"},
		{"10.0.0.1:1", "6.6.6.6,", "10.0.0.1"},
		{"10.0.0.1:1", "6.6.6.6, ", "10.0.0.1"},
		{"10.0.0.1:1", "198.51.100.1:", "10.0.0.1"},
		{"10.0.0.1:1", "198.51.100.1:80:80", "10.0.0.1"},
		{"10.0.0.1:1", "[198.51.100.1", "10.0.0.1"},
		{"10.0.0.1:1", "[2001:db8::1]443", "10.0.0.1"},
		{"10.0.0.1:1", `"198.51.100.1`, "10.0.0.1"},
		{"10.0.0.1:1", "198.51.100.1 6.6.6.6", "10.0.0.1"},
		{"10.0.0.1:1", "198.51.100.01", "10.0.0.1"},
		{"203.0.113.9:1", "198.51.100.1:80", "203.0.113.9"},
		{"203.0.113.9:1", "198.51.100.1", "203.0.113.9"},
		{"10.0.0.1:1", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"10.0.0.1:1", "", "10.0.0.1"},
		{"10.0.0.1:1", "garbage", "10.0.0.1"},
		{"10.0.0.1:1", "10.0.0.3", "10.0.0.3"},
		{"[::ffff:10.0.0.1]:1", "198.51.100.1", "198.51.100.1"},
		{"@", "198.51.100.1", "@"},
	} {
		r := &http.Request{RemoteAddr: test.peer, Header: http.Header{"X-Forwarded-For": {test.forwarded}}}
		if got := forwarded.ClientIP(r, proxies); got != test.want {
			t.Errorf("%s for %q is %s, want %s", test.peer, test.forwarded, got, test.want)
		}
	}
	for _, test := range []struct {
		header http.Header
		want   string
	}{
		// Each proxy may write a line of its own.
		{http.Header{"X-Forwarded-For": {"6.6.6.6", "198.51.100.1"}}, "198.51.100.1"},
		{http.Header{"X-Forwarded-For": {"6.6.6.6", "198.51.100.1:80, 10.0.0.3", "10.0.0.2:443"}}, "198.51.100.1"},
		{http.Header{"X-Forwarded-For": {"198.51.100.1", "10.0.0.2", "unknown"}}, "10.0.0.1"},
		{http.Header{"Forwarded": {"for=6.6.6.6", `for="[2001:db8::1]:80"`}}, "2001:db8::1"},
		// RFC 7239.
		{http.Header{"Forwarded": {"for=198.51.100.1"}}, "198.51.100.1"},
		{http.Header{"Forwarded": {`For="198.51.100.1:4711"`}}, "198.51.100.1"},
		{http.Header{"Forwarded": {"for=198.51.100.1:4711"}}, "198.51.100.1"}, // without the quotes that belong there
		{
			http.Header{"Forwarded": {`proto=https; by=10.0.0.1 ;FOR="[2001:db8:cafe::17]"; host=a`}},
			"2001:db8:cafe::17",
		},
		{http.Header{"Forwarded": {`for=6.6.6.6, for=198.51.100.1;proto=http, for="10.0.0.2:_gw"`}}, "198.51.100.1"},
		{http.Header{"Forwarded": {`for=6.6.6.6, for=unknown`}}, "10.0.0.1"},
		{http.Header{"Forwarded": {`for=6.6.6.6, for="_hidden", for=10.0.0.2`}}, "10.0.0.2"},
		{http.Header{"Forwarded": {`for=6.6.6.6, proto=https`}}, "10.0.0.1"},
		{http.Header{"Forwarded": {`for=6.6.6.6;for=7.7.7.7`}}, "10.0.0.1"},
		{http.Header{"Forwarded": {`for=6.6.6.6;x=", for=198.51.100.1`}}, "10.0.0.1"},
		{http.Header{"Forwarded": {`for=6.6.6.6;x=", for="198.51.100.1"`}}, "10.0.0.1"},
		{http.Header{"Forwarded": {`for=6.6.6.6;x="\", for=198.51.100.1;y="`}}, "10.0.0.1"},
		{http.Header{"Forwarded": {`for=6.6.6.6;x="`, `for=198.51.100.1`}}, "198.51.100.1"},
		{http.Header{"Forwarded": {""}}, "10.0.0.1"},
		// Both: one of them may be the client's own.
		{
			http.Header{"X-Forwarded-For": {"198.51.100.1"}, "Forwarded": {"for=198.51.100.1;proto=https"}},
			"198.51.100.1",
		},
		{http.Header{"X-Forwarded-For": {"198.51.100.1:99"}, "Forwarded": {"proto=https"}}, "198.51.100.1"},
		{http.Header{"X-Forwarded-For": {"198.51.100.1"}, "Forwarded": {"for=6.6.6.6"}}, "10.0.0.1"},
		{http.Header{"X-Forwarded-For": {"6.6.6.6"}, "Forwarded": {"for=198.51.100.1"}}, "10.0.0.1"},
		{http.Header{"X-Forwarded-For": {"6.6.6.6"}, "Forwarded": {`for="198.51.100.1`}}, "10.0.0.1"},
		{http.Header{"X-Forwarded-For": {"6.6.6.6"}, "Forwarded": {"for=198.51.100.1 by=10.0.0.1"}}, "10.0.0.1"},
	} {
		r := &http.Request{RemoteAddr: "10.0.0.1:1", Header: test.header}
		if got := forwarded.ClientIP(r, proxies); got != test.want {
			t.Errorf("%q is %s, want %s", test.header, got, test.want)
		}
	}
	// The settings have such proxies: what they say is in the log.
	local := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	i := startWith(t, webtest.Options{Proxies: local})
	i.As("bea").Post(index, nil, "X-Forwarded-For", "198.51.100.1")
	if !strings.Contains(i.Log.String(), "address=198.51.100.1") {
		t.Error("the log has another address")
	}
}

// Whatever a client sends along, what the proxy appends counts, or else the proxy itself.
func FuzzClientIP(f *testing.F) {
	for _, seed := range []string{
		"", "6.6.6.6", "6.6.6.6, ", "unknown", `"`, `for="`, `for=6.6.6.6;x="`, `for=6.6.6.6;x="\`, "10.0.0.9",
		"for=10.0.0.9", "[", "[::1]:1", ";", ",", "for=6.6.6.6;for", "fe80::1%6.6.6.6", `for=10.0.0.9;by="a", for`,
	} {
		f.Add(seed)
	}
	const proxy, client = "10.0.0.1", "198.51.100.1"
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, sent string) {
		for name, test := range map[string]struct {
			header http.Header
			may    string // "" where it must be the client
		}{
			"appended":             {http.Header{"X-Forwarded-For": {sent + ", " + client + ":80"}}, ""},
			"in a line of its own": {http.Header{"X-Forwarded-For": {sent, client}}, ""},
			"beside the client's":  {http.Header{"X-Forwarded-For": {client}, "Forwarded": {sent}}, proxy},
			"by the standard, appended": {
				http.Header{"Forwarded": {sent + `, for="` + client + `:80";proto=https`}}, proxy,
			},
			"by the standard, in a line of its own": {
				http.Header{"Forwarded": {sent, "for=" + client}}, "",
			},
			"by the standard, beside the client's": {
				http.Header{"Forwarded": {"for=" + client}, "X-Forwarded-For": {sent}}, proxy,
			},
		} {
			got := forwarded.ClientIP(&http.Request{RemoteAddr: proxy + ":1", Header: test.header}, trusted)
			if got != client && got != test.may {
				t.Errorf("%s: %q is %s", name, test.header, got)
			}
		}
	})
}
