package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// MinAuditRetention is how long the database keeps entries at least.
const MinAuditRetention = 90 * 24 * time.Hour

// ExpireAudit removes what is older than retention.
func (s *Store) ExpireAudit(ctx context.Context, retention time.Duration) error {
	_, err := s.Pool.Exec(ctx, `SELECT expire_audit(now() - $1::interval)`, retention)
	return Wrap(err, "expire the audit trail")
}

// RecordSettings records the settings that a server starts with, if they differ from
// those of the start before.
func (s *Store) RecordSettings(ctx context.Context, settings string) error {
	rows, _ := s.Pool.Query(ctx, `INSERT INTO audit (action, actor, detail)
		SELECT $1, $2, $3
		WHERE $3 IS DISTINCT FROM (SELECT detail FROM audit WHERE action = $1 ORDER BY id DESC LIMIT 1)
		RETURNING `+RecordedColumns,
		SettingsChanged, CommandLine.Email, Clip(settings, 1000))
	recorded, err := pgx.CollectRows(rows, pgx.RowToStructByName[Recorded])
	if err == nil {
		s.tell(recorded...)
	}
	return Wrap(err, "record the settings")
}

// Sweep removes what has expired: sessions, one-time links, second factors that were begun and
// never confirmed, and rate limits that hold nobody back any more. A session is kept for as
// long as a draft, because a page may still send what was typed in it.
func (s *Store) Sweep(ctx context.Context) error {
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM sessions WHERE expires_at < now() - interval '7 days'`)
	batch.Queue(`DELETE FROM throttles WHERE tat < now() - interval '1 minute'`)
	batch.Queue(`DELETE FROM invitations WHERE expires_at < now()`)
	batch.Queue(`DELETE FROM second_factors WHERE confirmed_at IS NULL AND begun_at < now() - interval '10 minutes'`)
	return Wrap(s.Pool.SendBatch(ctx, batch).Close(), "sweep")
}
