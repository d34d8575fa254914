package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestAPoolOfOneCanMigrate(t *testing.T) {
	t.Parallel()
	config, err := pgxpool.ParseConfig(testdb.Empty(t))
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = 1
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := store.Migrate(ctx, pool); err != nil {
		t.Error(err)
	}
}

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
	if has, knows, err := store.New(open()).Schema(t.Context()); err != nil || has >= knows {
		t.Errorf("before: %d of %d, %v", has, knows, err)
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
	if has, knows, err := store.New(open()).Schema(t.Context()); err != nil || has != knows {
		t.Errorf("after: %d of %d, %v", has, knows, err)
	}
}
