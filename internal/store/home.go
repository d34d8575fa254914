package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Send sends a batch, in one round trip, and reads all that its statements find.
func (s *Store) Send(ctx context.Context, batch *pgx.Batch, what string) error {
	return Wrap(s.Pool.SendBatch(ctx, batch).Close(), "%s", what)
}

// QueueNewest asks for the people who came in the last two months, the newest
// first, at most 4.
func QueueNewest(batch *pgx.Batch, reader *Person, into *[]Person) {
	batch.Queue(`SELECT `+PersonColumns+` FROM people p LEFT JOIN departments d ON d.slug = p.department
		WHERE p.active AND p.created_at > now() - interval '60 days' AND p.id IS DISTINCT FROM $2::uuid
		ORDER BY p.created_at DESC, p.id LIMIT 4`, reader.Lang, NullText(reader.ID)).Query(Collect(into))
}
