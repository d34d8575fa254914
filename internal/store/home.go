package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Home is what the home page shows.
type Home struct {
	News           []Article       // pinned first, then newest, at most 6
	Unacknowledged []Article       // what the reader has yet to confirm, the oldest first, at most 6
	Events         []CalendarEvent // the next ones, at most 4
	Links          []Link
}

// Home returns the home page's data in one round trip.
func (s *Store) Home(ctx context.Context, reader *Person) (home Home, err error) {
	batch := &pgx.Batch{}
	queueHomeNews(batch, reader, &home.News)
	queueUnacknowledgedNews(batch, reader, &home.Unacknowledged)
	queueHomeEvents(batch, reader, &home.Events)
	queueLinks(batch, reader, &home.Links)
	return home, wrap(s.pool.SendBatch(ctx, batch).Close(), "load home")
}
