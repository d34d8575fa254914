package signin

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/signin/letters"
	"github.com/carameloai/intranet/internal/store"
)

// InvitationLife is how long a one-time link works.
const InvitationLife = letters.InvitationLife

// Invite makes a one-time code (130 bits) with which an active person sets their
// password within InvitationLife. A code they had before stops working. It is
// stored as a hash: who called must hand it over now.
func Invite(ctx context.Context, s *store.Store, actor *store.Person, personID string) (code string, err error) {
	code = rand.Text()
	return code, invite(ctx, s, actor, personID, code, func(pgx.Tx) error { return nil })
}

// InviteByMail is Invite, and sends the link to the person: who called never sees it. It reports
// false, and has made none, where no mail is sent to them.
func InviteByMail(
	ctx context.Context, s *store.Store, outbox *mail.Outbox, actor *store.Person, personID string,
) (queued bool, err error) {
	code := rand.Text()
	err = invite(ctx, s, actor, personID, code, func(tx pgx.Tx) error {
		queued, err := outbox.Queue(ctx, tx, letters.Invitation, mail.Queued{PersonID: personID, Secret: code})
		if err == nil && !queued {
			err = errNotQueued
		}
		return err
	})
	if errors.Is(err, errNotQueued) {
		return false, nil
	}
	return err == nil, err
}

var errNotQueued = errors.New("no mail is sent")

// invite stores a code and hands it over, or does neither.
func invite(
	ctx context.Context, s *store.Store, actor *store.Person, personID, code string, handOver func(pgx.Tx) error,
) error {
	const what = "invite person"
	return s.AdministerPerson(ctx, actor, what, personID, func(tx pgx.Tx, before store.Subject) (store.Entry, error) {
		if !before.Active {
			return store.Entry{}, store.ErrNotFound
		}
		if err := handOver(tx); err != nil {
			return store.Entry{}, err
		}
		return store.Entry{Action: store.PersonInvited}, letters.PutCode(ctx, tx, personID, code, InvitationLife)
	})
}

// TellOfReset tells a person by mail that administration has taken their second factor off. From
// where is not theirs to know.
func TellOfReset(ctx context.Context, tx pgx.Tx, outbox *mail.Outbox, personID string) error {
	_, err := outbox.Queue(ctx, tx, letters.Factor, mail.Queued{PersonID: personID, About: letters.FactorReset})
	return err
}
