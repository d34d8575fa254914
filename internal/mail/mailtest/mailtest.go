// Package mailtest is a mail server on loopback, for tests. It speaks TLS, asks for a password,
// and refuses, puts off or hangs as a test says.
package mailtest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/mail"
)

// What a sender signs in with, and whom its mail comes from.
const (
	User     = "intranet"
	Password = "p@ss_canary_smtp"
	From     = "intranet@company.example"
)

// Box is a mail server that keeps what it gets.
type Box struct {
	t        testing.TB
	address  *net.TCPAddr
	security mail.Security
	roots    *x509.CertPool

	// Sender, Recipient and Content, if they are set, say what becomes of a mail from, to and
	// with that. Set them before the first mail.
	Sender, Recipient, Content func(string) error
	Connections                atomic.Int64

	mu  sync.Mutex
	all []Mail
	new chan struct{}
}

// Mail is one that has come.
type Mail struct {
	From, To   string // of the envelope
	Header     netmail.Header
	Text, HTML string
	Raw        string
}

// New starts a mail server with STARTTLS.
func New(t testing.TB) *Box { return Start(t, mail.StartTLS) }

// Start starts a mail server that ends with the test.
func Start(t testing.TB, security mail.Security) *Box {
	t.Helper()
	b := &Box{t: t, security: security, roots: x509.NewCertPool(), new: make(chan struct{}, 10000)}
	https := httptest.NewTLSServer(nil) // its certificate is for 127.0.0.1
	certificates := https.TLS.Certificates
	b.roots.AddCert(https.Certificate())
	https.Close()

	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		b.Connections.Add(1)
		return &session{box: b}, nil
	}))
	s.Domain, s.AllowInsecureAuth = "mail.company.example", security == mail.Unencrypted
	s.ErrorLog = quiet{}
	config := &tls.Config{Certificates: certificates, MinVersion: tls.VersionTLS12}
	if security == mail.StartTLS {
		s.TLSConfig = config
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.address = listener.Addr().(*net.TCPAddr)
	if security == mail.TLS {
		listener = tls.NewListener(listener, config)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = s.Serve(listener) }()
	t.Cleanup(func() { _ = s.Close(); <-ended })
	return b
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// Server is what a sender needs to know of it.
func (b *Box) Server() mail.Server {
	s := mail.Server{
		Host: "127.0.0.1", Port: b.address.Port, Security: b.security, Roots: b.roots,
		User: User, Password: caramelo.NewSecret(Password),
		From: netmail.Address{Name: "Intranet", Address: From},
	}
	if b.security == mail.Unencrypted {
		s.User = ""
	}
	return s
}

// Mails are those that have come.
func (b *Box) Mails() []Mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Mail(nil), b.all...)
}

// patience is how long a mail may take on a busy machine.
const patience = 30 * time.Second

// Next waits for the next mail.
func (b *Box) Next() Mail {
	b.t.Helper()
	select {
	case <-b.new:
	case <-time.After(patience):
		b.t.Fatal("no mail came")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all[len(b.all)-1-len(b.new)]
}

// session is a connection.
type session struct {
	box      *Box
	signedIn bool
	mail     Mail
}

// AuthMechanisms and Auth are smtp.AuthSession's.
func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != User || password != Password {
			return smtp.ErrAuthFailed
		}
		s.signedIn = true
		return nil
	}), nil
}

// Mail is smtp.Session's, as those that follow.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if !s.signedIn && s.box.security != mail.Unencrypted {
		return smtp.ErrAuthRequired
	}
	s.mail = Mail{From: from}
	return say(s.box.Sender, from)
}

func say(f func(string) error, text string) error {
	if f == nil {
		return nil
	}
	return f(text)
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.To = to
	return say(s.box.Recipient, to)
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := say(s.box.Content, string(raw)); err != nil {
		return err
	}
	s.mail.Raw = string(raw)
	if err := s.mail.parse(); err != nil {
		s.box.t.Error(err)
	}
	s.box.mu.Lock()
	s.box.all = append(s.box.all, s.mail)
	s.box.new <- struct{}{}
	s.box.mu.Unlock()
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func (m *Mail) parse() error {
	parsed, err := netmail.ReadMessage(strings.NewReader(m.Raw))
	if err != nil {
		return err
	}
	m.Header = parsed.Header
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		return errors.Join(err, errors.New("a mail is no multipart/alternative: "+kind))
	}
	parts := multipart.NewReader(parsed.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if part.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			return errors.New("a part is not quoted-printable")
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			return err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			m.HTML = string(text)
		} else {
			m.Text = string(text)
		}
	}
}

// Subject is that of a mail, decoded.
func (m Mail) Subject() string {
	text, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return err.Error()
	}
	return text
}
