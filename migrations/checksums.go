package migrations

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// ErrOther says that a migration of the database is not what this program has under its
// number: a file was edited after it was applied, or has another number. What this program
// sends may not fit the tables.
var ErrOther = errors.New("the database was migrated with other files: " +
	"use the program that migrated it, or begin with an empty database")

// File is a migration of this program.
type File struct {
	Name string
	Sum  string // SHA-256, in hexadecimal digits
}

// Known are the migrations of files, by number.
func Known(files fs.FS) (all map[int64]File, err error) {
	names, err := fs.Glob(files, "*.sql")
	if err == nil && len(names) == 0 {
		err = fs.ErrNotExist
	}
	all = map[int64]File{}
	for _, name := range names {
		version, bad := goose.NumericComponent(name)
		sql, unread := fs.ReadFile(files, name)
		err = errors.Join(err, bad, unread)
		sum := sha256.Sum256(sql)
		all[version] = File{name, hex.EncodeToString(sum[:])}
	}
	return all, err
}

// Compare returns ErrOther where something was applied that is not in files as it was.
// there are the checksums of what was applied, by number: "" for what was applied before
// they were kept. Numbers that only the database has are a later release's, a fork's or
// those of a feature that was taken out.
func Compare(there map[int64]string, files map[int64]File) error {
	numbers := map[string]int64{}
	for version, sum := range there {
		numbers[sum] = version
	}
	for version, file := range files {
		sum, applied := there[version]
		if applied && sum != "" && sum != file.Sum {
			return fmt.Errorf("%w: %s is not what was applied", ErrOther, file.Name)
		}
		if was, elsewhere := numbers[file.Sum]; !applied && elsewhere {
			return fmt.Errorf("%w: %s was applied as number %d", ErrOther, file.Name, was)
		}
	}
	return nil
}
