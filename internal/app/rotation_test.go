package app

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/caramelo"
)

// keep writes a secret into a file, and makes it that of a setting.
func keep(t *testing.T, setting, secret string) (change func(string)) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	change = func(secret string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	change(secret)
	t.Setenv(setting+"_FILE", file)
	return change
}

// A vendor that takes another secret now gets it after the first refusal.
func TestARefusedSecretIsReadAnew(t *testing.T) {
	var valid atomic.Value
	valid.Store("sk_old_canary")
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent struct {
			Secret string `json:"secret_token"`
		}
		if _ = json.NewDecoder(r.Body).Decode(&sent); sent.Secret != valid.Load() {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = w.Write([]byte(`{"real_time_access_token":"x"}`))
	}))
	t.Cleanup(vendor.Close)
	change := keep(t, "CARAMELO_SECRET_TOKEN", "sk_old_canary")
	settings, listener := local(t)
	database := settings.DatabaseURL
	settings.ReadSecrets()
	settings.DatabaseURL, settings.APIURL = database, vendor.URL
	var log bytes.Buffer
	a, err := Start(t.Context(), settings, Options{Migrate: true, Listener: listener},
		NewLog(&log, Settings{LogLevel: "debug"}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx) }()
	handshake := func() error {
		_, err := a.client.Start(t.Context(), caramelo.Customer{ID: "x"}).Join()
		return err
	}
	if err := handshake(); err != nil {
		t.Error(err)
	}
	valid.Store("sk_new_canary")
	change("sk_new_canary")
	if err := handshake(); caramelo.KindOf(err) != caramelo.Credentials {
		t.Errorf("the old secret: %v", err)
	}
	for deadline := time.Now().Add(10 * time.Second); handshake() != nil; {
		if time.Now().After(deadline) {
			t.Fatal("the new secret is never used")
		}
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if said := log.String(); !strings.Contains(said, "a secret was read anew") || strings.Contains(said, "canary") {
		t.Error(said)
	}
}

// Without a refusal it takes a minute.
func TestAnotherSecretIsNoticedWithinAMinute(t *testing.T) {
	change := keep(t, "CARAMELO_SECRET_TOKEN", "sk_old")
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		a := &App{log: NewLog(&log, Settings{LogLevel: "info"}), refused: make(chan struct{}, 1)}
		var s Settings
		s.ReadSecrets()
		secret := a.token(s)
		defer a.background(t.Context(), a.rotate)()
		change("sk_new")
		for _, passed := range []struct {
			time time.Duration
			want string
		}{{rereadEvery - time.Second, "sk_old"}, {2 * time.Second, "sk_new"}} {
			<-time.After(passed.time)
			synctest.Wait()
			if got := secret.Reveal(); got != passed.want {
				t.Errorf("after %v it is %s", passed.time, got)
			}
		}
	})
}

// What cannot be the secret leaves the one before in use, and is said once.
func TestAWrongFileKeepsTheSecretBefore(t *testing.T) {
	const before = "postgres://u:canary@db.example/x"
	for what, text := range map[string]string{
		"empty": "", "two lines": before + "\nx", "a mark": "\ufeff" + before, "UTF-16": "\xff\xfep\x00",
		"no address": "canary", "another host": "postgres://u:canary@db2.example/x",
		"another database": "postgres://u:canary@db.example/y",
	} {
		change := keep(t, "DATABASE_URL", before)
		var log bytes.Buffer
		a := &App{log: NewLog(&log, Settings{LogLevel: "info"})}
		var s Settings
		s.ReadSecrets()
		config, err := parseDatabaseURL(s.DatabaseURL)
		if err != nil {
			t.Fatal(err)
		}
		a.rotateDatabase(s, config)
		connection := config.ConnConfig.Copy()
		for range 3 {
			if change(text); config.BeforeConnect(t.Context(), connection) != nil || connection.Password != "canary" {
				t.Errorf("%s: the password is %q", what, connection.Password)
			}
		}
		if said := log.String(); strings.Count(said, "cannot be read anew") != 1 ||
			strings.Contains(said, "canary") || !strings.Contains(said, "DATABASE_URL_FILE") {
			t.Errorf("%s: %s", what, said)
		}
		change("postgres://v:another@db.example/x")
		if config.BeforeConnect(t.Context(), connection) != nil || connection.User != "v" ||
			connection.Password != "another" {
			t.Errorf("after %s a right one is not used", what)
		}
	}
}

// Connections that Postgres has let in go on, and new ones come as the file says.
func TestNewConnectionsUseTheFileAsItIsThen(t *testing.T) {
	settings, _ := local(t)
	address, err := url.Parse(settings.DatabaseURL.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	change := keep(t, "DATABASE_URL", address.String())
	settings.ReadSecrets()
	config, err := parseDatabaseURL(settings.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	a := &App{log: NewLog(&log, Settings{LogLevel: "info"})}
	a.rotateDatabase(settings, config)
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	user := func() (name string) {
		if err := pool.QueryRow(t.Context(), `SELECT current_user::text`).Scan(&name); err != nil {
			t.Error(err)
		}
		return name
	}
	first := user()
	const another = "rotated_app"
	if _, err := pool.Exec(t.Context(), `CREATE ROLE `+another+` LOGIN`); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		address.User = url.User(first)
		owner, err := pgxpool.New(context.Background(), address.String())
		if err == nil {
			_, err = owner.Exec(context.Background(), `DROP ROLE `+another)
			owner.Close()
		}
		if err != nil {
			t.Error(err)
		}
	})
	address.User = url.UserPassword(another, "canary")
	change(address.String())
	if got := user(); got != first {
		t.Errorf("a connection that was there is now %s's", got)
	}
	pool.Reset()
	if got := user(); got != another || strings.Contains(log.String(), "canary") {
		t.Errorf("a new connection is %s's: %s", got, log.String())
	}
}
