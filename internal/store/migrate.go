package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/carameloai/intranet/migrations"
)

// ErrOldSchema says that the tables are those of a version before the first release. Its
// migrations do not exist any more.
var ErrOldSchema = errors.New("this database was made by a version before the first release, " +
	"and nothing converts it: start with an empty database")

// migrationLock is the key of the advisory lock that lets one starter migrate
// while the others wait: "intranet" as bytes.
const migrationLock = 0x696e7472616e6574

// Migrate applies every migration that is still missing. Any number of replicas may call
// it at once: one works, and the others wait for it. If the tables are from before the
// first release, it changes nothing and returns ErrOldSchema.
func Migrate(ctx context.Context, pool *pgxpool.Pool) error { return migrate(ctx, pool, migrations.FS) }

// migrate is Migrate with other files, for tests.
//
// A transaction holds the lock, and not a session of the database, because PgBouncer in
// transaction mode would grant a session's lock to everybody. The transaction has a
// connection of its own, so that a pool of one is enough.
func migrate(ctx context.Context, pool *pgxpool.Pool, files fs.FS) (err error) {
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
	if _, err := applied(ctx, pool); err != nil {
		return err
	}

	db := stdlib.OpenDBFromPool(pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	// Out of order, because a fork's migrations have numbers from 90001 on. Our next ones
	// have lower numbers, and must be applied after them all the same.
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithAllowOutofOrder(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("apply the migrations: %w", err)
	}
	return nil
}

// Schema returns the number of the last migration that the database has, and of the last
// one that this program knows. has is 0 in an empty database. If a migration is missing,
// has is the number of the last one before it, and so it is lower than knows. It is higher
// if the database has a later migration than this program knows. Schema returns
// ErrOldSchema as Migrate does.
func (s *Store) Schema(ctx context.Context) (has, knows int64, err error) {
	return schema(ctx, s.Pool, migrations.FS)
}

// ErrPending says that the database lacks migrations that this program needs.
var ErrPending = errors.New("migrations are pending: run intranet migrate")

// Fits returns nil where the schema is that of this program, or a later one.
func (s *Store) Fits(ctx context.Context) error {
	has, knows, err := s.Schema(ctx)
	if err == nil && has < knows {
		err = ErrPending
	}
	return err
}

// Writable returns nil where the database answers and takes changes, and ErrReadOnly where it
// does not take them, such as a standby or one that was set to read-only.
func (s *Store) Writable(ctx context.Context) error {
	var readOnly bool
	err := s.Pool.QueryRow(ctx, `SELECT current_setting('transaction_read_only')::bool`).Scan(&readOnly)
	if err == nil && readOnly {
		return ErrReadOnly
	}
	return Wrap(err, "ask the database")
}

// schema is Schema with other files, for tests.
func schema(ctx context.Context, pool *pgxpool.Pool, files fs.FS) (has, knows int64, err error) {
	known, err := versions(files)
	if err != nil {
		return 0, 0, fmt.Errorf("read the migrations: %w", err)
	}
	knows = known[len(known)-1]
	there, err := applied(ctx, pool)
	if err != nil {
		return 0, knows, err
	}
	for _, version := range known {
		if !slices.Contains(there, version) {
			return has, knows, nil
		}
		has = version
	}
	return slices.Max(there), knows, nil
}

// versions are the numbers of the files, in order.
func versions(files fs.FS) (all []int64, err error) {
	names, err := fs.Glob(files, "*.sql")
	if err == nil && len(names) == 0 {
		err = fs.ErrNotExist
	}
	for _, name := range names {
		version, bad := goose.NumericComponent(name)
		if err == nil {
			err = bad
		}
		all = append(all, version)
	}
	slices.Sort(all)
	return all, err
}

// applied are the numbers of the migrations that the database has.
func applied(ctx context.Context, pool *pgxpool.Pool) (all []int64, err error) {
	var counted bool
	err = pool.QueryRow(ctx, `SELECT to_regclass('goose_db_version') IS NOT NULL`).Scan(&counted)
	if err == nil && counted {
		rows, _ := pool.Query(ctx, `SELECT version_id FROM goose_db_version WHERE is_applied AND version_id > 0`)
		all, err = pgx.CollectRows(rows, pgx.RowTo[int64])
	}
	if slices.ContainsFunc(all, func(version int64) bool { return version < migrations.First }) {
		return nil, ErrOldSchema
	}
	return all, Wrap(err, "read which migrations are applied")
}
