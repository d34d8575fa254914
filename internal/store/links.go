package store

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
)

// What is recorded of quick links.
const (
	LinkCreated Action = "link.created"
	LinkChanged Action = "link.changed"
	LinkDeleted Action = "link.deleted"
)

var LinkActions = []Action{LinkCreated, LinkChanged, LinkDeleted}

// MaxLinks is how many there can be: a home page is no directory.
const MaxLinks = 20

// Link is a quick link of the home page.
type Link struct {
	URL   string // https, http, mailto, or a local path
	Label string // in the reader's language
}

func QueueLinks(batch *pgx.Batch, reader *Person, into *[]Link) {
	batch.Queue(`SELECT url, coalesce(labels->>$1, labels->>'en') AS label FROM links ORDER BY position`, reader.Lang).
		Query(Collect(into))
}

// KeptLink is a quick link as editors keep it.
type KeptLink struct {
	ID string
	LinkDetails
	Version int // moves on with every change
}

// LinkDetails is what editors write.
type LinkDetails struct {
	URL    string
	Labels Texts // en is required
}

// linkURL is what the database takes, too.
var linkURL = regexp.MustCompile(`^(https?://|mailto:|/([^/\\[:cntrl:][:space:]]|$))`)

// Invalid names the fields that cannot be stored: "url" or "label_" and a
// language.
func (d LinkDetails) Invalid() (fields []string) {
	u, err := url.Parse(d.URL)
	if err != nil || !linkURL.MatchString(d.URL) || !Visible(d.URL, 500) || strings.ContainsAny(d.URL, " \\") || u.Scheme != "" && u.Host == "" && u.Opaque == "" {
		fields = append(fields, "url")
	}
	for lang, label := range d.Labels {
		if !Visible(label, 80) || label == "" && lang == "en" {
			fields = append(fields, "label_"+lang)
		}
	}
	return fields
}

// Links returns the quick links in their order.
func (s *Store) Links(ctx context.Context) ([]KeptLink, error) {
	rows, _ := s.Pool.Query(ctx, `SELECT id, url, labels, version FROM links ORDER BY position`)
	links, err := pgx.CollectRows(rows, pgx.RowToStructByName[KeptLink])
	return links, Wrap(err, "list links")
}

// CreateLink adds a quick link behind the others; ErrConflict where there are
// MaxLinks already.
func (s *Store) CreateLink(ctx context.Context, actor *Person, d LinkDetails) error {
	return s.changeLinks(ctx, actor, "create link", func(tx pgx.Tx) (Event, error) {
		tag, err := tx.Exec(ctx, `INSERT INTO links (position, url, labels)
			SELECT coalesce(max(position) + 1, 0), $1, $2 FROM links HAVING count(*) < $3`, d.URL, d.stored(), MaxLinks)
		if err == nil && tag.RowsAffected() == 0 {
			err = ErrConflict
		}
		return Event{Action: LinkCreated, Detail: d.Labels["en"]}, err
	})
}

// UpdateLink changes a quick link, which must still be of that version: it is
// ErrConflict where somebody has changed it since.
func (s *Store) UpdateLink(ctx context.Context, actor *Person, id string, version int, d LinkDetails) error {
	return s.changeLink(ctx, actor, "change link", id, version, LinkChanged, `UPDATE links SET url = $2, labels = $3, version = version + 1 WHERE id = $1`, d.URL, d.stored())
}

// DeleteLink removes a quick link of that version.
func (s *Store) DeleteLink(ctx context.Context, actor *Person, id string, version int) error {
	return s.changeLink(ctx, actor, "delete link", id, version, LinkDeleted, `DELETE FROM links WHERE id = $1`)
}

// MoveLink lets a quick link change places with the one above or below it. At
// the end of the list it stays where it is.
func (s *Store) MoveLink(ctx context.Context, actor *Person, id string, up bool) error {
	if !ValidID(id) {
		return Wrap(ErrNotFound, "move link")
	}
	neighbour := `SELECT o.id, o.position FROM links o WHERE o.position > l.position ORDER BY o.position LIMIT 1`
	if up {
		neighbour = `SELECT o.id, o.position FROM links o WHERE o.position < l.position ORDER BY o.position DESC LIMIT 1`
	}
	return s.changeLinks(ctx, actor, "move link", func(tx pgx.Tx) (Event, error) {
		event := Event{Action: LinkChanged, SubjectID: id}
		if err := tx.QueryRow(ctx, `SELECT labels->>'en' FROM links WHERE id = $1`, id).Scan(&event.Detail); err != nil {
			return event, err
		}
		tag, err := tx.Exec(ctx, `WITH pair AS (SELECT l.id AS one, l.position AS at, n.id AS other, n.position AS there FROM links l, LATERAL (`+neighbour+`) n WHERE l.id = $1)
			UPDATE links SET position = CASE WHEN id = one THEN there ELSE at END FROM pair WHERE id IN (one, other)`, id)
		if err == nil && tag.RowsAffected() == 0 {
			return Event{}, nil // there is nothing to change places with
		}
		return event, err
	})
}

// changeLink does to a quick link of that version what sql says; $1 is its id.
func (s *Store) changeLink(ctx context.Context, actor *Person, what, id string, version int, action Action, sql string, args ...any) error {
	if !ValidID(id) {
		return Wrap(ErrNotFound, "%s", what)
	}
	return s.changeLinks(ctx, actor, what, func(tx pgx.Tx) (Event, error) {
		event, stored := Event{Action: action, SubjectID: id}, 0
		if err := tx.QueryRow(ctx, `SELECT version, labels->>'en' FROM links WHERE id = $1`, id).Scan(&stored, &event.Detail); err != nil {
			return event, err
		}
		if stored != version {
			return event, ErrConflict
		}
		_, err := tx.Exec(ctx, sql, append([]any{id}, args...)...)
		return event, err
	})
}

// changeLinks is change for the list: one happens at a time, because each has a
// place in it.
func (s *Store) changeLinks(ctx context.Context, actor *Person, what string, f func(tx pgx.Tx) (Event, error)) error {
	return s.Change(ctx, actor, what, func(tx pgx.Tx) (Event, error) {
		if _, err := tx.Exec(ctx, `LOCK TABLE links IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return Event{}, err
		}
		return f(tx)
	})
}

// stored is the labels without the empty ones: those are read in English.
func (d LinkDetails) stored() Texts {
	labels := Texts{}
	for lang, label := range d.Labels {
		if label != "" {
			labels[lang] = label
		}
	}
	return labels
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
