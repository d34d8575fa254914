package signin

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// DisableIn keeps people out, at once: it ends their sessions, and takes back their one-time
// links, which must not work once they are enabled again.
func DisableIn(ctx context.Context, tx pgx.Tx, ids ...string) error {
	_, err := tx.Exec(ctx, `
		WITH gone AS (DELETE FROM invitations WHERE person_id = ANY ($1))
		UPDATE people SET active = false, session_version = session_version + 1 WHERE id = ANY ($1)`, ids)
	return err
}

// EnableIn lets a person in again. Sessions from before stay ended.
func EnableIn(ctx context.Context, tx pgx.Tx, id string) error {
	_, err := tx.Exec(ctx, `UPDATE people SET active = true, session_version = session_version + 1 WHERE id = $1`, id)
	return err
}
