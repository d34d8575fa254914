package forms

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// DoubtField is the field of a form that is given back because nobody knows whether it was
// saved: a commit was not answered. It names the transaction. When the form is sent again,
// it is looked up whether that one was made.
const DoubtField = "form_doubt"

// claimed is a form that the request has a claim on.
type claimed struct {
	claim        Claim
	transactions atomic.Int64 // that were to be committed so far
}

type claimedKey struct{}

// WithClaim returns a context whose transactions note with the form that they were made.
// They hold its row meanwhile, so that whoever looks waits until they have ended.
func WithClaim(ctx context.Context, claim Claim) context.Context {
	if claim.key.text == "" {
		return ctx
	}
	c := &claimed{claim: claim}
	ctx = context.WithValue(ctx, claimedKey{}, c)
	return store.WithLast(ctx, func(ctx context.Context, tx pgx.Tx) error {
		c.transactions.Add(1)
		tag, err := tx.Exec(ctx, `UPDATE sent_forms SET made = $2 WHERE key_hash = $1 AND claim = $3`,
			store.HashToken(claim.key.text), c.last(), claim.id)
		if err == nil && tag.RowsAffected() == 0 {
			err = fmt.Errorf("%w: the form was taken over", store.ErrUnavailable)
		}
		return err
	})
}

// last names the last transaction.
func (c *claimed) last() string { return fmt.Sprintf("%s-%d", c.claim.id, c.transactions.Load()) }

// Doubt is the value of DoubtField after a commit of the request was not answered: "" for a
// form without a key, which nobody can look up.
func Doubt(ctx context.Context, posted url.Values) string {
	if c, ok := ctx.Value(claimedKey{}).(*claimed); ok {
		return c.last()
	}
	return posted.Get(DoubtField) // it could not be looked up
}

// settle looks up what became of a form in doubt. If it was not made, the form is claimed
// anew. If it was, the claim says so, and there is nothing left to do. It is not done if
// the form is in no doubt any more.
func (o Once) settle(ctx context.Context, s Sent, claim Claim, personID string, token []byte) (Claim, bool, error) {
	doubt, hash := s.Fields.Get(DoubtField), store.HashToken(s.Key.text)
	if doubt == "" {
		return claim, false, nil
	}
	const mine = ` AND state = 'running' AND starts_with($2, claim || '-') AND ($3 = ANY (sessions) OR person_id = $4)`
	args := []any{hash, doubt, token, store.NullText(personID)}
	// Two clicks: the second finds another claim, and waits for the answer of the first.
	tag, err := o.Pool.Exec(ctx, `
		UPDATE sent_forms SET claim = $5, claimed_at = now(), content = $6
		WHERE key_hash = $1 AND made IS DISTINCT FROM $2`+mine,
		append(args, claim.id, s.Key.content(s.Path, s.Fields))...)
	if err == nil && tag.RowsAffected() == 0 {
		err = o.Pool.QueryRow(ctx, `SELECT FROM sent_forms WHERE key_hash = $1 AND made = $2`+mine, args...).Scan()
		claim.Made = true
	}
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return claim, false, nil
	case err != nil:
		return claim, true, fmt.Errorf("%w: %w", store.ErrUncertain, store.Wrap(err, "look up a form in doubt"))
	}
	return claim, true, nil
}

// patience is how long a form that is sent again waits for the first time to be answered.
const patience = 1500 * time.Millisecond

// takeOver takes a form from a request that has not ended for so long, because its replica died,
// or hangs. If that lives after all, it cannot commit any more: see WithClaim. The error is ErrSent
// where it has committed something. It is not done where it has ended meanwhile.
func (o Once) takeOver(ctx context.Context, claim Claim) (done bool, err error) {
	hash := store.HashToken(claim.key.text)
	tag, err := o.Pool.Exec(ctx, `UPDATE sent_forms SET claim = $2, claimed_at = now()
		WHERE key_hash = $1 AND state = 'running' AND claimed_at < now() - $3::interval
			AND (made IS NULL OR NOT starts_with(made, claim || '-'))`, hash, claim.id, patience)
	if err != nil || tag.RowsAffected() == 1 {
		return true, store.Wrap(err, "take a form over")
	}
	err = o.Pool.QueryRow(ctx, `SELECT FROM sent_forms WHERE key_hash = $1 AND state = 'running'
		AND claimed_at < now() - $2::interval AND starts_with(made, claim || '-')`, hash, patience).Scan()
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return false, nil
	case err != nil:
		return true, store.Wrap(err, "look up a form that was taken over")
	}
	return true, ErrSent
}

// Leave leaves a form in doubt. Whoever sends it again without saying so, from the page
// before, does not wait for an answer that will not come.
func (o Once) Leave(ctx context.Context, c Claim) error {
	if c.key.text == "" {
		return nil
	}
	// Its transaction may hold the row for longer than this request lasts.
	_, err := o.Pool.Exec(ctx, `UPDATE sent_forms SET claimed_at = claimed_at - $2::interval
		WHERE key_hash = (SELECT key_hash FROM sent_forms WHERE key_hash = $1 AND claim = $3 FOR UPDATE SKIP LOCKED)`,
		store.HashToken(c.key.text), lease, c.id)
	return store.Wrap(err, "leave a form in doubt")
}
