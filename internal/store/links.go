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

func queueLinks(batch *pgx.Batch, reader *Person, into *[]Link) {
	batch.Queue(`SELECT url, coalesce(labels->>$1, labels->>'en') AS label FROM links ORDER BY position`, reader.Lang).
		Query(func(rows pgx.Rows) (err error) {
			*into, err = pgx.CollectRows(rows, pgx.RowToStructByName[Link])
			return err
		})
}

// NewLink is a quick link to be added; the order is that of the slice.
type NewLink struct {
	URL    string
	Labels Texts
}

func insertLinks(ctx context.Context, tx pgx.Tx, c Company) error {
	batch := &pgx.Batch{}
	for i, l := range c.Links {
		batch.Queue(`INSERT INTO links (position, url, labels) VALUES ($1, $2, $3)`, i, l.URL, l.Labels)
	}
	return tx.SendBatch(ctx, batch).Close()
}
