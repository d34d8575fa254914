package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/carameloai/intranet/migrations"
)

// migrationLock is the key of the advisory lock that lets one starter migrate
// while the others wait: "intranet" as bytes.
const migrationLock = 0x696e7472616e6574

// Migrate applies every migration that is still missing. Any number of
// replicas may call it at once: one works, the others wait for it.
//
// The lock is held by a transaction of its own, not by a session: a session
// lock taken through PgBouncer in transaction mode is granted to everybody.
func Migrate(ctx context.Context, pool *pgxpool.Pool) (err error) {
	db := stdlib.OpenDBFromPool(pool)
	defer func() { err = errors.Join(err, db.Close()) }()

	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin the migrations' lock: %w", err)
	}
	defer func() {
		if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
			err = errors.Join(err, fmt.Errorf("release the migrations' lock: %w", rollback))
		}
	}()
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
		return fmt.Errorf("take the migrations' lock: %w", err)
	}

	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("apply the migrations: %w", err)
	}
	return nil
}

// Pending reports whether a migration is missing, so that a server that leaves
// migrating to a job can say it is not ready.
func Pending(ctx context.Context, pool *pgxpool.Pool) (pending bool, err error) {
	db := stdlib.OpenDBFromPool(pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS)
	if err != nil {
		return false, fmt.Errorf("read the migrations: %w", err)
	}
	pending, err = provider.HasPending(ctx)
	if err != nil {
		return false, fmt.Errorf("compare the migrations: %w", err)
	}
	return pending, nil
}
