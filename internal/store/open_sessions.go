package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// OpenSession is where somebody is signed in.
type OpenSession struct {
	ID      string // not the token
	Address string // where it was last seen
	Agent   string // the browser, as it calls itself
	SeenAt  time.Time
	Current bool // the one that asks
}

// QueueSessions queues the valid sessions of a person: first the one that asks, then
// those that were seen last.
func QueueSessions(ctx context.Context, batch *pgx.Batch, personID string, into *[]OpenSession) {
	batch.Queue(`
		SELECT s.id, s.address, s.agent, s.seen_at, coalesce(s.token_hash = $2, false) AS current
		FROM sessions s
			JOIN people p ON p.id = s.person_id
		WHERE s.person_id = $1 AND s.revoked_at IS NULL AND s.expires_at > now()
			AND p.active AND s.version = p.session_version
		ORDER BY current DESC, s.seen_at DESC
		LIMIT 50`, personID, SessionOf(ctx).tokenHash).Query(Collect(into))
}

// EndOtherSessionsIn ends all of a person's sessions but the one that asks.
func EndOtherSessionsIn(ctx context.Context, tx pgx.Tx, personID string) error {
	_, err := tx.Exec(ctx, `
		UPDATE sessions SET revoked_at = now()
		WHERE person_id = $1 AND token_hash <> $2 AND revoked_at IS NULL`, personID, SessionOf(ctx).tokenHash)
	return err
}
