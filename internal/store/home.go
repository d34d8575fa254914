package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Send sends a batch, in one round trip, and reads all that its statements find.
func (s *Store) Send(ctx context.Context, batch *pgx.Batch, what string) error {
	return Wrap(s.Pool.SendBatch(ctx, batch).Close(), "%s", what)
}
