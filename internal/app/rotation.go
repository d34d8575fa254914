package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/caramelo"
)

// rereadEvery is how soon a file with another secret is noticed at the latest.
const rereadEvery = time.Minute

// secretFile is a secret that is read anew while the server runs, because what keeps secrets
// puts another one into its file. What cannot be one leaves the one before in use.
type secretFile struct {
	name, file string // the setting without _FILE, and what it names
	fits       func(caramelo.Secret) error
	log        *slog.Logger
	current    atomic.Pointer[caramelo.Secret]

	reading sync.Mutex // and what follows
	trouble string     // that was logged last, so that it is logged once
}

// watchSecret returns the secret of that name, to be read anew if it came from a file, and
// nil if it did not. fits says why a text cannot be the secret.
func (a *App) watchSecret(s Settings, name string, now caramelo.Secret, fits func(caramelo.Secret) error) *secretFile {
	file := s.secretFiles[name]
	if file == "" {
		return nil
	}
	f := &secretFile{name: name, file: file, fits: fits, log: a.log}
	f.current.Store(&now)
	a.secretFiles = append(a.secretFiles, f)
	return f
}

// secret is always the current one.
func (f *secretFile) secret() caramelo.Secret {
	return caramelo.SecretFrom(func() string { return f.current.Load().Reveal() })
}

// read looks whether the file has another secret. It does not wait for another look.
func (f *secretFile) read() {
	if !f.reading.TryLock() {
		return
	}
	defer f.reading.Unlock()
	if info, err := os.Stat(f.file); err == nil && !info.Mode().IsRegular() {
		return // a pipe gives its text once, and may make a second reader wait for ever
	}
	text, err := readSecretFile(f.name, f.file)
	secret := caramelo.NewSecret(text)
	if err == nil {
		err = f.fits(secret)
	}
	switch {
	case err != nil && err.Error() != f.trouble:
		f.trouble = err.Error()
		f.log.Warn("a secret cannot be read anew: the one before stays in use",
			slog.String("setting", f.name+"_FILE"), slog.Any("error", err))
	case err == nil:
		f.trouble = ""
		if text != f.current.Load().Reveal() {
			f.current.Store(&secret)
			f.log.Info("a secret was read anew", slog.String("setting", f.name+"_FILE"))
		}
	}
}

// token returns Caramelo's secret, the current one where it comes from a file.
func (a *App) token(s Settings) caramelo.Secret {
	anything := func(caramelo.Secret) error { return nil }
	if f := a.watchSecret(s, "CARAMELO_SECRET_TOKEN", s.SecretToken, anything); f != nil {
		return f.secret()
	}
	return s.SecretToken
}

var errAnotherDatabase = errors.New("DATABASE_URL_FILE names another database: that takes a restart")

// rotateDatabase makes new connections use the user and the password that DATABASE_URL_FILE
// has then. The others go on: Postgres checks a password once.
func (a *App) rotateDatabase(s Settings, config *pgxpool.Config) {
	was := config.ConnConfig
	f := a.watchSecret(s, "DATABASE_URL", s.DatabaseURL, func(secret caramelo.Secret) error {
		is, err := parseDatabaseURL(secret)
		if err != nil {
			return err
		}
		if c := is.ConnConfig; c.Host != was.Host || c.Port != was.Port || c.Database != was.Database {
			return errAnotherDatabase
		}
		return nil
	})
	if f == nil {
		return
	}
	config.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error {
		f.read()
		now, err := parseDatabaseURL(f.secret())
		if err == nil {
			c.User, c.Password = now.ConnConfig.User, now.ConnConfig.Password
		}
		return err
	}
}

// rotate reads the files anew, from time to time and when Caramelo has refused the secret.
func (a *App) rotate(ctx context.Context) {
	if len(a.secretFiles) == 0 {
		return
	}
	ticker := time.NewTicker(rereadEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-a.refused:
		}
		for _, f := range a.secretFiles {
			f.read()
		}
	}
}

// secretRefused makes rotate read the files at once. It does not wait for it.
func (a *App) secretRefused() {
	select {
	case a.refused <- struct{}{}:
	default:
	}
}
