package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// SetConsent notes whether a person agrees that the assistant's vendor is told about them.
// Only what changes something is recorded, and the time is that of the first yes.
func (s *Store) SetConsent(ctx context.Context, actor *Person, agrees bool) error {
	action := ConsentWithdrawn
	if agrees {
		action = ConsentGiven
	}
	return s.ChangeOwn(ctx, actor, "set consent", func(tx pgx.Tx) (Entry, error) {
		tag, err := tx.Exec(ctx, `
			UPDATE people SET consented_at = CASE WHEN $2 THEN now() END
			WHERE id = $1 AND (consented_at IS NOT NULL) <> $2`, actor.ID, agrees)
		if err != nil || tag.RowsAffected() == 0 {
			return Entry{}, err
		}
		return Entry{Action: action}, nil
	})
}

// Consents are how many of the people who may sign in agree, and how many there are.
type Consents struct{ Given, People int }

// Consents counts them.
func (s *Store) Consents(ctx context.Context) (c Consents, err error) {
	const sql = `SELECT count(consented_at), count(*) FROM people WHERE active`
	err = s.Pool.QueryRow(ctx, sql).Scan(&c.Given, &c.People)
	return c, Wrap(err, "count the consents")
}
