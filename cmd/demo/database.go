package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/localpg"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
)

// databaseName is the demo's own database on its private server.
const databaseName = "intranet"

// stopTimeout is how long the private server may take to stop.
const stopTimeout = 15 * time.Second

// database returns the address of the database: DATABASE_URL, or one on a
// private server in the data folder.
func (c *cli) database(
	ctx context.Context, data string, say func(string),
) (url caramelo.Secret, stop func() error, err error) {
	if given := os.Getenv("DATABASE_URL"); given != "" {
		if c.Fresh {
			return url, nil, errors.New("--fresh would drop the database of DATABASE_URL, " +
				"which is not the demo's own: unset DATABASE_URL, or leave --fresh out")
		}
		return caramelo.NewSecret(given), func() error { return nil }, nil
	}
	server, err := localpg.Start(ctx, localpg.Options{Dir: filepath.Join(data, "postgres"), Progress: say})
	if err != nil {
		return url, nil, err
	}
	stop = func() error {
		// Ctrl-C has ended ctx already; the server still gets its time.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		return server.Stop(ctx)
	}
	url = caramelo.NewSecret(server.URL(databaseName))
	err = createDatabase(ctx, server.URL("postgres"), c.Fresh)
	if err == nil {
		err = migrate(ctx, url)
	}
	if errors.Is(err, store.ErrOldSchema) || errors.Is(err, store.ErrOtherSchema) {
		say("The demo's data was made by another version, and nothing converts it: starting over")
		err = createDatabase(ctx, server.URL("postgres"), true)
	}
	if err != nil {
		return url, nil, errors.Join(err, stop())
	}
	return url, stop, nil
}

func migrate(ctx context.Context, url caramelo.Secret) error {
	pool, err := app.OpenPool(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	return store.Migrate(ctx, pool)
}

func createDatabase(ctx context.Context, maintenanceURL string, fresh bool) (err error) {
	conn, err := pgx.Connect(ctx, maintenanceURL)
	if err != nil {
		return fmt.Errorf("connect to the private Postgres: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	if fresh {
		if _, err := conn.Exec(ctx, `DROP DATABASE IF EXISTS `+databaseName+` WITH (FORCE)`); err != nil {
			return fmt.Errorf("drop the demo's database: %w", err)
		}
	}
	var there bool
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, databaseName).Scan(&there)
	if err != nil {
		return fmt.Errorf("look for the demo's database: %w", err)
	}
	if !there {
		if _, err := conn.Exec(ctx, `CREATE DATABASE `+databaseName); err != nil {
			return fmt.Errorf("create the demo's database: %w", err)
		}
	}
	return nil
}

// prepare migrates the database, fills it if it is empty, and returns the logins that
// work: none if somebody else filled it.
func prepare(ctx context.Context, url caramelo.Secret, key []byte, people int, stderr io.Writer) ([]app.Login, error) {
	pool, err := app.OpenPool(ctx, url)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	if err := store.Migrate(ctx, pool); err != nil {
		return nil, err
	}
	s := store.New(pool)
	derived := func(email string) string { return app.DerivedPassword(key, email) }
	logins, err := app.Seed(ctx, s, people, app.Progress(stderr, people), derived)
	if !errors.Is(err, store.ErrConflict) {
		return logins, err
	}
	if people > 0 {
		return nil, errors.New("--people makes people in an empty database, and this one holds some: " +
			"add --fresh, or choose another folder with --data")
	}
	passwords, err := password.NewHasher()
	if err != nil {
		return nil, err
	}
	for _, persona := range seed.Personas() {
		credentials, err := signin.FindCredentials(ctx, s, persona.Email)
		if errors.Is(err, store.ErrNotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		secret := app.DerivedPassword(key, persona.Email)
		if err := passwords.Verify(ctx, credentials.PasswordHash, secret); err == nil {
			logins = append(logins, app.Login{Email: persona.Email, Password: secret, Role: persona.Role})
		} else if !errors.Is(err, password.ErrMismatch) {
			return nil, err
		}
	}
	return logins, nil
}

// loginKey reads the key from which the passwords of the logins are derived, or makes one
// for a new data folder.
func loginKey(file string) ([]byte, error) {
	key, err := os.ReadFile(file) // #nosec G304 -- in the data folder, which the person who runs this chose
	if err == nil && len(key) == 32 {
		return key, nil
	}
	if err == nil {
		return nil, fmt.Errorf("%s is damaged: remove it and start with --fresh", file)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the key of the demo's logins: %w", err)
	}
	key = make([]byte, 32)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	if err := os.WriteFile(file, key, 0o600); err != nil {
		return nil, fmt.Errorf("write the key of the demo's logins: %w", err)
	}
	return key, nil
}
