// Package e2e drives the whole intranet in a real browser: the app as the
// commands start it, on a real Postgres with the demo company in it, and the
// sandbox as its Caramelo. What is promised to people is tested here; what is
// promised to programs has its tests beside the code.
//
// Each test has an intranet and a tab of its own. They share one browser.
package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/sandbox"
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
	routes    []web.Route
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
		DatabaseURL: caramelo.NewSecret(testdb.URL(t)), ProjectID: "p_e2e", SecretToken: caramelo.NewSecret(rand.Text()),
		Timeout: "3s", Sandbox: "true", SecondFactor: "optional", AuditDays: "365", LogLevel: "error", LogFormat: "text",
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
	in.seed(t, settings.DatabaseURL)

	a, err := app.Start(t.Context(), settings, app.Options{Migrate: true, Listener: listener, Tour: in.vendor.url}, app.NewLog(t.Output(), settings))
	if err != nil {
		t.Fatal(err)
	}
	in.routes = a.Routes()
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

// seed fills the database with the demo company, with passwords nobody knows.
func (in *intranet) seed(t *testing.T, dsn caramelo.Secret) {
	t.Helper()
	pool, err := app.OpenPool(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	logins, err := app.Seed(t.Context(), store.New(pool), 0, nil, func(string) string { return app.RandomPassword() })
	if err != nil {
		t.Fatal(err)
	}
	for _, login := range logins {
		in.passwords[login.Email] = login.Password
	}
}

// sql changes the database behind the intranet's back: at least one row.
func (in *intranet) sql(t *testing.T, statement string, args ...any) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), in.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(context.Background()) }()
	tag, err := db.Exec(t.Context(), statement, args...)
	if err != nil || tag.RowsAffected() == 0 {
		t.Fatalf("%s: %v, %v", statement, tag, err)
	}
}

// value asks the database for one text.
func (in *intranet) value(t *testing.T, query string, args ...any) (text string) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), in.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(context.Background()) }()
	if err := db.QueryRow(t.Context(), query, args...).Scan(&text); err != nil {
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

// vendor is the sandbox with a door in front of it: a test may answer
// intranet-auth itself.
type vendor struct {
	url     string
	sandbox http.Handler
	instead atomic.Pointer[http.HandlerFunc]
}

func startVendor(t *testing.T, settings app.Settings) *vendor {
	t.Helper()
	s, err := sandbox.New(sandbox.Config{
		ProjectID: settings.ProjectID, SecretToken: settings.SecretToken.Reveal(),
		TypingDelay: -1, Logger: app.NewLog(t.Output(), settings),
	})
	if err != nil {
		t.Fatal(err)
	}
	v := &vendor{sandbox: s.Handler()}
	server := httptest.NewServer(v)
	v.url = server.URL
	t.Cleanup(func() {
		s.Close()
		server.Close()
	})
	return v
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if instead := v.instead.Load(); instead != nil && strings.HasSuffix(r.URL.Path, "/intranet-auth") {
		(*instead)(w, r)
		return
	}
	v.sandbox.ServeHTTP(w, r)
}

// answer makes handle answer intranet-auth from now on.
func (v *vendor) answer(handle http.HandlerFunc) { v.instead.Store(&handle) }

// refuse makes intranet-auth refuse everybody from now on.
func (v *vendor) refuse() {
	v.answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
}

// hold keeps every call of intranet-auth waiting until release is called; then
// answers it.
func (v *vendor) hold(t *testing.T, then http.Handler) (release func()) {
	released := make(chan struct{})
	v.answer(held(released, then))
	release = sync.OnceFunc(func() { close(released) })
	t.Cleanup(release)
	return release
}

// held answers when released is closed, and not at all when it is nil.
func held(released <-chan struct{}, then http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		// Only behind its body does a server notice that the caller has left.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		select {
		case <-released:
			then.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}
}

// chromium is the one browser of all tests.
var chromium struct {
	sync.Mutex
	users int
	ctx   context.Context
	close func()
}

// sharedBrowser starts the browser for the first test that asks, and closes it
// when the last one has ended.
func sharedBrowser(t *testing.T) context.Context {
	t.Helper()
	path := chromiumPath()
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no chromium on PATH, and CI must run the browser tests")
		}
		t.Skip("NO BROWSER TEST: chromium is not on PATH; install it to run this one")
	}
	chromium.Lock()
	defer chromium.Unlock()
	if chromium.users == 0 {
		startChromium(t, path)
	}
	chromium.users++
	t.Cleanup(func() {
		chromium.Lock()
		defer chromium.Unlock()
		if chromium.users--; chromium.users == 0 {
			chromium.close()
		}
	})
	return chromium.ctx
}

func chromiumPath() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func startChromium(t *testing.T, path string) {
	t.Helper()
	// What Chromium does in advance, for the next page of somebody who has time, costs
	// here as much as the page.
	const off = "Translate,BlinkGenPropertyTrees,SpareRendererForSitePerProcess,RenderDocument"
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(),
		append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-features", off),
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))...)
	ctx, cancel := chromedp.NewContext(allocator)
	chromium.ctx = ctx
	chromium.close = func() {
		_ = chromedp.Cancel(ctx) // waits, unlike cancel; how it went is no test's result
		cancel()
		cancelAllocator()
	}
	if err := chromedp.Do(ctx); err != nil {
		chromium.close()
		t.Fatalf("start %s: %v", path, err)
	}
}
