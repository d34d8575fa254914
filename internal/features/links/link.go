package links

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// maxLinks is how many there can be, so that the home page does not become a directory.
const maxLinks = 20

// Link is a quick link of the home page.
type Link struct {
	ID string
	Details
	Version int // moves on with every change
}

// Details is what editors write.
type Details struct {
	URL    string      // https, http, mailto, or a local path
	Labels store.Texts // en is required
}

// validURL has the same rule as the database.
var validURL = regexp.MustCompile(`^(https?://|mailto:|/([^/\\[:cntrl:][:space:]]|$))`)

// Invalid names the fields that cannot be stored: "url" or "label_" and a
// language.
func (d Details) Invalid() (fields []string) {
	if urlProblem(d.URL) != "" {
		fields = append(fields, "url")
	}
	for lang, label := range d.Labels {
		if !store.Visible(label, 80) || label == "" && lang == "en" {
			fields = append(fields, "label_"+lang)
		}
	}
	return fields
}

// maxURL is how many characters an address may have.
const maxURL = 500

// schemes are what an address may begin with.
var schemes = []string{"https:", "http:", "mailto:"}

// cleanURL is an address as it is stored: what it begins with in small letters, and its
// blanks as a link has them.
func cleanURL(typed string) string {
	address := strings.TrimSpace(store.Unmarked(typed))
	for _, scheme := range schemes {
		if len(address) >= len(scheme) && strings.EqualFold(address[:len(scheme)], scheme) {
			address = scheme + strings.TrimSpace(address[len(scheme):])
		}
	}
	var clean strings.Builder
	for _, r := range address {
		if unicode.Is(unicode.Zs, r) {
			clean.WriteString("%20")
		} else {
			clean.WriteRune(r)
		}
	}
	return clean.String()
}

// urlProblem says what is wrong with an address: it is too "long", does not begin with
// what it must ("begin"), or leads to no place of that kind ("place"). "" is for none.
func urlProblem(address string) string {
	u, err := url.Parse(address)
	switch {
	case utf8.RuneCountInString(address) > maxURL:
		return "long"
	case !validURL.MatchString(address):
		return "begin"
	case err != nil || !store.Visible(address, maxURL) || strings.ContainsAny(address, ` \`) ||
		u.Scheme != "" && u.Host == "" && u.Opaque == "":
		return "place"
	}
	return ""
}

// stored is the labels without the empty ones: those are read in English.
func (d Details) stored() store.Texts {
	labels := store.Texts{}
	for lang, label := range d.Labels {
		if label != "" {
			labels[lang] = label
		}
	}
	return labels
}

// list asks and changes the quick links in the database.
type list struct{ *store.Store }

// shortcut is a quick link as the home page shows it.
type shortcut struct {
	URL   string
	Label string // in the reader's language
}

// shortcuts are the quick links in their order, for a language.
var shortcuts = &store.Remembered[shortcut]{
	Rows: `SELECT url, coalesce(labels->>$1, labels->>'en') AS label FROM links ORDER BY position`,
}

// all returns the quick links in their order.
func (l list) all(ctx context.Context) ([]Link, error) {
	rows, _ := l.Pool.Query(ctx, `SELECT id, url, labels, version FROM links ORDER BY position`)
	links, err := pgx.CollectRows(rows, pgx.RowToStructByName[Link])
	return links, store.Wrap(err, "list links")
}

// find returns one of them. There are few, so it reads them all.
func (l list) find(ctx context.Context, id string) (Link, error) {
	links, err := l.all(ctx)
	for _, link := range links {
		if link.ID == id {
			return link, nil
		}
	}
	if err == nil {
		err = store.ErrNotFound
	}
	return Link{}, err
}

// create adds a quick link behind the others; store.ErrConflict where there are
// maxLinks already.
func (l list) create(ctx context.Context, actor *store.Person, d Details) error {
	return l.changeList(ctx, actor, "create link", func(tx pgx.Tx) (store.Entry, error) {
		tag, err := tx.Exec(ctx, `INSERT INTO links (position, url, labels)
			SELECT coalesce(max(position) + 1, 0), $1, $2 FROM links HAVING count(*) < $3`, d.URL, d.stored(), maxLinks)
		if err == nil && tag.RowsAffected() == 0 {
			err = store.ErrConflict
		}
		return store.Entry{Action: Created, Detail: d.Labels["en"]}, err
	})
}

// update changes a quick link, which must still be of that version: it is
// store.ErrConflict where somebody has changed it since.
func (l list) update(ctx context.Context, actor *store.Person, id string, version int, d Details) error {
	return l.change(ctx, actor, "change link", id, func(tx pgx.Tx, stored Link) (store.Entry, error) {
		if stored.Version != version {
			return store.Entry{}, store.ErrConflict
		}
		_, err := tx.Exec(ctx, `UPDATE links SET url = $2, labels = $3, version = version + 1 WHERE id = $1`,
			id, d.URL, d.stored())
		return store.Entry{Action: Changed, Detail: stored.Labels["en"]}, err
	})
}

// delete removes a quick link of that version.
func (l list) delete(ctx context.Context, actor *store.Person, id string, version int) error {
	return l.change(ctx, actor, "delete link", id, func(tx pgx.Tx, stored Link) (store.Entry, error) {
		if stored.Version != version {
			return store.Entry{}, store.ErrConflict
		}
		_, err := tx.Exec(ctx, `DELETE FROM links WHERE id = $1`, id)
		return store.Entry{Action: Deleted, Detail: stored.Labels["en"]}, err
	})
}

// move lets a quick link change places with the one above or below it. At the end
// of the list it stays where it is.
func (l list) move(ctx context.Context, actor *store.Person, id string, up bool) error {
	return l.change(ctx, actor, "move link", id, func(tx pgx.Tx, stored Link) (store.Entry, error) {
		tag, err := tx.Exec(ctx, `WITH pair AS (
				SELECT l.id AS one, l.position AS at, neighbour.id AS other, neighbour.position AS there
				FROM links l, LATERAL (
					SELECT o.id, o.position FROM links o
					WHERE o.id <> l.id AND (o.position < l.position) = $2::boolean
					ORDER BY abs(o.position - l.position) LIMIT 1
				) neighbour WHERE l.id = $1)
			UPDATE links SET position = CASE WHEN id = one THEN there ELSE at END
			FROM pair WHERE id IN (one, other)`, id, up)
		if err != nil || tag.RowsAffected() == 0 { // there may be nothing to change places with
			return store.Entry{}, err
		}
		return store.Entry{Action: Changed, Detail: stored.Labels["en"]}, nil
	})
}

// change is changeList for one quick link that is there.
func (l list) change(
	ctx context.Context, actor *store.Person, what, id string, f func(tx pgx.Tx, stored Link) (store.Entry, error),
) error {
	if !store.ValidID(id) {
		return store.Wrap(store.ErrNotFound, "%s", what)
	}
	return l.changeList(ctx, actor, what, func(tx pgx.Tx) (store.Entry, error) {
		rows, _ := tx.Query(ctx, `SELECT id, url, labels, version FROM links WHERE id = $1`, id)
		stored, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Link])
		if err != nil {
			return store.Entry{}, err
		}
		event, err := f(tx, stored)
		event.SubjectID = id
		return event, err
	})
}

// changeList is store.Change for the list: one change happens at a time, because
// each link has a place among the others.
func (l list) changeList(
	ctx context.Context, actor *store.Person, what string, f func(tx pgx.Tx) (store.Entry, error),
) error {
	return l.Change(ctx, actor, what, func(tx pgx.Tx) (store.Entry, error) {
		if _, err := tx.Exec(ctx, `LOCK TABLE links IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return store.Entry{}, err
		}
		return f(tx)
	})
}
