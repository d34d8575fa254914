package store_test

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestManyReplicasMigrateAtOnce(t *testing.T) {
	t.Parallel()
	dsn := testdb.Empty(t)
	open := func() *pgxpool.Pool {
		pool, err := pgxpool.New(context.Background(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		return pool
	}
	if pending, err := store.Pending(t.Context(), open()); err != nil || !pending {
		t.Errorf("before: pending %v, %v", pending, err)
	}
	var wg sync.WaitGroup
	for range 8 {
		pool := open()
		wg.Go(func() {
			if err := store.Migrate(t.Context(), pool); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if pending, err := store.Pending(t.Context(), open()); err != nil || pending {
		t.Errorf("after: pending %v, %v", pending, err)
	}
}
