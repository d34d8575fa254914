package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
)

// trouble says in plain words why a connection failed. The error's own words are
// left out: they may repeat what was sent, or what came.
type trouble struct{ seen, mend string }

// explain looks at the parts in the order in which a connection is made.
func explain(err error) trouble {
	if status, ok := errors.AsType[proxyStatus](err); ok {
		return trouble{seen: status.Error()}
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return explainDNS(dns)
	}
	if t := explainCertificate(err); t != (trouble{}) {
		return t
	}
	return explainNetwork(err)
}

func explainDNS(err *net.DNSError) trouble {
	if err.IsNotFound {
		return trouble{
			seen: "the name is not known (DNS)",
			mend: "correct the host's name, or make it known",
		}
	}
	return trouble{
		seen: "the name server does not answer (DNS)",
		mend: "mend this machine's name server (/etc/resolv.conf)",
	}
}

// explainCertificate returns the zero trouble where the certificate is none.
func explainCertificate(err error) trouble {
	_, otherHost := errors.AsType[x509.HostnameError](err)
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	invalid, expired := errors.AsType[x509.CertificateInvalidError](err)
	switch {
	case otherHost:
		return trouble{
			seen: "the certificate is for another host",
			mend: "use the host that the certificate names, or get one for this host",
		}
	case unknown:
		return trouble{
			seen: "the certificate's authority is unknown here",
			mend: "have the server send its whole chain, or add the authority to this machine (SSL_CERT_FILE); " +
				"a proxy may also have put in its own",
		}
	case expired && invalid.Reason == x509.Expired:
		return trouble{
			seen: "the certificate is expired, or not valid yet",
			mend: "renew it; or is this machine's clock wrong?",
		}
	case ofCertificate(err):
		return trouble{
			seen: "the certificate is not valid",
			mend: "get one that is",
		}
	}
	return trouble{}
}

func explainNetwork(err error) trouble {
	network, ofNetwork := errors.AsType[net.Error](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded), ofNetwork && network.Timeout():
		return trouble{
			seen: "no answer in time",
			mend: "a firewall may be in the way: open it; https may need HTTPS_PROXY",
		}
	case noTLS, strings.Contains(err.Error(), "refused TLS"): // pgx has no type for it
		return trouble{
			seen: "no TLS is spoken there",
			mend: "correct the port, or turn TLS on there; without it only on one machine, or a network of your own",
		}
	case errors.Is(err, syscall.ECONNREFUSED):
		return trouble{
			seen: "nothing listens there",
			mend: "start it, or correct host and port",
		}
	case errors.Is(err, os.ErrNotExist):
		return trouble{
			seen: "there is no socket of that name",
			mend: "start the server, or correct the folder and the port",
		}
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return trouble{
			seen: "there is no way to that host",
			mend: "mend the network, or the firewall",
		}
	}
	return trouble{
		seen: "the connection failed, or something else is spoken there",
		mend: "correct host and port; look at the other side's log",
	}
}
