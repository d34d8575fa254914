package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// CreatePolicyCategory adds a part to the handbook, behind the others: ErrConflict
// where there is one of such an English name, NamesTaken where it has one of the
// names.
func (s *Store) CreatePolicyCategory(ctx context.Context, actor *Person, names Texts) error {
	return s.Change(ctx, actor, "add category", func(tx pgx.Tx) (Event, error) {
		if err := mustBeNamedAlone(ctx, tx, "policy_categories", "", names); err != nil {
			return Event{}, err
		}
		_, err := tx.Exec(ctx, `INSERT INTO policy_categories (slug, names) VALUES (`+slugSQL("$1::text", "category")+`, $2)`, names["en"], names)
		return Event{Action: PolicyCategorySet, Detail: names["en"]}, err
	})
}

// RenamePolicyCategory gives a part of the handbook other names. It must still be
// of that version: it is ErrConflict where somebody has changed it since, and
// NamesTaken as CreatePolicyCategory is.
func (s *Store) RenamePolicyCategory(ctx context.Context, actor *Person, slug string, version int, names Texts) error {
	return s.Change(ctx, actor, "rename category", func(tx pgx.Tx) (Event, error) {
		var stored int
		err := tx.QueryRow(ctx, `SELECT version FROM policy_categories WHERE slug = $1 FOR UPDATE`, Plain(slug)).Scan(&stored)
		if err == nil && stored != version {
			err = ErrConflict
		}
		if err == nil {
			err = mustBeNamedAlone(ctx, tx, "policy_categories", slug, names)
		}
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE policy_categories SET names = $2, version = version + 1 WHERE slug = $1`, slug, names)
		}
		return Event{Action: PolicyCategorySet, Detail: names["en"]}, err
	})
}

// DeletePolicyCategory removes a part of the handbook of that version: ErrInUse
// while there is a policy in it.
func (s *Store) DeletePolicyCategory(ctx context.Context, actor *Person, slug string, version int) error {
	return s.Change(ctx, actor, "delete category", func(tx pgx.Tx) (Event, error) {
		event, stored := Event{Action: PolicyCategoryDeleted}, 0
		err := tx.QueryRow(ctx, `DELETE FROM policy_categories WHERE slug = $1 RETURNING names->>'en', version`, Plain(slug)).Scan(&event.Detail, &stored)
		if err == nil && stored != version {
			err = ErrConflict
		}
		return event, InUse(err)
	})
}
