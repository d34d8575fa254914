package testdb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/migrations"
)

// share uses the server of a whole test run. Its template and its role are named after
// what they are made of, so that the first test binary which needs them makes them for
// all.
func (s *server) share(dsn string) error {
	s.admin = dsn
	s.dsn = func(database string) string { return withDatabase(dsn, database) }
	s.stop = func() error { return nil }
	hash, err := schemaHash()
	if err != nil {
		return err
	}
	s.role = "intranet_app_" + hash
	template := "intranet_template_" + hash
	s.template = sync.OnceValues(func() (string, error) { return template, s.once(template, s.migrate) })
	s.shared = true
	return nil
}

// once calls build for a template, unless another test binary has made it.
func (s *server) once(template string, build func(name string) error) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.admin)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }() // and with it the lock
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock(hashtext($1))`, template); err != nil {
		return err
	}
	var done bool
	sql := `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND NOT datallowconn)`
	if err := conn.QueryRow(ctx, sql, template).Scan(&done); err != nil || done {
		return err
	}
	return build(template)
}

// schemaHash is a hash of all that a template is made of.
func schemaHash() (string, error) {
	sum := sha256.New()
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		return "", err
	}
	for _, name := range names {
		content, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			return "", err
		}
		sum.Write(content)
	}
	grants, err := grants("")
	if err != nil {
		return "", err
	}
	sum.Write([]byte(grants))
	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// create copies files. For a small template this is faster than the default, which copies
// through the write-ahead log.
func (s *server) create(name, template string) error {
	return s.exec("CREATE DATABASE " + name + " TEMPLATE " + template + " STRATEGY file_copy")
}

// migrate makes the template and forbids connections to it: Postgres copies a database
// only if nobody is connected to it.
func (s *server) migrate(name string) error {
	if err := s.create(name, "template0"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	pool, err := open(ctx, s.dsn(name))
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := store.Migrate(ctx, pool); err != nil {
		return err
	}
	grants, err := grants(s.role)
	if err != nil {
		return err
	}
	if err := s.exec("CREATE ROLE " + s.role); err != nil {
		return err
	}
	if _, err := pool.Exec(ctx, grants); err != nil {
		return fmt.Errorf("deploy/roles.sql: %w", err)
	}
	return s.exec("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false")
}

// grants is deploy/roles.sql for a role, without what only psql understands.
func grants(role string) (string, error) {
	dir, err := moduleDir()
	if err != nil {
		return "", err
	}
	file, err := os.ReadFile(filepath.Join(dir, "deploy", "roles.sql")) // #nosec G304 -- of our own tree
	if err != nil {
		return "", err
	}
	var sql strings.Builder
	for line := range strings.Lines(string(file)) {
		if !strings.HasPrefix(line, `\`) {
			sql.WriteString(strings.ReplaceAll(line, `:"app"`, role))
		}
	}
	return sql.String(), nil
}

// moduleDir is the folder of the module's tree, in which a test runs. A test in a module of its
// own, below it, runs there, too.
func moduleDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "deploy", "roles.sql")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("not in the module's tree, where deploy/roles.sql is")
		}
	}
}
