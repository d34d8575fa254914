package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
)

// ErrOtherSchema says that a migration of the database is not what this program has under its
// number: a file was edited after it was applied, or has another number. What this program
// sends may not fit the tables.
var ErrOtherSchema = errors.New("the database was migrated with other files: " +
	"use the program that migrated it, or begin with an empty database")

// migration is a file of this program.
type migration struct {
	name string
	sum  string // SHA-256
}

// known are the migrations of files, by number.
func known(files fs.FS) (all map[int64]migration, err error) {
	names, err := fs.Glob(files, "*.sql")
	if err == nil && len(names) == 0 {
		err = fs.ErrNotExist
	}
	all = map[int64]migration{}
	for _, name := range names {
		version, bad := goose.NumericComponent(name)
		sql, unread := fs.ReadFile(files, name)
		err = errors.Join(err, bad, unread)
		sum := sha256.Sum256(sql)
		all[version] = migration{name, hex.EncodeToString(sum[:])}
	}
	return all, err
}

// compare returns ErrOtherSchema where something was applied that is not in files as it was.
// there are the checksums of what was applied, by number: "" for what was applied before
// they were kept. Numbers that only the database has are a later release's, a fork's or
// those of a feature that was taken out.
func compare(there map[int64]string, files map[int64]migration) error {
	numbers := map[string]int64{}
	for version, sum := range there {
		numbers[sum] = version
	}
	for version, file := range files {
		sum, applied := there[version]
		if applied && sum != "" && sum != file.sum {
			return fmt.Errorf("%w: %s is not what was applied", ErrOtherSchema, file.name)
		}
		if was, elsewhere := numbers[file.sum]; !applied && elsewhere {
			return fmt.Errorf("%w: %s was applied as number %d", ErrOtherSchema, file.name, was)
		}
	}
	return nil
}

// keepSums notes what the migrations are that have been applied. In a database that is older
// than the checksums, those of this program are taken to be those that were applied.
func keepSums(ctx context.Context, pool *pgxpool.Pool, files map[int64]migration) error {
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
		if _, err := pool.Exec(ctx, keep, version, file.sum); err != nil {
			return Wrap(err, "keep the checksum of a migration")
		}
	}
	return nil
}
