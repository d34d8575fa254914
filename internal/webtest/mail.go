package webtest

import (
	"context"
	"time"

	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/mail/mailtest"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/signin/letters"
	"github.com/carameloai/intranet/internal/web"
)

// outbox is where mail waits of an intranet with these features; nil without Outbox and Mail.
func (o Options) outbox(features []web.Feature) *mail.Outbox {
	if !o.Outbox && o.Mail == nil {
		return nil
	}
	all := &mail.Outbox{Kinds: letters.Kinds()}
	for _, f := range features {
		all.Kinds = append(all.Kinds, f.Mail...)
	}
	return all
}

// sending sends mail to a mail server of the test, if there is one.
func (i *Intranet) sending(box *mailtest.Box) []func(context.Context) {
	if box == nil {
		return nil
	}
	s := &mail.Sender{
		Outbox: i.Server.Mail, Store: i.Server.Store, Server: box.Server(), Speak: i.Server.Speak,
		PublicURL: i.Server.PublicURL, Log: i.Server.Log, Every: 10 * time.Millisecond,
		Before: []func(context.Context) error{signin.AnswerForgotten(i.In)},
	}
	return []func(context.Context){s.Run}
}
