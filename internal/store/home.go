package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Link is a quick link of the home page.
type Link struct {
	URL   string // https, http, mailto, or a local path
	Label string // in the reader's language
}

// Home is what the home page shows.
type Home struct {
	News  []Article // pinned first, then newest, at most 6
	Links []Link
}

// Home returns the home page's data in one round trip.
func (s *Store) Home(ctx context.Context, lang string) (home Home, err error) {
	batch := &pgx.Batch{}
	batch.Queue(homeNewsSQL, lang, 6).Query(func(rows pgx.Rows) (err error) {
		home.News, err = pgx.CollectRows(rows, pgx.RowToStructByName[Article])
		return err
	})
	batch.Queue(`SELECT url, coalesce(labels->>$1, labels->>'en') AS label FROM links ORDER BY position`, lang).
		Query(func(rows pgx.Rows) (err error) {
			home.Links, err = pgx.CollectRows(rows, pgx.RowToStructByName[Link])
			return err
		})
	return home, wrap(s.pool.SendBatch(ctx, batch).Close(), "load home")
}
