// Package letters is what the intranet writes to people about signing in: with a one-time link,
// and about what was changed.
package letters

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/static/brand"
	"github.com/carameloai/intranet/views"
)

// How long one-time links work: those of invitations, and those for a forgotten password.
const (
	InvitationLife = 72 * time.Hour
	ForgottenLife  = time.Hour
)

// Kinds are all of them. Nobody can do without those that keep an account safe.
func Kinds() []mail.Kind { return []mail.Kind{Invitation, Forgotten, Device, Password, Factor} }

// The kinds of mail.
var (
	Invitation = mail.Kind{
		Name: "invitation", Always: true, Life: InvitationLife, Compose: composeInvitation,
	}
	Forgotten = mail.Kind{Name: "forgotten", Always: true, Life: ForgottenLife, Compose: composeForgotten}
	Device    = mail.Kind{Name: "device", Life: 48 * time.Hour, Compose: composeDevice}
	Password  = mail.Kind{Name: "password", Always: true, Life: 48 * time.Hour, Compose: composeChanged("password")}
	Factor    = mail.Kind{Name: "factor", Always: true, Life: 48 * time.Hour, Compose: composeFactor}
)

// composeInvitation writes a first one-time link, for as long as it works.
func composeInvitation(ctx context.Context, m mail.Mail) (mail.Letter, error) {
	until, err := works(ctx, m.Store, m.Secret)
	return mail.Letter{
		Subject:    i18n.T(ctx, "mail.invitation.subject", "Company", brand.Company),
		Paragraphs: []string{i18n.T(ctx, "mail.invitation.text", "Company", brand.Company)},
		Button: mail.Button{
			Text: i18n.T(ctx, "mail.invitation.button"), URL: paths.InvitationLink(m.Link(""), m.Secret),
		},
		After: []string{
			i18n.T(ctx, "mail.link.until", "Time", i18n.DateTime(ctx, until.In(m.To.Zone))),
			i18n.T(ctx, "mail.invitation.unknown"),
		},
	}, err
}

// composeForgotten writes a one-time link for whoever has forgotten their password, or where they
// sign in without one.
func composeForgotten(ctx context.Context, m mail.Mail) (mail.Letter, error) {
	letter := mail.Letter{
		Subject: i18n.T(ctx, "mail.forgotten.subject", "Company", brand.Company),
		After:   []string{i18n.T(ctx, "mail.forgotten.unknown")},
	}
	if m.Secret == "" {
		letter.Paragraphs = []string{i18n.T(ctx, "mail.forgotten.elsewhere")}
		letter.Button = mail.Button{Text: i18n.T(ctx, "login.title"), URL: m.Link(paths.Login)}
		return letter, nil
	}
	until, err := works(ctx, m.Store, m.Secret)
	letter.Paragraphs = []string{i18n.T(ctx, "mail.forgotten.text", "Email", m.To.Email)}
	letter.Button = mail.Button{
		Text: i18n.T(ctx, "mail.forgotten.button"), URL: paths.InvitationLink(m.Link(""), m.Secret),
	}
	letter.After = append([]string{
		i18n.T(ctx, "mail.link.until", "Time", i18n.DateTime(ctx, until.In(m.To.Zone))),
	}, letter.After...)
	return letter, err
}

// works returns until when a code works: mail.ErrNeedless where it does not any more.
func works(ctx context.Context, s *store.Store, code string) (until time.Time, err error) {
	rows, _ := s.Pool.Query(ctx, `SELECT expires_at FROM invitations WHERE code_hash = $1 AND expires_at > now()`,
		store.HashToken(code))
	all, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
	if err == nil && len(all) == 0 {
		err = mail.ErrNeedless
	}
	if err != nil {
		return until, err
	}
	return all[0], nil
}

// device is what the mail about a sign-in says of it.
type device struct {
	Agent   string `json:"agent"`
	Address string `json:"address"`
}

func deviceOf(r store.RequestInfo) string {
	text, _ := json.Marshal(device{Agent: store.Clip(r.Agent, 500), Address: r.Address}) // of strings
	return string(text)
}

// facts are when and where something was done.
func facts(ctx context.Context, m mail.Mail) []mail.Fact {
	var d device
	all := []mail.Fact{{Name: i18n.T(ctx, "mail.fact.time"), Value: i18n.DateTime(ctx, m.At.In(m.To.Zone))}}
	if json.Unmarshal([]byte(m.Secret), &d) != nil {
		return all
	}
	if d.Agent != "" {
		all = append(all, mail.Fact{Name: i18n.T(ctx, "mail.fact.browser"), Value: views.Device(ctx, d.Agent)})
	}
	if d.Address != "" {
		all = append(all, mail.Fact{Name: i18n.T(ctx, "mail.fact.address"), Value: d.Address})
	}
	return all
}

// composeDevice says that somebody has signed in where they never did before.
func composeDevice(ctx context.Context, m mail.Mail) (mail.Letter, error) {
	return mail.Letter{
		Subject:    i18n.T(ctx, "mail.device.subject"),
		Paragraphs: []string{i18n.T(ctx, "mail.device.text", "Company", brand.Company)},
		Facts:      facts(ctx, m),
		Button:     mail.Button{Text: i18n.T(ctx, "mail.device.button"), URL: m.Link(paths.Account)},
		After:      []string{i18n.T(ctx, "mail.device.unknown", "Help", brand.Help)},
	}, nil
}

// composeChanged says that a password, or what else the texts are of, was changed.
func composeChanged(what string) func(context.Context, mail.Mail) (mail.Letter, error) {
	return func(ctx context.Context, m mail.Mail) (mail.Letter, error) {
		return mail.Letter{
			Subject:    i18n.T(ctx, "mail."+what+".subject"),
			Paragraphs: []string{i18n.T(ctx, "mail."+what+".text", "Company", brand.Company)},
			Facts:      facts(ctx, m),
			After:      []string{i18n.T(ctx, "mail.changed.unknown", "Help", brand.Help)},
		}, nil
	}
}

// The mails about a second factor say what became of it.
const (
	FactorAdded   = "added"
	FactorRemoved = "removed"
	FactorReset   = "reset" // by administration
	FactorCodes   = "codes" // new ones for recovery
)

func composeFactor(ctx context.Context, m mail.Mail) (mail.Letter, error) {
	switch m.About {
	case FactorAdded:
		return composeChanged("factor.added")(ctx, m)
	case FactorCodes:
		return composeChanged("factor.codes")(ctx, m)
	case FactorReset:
		letter, err := composeChanged("factor.reset")(ctx, m)
		letter.After = []string{i18n.T(ctx, "mail.factor.reset.unknown", "Help", brand.Help)}
		return letter, err
	}
	return composeChanged("factor.removed")(ctx, m)
}

// Notify queues a mail about a change of somebody's account, with where it came from.
func Notify(ctx context.Context, tx pgx.Tx, outbox *mail.Outbox, kind mail.Kind, personID, about string) error {
	_, err := outbox.Queue(ctx, tx, kind, mail.Queued{
		PersonID: personID, About: about, Secret: deviceOf(store.RequestOf(ctx)),
	})
	return err
}
