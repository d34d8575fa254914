// Package e2e drives the whole intranet in a real browser: the app as the
// commands start it, on a real Postgres with the demo company in it, and the
// sandbox as its Caramelo. What is promised to people is tested here; what is
// promised to programs has its tests beside the code, and what is a feature's has its
// browser tests in the feature's folder: they are written with this package.
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
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
)

// Intranet is a running one.
type Intranet struct {
	url       string
	Vendor    *Vendor
	Passwords map[string]string // by e-mail
	dsn       string            // of its database
	web       *web.Server
}

// Start runs an intranet until the test ends, and lets the test run beside the
// others. A setting may be changed before.
func Start(t *testing.T, change ...func(*app.Settings)) *Intranet {
	t.Helper()
	// The browser first: all tests ask for it before the first one goes on, so
	// that it lives until the last one ends.
	sharedBrowser(t)
	t.Parallel()
	return Launch(t, change...)
}

// Launch is Start in a test that is parallel already.
func Launch(t *testing.T, change ...func(*app.Settings)) *Intranet {
	t.Helper()
	return launch(t, app.Options{}, change...)
}

func launch(t *testing.T, options app.Options, change ...func(*app.Settings)) *Intranet {
	t.Helper()
	sharedBrowser(t)
	in := &Intranet{Passwords: map[string]string{}}
	settings := app.Settings{
		DatabaseURL: caramelo.NewSecret(filled(t)),
		ProjectID:   "p_e2e", SecretToken: caramelo.NewSecret(rand.Text()),
		Open: "event:caramelo:open", Timeout: "3s", Sandbox: "true", AskFirst: "false", SecondFactor: "optional",
		AuditDays: "365", DisabledDays: "0", AuditLog: "off",
		LogLevel: "error", LogFormat: "text",
	}
	in.Vendor = startVendor(t, settings)
	settings.APIURL, settings.SDKURL = in.Vendor.url, in.Vendor.url+"/sdk/latest/authenticated.js"
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
		in.Passwords[who.Email] = secretOf(who.Email)
	}

	options.Migrate, options.Listener, options.SandboxPanel = true, listener, in.Vendor.url
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

// asksFirst is an intranet that asks people before anything of theirs goes to the vendor.
func asksFirst(s *app.Settings) {
	s.AskFirst = "true"
	s.VendorPrivacy, s.CompanyPrivacy = "https://caramelo.example/privacy", "https://company.example/privacy#assistant"
}

// silent is an intranet without an assistant.
func silent(s *app.Settings) { s.ProjectID, s.SecretToken, s.Sandbox = "", caramelo.Secret{}, "false" }

// filled is the DSN of a database with the demo company in it.
var filled = testdb.Filled("demo", func(dsn string) error {
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

// database is a connection to the intranet's database, until the test ends.
func (in *Intranet) database(t *testing.T) *pgx.Conn {
	t.Helper()
	db, err := pgx.Connect(t.Context(), in.dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(context.Background()) })
	return db
}

// SQL changes the database behind the intranet's back: at least one row.
func (in *Intranet) SQL(t *testing.T, statement string, args ...any) {
	t.Helper()
	tag, err := in.database(t).Exec(t.Context(), statement, args...)
	if err != nil || tag.RowsAffected() == 0 {
		t.Fatalf("%s: %v, %v", statement, tag, err)
	}
}

// value asks the database for one text.
func (in *Intranet) value(t *testing.T, query string, args ...any) (text string) {
	t.Helper()
	if err := in.database(t).QueryRow(t.Context(), query, args...).Scan(&text); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

// Editor is the one of the demo company.
func Editor(t *testing.T) seed.Persona {
	t.Helper()
	personas := seed.Personas()
	i := slices.IndexFunc(personas, func(p seed.Persona) bool { return p.Role == store.Editor })
	if i < 0 {
		t.Fatal("nobody is an editor")
	}
	return personas[i]
}

// Employee is the one of the demo company who reads in lang.
func Employee(t *testing.T, lang string) seed.Persona {
	t.Helper()
	for _, p := range seed.Personas() {
		if p.Role == store.Employee && p.Lang == lang {
			return p
		}
	}
	t.Fatalf("no employee reads in %q", lang)
	return seed.Persona{}
}

// Admin is the one of the demo company.
func Admin(t *testing.T) seed.Persona {
	t.Helper()
	personas := seed.Personas()
	i := slices.IndexFunc(personas, func(p seed.Persona) bool { return p.Role == store.Admin })
	if i < 0 {
		t.Fatal("nobody is an admin")
	}
	return personas[i]
}

// Promoted is the employee who reads in lang, as an admin.
func (in *Intranet) Promoted(t *testing.T, lang string) seed.Persona {
	t.Helper()
	who := Employee(t, lang)
	in.SQL(t, `UPDATE people SET role = 'admin' WHERE email = $1`, who.Email)
	return who
}

// Says is a text of the intranet.
func (in *Intranet) Says(t *testing.T, lang, key string, args ...string) string {
	t.Helper()
	return i18n.T(in.web.Speak(t.Context(), lang), key, args...)
}

// proofIsOld sets when the last proof of who somebody is was given.
const proofIsOld = `
	UPDATE sessions SET data = convert_to(
		jsonb_set(convert_from(data, 'UTF8')::jsonb, '{values,confirmed}', to_jsonb($2::text))::text, 'UTF8')
	WHERE person_id IN (SELECT id FROM people WHERE email LIKE $1)`

// ForgetProof makes the last proof of who somebody is an hour old.
func (in *Intranet) ForgetProof(t *testing.T, who seed.Persona) {
	t.Helper()
	in.SQL(t, proofIsOld, who.Email, time.Now().Add(-time.Hour).Format(time.RFC3339))
}
