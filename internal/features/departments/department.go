package departments

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// maxCounted is how many people of a department are counted.
const maxCounted = 250

// Record is a department as administration sees it.
type Record struct {
	store.Department
	Names   store.Texts
	Version int // moves on with every change
	People  int // who are active, at most maxCounted and one: then there are more
}

// departments asks and changes them in the database.
type departments struct{ *store.Store }

const columns = `d.slug, coalesce(d.names->>$1, d.names->>'en') AS name, d.names, d.version,
	(SELECT count(*) FROM (SELECT FROM people p WHERE p.active AND p.department = d.slug LIMIT $2) counted) AS people`

// list returns all departments by name.
func (d departments) list(ctx context.Context, lang string) ([]Record, error) {
	rows, _ := d.Pool.Query(ctx, `SELECT `+columns+` FROM departments d
		ORDER BY coalesce(d.names->>$1, d.names->>'en') COLLATE "und-x-icu", d.slug`, lang, maxCounted+1)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Record])
	return all, store.Wrap(err, "list departments")
}

// find returns one.
func (d departments) find(ctx context.Context, lang, slug string) (Record, error) {
	rows, _ := d.Pool.Query(ctx, `SELECT `+columns+` FROM departments d WHERE d.slug = $3`,
		lang, maxCounted+1, store.Plain(slug))
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Record])
	return found, store.Wrap(err, "find department")
}

// namesFree is store.NamesTaken where another department than that of slug has one
// of the names, case and accents aside: in any language, because a name stands in
// for those that are left out, and an import takes each of them. One at a time gets
// new names.
func namesFree(ctx context.Context, tx pgx.Tx, slug string, names store.Texts) error {
	if _, err := tx.Exec(ctx, `LOCK TABLE departments IN SHARE ROW EXCLUSIVE MODE`); err != nil {
		return err
	}
	rows, _ := tx.Query(ctx, `SELECT n.key FROM jsonb_each_text($1) n
		WHERE EXISTS (SELECT FROM departments o, jsonb_each_text(o.names) t
			WHERE o.slug <> $2 AND fold(t.value COLLATE "und-x-icu") = fold(n.value COLLATE "und-x-icu"))`, names, slug)
	taken, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if len(taken) > 0 {
		return store.NamesTaken(taken)
	}
	return err
}

// create adds one under a slug made of its English name; store.ErrConflict where
// another one has that, store.NamesTaken where it has one of the names.
func (d departments) create(ctx context.Context, actor *store.Person, names store.Texts) error {
	return d.Administer(ctx, actor, "add department", func(tx pgx.Tx) (store.Entry, error) {
		if err := namesFree(ctx, tx, "", names); err != nil {
			return store.Entry{}, err
		}
		_, err := tx.Exec(ctx, `INSERT INTO departments (slug, names)
			SELECT coalesce(
				nullif(trim(BOTH '-' FROM regexp_replace(fold($1), '[^a-z0-9]+', '-', 'g')), ''),
				'd-' || left(gen_random_uuid()::text, 8)), $2`, names["en"], names)
		return store.Entry{Action: Created, Detail: names["en"]}, err
	})
}

// Change is what a department of that slug and version is to be called.
type Change struct {
	Slug    string
	Version int
	Names   store.Texts
}

// update gives a department other names. It must still be of that version: it is
// store.ErrConflict where somebody has changed it since, and store.NamesTaken as
// create is.
func (d departments) update(ctx context.Context, actor *store.Person, c Change) error {
	return d.Administer(ctx, actor, "change department", func(tx pgx.Tx) (entry store.Entry, err error) {
		var was string
		var stored int
		err = tx.QueryRow(ctx, `SELECT names->>'en', version FROM departments WHERE slug = $1 FOR UPDATE`,
			store.Plain(c.Slug)).Scan(&was, &stored)
		if err != nil {
			return entry, err
		}
		if stored != c.Version {
			return entry, store.ErrConflict
		}
		if err := namesFree(ctx, tx, c.Slug, c.Names); err != nil {
			return entry, err
		}
		entry = store.Entry{Action: Changed, Detail: c.Names["en"]}
		if was != c.Names["en"] {
			entry.Detail = fmt.Sprintf("%s to %s", was, c.Names["en"])
		}
		_, err = tx.Exec(ctx, `UPDATE departments SET names = $2, version = version + 1 WHERE slug = $1`,
			c.Slug, c.Names)
		return entry, err
	})
}

// delete removes a department of that version; store.ErrInUse while anybody is in
// it, the disabled too.
func (d departments) delete(ctx context.Context, actor *store.Person, slug string, version int) error {
	return d.Administer(ctx, actor, "delete department", func(tx pgx.Tx) (store.Entry, error) {
		entry, stored := store.Entry{Action: Deleted}, 0
		err := tx.QueryRow(ctx, `DELETE FROM departments WHERE slug = $1 RETURNING names->>'en', version`,
			store.Plain(slug)).Scan(&entry.Detail, &stored)
		if err == nil && stored != version {
			err = store.ErrConflict
		}
		return entry, store.InUse(err)
	})
}
