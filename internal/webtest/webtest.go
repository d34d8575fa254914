// Package webtest runs the intranet with the features that a test gives it: the
// whole router over real HTTP, on a real Postgres, with the real client and a
// vendor that the test controls. It is for tests only, and imports no feature.
//
// A package that uses it says so once:
//
//	func TestMain(m *testing.M) { testdb.Main(m) }
package webtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/password"
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
	firsts   sync.Map
}

// Options change what New would do.
type Options struct {
	Vendor       http.HandlerFunc
	PublicURL    string
	Timeout      time.Duration // of a handshake
	NoChat       bool
	SecondFactor string // who must have one: optional, admins or everyone
	Proxies      []netip.Prefix
	SandboxPanel string
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
	if o.Vendor == nil {
		o.Vendor = Good
	}
	if o.PublicURL == "" {
		o.PublicURL = "http://127.0.0.1"
	}
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	i := &Intranet{T: t, Log: &Log{}, IDs: map[string]string{}, Database: &Database{}}
	i.Pool = testdb.New(t)
	i.Store = store.New(testdb.App(t, i.Pool, i.Database.watch))
	i.seed()

	i.serve(o, features)
	return i
}

// With is another server for the same company, with other features.
func (i *Intranet) With(t testing.TB, features ...web.Feature) *Intranet {
	t.Helper()
	another := &Intranet{
		T:        t,
		Store:    i.Store,
		Pool:     i.Pool,
		Log:      &Log{},
		IDs:      i.IDs,
		Database: i.Database,
	}
	another.serve(Options{Vendor: Good, PublicURL: "http://127.0.0.1", Timeout: 5 * time.Second}, features)
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
		SDKURL:         sdk,
		Origins:        []string{"https://*.vendor.example", "wss://*.vendor.example"},
		SandboxPanel:   o.SandboxPanel,
		Ready:          func(ctx context.Context) error { return i.Store.Pool.Ping(ctx) },
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
	i.signIn(o)
	config.SignIn = i.In.Plug
	if i.Server, err = web.New(config, features...); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(i.Server)
	server.Config.ErrorLog = slog.NewLogLogger(config.Log.Handler(), slog.LevelDebug)
	server.Start()
	t.Cleanup(server.Close)
	i.URL = server.URL
}

// signIn makes the sign-in.
func (i *Intranet) signIn(o Options) {
	i.T.Helper()
	passwords, err := Hasher()
	if err != nil {
		i.T.Fatal(err)
	}
	i.In = signin.New(signin.Config{
		Passwords: passwords, Required: o.SecondFactor, Now: func() time.Time { return Now },
	})
}

// seed fills the database with the company of the tests.
func (i *Intranet) seed() {
	i.T.Helper()
	passwords, err := Hasher()
	if err != nil {
		i.T.Fatal(err)
	}
	hash, err := passwords.Hash(i.T.Context(), Password)
	if err != nil {
		i.T.Fatal(err)
	}
	person := func(name, lang string, role store.Role) store.NewPerson {
		return store.NewPerson{
			Name:         name + ` <i>"O'Neill"</i>`,
			Email:        strings.ToLower(name) + "@aroeira.example",
			Role:         role,
			Lang:         lang,
			Department:   "finance",
			Title:        "</script><b>",
			PasswordHash: hash,
		}
	}
	owner := store.New(i.Pool)
	err = owner.Seed(i.T.Context(), store.Company{
		Departments: []store.NewDepartment{
			{Slug: "finance", Names: store.Texts{"en": "Finance", "pt": "Financeiro", "es": "Finanzas"}},
		},
		People: []store.NewPerson{
			person("Ana", "pt", store.Admin), person("Bea", "en", store.Employee), person("Caio", "es", store.Editor),
		},
	})
	if err != nil {
		i.T.Fatal(err)
	}
	for _, name := range []string{"ana", "bea", "caio"} {
		i.IDs[name] = i.First(`SELECT id::text FROM people WHERE email = $1`, name+"@aroeira.example")
	}
}

// Person is somebody of the company, as a handler is given them.
func (i *Intranet) Person(name string) *store.Person {
	i.T.Helper()
	rows, _ := i.Pool.Query(i.T.Context(), `SELECT `+store.PersonColumns+`
		FROM people p LEFT JOIN departments d ON d.slug = p.department
		WHERE p.id = $2 AND $1::text IS NOT NULL`, "en", i.IDs[name])
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[store.Person])
	if err != nil {
		i.T.Fatal(err)
	}
	return p
}

// Request is a request in which somebody is signed in, as the store sees it.
func (i *Intranet) Request(name string) context.Context {
	i.T.Helper()
	session, err := i.Store.Session(i.T.Context(), i.session(name, 0))
	if err != nil || session.Person == nil {
		i.T.Fatalf("the session of %s: %+v, %v", name, session, err)
	}
	return store.WithSession(i.T.Context(), session)
}

// session makes a session of somebody who proved that it is them that long ago,
// and returns its token.
func (i *Intranet) session(name string, proved time.Duration) (token string) {
	i.T.Helper()
	version := i.First(`SELECT session_version::text FROM people WHERE id = $1`, i.IDs[name])
	expires := time.Now().Add(time.Hour)
	data, err := store.SessionCodec{}.Encode(expires, map[string]any{
		store.SessionPersonKey: i.IDs[name], store.SessionVersionKey: version,
		signin.ConfirmedKey: time.Now().Add(-proved).Format(time.RFC3339),
	})
	if err == nil {
		token = rand.Text()
		err = i.Store.Sessions().CommitCtx(i.T.Context(), token, data, expires)
	}
	if err != nil {
		i.T.Fatal(err)
	}
	return token
}

// Exec runs a statement as the owner of the tables.
func (i *Intranet) Exec(sql string, args ...any) {
	i.T.Helper()
	if _, err := i.Pool.Exec(i.T.Context(), sql, args...); err != nil {
		i.T.Fatal(err)
	}
}

// First is the text that a query finds.
func (i *Intranet) First(sql string, args ...any) (found string) {
	i.T.Helper()
	if err := i.Pool.QueryRow(i.T.Context(), sql, args...).Scan(&found); err != nil {
		i.T.Fatalf("%s: %v", sql, err)
	}
	return found
}

// Once is First, but the database is asked only the first time.
func (i *Intranet) Once(sql string) string {
	i.T.Helper()
	if found, ok := i.firsts.Load(sql); ok {
		return found.(string)
	}
	found := i.First(sql)
	i.firsts.Store(sql, found)
	return found
}

// Count is how many rows there are: "events WHERE version > 1".
func (i *Intranet) Count(from string, args ...any) int {
	i.T.Helper()
	n, err := strconv.Atoi(i.First(`SELECT count(*)::text FROM `+from, args...))
	if err != nil {
		i.T.Fatal(err)
	}
	return n
}

// Lives gives somebody a time zone.
func (i *Intranet) Lives(name, zone string) {
	i.T.Helper()
	i.Exec(`UPDATE people SET time_zone = $2 WHERE id = $1`, i.IDs[name], zone)
}

// Recorded are the actions in the audit trail, in order, each with its detail.
func (i *Intranet) Recorded() []string {
	i.T.Helper()
	rows, _ := i.Pool.Query(i.T.Context(), `SELECT concat_ws(' ', action, nullif(detail, '')) FROM audit ORDER BY id`)
	events, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		i.T.Fatal(err)
	}
	return events
}

// Dump is everything in the database except for the sessions, which change with every
// visit.
func (i *Intranet) Dump() string {
	i.T.Helper()
	rows, _ := i.Pool.Query(i.T.Context(), `SELECT tablename::text FROM pg_tables
		WHERE schemaname = 'public' AND tablename NOT IN ('sessions', 'goose_db_version') ORDER BY 1`)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 5 {
		i.T.Fatal(tables, err)
	}
	var all strings.Builder
	for _, table := range tables {
		rows := i.First(`SELECT coalesce(string_agg(t::text, E'\n' ORDER BY t::text), '') FROM ` + table + ` t`)
		all.WriteString(table + "\n" + rows + "\n")
	}
	return all.String()
}

// Log is a log that can be read while it is written.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Reset forgets what was logged.
func (l *Log) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.Reset()
}

// Database watches what the application asks its database, and can take it away.
type Database struct {
	Away       atomic.Bool
	RoundTrips atomic.Int64 // a batch is one
	Writes     atomic.Int64
}

func (d *Database) watch(config *pgxpool.Config) {
	config.ConnConfig.Tracer = d
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if d.Away.Load() {
			return nil, &net.OpError{Op: "dial", Net: network, Err: io.EOF}
		}
		return dial(ctx, network, addr)
	}
}

// TakeAway ends every connection of the application and lets no new one through.
func (i *Intranet) TakeAway() {
	i.T.Helper()
	i.Database.Away.Store(true)
	i.Exec(`
		SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`)
}

func (d *Database) note(sql string) {
	for _, verb := range []string{"INSERT", "UPDATE", "DELETE"} {
		if strings.Contains(sql, verb) {
			d.Writes.Add(1)
			return
		}
	}
}

// TraceQueryStart counts a statement. With the methods below it makes a pgx.QueryTracer
// and a pgx.BatchTracer.
func (d *Database) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	d.RoundTrips.Add(1)
	d.note(data.SQL)
	return ctx
}

// TraceQueryEnd does nothing.
func (d *Database) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart counts a batch.
func (d *Database) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	d.RoundTrips.Add(1)
	return ctx
}

// TraceBatchQuery notes whether a statement of a batch writes.
func (d *Database) TraceBatchQuery(_ context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	d.note(data.SQL)
}

// TraceBatchEnd does nothing.
func (d *Database) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// Says is the text of the intranet with that key, in a language.
func (i *Intranet) Says(lang, key string, pairs ...any) string {
	i.T.Helper()
	return i18n.T(i.Server.Speak(i.T.Context(), lang), key, pairs...)
}
