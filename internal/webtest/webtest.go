// Package webtest runs the intranet with the features that a test gives it: the
// whole router over real HTTP, on a real Postgres, with the real client and a
// vendor that the test controls. It is for tests only, and imports no feature.
//
// A package that uses it says so once:
//
//	func TestMain(m *testing.M) { testdb.Main(m) }
package webtest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/mail/mailtest"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
)

// Password is the password of everybody in the company of the tests.
const Password = "correct horse battery"

// What a page must never hold, and what every page must.
const (
	SecretToken = "sk_canary_secret"
	ChatToken   = "token_canary_chat"
)

// NobodysID is a UUID that is in no database.
const NobodysID = "7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c11"

// Now is the time at which second factors make and take codes.
var Now = time.Date(2026, 5, 6, 7, 8, 15, 0, time.UTC)

// Intranet is a running intranet. In its company are Ana, an admin who reads Portuguese,
// Bea, an employee who reads English, and Caio, an editor who reads Spanish. All of them
// have markup in their names.
type Intranet struct {
	T        testing.TB
	URL      string
	Server   *web.Server
	In       *signin.SignIn // how people sign in
	Store    *store.Store
	Pool     *pgxpool.Pool // as the owner of the tables, who may do everything
	Log      *Log
	IDs      map[string]string // of people, by first name in lower case
	Calls    atomic.Int64      // calls that reached the vendor
	Database *Database         // as the application sees it
	Unready  atomic.Bool       // this replica is not ready
	firsts   sync.Map
}

// Options change what New would do.
type Options struct {
	Vendor       http.HandlerFunc
	PublicURL    string
	Timeout      time.Duration // of a handshake
	NoChat       bool
	AskFirst     bool   // people have to agree before Caramelo is called
	SecondFactor string // who must have one: optional, admins or everyone
	Proxies      []netip.Prefix
	SandboxPanel string
	Tried        func(result string) // is told how each try to sign in ended
	PasswordsFor string              // who may sign in with a password: see signin.Config
	// Outbox lets mail be queued, and Mail be sent, too, to a mail server of the test.
	Outbox bool
	Mail   *mailtest.Box
	// Way makes another way to sign in, and the feature with its pages; nil is none.
	Way func() (func(*signin.SignIn) signin.Way, web.Feature)
}

// Good is a vendor that always answers at once, with a token.
func Good(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, `{"real_time_access_token":"`+ChatToken+`","chat":{"secret":"not for the page"}}`)
}

// Hasher is shared by all tests of a package.
var Hasher = sync.OnceValues(password.NewHasher)

// New starts an intranet with these features. It ends with the test.
func New(t testing.TB, features ...web.Feature) *Intranet {
	t.Helper()
	return NewWith(t, Options{}, features...)
}

// NewWith is New with other options.
func NewWith(t testing.TB, o Options, features ...web.Feature) *Intranet {
	t.Helper()
	i := &Intranet{T: t, Log: &Log{}, IDs: map[string]string{}, Database: &Database{}}
	i.Pool = testdb.New(t)
	i.Store = store.New(testdb.App(t, i.Pool, i.Database.watch))
	i.seed()
	i.hearAudit()
	i.serve(o.withDefaults(), features)
	return i
}

func (o Options) withDefaults() Options {
	if o.Vendor == nil {
		o.Vendor = Good
	}
	if o.PublicURL == "" {
		o.PublicURL = "http://127.0.0.1"
	}
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	return o
}

// With is another server for the same company, with other features.
func (i *Intranet) With(t testing.TB, features ...web.Feature) *Intranet {
	t.Helper()
	return i.Replica(t, Options{}, features...)
}

// Replica is another server for the same company, with other options. What one remembers
// the other does not.
func (i *Intranet) Replica(t testing.TB, o Options, features ...web.Feature) *Intranet {
	t.Helper()
	another := &Intranet{
		T:        t,
		Store:    store.New(i.Store.Pool),
		Pool:     i.Pool,
		Log:      &Log{},
		IDs:      i.IDs,
		Database: i.Database,
	}
	another.Store.Audit = i.Store.Audit
	another.serve(o.withDefaults(), features)
	return another
}

// serve starts the server, and the vendor.
func (i *Intranet) serve(o Options, features []web.Feature) {
	t := i.T
	t.Helper()
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.Calls.Add(1)
		o.Vendor(w, r)
	}))
	t.Cleanup(vendor.Close)
	public, err := url.Parse(o.PublicURL)
	if err != nil {
		t.Fatal(err)
	}
	sdk, _ := url.Parse("https://static.vendor.example/sdk/latest/authenticated.js")
	config := web.Config{
		Store:          i.Store,
		Log:            slog.New(slog.NewTextHandler(i.Log, nil)),
		PublicURL:      public,
		TrustedProxies: o.Proxies,
		Policy: csp.Policy{
			Script:  sdk,
			Origins: []string{"https://*.vendor.example", "wss://*.vendor.example"},
			Secure:  public.Scheme == "https",
		},
		AskFirst:       o.AskFirst,
		VendorPrivacy:  "https://vendor.example/privacy",
		CompanyPrivacy: "https://company.example/privacy",
		SandboxPanel:   o.SandboxPanel,
		Ready:          i.ready,
	}
	if !o.NoChat {
		config.Caramelo, err = caramelo.New(caramelo.Config{
			APIURL:    vendor.URL,
			ProjectID: "p_test",
			Secret:    caramelo.NewSecret(SecretToken),
			Timeout:   o.Timeout,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(config.Caramelo.Close)
	}
	features = append(features[:len(features):len(features)], i.signIn(o)...)
	config.SignIn, config.Mail = i.In.Plug, o.outbox(features)
	if config.Seal, err = seal.New("the key of the tests, which is long enough"); err != nil {
		t.Fatal(err)
	}
	if i.Server, err = web.New(config, features...); err != nil {
		t.Fatal(err)
	}
	if config.Mail != nil {
		config.Mail.Seal = config.Seal
	}
	i.run(i.sending(o.Mail)...)
	server := httptest.NewUnstartedServer(i.Server)
	server.Config.ErrorLog = slog.NewLogLogger(config.Log.Handler(), slog.LevelDebug)
	server.Start()
	t.Cleanup(server.Close)
	i.URL = server.URL
}

func (i *Intranet) ready() error {
	if i.Unready.Load() {
		return errors.New("the test says so")
	}
	return nil
}

// run lets the features do what they do beside requests. The database is not watched for
// that: a test counts what its own requests ask.
func (i *Intranet) run(more ...func(context.Context)) {
	ctx, stop := context.WithCancel(context.WithValue(context.Background(), unwatchedKey{}, true))
	var running sync.WaitGroup
	for _, f := range i.Server.Features() {
		if f.Run != nil {
			running.Go(func() { f.Run(ctx, i.Server) })
		}
	}
	for _, f := range more {
		running.Go(func() { f(ctx) })
	}
	i.T.Cleanup(func() { stop(); running.Wait() })
}

// Says is the text of the intranet with that key, in a language.
func (i *Intranet) Says(lang, key string, pairs ...string) string {
	i.T.Helper()
	return i18n.T(i.Server.Speak(i.T.Context(), lang), key, pairs...)
}
