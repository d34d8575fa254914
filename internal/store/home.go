package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Home is what the home page shows.
type Home struct {
	News       []Article       // pinned first, then newest, at most 6
	NewsDue    []Article       // what the reader has yet to confirm, the oldest first, at most 6
	PolicyDue  []Policy        // the same of policies
	Events     []CalendarEvent // the next ones, at most 4
	Colleagues []Person        // who came in the last two months, the newest first, at most 4
	Links      []Link
}

// Home returns the home page's data in one round trip.
func (s *Store) Home(ctx context.Context, reader *Person) (home Home, err error) {
	batch := &pgx.Batch{}
	queueHomeNews(batch, reader, &home.News)
	queueUnacknowledgedNews(batch, reader, &home.NewsDue)
	queueUnacknowledgedPolicies(batch, reader, &home.PolicyDue)
	queueHomeEvents(batch, reader, &home.Events)
	batch.Queue(`SELECT `+personColumns+` FROM people p LEFT JOIN departments d ON d.slug = p.department
		WHERE p.active AND p.created_at > now() - interval '60 days' AND p.id IS DISTINCT FROM $2::uuid
		ORDER BY p.created_at DESC, p.id LIMIT 4`, reader.Lang, null(reader.ID)).Query(collect(&home.Colleagues))
	queueLinks(batch, reader, &home.Links)
	return home, wrap(s.pool.SendBatch(ctx, batch).Close(), "load home")
}
