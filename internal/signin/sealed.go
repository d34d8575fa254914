package signin

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/store"
)

// errSealed says that a second factor cannot be opened: the SECRET_KEY is another than when
// it was set up. No code can be checked then, right or wrong.
var errSealed = errors.New("a second factor is sealed with another key")

// LostFactors counts the second factors in use that cannot be opened with this key, and all.
func LostFactors(ctx context.Context, s *store.Store, sealer seal.Sealer) (lost, all int, err error) {
	rows, _ := s.Pool.Query(ctx, `SELECT person_id::text, secret FROM second_factors WHERE confirmed_at IS NOT NULL`)
	var owner, sealed string
	_, err = pgx.ForEachRow(rows, []any{&owner, &sealed}, func() error {
		if _, err := sealer.Open(sealed, owner); err != nil {
			lost++
		}
		all++
		return nil
	})
	return lost, all, store.Wrap(err, "count second factors")
}
