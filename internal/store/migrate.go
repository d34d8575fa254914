package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
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

// ErrOtherSchema says that the tables are not those of this program's migrations.
var ErrOtherSchema = migrations.ErrOther

// migrationLock is the key of the advisory lock that lets one starter migrate
// while the others wait: "intranet" as bytes.
const migrationLock = 0x696e7472616e6574

// Migrate applies every migration that is still missing. Any number of replicas may call
// it at once: one works, and the others wait for it. If the tables are from before the
// first release, it changes nothing and returns ErrOldSchema; if they were made by other
// files under the same numbers, ErrOtherSchema.
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
	ours, err := migrations.Known(files)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	there, err := applied(ctx, pool)
	if err == nil {
		err = migrations.Compare(there, ours)
	}
	if err != nil {
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
	return keepSums(ctx, pool, ours)
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
	ours, err := migrations.Known(files)
	if err != nil {
		return 0, 0, fmt.Errorf("read the migrations: %w", err)
	}
	numbers := slices.Sorted(maps.Keys(ours))
	knows = numbers[len(numbers)-1]
	there, err := applied(ctx, pool)
	if err == nil {
		err = migrations.Compare(there, ours)
	}
	if err != nil {
		return 0, knows, err
	}
	for _, version := range numbers {
		if _, is := there[version]; !is {
			return has, knows, nil
		}
		has = version
	}
	return slices.Max(slices.Collect(maps.Keys(there))), knows, nil
}

// applied are the migrations that the database has: the checksum of each, by its number.
func applied(ctx context.Context, pool *pgxpool.Pool) (all map[int64]string, err error) {
	all = map[int64]string{}
	var counted bool
	err = pool.QueryRow(ctx, `SELECT to_regclass('goose_db_version') IS NOT NULL`).Scan(&counted)
	if err != nil || !counted {
		return all, Wrap(err, "read which migrations are applied")
	}
	// The first of them has added the column.
	rows, _ := pool.Query(ctx, `SELECT version_id, coalesce(to_jsonb(g)->>'sha256', ''), to_jsonb(g) ? 'sha256'
		FROM goose_db_version g WHERE is_applied AND version_id > 0`)
	var version int64
	var sum string
	var summed bool
	_, err = pgx.ForEachRow(rows, []any{&version, &sum, &summed}, func() error {
		all[version] = sum
		if version < migrations.First || !summed {
			return ErrOldSchema
		}
		return nil
	})
	if errors.Is(err, ErrOldSchema) {
		return nil, ErrOldSchema
	}
	return all, Wrap(err, "read which migrations are applied")
}

// keepSums notes what the migrations are that have been applied. Where a program ended before
// it had noted that, the next one takes its own.
func keepSums(ctx context.Context, pool *pgxpool.Pool, files map[int64]migrations.File) error {
	there, err := applied(ctx, pool)
	if err != nil {
		return err
	}
	for version, sum := range there {
		file, ours := files[version]
		if !ours || sum != "" {
			continue
		}
		const keep = `UPDATE goose_db_version SET sha256 = $2 WHERE version_id = $1`
		if _, err := pool.Exec(ctx, keep, version, file.Sum); err != nil {
			return Wrap(err, "keep the checksum of a migration")
		}
	}
	return nil
}
