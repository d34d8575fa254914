package app

import (
	"errors"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/mail"
)

// mailed are settings with a mail server.
func mailed(url string) Settings {
	s := Settings{MailFrom: "intranet@company.example", PublicURL: "https://intranet.company.example"}
	s.SMTPURL = caramelo.NewSecret(url)
	s.SecretKey = caramelo.NewSecret(strings.Repeat("k", 40))
	return s
}

// mailProblems are those with the settings of mail.
func mailProblems(s Settings) (all []string) {
	_, err := s.Parse()
	wrong, _ := errors.AsType[*SettingsError](err)
	for _, p := range wrong.Problems {
		if p.Setting == smtpURL || strings.HasPrefix(p.Setting, "MAIL_") {
			all = append(all, p.Err.Error())
		}
	}
	return all
}

func TestTheMailServerIsReadFromItsAddress(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]mail.Server{
		"smtp://mail.company.example":                     {Host: "mail.company.example", Port: 587},
		"smtps://mail.company.example":                    {Host: "mail.company.example", Port: 465, Security: mail.TLS},
		"smtp://user:p%40ss%2Fword@mail.example.com:2525": {Host: "mail.example.com", Port: 2525, User: "user"},
		"smtp://localhost:1025?tls=off":                   {Host: "localhost", Port: 1025, Security: mail.Unencrypted},
	} {
		s := mailed(raw)
		if problems := mailProblems(s); problems != nil {
			t.Errorf("%s: %q", raw, problems)
		}
		p, _ := s.Parse()
		got := p.Mail
		if got.Host != want.Host || got.Port != want.Port || got.Security != want.Security || got.User != want.User ||
			got.From.Address != "intranet@company.example" {
			t.Errorf("%s: %+v", raw, got)
		}
		if got.User != "" && got.Password.Reveal() != "p@ss/word" {
			t.Errorf("%s: another password", raw)
		}
	}
}

// What is wrong is said, and nothing of it is repeated: it may be a password.
func TestWrongMailSettingsAreNamedAndNotRepeated(t *testing.T) {
	t.Parallel()
	const canary = "canary-password"
	server := func(raw string) func(*Settings) {
		return func(s *Settings) { s.SMTPURL = caramelo.NewSecret(raw) }
	}
	from := func(address string) func(*Settings) { return func(s *Settings) { s.MailFrom = address } }
	for what, test := range map[string]struct {
		change func(*Settings)
		want   string
	}{
		"no scheme":         {server("mail.example.com:" + canary), "SMTP_URL must be like"},
		"another scheme":    {server("http://u:" + canary + "@h"), "SMTP_URL must be like"},
		"a broken address":  {server("smtp://u:" + canary + "%zz@h"), "SMTP_URL must be like"},
		"a path":            {server("smtp://h/" + canary), "SMTP_URL must be like"},
		"no such port":      {server("smtp://h:99999"), "SMTP_URL must be like"},
		"no password":       {server("smtp://" + canary + "@h"), "SMTP_URL must have a user and a password"},
		"an unknown option": {server("smtp://h?" + canary + "=1"), "SMTP_URL has something behind the ?"},
		"an open password": {
			server("smtp://u:" + canary + "@localhost?tls=off"), "SMTP_URL must not have a password together with tls=off",
		},
		"links in the open":    {server("smtp://h?tls=off"), "SMTP_URL must not have tls=off"},
		"no key":               {func(s *Settings) { s.SecretKey = caramelo.Secret{} }, "SMTP_URL needs a SECRET_KEY"},
		"nobody":               {from(""), "MAIL_FROM must be an address"},
		"no address":           {from(canary), "MAIL_FROM must be an address"},
		"a second line":        {from("a@b.example\r\nBcc: " + canary + "@c.example"), "MAIL_FROM must be"},
		"no address to answer": {func(s *Settings) { s.MailReplyTo = canary }, "MAIL_REPLY_TO must be an address"},
		"no server":            {server(""), "MAIL_FROM is set, while there is no SMTP_URL"},
	} {
		s := mailed("smtp://u:" + canary + "@h")
		test.change(&s)
		problems := strings.Join(mailProblems(s), "\n")
		if !strings.HasPrefix(problems, test.want) || strings.Contains(problems, canary) {
			t.Errorf("%s: %q", what, problems)
		}
	}
}
