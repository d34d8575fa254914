package content

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// Acknowledge stores that the actor has read what they were shown of a text, and keeps that.
// Doing it again changes nothing. It returns store.ErrNotFound if they are not asked to, and
// store.ErrConflict if the text has changed since.
func (s Store) Acknowledge(ctx context.Context, actor *store.Person, slug string, shown Shown) error {
	return s.Change(ctx, actor, "acknowledge "+s.Kind.Noun, func(tx pgx.Tx) (store.Entry, error) {
		var id string
		var current int
		err := tx.QueryRow(ctx, s.Kind.SQL.Asked, store.Plain(slug), actor.Department).Scan(&id, &current)
		if err == nil && current != shown.Edition {
			err = store.ErrConflict
		}
		if err != nil {
			return store.Entry{}, err
		}
		rows, _ := tx.Query(ctx, s.Kind.SQL.Texts, store.Plain(slug))
		texts, err := pgx.CollectRows(rows, pgx.RowToStructByName[Text])
		if err != nil {
			return store.Entry{}, err
		}
		at := slices.IndexFunc(texts, func(t Text) bool { return t.SHA256() == shown.Digest })
		if at < 0 {
			return store.Entry{}, store.ErrConflict
		}
		t := texts[at]
		_, err = tx.Exec(ctx, s.Kind.SQL.Keep, id, current, shown.Digest, t.Lang, t.Title, t.Summary, t.Body)
		if err == nil {
			_, err = tx.Exec(ctx, s.Kind.SQL.Confirm, id, current, shown.Digest, actor.ID)
		}
		return store.Entry{}, err
	})
}

// MaxAsked is how many people are counted who are asked to confirm a text.
const MaxAsked = 1000

// Missing is who has yet to confirm a text, one page of them.
type Missing struct {
	Title     string         // of the text
	Asked     int            // active people, with the first page alone, at most MaxAsked and one: then there are more
	Confirmed int            // those of them who have confirmed
	People    []store.Person // by name
	Next      string         // the cursor of the next page; "" on the last one
	Texts     []Confirmed    // that were confirmed, with the first page alone, without their bodies
}

// MissingFilter continues the list.
type MissingFilter struct {
	After string // the cursor of the page before; "" is the first page
	Limit int    // rows a page, 1 to 100
}

type missingCursor struct {
	Name string `json:"n"`
	ID   string `json:"i"`
}

func (c missingCursor) ok() bool { return store.ValidID(c.ID) && c.Name == store.Plain(c.Name) }

// beforeEverybody is the cursor of the first page.
var beforeEverybody = missingCursor{ID: "00000000-0000-0000-0000-000000000000"}

// Missing returns a page of those who have yet to confirm a text, in one round trip. It
// returns store.ErrNotFound if nobody has to read the text.
func (s Store) Missing(ctx context.Context, lang, slug string, f MissingFilter) (page Missing, err error) {
	f.Limit = min(max(f.Limit, 1), 100)
	after := beforeEverybody
	if f.After != "" {
		if after, err = store.ParseCursor(f.After, missingCursor.ok); err != nil {
			return page, fmt.Errorf("list acknowledgements: %w", err)
		}
	}
	batch, slug := &pgx.Batch{}, store.Plain(slug)
	batch.Queue(s.Kind.SQL.MustRead, lang, slug).QueryRow(func(row pgx.Row) error { return row.Scan(&page.Title) })
	if f.After == "" {
		batch.Queue(s.Kind.SQL.Count, slug, MaxAsked+1).QueryRow(func(row pgx.Row) error {
			return row.Scan(&page.Asked, &page.Confirmed)
		})
		batch.Queue(s.Kind.SQL.AllConfirmed, slug, maxTexts).Query(store.Collect(&page.Texts))
	}
	batch.Queue(s.Kind.SQL.Missing, lang, slug, after.Name, after.ID, f.Limit+1).Query(store.Collect(&page.People))
	err = s.Send(ctx, batch, "list acknowledgements")
	page.Next = store.CutPage(&page.People, f.Limit, func(p store.Person) any { return missingCursor{p.Name, p.ID} })
	return page, err
}

// AskedPerson is somebody who is asked to confirm a text.
type AskedPerson struct {
	Name, Email, Department string
	ConfirmedAt             *time.Time // nil: not yet
	Edition                 int        // 0: not yet
	Digest                  string     // of the text; "": not yet
}

// Export records the export, and returns everybody who is asked to confirm a text, by name,
// row by row. An error after the first row ends it.
func (s Store) Export(ctx context.Context, actor *store.Person, slug string) (iter.Seq2[AskedPerson, error], error) {
	slug = store.Plain(slug)
	err := s.Change(ctx, actor, "export acknowledgements", func(tx pgx.Tx) (store.Entry, error) {
		entry := store.Entry{Action: s.Kind.Exported}
		return entry, tx.QueryRow(ctx, s.Kind.SQL.Exported, slug).Scan(&entry.SubjectID, &entry.Detail)
	})
	if err != nil {
		return nil, err
	}
	return store.Stream[AskedPerson](ctx, s.Store, "export acknowledgements", s.Kind.SQL.Export, actor.Lang, slug), nil
}
