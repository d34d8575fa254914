package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/checks"
)

const (
	maxAnswer = 8 << 20 // bytes of an answer that are read
	minDays   = 21      // that a certificate should be good for
)

// proxyFunc returns the proxy for a request, as http.Transport asks for it.
type proxyFunc func(*http.Request) (*url.URL, error)

// host is another machine that something of the intranet must reach.
type host struct {
	name  string                    // with which the ids of its checks begin
	needs []string                  // the ids of checks that come first
	url   *url.URL                  // nil only where one of these has failed
	proxy proxyFunc                 // nil for none
	judge func(answer) checks.Check // what an answer means

	// browsers is set where they must reach it, and the intranet need not.
	browsers bool
}

// elsewhere reports whether the host is the machine of each browser: localhost in a
// container, or on a server, is another one.
func (h host) elsewhere() bool { return h.browsers && app.Loopback(h.url.Hostname()) }

// onlyABrowser says that what was seen here proves nothing.
func (h host) onlyABrowser(seen string) checks.Check {
	return checks.Skip("%s: %s; browsers look on their own machine, and where this is a container only one of them "+
		"can say: open %s there", h.url.Host, seen, h.url)
}

// visit is a GET to a host.
type visit struct {
	host
	through *url.URL // the proxy, if any; it may hold a password
	answer
	err error
}

// checkHost checks the way to h in three steps, name.dns, name.tls and
// name.reachable, and returns the answer.
func (e *examination) checkHost(ctx context.Context, h host) answer {
	v := &visit{host: h}
	e.check(ctx, h.name+".dns", h.needs, v.dns)
	e.check(ctx, h.name+".tls", []string{h.name + ".dns"}, v.tls)
	e.check(ctx, h.name+".reachable", []string{h.name + ".dns", h.name + ".tls"}, v.reachable)
	return v.answer
}

func (v *visit) dns(ctx context.Context) checks.Check {
	name := v.url.Hostname()
	if v.proxy != nil {
		if v.through, _ = v.proxy(&http.Request{URL: v.url}); v.through != nil {
			return checks.OK("%s is looked up by the proxy", name)
		}
	}
	found, err := net.DefaultResolver.LookupHost(ctx, name)
	if err != nil {
		t := explain(err)
		if v.elsewhere() {
			return v.onlyABrowser(t.seen)
		}
		return checks.Fail("%s: %s", name, t.seen).MendBy(t.mend)
	}
	return checks.OK("%s is %s", name, strings.Join(found[:min(len(found), 3)], ", "))
}

// tls makes the GET, and looks at its connection.
func (v *visit) tls(ctx context.Context) checks.Check {
	v.answer, v.err = fetch(ctx, v.url, v.proxy)
	switch {
	case v.url.Scheme == "http" && app.Loopback(v.url.Hostname()):
		return checks.OK("none, and none is needed on this machine")
	case v.url.Scheme == "http":
		return checks.Warn("plain http: whoever is on the way reads along").MendBy("use https")
	case ofCertificate(v.err):
		t := explain(v.err)
		return checks.Fail("%s", t.seen).MendBy(t.mend)
	case v.session == nil:
		return checks.Warn("no connection to look at").MendBy("see " + v.name + ".reachable")
	}
	return certificate(v.session)
}

func (v *visit) reachable(context.Context) checks.Check {
	switch {
	case v.err == nil:
		return v.judge(v.answer)
	case v.through != nil:
		return v.proxyTrouble()
	case v.name == "public" && errors.Is(v.err, syscall.ECONNREFUSED):
		return checks.Warn("%s: nothing answers yet", v.url.Host).
			MendBy("start intranet serve, or the proxy in front of it; in a container look with a browser")
	}
	t := explain(v.err)
	if v.elsewhere() {
		return v.onlyABrowser(t.seen)
	}
	return checks.Fail("%s: %s", v.url.Host, t.seen).MendBy(t.mend)
}

func (v *visit) proxyTrouble() checks.Check {
	t := explain(v.err)
	mend := "mend the proxy or " + strings.ToUpper(v.url.Scheme) + "_PROXY, " +
		"with user and password where it asks for them; NO_PROXY names hosts that need none"
	if op, ok := errors.AsType[*net.OpError](v.err); ok && op.Op == proxyConnect {
		return checks.Fail("the proxy %s refuses: %s", v.through.Host, t.seen).MendBy(mend)
	}
	return checks.Fail("%s, by way of the proxy %s: %s", v.url.Host, v.through.Host, t.seen).MendBy(mend)
}

// answer is what a GET brought.
type answer struct {
	status  int
	header  http.Header
	body    []byte // maxAnswer bytes of it at most
	session *tls.ConnectionState
	took    time.Duration // until the headers were there
}

// redirect names the origin that a redirect leads to. The rest of the address may
// be a secret of somebody's.
func (a answer) redirect() string {
	if u, err := url.Parse(a.header.Get("Location")); err == nil && u.Host != "" {
		return " to " + u.Scheme + "://" + u.Host
	}
	return ""
}

// proxyConnect is the Op of a net.OpError where Go cannot connect to a proxy.
const proxyConnect = "proxyconnect"

// proxyStatus is the status with which a proxy refuses to connect.
type proxyStatus int

func (s proxyStatus) Error() string { return fmt.Sprintf("status %d", int(s)) }

// fetch follows no redirect.
func fetch(ctx context.Context, u *url.URL, proxy proxyFunc) (a answer, err error) {
	transport := &http.Transport{Proxy: proxy, DisableKeepAlives: true, ForceAttemptHTTP2: true}
	transport.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
		if res.StatusCode != http.StatusOK {
			return &net.OpError{Op: proxyConnect, Err: proxyStatus(res.StatusCode)}
		}
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return a, err
	}
	began := time.Now()
	res, err := transport.RoundTrip(req)
	if err != nil {
		return a, err
	}
	defer func() { _ = res.Body.Close() }()
	a = answer{
		status:  res.StatusCode,
		header:  res.Header,
		session: res.TLS,
		took:    time.Since(began).Round(time.Millisecond / 10),
	}
	a.body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return a, err
}

// certificate says for how long a connection's chain of certificates is good.
func certificate(session *tls.ConnectionState) checks.Check {
	chain := session.PeerCertificates
	if len(session.VerifiedChains) > 0 {
		chain = session.VerifiedChains[0]
	}
	first := slices.MinFunc(chain, func(a, b *x509.Certificate) int { return a.NotAfter.Compare(b.NotAfter) })
	days := int(time.Until(first.NotAfter).Hours() / 24)
	seen := fmt.Sprintf("%s, with certificates good for %d days, until %s",
		tls.VersionName(session.Version), days, first.NotAfter.UTC().Format(time.DateOnly))
	if days < minDays {
		return checks.Warn("%s", seen).MendBy("renew it, and see why that does not happen by itself")
	}
	return checks.OK("%s", seen)
}

func ofCertificate(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}
