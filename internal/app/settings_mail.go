package app

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"strings"

	"github.com/carameloai/intranet/internal/caramelo"
	outbox "github.com/carameloai/intranet/internal/mail"
)

// smtpURL is the secret setting with the mail server.
const (
	smtpURL     = "SMTP_URL"
	smtpURLHelp = "the mail server, such as smtp://user:password@mail.example.com:587; without it no mail is sent"
)

// mail checks what the company's mail is sent with.
func (p *parser) mail() {
	if p.unread(smtpURL) {
		return
	}
	raw := strings.TrimSpace(p.settings.SMTPURL.Reveal())
	if raw == "" {
		if p.settings.MailFrom != "" {
			p.wrong("MAIL_FROM", errors.New("is set, while there is no SMTP_URL: set both, or neither to send no mail"))
		}
		return
	}
	server, err := parseMailServer(raw)
	if err != nil {
		p.wrong(smtpURL, err)
	}
	open := p.parsed.PublicURL != nil && p.parsed.PublicURL.Scheme == "https" && !Loopback(server.Host)
	if err == nil && server.Security == outbox.Unencrypted && open {
		p.wrong(smtpURL, errors.New("must not have tls=off where PUBLIC_URL is https: "+
			"one-time links would be sent in the open"))
	}
	if !p.sealed() {
		p.wrong(smtpURL, errors.New("needs a SECRET_KEY, with which one-time links are sealed until they are sent: "+
			"make one with openssl rand -hex 32"))
	}
	from, err := mailAddress(p.settings.MailFrom)
	if err != nil {
		p.wrong("MAIL_FROM", fmt.Errorf("%w: it is whom mail of the intranet comes from", err))
	} else {
		server.From = *from
	}
	if p.settings.MailReplyTo != "" {
		if server.ReplyTo, err = mailAddress(p.settings.MailReplyTo); err != nil {
			p.wrong("MAIL_REPLY_TO", err)
		}
	}
	p.parsed.Mail = server
}

// sealed reports whether there is a key to seal with, or one that is wrong, which is said elsewhere.
func (p *parser) sealed() bool {
	return !p.settings.SecretKey.Blank() || p.settings.secretErrors["SECRET_KEY"] != nil
}

var errMailAddress = errors.New("must be an address, such as intranet@example.com or " +
	`"Intranet" <intranet@example.com>`)

func mailAddress(raw string) (*mail.Address, error) {
	address, err := mail.ParseAddress(raw)
	if err != nil || strings.ContainsAny(raw, "\r\n") {
		return nil, errMailAddress // the parser's own error repeats the value
	}
	return address, nil
}

// parseMailServer reads SMTP_URL. No error repeats any of it.
func parseMailServer(raw string) (s outbox.Server, err error) {
	const form = "must be like smtp://user:password@mail.example.com:587, which needs STARTTLS, " +
		"or smtps://user:password@mail.example.com:465; write @, : and / in a password as %40, %3A and %2F"
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.Fragment != "" || u.Opaque != "" {
		return s, errors.New(form)
	}
	s.Host, s.Port = u.Hostname(), 587
	switch u.Scheme {
	case "smtp":
	case "smtps":
		s.Security, s.Port = outbox.TLS, 465
	default:
		return s, errors.New(form)
	}
	if u.Port() != "" {
		if s.Port, err = strconv.Atoi(u.Port()); err != nil || s.Port < 1 || s.Port > 65535 {
			return s, errors.New(form)
		}
	}
	password, hasPassword := u.User.Password()
	s.User, s.Password = u.User.Username(), caramelo.NewSecret(password)
	if (s.User != "") != (hasPassword && password != "") {
		return s, errors.New("must have a user and a password, or neither")
	}
	for name, values := range u.Query() {
		if name != "tls" || len(values) != 1 || values[0] != "off" || u.Scheme != "smtp" {
			return s, errors.New("has something behind the ? that is not tls=off, which smtp:// alone can have")
		}
		s.Security = outbox.Unencrypted
	}
	if s.Security == outbox.Unencrypted && s.User != "" {
		return s, errors.New("must not have a password together with tls=off: it would be sent in the open")
	}
	return s, nil
}
