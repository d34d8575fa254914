package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
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
// The lock is held by a transaction, not by a session: a session lock taken
// through PgBouncer in transaction mode is granted to everybody. The transaction
// has a connection of its own, so that a pool of one is enough.
func Migrate(ctx context.Context, pool *pgxpool.Pool) (err error) {
	holder, err := pgx.ConnectConfig(ctx, pool.Config().ConnConfig)
	if err != nil {
		return Wrap(err, "connect for the migrations' lock")
	}
	defer func() { err = errors.Join(err, holder.Close(context.WithoutCancel(ctx))) }()
	tx, err := holder.Begin(ctx)
	if err != nil {
		return Wrap(err, "begin the migrations' lock")
	}
	// Closing the connection ends the transaction, and with it the lock.
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
		return Wrap(err, "take the migrations' lock")
	}

	db := stdlib.OpenDBFromPool(pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("apply the migrations: %w", err)
	}
	return nil
}
