package app

import (
	"context"

	"github.com/carameloai/intranet/internal/mail"
	signinLetters "github.com/carameloai/intranet/internal/signin/letters"
	"github.com/carameloai/intranet/internal/web"
)

// outbox is where mail waits that features and the sign-in send; nil where there is no mail
// server.
func (p Parsed) outbox(features []web.Feature) *mail.Outbox {
	if p.Mail.Host == "" {
		return nil
	}
	all := &mail.Outbox{Seal: p.Seal, Kinds: signinLetters.Kinds()}
	for _, f := range features {
		all.Kinds = append(all.Kinds, f.Mail...)
	}
	return all
}

// sender sends what waits in the outbox of an intranet; nil where there is no mail server.
func (a *App) sender(p Parsed, s *web.Server, before ...func(context.Context) error) *mail.Sender {
	if s.Mail == nil {
		return nil
	}
	a.metrics.Mail()
	return &mail.Sender{
		Outbox: s.Mail, Store: s.Store, Server: p.Mail, Speak: s.Speak,
		PublicURL: p.PublicURL, Log: a.log, Tell: a.metrics.Mailed, Waiting: a.metrics.MailWaiting,
		Before: before,
	}
}

// sending is what the sender does beside the requests, if there is one.
func sending(s *mail.Sender) []func(context.Context) {
	if s == nil {
		return nil
	}
	return []func(context.Context){s.Run}
}
