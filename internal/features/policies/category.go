package policies

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/store"
)

// Category is a part of the handbook.
type Category struct {
	Slug  string
	Name  string // in the reader's language
	Names store.Texts
	Used  bool // the reader may see a policy of it

	Version int // moves on with every change
}

func queueCategories(batch *pgx.Batch, reader *store.Person, into *[]Category) {
	batch.Queue(`
		SELECT c.slug, coalesce(c.names->>$1, c.names->>'en') AS name, c.names, c.version, EXISTS (
			SELECT FROM policies n
			WHERE n.category = c.slug AND (n.published_at IS NOT NULL OR $2::text IN ('editor', 'admin'))
		) AS used
		FROM policy_categories c ORDER BY c.position`, reader.Lang, reader.Role).Query(store.Collect(into))
}

// categories returns all of them, in their order.
func (h handbook) categories(ctx context.Context, reader *store.Person) (all []Category, err error) {
	batch := &pgx.Batch{}
	queueCategories(batch, reader, &all)
	return all, h.Send(ctx, batch, "list categories")
}

// createCategory adds a part to the handbook, behind the others: store.ErrConflict
// where there is one of such an English name, store.NamesTaken where it has one of
// the names.
func (h handbook) createCategory(ctx context.Context, actor *store.Person, names store.Texts) error {
	return h.Change(ctx, actor, "add category", func(tx pgx.Tx) (store.Entry, error) {
		if err := namesFree(ctx, tx, "", names); err != nil {
			return store.Entry{}, err
		}
		slug, err := content.Slug(ctx, tx, names["en"], "category")
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO policy_categories (slug, names) VALUES ($1, $2)`, slug, names)
		}
		return store.Entry{Action: CategorySet, Detail: names["en"]}, err
	})
}

// renameCategory gives a part of the handbook other names. It must still be of that
// version: it is store.ErrConflict where somebody has changed it since, and
// store.NamesTaken as createCategory is.
func (h handbook) renameCategory(
	ctx context.Context, actor *store.Person, at content.Version, names store.Texts,
) error {
	return h.Change(ctx, actor, "rename category", func(tx pgx.Tx) (store.Entry, error) {
		var stored int
		err := tx.QueryRow(ctx, `SELECT version FROM policy_categories WHERE slug = $1 FOR UPDATE`,
			store.Plain(at.Slug)).Scan(&stored)
		if err == nil && stored != at.Number {
			err = store.ErrConflict
		}
		if err == nil {
			err = namesFree(ctx, tx, at.Slug, names)
		}
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE policy_categories SET names = $2, version = version + 1 WHERE slug = $1`,
				at.Slug, names)
		}
		return store.Entry{Action: CategorySet, Detail: names["en"]}, err
	})
}

// namesFree is store.NamesTaken where another category than that of slug has one of
// the names, case and accents aside: in any language, because a name stands in for
// those that are left out. One at a time gets new names.
func namesFree(ctx context.Context, tx pgx.Tx, slug string, names store.Texts) error {
	if _, err := tx.Exec(ctx, `LOCK TABLE policy_categories IN SHARE ROW EXCLUSIVE MODE`); err != nil {
		return err
	}
	rows, _ := tx.Query(ctx, `
		SELECT n.key FROM jsonb_each_text($1) n WHERE EXISTS (
			SELECT FROM policy_categories o, jsonb_each_text(o.names) t
			WHERE o.slug <> $2 AND fold(t.value COLLATE "und-x-icu") = fold(n.value COLLATE "und-x-icu")
		)`, names, slug)
	taken, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if len(taken) > 0 {
		return store.NamesTaken(taken)
	}
	return err
}

// deleteCategory removes a part of the handbook of that version: store.ErrInUse
// while there is a policy in it.
func (h handbook) deleteCategory(ctx context.Context, actor *store.Person, at content.Version) error {
	return h.Change(ctx, actor, "delete category", func(tx pgx.Tx) (store.Entry, error) {
		event, stored := store.Entry{Action: CategoryDeleted}, 0
		err := tx.QueryRow(ctx, `DELETE FROM policy_categories WHERE slug = $1 RETURNING names->>'en', version`,
			store.Plain(at.Slug)).Scan(&event.Detail, &stored)
		if err == nil && stored != at.Number {
			err = store.ErrConflict
		}
		return event, store.InUse(err)
	})
}
