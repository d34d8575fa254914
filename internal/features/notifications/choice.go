package notifications

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// choices are which kinds of mail people want.
type choices struct{ *store.Store }

// unwanted are the kinds that a person does without.
func (c choices) unwanted(ctx context.Context, p *store.Person) ([]string, error) {
	rows, _ := c.Pool.Query(ctx, `SELECT kind FROM mail_unwanted WHERE person_id = $1 ORDER BY kind`, p.ID)
	kinds, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return kinds, store.Wrap(err, "read which mail somebody wants")
}

// set stores which of the kinds that were offered the person does without. What is chosen of
// another one stays.
func (c choices) set(ctx context.Context, p *store.Person, offered, unwanted []string) error {
	return c.ChangeOwn(ctx, p, "choose mail", func(tx pgx.Tx) (store.Entry, error) {
		_, err := tx.Exec(ctx, `DELETE FROM mail_unwanted WHERE person_id = $1 AND kind = ANY ($2)`, p.ID, offered)
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO mail_unwanted (person_id, kind) SELECT $1, unnest($2::text[])`,
				p.ID, unwanted)
		}
		return store.Entry{Action: Chosen, Detail: strings.TrimSpace("without " + strings.Join(unwanted, ", "))}, err
	})
}
