// Package e2e drives the whole intranet in a real browser: the app as the
// commands start it, on a real Postgres with the demo company in it, and the
// sandbox as its Caramelo. What is promised to people is tested here; what is
// promised to programs has its tests beside the code.
//
// Each test has an intranet and tabs of its own. They share one browser.
//
// With NIGHTLY set in the environment the same tests look at more: all pages in all
// languages and layouts, and each failure in each language.
package e2e

import (
	"context"
	"crypto/rand"
	"net"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// intranet is a running one.
type intranet struct {
	url       string
	vendor    *vendor
	passwords map[string]string // by e-mail
	browser   context.Context
	dsn       string // of its database
	web       *web.Server
}

// start runs an intranet until the test ends, and lets the test run beside the
// others. A setting may be changed before.
func start(t *testing.T, change ...func(*app.Settings)) *intranet {
	t.Helper()
	// The browser first: all tests ask for it before the first one goes on, so
	// that it lives until the last one ends.
	sharedBrowser(t)
	t.Parallel()
	return launch(t, change...)
}

// launch is start in a test that is parallel already.
func launch(t *testing.T, change ...func(*app.Settings)) *intranet {
	t.Helper()
	in := &intranet{browser: sharedBrowser(t), passwords: map[string]string{}}
	settings := app.Settings{
		DatabaseURL: caramelo.NewSecret(filled(t)),
		ProjectID:   "p_e2e", SecretToken: caramelo.NewSecret(rand.Text()),
		Timeout: "3s", Sandbox: "true", SecondFactor: "optional", AuditDays: "365",
		LogLevel: "error", LogFormat: "text",
	}
	in.vendor = startVendor(t, settings)
	settings.APIURL, settings.SDKURL = in.vendor.url, in.vendor.url+"/sdk/latest/authenticated.js"
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	settings.PublicURL = "http://" + listener.Addr().String()
	in.url = settings.PublicURL
	for _, change := range change {
		change(&settings)
	}
	in.dsn = settings.DatabaseURL.Reveal()
	for _, who := range seed.Personas() {
		in.passwords[who.Email] = secretOf(who.Email)
	}

	options := app.Options{Migrate: true, Listener: listener, SandboxPanel: in.vendor.url}
	a, err := app.Start(t.Context(), settings, options, app.NewLog(t.Output(), settings))
	if err != nil {
		t.Fatal(err)
	}
	in.web = a.Web()
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return in
}

// bare is an intranet without an assistant in which everybody must have a second
// factor.
func bare(s *app.Settings) {
	silent(s)
	s.SecondFactor = "everyone"
}

// silent is an intranet without an assistant.
func silent(s *app.Settings) { s.ProjectID, s.SecretToken, s.Sandbox = "", caramelo.Secret{}, "false" }

// filled is the DSN of a database with the demo company in it.
var filled = testdb.Filled(func(dsn string) error {
	pool, err := app.OpenPool(context.Background(), caramelo.NewSecret(dsn))
	if err != nil {
		return err
	}
	defer pool.Close()
	_, err = app.Seed(context.Background(), store.New(pool), 0, nil, secretOf)
	return err
})

// secretOf is the password of a persona. It opens nothing but databases of tests.
func secretOf(email string) string { return "the secret of " + email }

// database is a connection to it, until the test ends.
func (in *intranet) database(t *testing.T) *pgx.Conn {
	t.Helper()
	db, err := pgx.Connect(t.Context(), in.dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(context.Background()) })
	return db
}

// sql changes the database behind the intranet's back: at least one row.
func (in *intranet) sql(t *testing.T, statement string, args ...any) {
	t.Helper()
	tag, err := in.database(t).Exec(t.Context(), statement, args...)
	if err != nil || tag.RowsAffected() == 0 {
		t.Fatalf("%s: %v, %v", statement, tag, err)
	}
}

// value asks the database for one text.
func (in *intranet) value(t *testing.T, query string, args ...any) (text string) {
	t.Helper()
	if err := in.database(t).QueryRow(t.Context(), query, args...).Scan(&text); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

// editor is the one of the demo company.
func editor(t *testing.T) seed.Persona {
	t.Helper()
	personas := seed.Personas()
	i := slices.IndexFunc(personas, func(p seed.Persona) bool { return p.Role == store.Editor })
	if i < 0 {
		t.Fatal("nobody is an editor")
	}
	return personas[i]
}

// employee is the one of the demo company who reads in lang.
func employee(t *testing.T, lang string) seed.Persona {
	t.Helper()
	for _, p := range seed.Personas() {
		if p.Role == store.Employee && p.Lang == lang {
			return p
		}
	}
	t.Fatalf("no employee reads in %q", lang)
	return seed.Persona{}
}
