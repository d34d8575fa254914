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
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/paths"
)

const (
	maxAnswer = 8 << 20 // bytes of an answer that are read
	minDays   = 21      // that a certificate should be good for
)

// checkPublic asks the running server as a browser would, and compares PUBLIC_URL
// to what cookies and proxies make of it.
func (d *doctor) checkPublic(ctx context.Context) {
	needs := []string{"settings.public_url"}
	var address *url.URL
	if d.parsed.PublicURL != nil {
		address = d.parsed.PublicURL.JoinPath(paths.Health)
	}
	a := d.host(ctx, "public", needs, address, nil, func(a answer) Check {
		switch {
		case a.status == http.StatusOK && strings.TrimSpace(string(a.body)) == "ok" && a.header.Get("X-Request-Id") != "":
			return fine("the intranet answers in %v", a.took)
		case a.status/100 == 3:
			return fail("set PUBLIC_URL to where people end up", "status %d: a redirect%s", a.status, a.redirect())
		case a.status >= 502:
			return warn("start intranet serve, and let the proxy lead to its ADDR", "status %d: a proxy answers, the intranet does not", a.status)
		}
		return fail("let PUBLIC_URL, and the proxy behind it, lead to this server", "status %d: something else than this intranet answers", a.status)
	})
	d.checkServed(ctx, a)
	d.check(ctx, "public.cookies", needs, func(context.Context) Check {
		switch {
		case d.parsed.PublicURL.Scheme == "http" && app.Loopback(d.parsed.PublicURL.Hostname()):
			return fine("plain http on this machine: no Secure cookies, no HSTS")
		case d.parsed.PublicURL.Scheme == "http":
			return warn("use https", "plain http: cookies are not Secure, and there is no HSTS")
		case a.status == http.StatusOK && a.header.Get("Strict-Transport-Security") == "":
			return warn("let the proxy pass on all headers; restart serve if PUBLIC_URL was http before", "the answer comes without HSTS")
		}
		return fine("Secure __Host- cookies, which plain http never gets; HSTS for this host and all below it, for two years")
	})
	d.check(ctx, "public.proxies", append(needs, "settings.trusted_proxies"), func(context.Context) Check {
		everybody := func(p netip.Prefix) bool { return p.Bits() == 0 }
		switch {
		case slices.ContainsFunc(d.parsed.TrustedProxies, everybody):
			return fail("name the proxies' own addresses in TRUSTED_PROXIES", "everybody is trusted: whoever sends X-Forwarded-For has any address they like")
		case len(d.parsed.TrustedProxies) > 0 && app.Loopback(d.parsed.PublicURL.Hostname()):
			return warn("unset TRUSTED_PROXIES, or set PUBLIC_URL to what browsers open", "TRUSTED_PROXIES is set, and PUBLIC_URL is on this machine, where no proxy is")
		case len(d.parsed.TrustedProxies) == 0 && d.parsed.PublicURL.Scheme == "https":
			return warn("set TRUSTED_PROXIES to the addresses that the proxy calls from", "a proxy must be there for https, and is not trusted: everybody seems to come from its address, in the audit trail and where sign-ins are throttled")
		case len(d.parsed.TrustedProxies) > 0:
			return fine("X-Forwarded-For is believed; addresses or networks: %d", len(d.parsed.TrustedProxies))
		}
		return fine("no proxy is trusted, and none is needed")
	})
}

// answer is what a GET brought.
type answer struct {
	status  int
	header  http.Header
	body    []byte // maxAnswer bytes of it at most
	session *tls.ConnectionState
	took    time.Duration // until the headers were there
}

// redirect names the origin that a redirect leads to. The rest may be a secret of
// somebody's.
func (a answer) redirect() string {
	if u, err := url.Parse(a.header.Get("Location")); err == nil && u.Host != "" {
		return " to " + u.Scheme + "://" + u.Host
	}
	return ""
}

// ofProxy is what Go calls the way to a proxy, in a net.OpError.
const ofProxy = "proxyconnect"

// refusal is a proxy's status.
type refusal int

func (r refusal) Error() string { return fmt.Sprintf("status %d", int(r)) }

// fetch follows no redirect.
func fetch(ctx context.Context, u *url.URL, proxy func(*http.Request) (*url.URL, error)) (a answer, err error) {
	transport := &http.Transport{Proxy: proxy, DisableKeepAlives: true, ForceAttemptHTTP2: true}
	transport.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
		if res.StatusCode != http.StatusOK {
			return &net.OpError{Op: ofProxy, Err: refusal(res.StatusCode)}
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
	a = answer{status: res.StatusCode, header: res.Header, session: res.TLS, took: time.Since(began).Round(time.Millisecond / 10)}
	a.body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return a, err
}

// host checks the way to u in three steps, name.dns, name.tls and name.reachable,
// where judge has the last word, and returns what was answered.
func (d *doctor) host(ctx context.Context, name string, needs []string, u *url.URL, proxy func(*http.Request) (*url.URL, error), judge func(answer) Check) (a answer) {
	var failed error
	var through *url.URL // what it holds may have a password in it
	d.check(ctx, name+".dns", needs, func(ctx context.Context) Check {
		if proxy != nil {
			if through, _ = proxy(&http.Request{URL: u}); through != nil {
				return fine("%s is looked up by the proxy", u.Hostname())
			}
		}
		found, err := net.DefaultResolver.LookupHost(ctx, u.Hostname())
		if err != nil {
			seen, mend := trouble(err)
			return fail(mend, "%s: %s", u.Hostname(), seen)
		}
		return fine("%s is %s", u.Hostname(), strings.Join(found[:min(len(found), 3)], ", "))
	})
	d.check(ctx, name+".tls", []string{name + ".dns"}, func(ctx context.Context) Check {
		a, failed = fetch(ctx, u, proxy)
		switch {
		case u.Scheme == "http" && app.Loopback(u.Hostname()):
			return fine("none, and none is needed on this machine")
		case u.Scheme == "http":
			return warn("use https", "plain http: whoever is on the way reads along")
		case ofCertificate(failed):
			seen, mend := trouble(failed)
			return fail(mend, "%s", seen)
		case a.session == nil:
			return warn("see "+name+".reachable", "no connection to look at")
		}
		return certificate(a.session)
	})
	d.check(ctx, name+".reachable", []string{name + ".dns", name + ".tls"}, func(context.Context) Check {
		if failed == nil {
			return judge(a)
		}
		seen, mend := trouble(failed)
		if through != nil {
			mend = "mend the proxy or " + strings.ToUpper(u.Scheme) + "_PROXY, with user and password where it asks for them; NO_PROXY names hosts that need none"
			if op, ok := errors.AsType[*net.OpError](failed); ok && op.Op == ofProxy {
				return fail(mend, "the proxy %s refuses: %s", through.Host, seen)
			}
			return fail(mend, "%s, by way of the proxy %s: %s", u.Host, through.Host, seen)
		}
		if name == "public" && errors.Is(failed, syscall.ECONNREFUSED) {
			return warn("start intranet serve, or the proxy in front of it", "%s: nothing answers yet", u.Host)
		}
		return fail(mend, "%s: %s", u.Host, seen)
	})
	return a
}

// certificate says for how long the chain of a connection is good.
func certificate(session *tls.ConnectionState) Check {
	chain := session.PeerCertificates
	if len(session.VerifiedChains) > 0 {
		chain = session.VerifiedChains[0]
	}
	ends := slices.MinFunc(chain, func(a, b *x509.Certificate) int { return a.NotAfter.Compare(b.NotAfter) }).NotAfter
	days := int(time.Until(ends).Hours() / 24)
	seen := fmt.Sprintf("%s, with certificates good for %d days, until %s", tls.VersionName(session.Version), days, ends.UTC().Format(time.DateOnly))
	if days < minDays {
		return warn("renew it, and see why that does not happen by itself", "%s", seen)
	}
	return fine("%s", seen)
}

func ofCertificate(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}

// trouble puts a connection that failed in plain words. The error's own are left
// out: they may repeat what was sent, or what came.
func trouble(err error) (seen, mend string) {
	dns, noName := errors.AsType[*net.DNSError](err)
	_, otherHost := errors.AsType[x509.HostnameError](err)
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	invalid, expired := errors.AsType[x509.CertificateInvalidError](err)
	network, ofNetwork := errors.AsType[net.Error](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	status, refused := errors.AsType[refusal](err)
	switch {
	case refused:
		return status.Error(), ""
	case noName && dns.IsNotFound:
		return "the name is not known (DNS)", "correct the host's name, or make it known"
	case noName:
		return "the name server does not answer (DNS)", "mend this machine's name server (/etc/resolv.conf)"
	case otherHost:
		return "the certificate is for another host", "use the host that the certificate names, or get one for this host"
	case unknown:
		return "the certificate's authority is unknown here", "have the server send its whole chain, or add the authority to this machine (SSL_CERT_FILE); a proxy may also have put in its own"
	case expired && invalid.Reason == x509.Expired:
		return "the certificate is expired, or not valid yet", "renew it; or is this machine's clock wrong?"
	case ofCertificate(err):
		return "the certificate is not valid", "get one that is"
	case errors.Is(err, context.DeadlineExceeded), ofNetwork && network.Timeout():
		return "no answer in time", "a firewall may be in the way: open it; https may need HTTPS_PROXY"
	case noTLS, strings.Contains(err.Error(), "refused TLS"): // pgx has no type for it
		return "no TLS is spoken there", "correct the port, or turn TLS on there; without it only on one machine, or a network of your own"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there", "start it, or correct host and port"
	case errors.Is(err, os.ErrNotExist):
		return "there is no socket of that name", "start the server, or correct the folder and the port"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no way to that host", "mend the network, or the firewall"
	}
	return "the connection failed, or something else is spoken there", "correct host and port; look at the other side's log"
}
