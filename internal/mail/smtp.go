package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/carameloai/intranet/internal/caramelo"
)

// Security says how a connection to a mail server is encrypted.
type Security int

// The ways. StartTLS never goes on without it.
const (
	StartTLS Security = iota
	TLS
	Unencrypted
)

// Server is the mail server that the company sends its mail with.
type Server struct {
	Host     string // "" where there is none
	Port     int
	Security Security
	User     string // "" to send without signing in
	Password caramelo.Secret
	From     mail.Address
	ReplyTo  *mail.Address // nil: whoever it is from
	Roots    *x509.CertPool
	// Timeout bounds each step of a mail; 0 is stepTimeout.
	Timeout time.Duration
}

const (
	stepTimeout = 30 * time.Second
	// grace is how long a mail may take that is being sent when the intranet shuts down.
	grace = 3 * time.Second
)

// connection is that to the mail server, which is opened for the first mail that needs it.
type connection struct {
	server Server
	client *gomail.Client
	conn   net.Conn
}

// open connects, encrypts and signs in.
func (c *connection) open(outer context.Context) error {
	s := c.server
	timeout := s.Timeout
	if timeout == 0 {
		timeout = stepTimeout
	}
	config := &tls.Config{ServerName: s.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
	stop := func() {}
	defer func() { stop() }()
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		c.conn = conn
		stop = endWith(outer, conn)
		if s.Security == TLS {
			encrypted := tls.Client(conn, config)
			if err := encrypted.HandshakeContext(ctx); err != nil {
				_ = conn.Close()
				return nil, err
			}
			return encrypted, nil
		}
		return conn, nil
	}
	policy := gomail.TLSMandatory
	switch s.Security {
	case TLS:
		policy = gomail.TLSOpportunistic // it is encrypted by then: so it looks, and does not ask
	case Unencrypted:
		policy = gomail.NoTLS
	}
	options := []gomail.Option{
		gomail.WithPort(s.Port), gomail.WithTimeout(timeout), gomail.WithTLSConfig(config),
		gomail.WithDialContextFunc(dial), gomail.WithTLSPolicy(policy), gomail.WithHELO(s.hello()),
	}
	if s.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(s.User), gomail.WithPassword(s.Password.Reveal()))
	}
	var err error
	if c.client, err = gomail.NewClient(s.Host, options...); err == nil {
		err = c.client.DialWithContext(outer)
	}
	if err != nil {
		c.drop()
	}
	return err
}

// hello is how we call ourselves to the server: the domain of our address, because the name of
// a container says nothing.
func (s Server) hello() string {
	_, domain, _ := strings.Cut(s.From.Address, "@")
	return domain
}

// endWith ends what a connection is doing some time after ctx has ended, and returns what calls
// that off.
func endWith(ctx context.Context, conn net.Conn) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-done:
			return
		case <-ctx.Done():
		}
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-done:
		case <-timer.C:
			_ = conn.SetDeadline(time.Now())
		}
	}()
	return func() { close(done); <-ended }
}

// send sends one mail.
func (c *connection) send(ctx context.Context, message *gomail.Msg) outcome {
	if c.client == nil {
		if err := c.open(ctx); err != nil {
			return outcome{trouble, reason(err)}
		}
	}
	stop := endWith(ctx, c.conn)
	err := c.client.Send(message)
	stop()
	out := judge(message, err)
	if err != nil && code(err) == 0 || code(err) == 421 {
		c.drop() // what the server would say next belongs to the mail before
	}
	return out
}

// judge says what an error of a mail means for it.
func judge(message *gomail.Msg, err error) outcome {
	failure, _ := errors.AsType[*gomail.SendError](err)
	switch number := code(err); {
	case err == nil || message.IsDelivered(): // whatever went wrong afterwards
		return outcome{sent, ""}
	case failure == nil, failure.Reason == gomail.ErrConnCheck, failure.Reason == gomail.ErrSMTPMailFrom, number == 421:
		// It would be the same with any other mail.
		return outcome{trouble, reason(err)}
	case number >= 500:
		return outcome{refused, reason(err)}
	default:
		return outcome{again, reason(err)}
	}
}

// code is what the server has answered; 0 where it has not.
func code(err error) int {
	if failure, ok := errors.AsType[*gomail.SendError](err); ok {
		return failure.ErrorCode()
	}
	return 0
}

// reason says in words of ours what went wrong. What the server says stays out: it may repeat an
// address, or what we have signed in with.
func reason(err error) string {
	failure, sending := errors.AsType[*gomail.SendError](err)
	var (
		network net.Error
		unknown *net.DNSError
	)
	switch {
	case sending && failure.ErrorCode() != 0:
		said := fmt.Sprintf("%s: %d %s", failure.Reason, failure.ErrorCode(), failure.EnhancedStatusCode())
		return strings.TrimSpace(said)
	case sending:
		return failure.Reason.String() + ": no answer"
	case errors.As(err, &unknown):
		return "there is no server of that name"
	case isCertificate(err):
		return "its certificate is not one that this machine trusts for that name"
	case errors.As(err, &network) && network.Timeout():
		return "it does not answer in time"
	case errors.Is(err, gomail.ErrNoSupportedAuthDiscovered), errors.Is(err, gomail.ErrPlainAuthNotSupported):
		return "it offers no way to sign in that can be used"
	case strings.HasPrefix(err.Error(), "SMTP AUTH failed"), strings.HasPrefix(err.Error(), "dial failed: SMTP AUTH"):
		return "it does not accept the user and the password"
	case strings.Contains(err.Error(), "STARTTLS"):
		return "it does not offer STARTTLS"
	case errors.As(err, &network):
		return "it cannot be reached"
	}
	return "it does not speak as a mail server does"
}

func isCertificate(err error) bool {
	_, is := errors.AsType[*tls.CertificateVerificationError](err)
	return is
}

// drop closes the connection without a word.
func (c *connection) drop() {
	if c.conn != nil {
		_ = c.conn.Close()
	}
	c.client, c.conn = nil, nil
}

// close says goodbye, and does not wait for an answer for long.
func (c *connection) close() {
	if c.client != nil {
		_ = c.conn.SetDeadline(time.Now().Add(time.Second))
		_ = c.client.Close()
	}
	c.drop()
}

// Try connects and signs in, and sends nothing. The error says what went wrong in words of ours.
func (s Server) Try(ctx context.Context) error {
	c := connection{server: s}
	defer c.close()
	if err := c.open(ctx); err != nil {
		return errors.New(reason(err))
	}
	return nil
}
