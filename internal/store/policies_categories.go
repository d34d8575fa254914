package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// InvalidCategory names the languages in which a category's name cannot be stored.
// English is the one that must be there.
func InvalidCategory(names Texts) (langs []string) {
	for _, lang := range []string{"en", "pt", "es"} {
		if !visible(names[lang], 100) || lang == "en" && names[lang] == "" {
			langs = append(langs, lang)
		}
	}
	return langs
}

// CreatePolicyCategory adds a part to the handbook, behind the others: ErrConflict
// where there is one of that English name.
func (s *Store) CreatePolicyCategory(ctx context.Context, names Texts) error {
	return s.change(ctx, "add category", func(tx pgx.Tx) (Event, error) {
		_, err := tx.Exec(ctx, `INSERT INTO policy_categories (slug, names) VALUES (`+policySlug("$1", "category")+`, $2)`, names["en"], names)
		return Event{Action: PolicyCategorySet, Detail: names["en"]}, err
	})
}

// RenamePolicyCategory gives a part of the handbook other names.
func (s *Store) RenamePolicyCategory(ctx context.Context, slug string, names Texts) error {
	return s.change(ctx, "rename category", func(tx pgx.Tx) (Event, error) {
		tag, err := tx.Exec(ctx, `UPDATE policy_categories SET names = $2 WHERE slug = $1`, plain(slug), names)
		if err == nil && tag.RowsAffected() == 0 {
			err = ErrNotFound
		}
		return Event{Action: PolicyCategorySet, Detail: names["en"]}, err
	})
}
