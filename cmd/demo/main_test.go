package main

import (
	"bytes"
	"context"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/localpg"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// out is a demo's standard output, with a channel that closes once it holds the
// last line.
type out struct {
	mu    sync.Mutex
	b     bytes.Buffer
	ready chan struct{}
}

func (o *out) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.b.Write(p)
	if strings.Contains(o.b.String(), "Ctrl-C") {
		select {
		case <-o.ready:
		default:
			close(o.ready)
		}
	}
	return n, err
}

// start runs a demo until stop is called, and returns what it printed.
func start(t *testing.T, c cli) (printed string, stop func()) {
	t.Helper()
	return startWith(t, c, io.Discard)
}

func startWith(t *testing.T, c cli, stderr io.Writer) (printed string, stop func()) {
	t.Helper()
	c.Addr, c.SandboxAddr, c.ProviderAddr, c.LogLevel = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", "warn"
	ctx, cancel := context.WithCancel(t.Context())
	o, ended := &out{ready: make(chan struct{})}, make(chan error, 1)
	go func() { ended <- c.run(ctx, o, stderr) }()
	select {
	case <-o.ready:
	case err := <-ended:
		cancel()
		t.Fatalf("the demo ended: %v", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String(), func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Ctrl-C: %v", err)
		}
	}
}

var (
	readyLine = regexp.MustCompile(`(?m)^Intranet ready at (http://127\.0\.0\.1:\d+)$`)
	loginLine = regexp.MustCompile(`(?m)^(\S+@\S+)  (\S+)  (employee|editor|admin)$`)
)

// signIn signs in with the first login that was printed and returns the page.
func signIn(t *testing.T, printed string) string {
	t.Helper()
	address, login := readyLine.FindStringSubmatch(printed), loginLine.FindStringSubmatch(printed)
	if address == nil || login == nil {
		t.Fatalf("printed %q", printed)
	}
	client := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{DisableKeepAlives: true},
	}
	res, err := client.PostForm(address[1]+"/login", url.Values{"email": {login[1]}, "password": {login[2]}})
	if err != nil || res.StatusCode != http.StatusSeeOther {
		t.Fatal(res, err)
	}
	_ = res.Body.Close()
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, address[1]+"/", nil)
	for _, cookie := range res.Cookies() {
		req.AddCookie(cookie)
	}
	res, err = client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// ownFolder is the data folder of a demo with a private server.
func ownFolder(t *testing.T) string {
	t.Helper()
	if os.Getenv("DATABASE_URL") != "" {
		t.Setenv("DATABASE_URL", "")
	}
	folder, err := os.MkdirTemp("", "demo") // t.TempDir is closed to the account that root lends Postgres
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, 0o711); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// age gives a database the history of one from before the first release.
func age(t *testing.T, dsn string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for _, sql := range []string{
		`CREATE TABLE IF NOT EXISTS goose_db_version (version_id bigint NOT NULL, is_applied boolean NOT NULL)`,
		`DELETE FROM goose_db_version`,
		`INSERT INTO goose_db_version (version_id, is_applied) SELECT generate_series(0, 20), true`,
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheDemoStartsOverOnDataThatNothingConverts(t *testing.T) {
	for name, spoil := range map[string]func(*testing.T, string){
		"from before the first release": age,
		"of other migrations": func(t *testing.T, dsn string) {
			pool, err := pgxpool.New(t.Context(), dsn)
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			if err := store.Migrate(t.Context(), pool); err != nil {
				t.Fatal(err)
			}
			if _, err := pool.Exec(t.Context(), `UPDATE goose_db_version SET sha256 = 'another'`); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) { startsOver(t, spoil) })
	}
}

func startsOver(t *testing.T, spoil func(*testing.T, string)) {
	folder := ownFolder(t)
	server, err := localpg.Start(t.Context(), localpg.Options{Dir: filepath.Join(folder, "postgres")})
	if err != nil {
		t.Fatal(err)
	}
	if err := createDatabase(t.Context(), server.URL("postgres"), false); err != nil {
		t.Fatal(err)
	}
	spoil(t, server.URL(databaseName))
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	const says = "starting over"
	var said bytes.Buffer
	printed, stop := startWith(t, cli{Data: folder}, &said)
	signIn(t, printed)
	stop()
	if n := strings.Count(said.String(), says); n != 1 {
		t.Errorf("said %q", said.String())
	}
	said.Reset()
	_, stop = startWith(t, cli{Data: folder}, &said)
	stop()
	if strings.Contains(said.String(), says) {
		t.Errorf("the next time it said %q", said.String())
	}
}

func TestTheDemoLeavesAnOldDatabaseOfYoursAlone(t *testing.T) {
	dsn := testdb.Empty(t)
	age(t, dsn)
	t.Setenv("DATABASE_URL", dsn)
	c := cli{Data: t.TempDir(), Addr: "127.0.0.1:0", SandboxAddr: "127.0.0.1:0"}
	if err := c.run(t.Context(), io.Discard, io.Discard); !errors.Is(err, store.ErrOldSchema) {
		t.Error(err)
	}
}

func TestTheDemo(t *testing.T) {
	folder := ownFolder(t)
	first, stop := start(t, cli{Data: folder})
	page := signIn(t, first)
	stop()
	if !strings.Contains(page, "secure_connection_token") || !strings.Contains(page, "/sdk/latest/authenticated.js") ||
		strings.Contains(page, "sk_sandbox_") {
		t.Errorf("the home page has no chat: %q", page)
	}
	for _, c := range []cli{{Data: folder}, {Data: folder, Fresh: true}} {
		again, stop := start(t, c)
		signIn(t, again)
		stop()
		a, b := loginLine.FindAllString(first, -1), loginLine.FindAllString(again, -1)
		if strings.Join(a, "") != strings.Join(b, "") || len(a) < 5 {
			t.Errorf("fresh %v: other logins: %v, %v", c.Fresh, a, b)
		}
	}
	// After a rename the people of the data have other addresses.
	if err := os.Remove(filepath.Join(folder, "login-key")); err != nil {
		t.Fatal(err)
	}
	renamed, stop := start(t, cli{Data: folder})
	stop()
	if loginLine.MatchString(renamed) || !strings.Contains(renamed, "--fresh") {
		t.Errorf("of data with other people it says %q", renamed)
	}
	used := cli{Data: folder, People: 1000, Addr: "127.0.0.1:0", SandboxAddr: "127.0.0.1:0"}
	if err := used.run(t.Context(), io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "--fresh") {
		t.Errorf("--people on a database that holds some: %v", err)
	}
	other, err := loginKey(filepath.Join(t.TempDir(), "login-key"))
	if mine, _ := loginKey(filepath.Join(folder, "login-key")); err != nil || bytes.Equal(mine, other) {
		t.Errorf("two folders, one key: %v", err)
	}
}

func TestTheDemoOnADatabaseOfYours(t *testing.T) {
	t.Setenv("DATABASE_URL", testdb.Empty(t))
	c := cli{Data: t.TempDir(), Fresh: true, Addr: "127.0.0.1:0", SandboxAddr: "127.0.0.1:0"}
	if err := c.run(t.Context(), io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "--fresh") {
		t.Errorf("--fresh on a database that is not the demo's: %v", err)
	}
	first, stop := start(t, cli{Data: c.Data})
	signIn(t, first)
	stop()
	// From another folder the same database has other people's passwords.
	second, stop := start(t, cli{Data: t.TempDir()})
	stop()
	if loginLine.MatchString(second) || !strings.Contains(second, "user password") {
		t.Errorf("printed logins that do not work: %q", second)
	}
}

// With --provider one signs in as somebody of the company, or as somebody new, whose account is
// made then.
func TestTheDemosProvider(t *testing.T) {
	printed, stop := start(t, cli{Data: ownFolder(t), Provider: true})
	defer stop()
	address := readyLine.FindStringSubmatch(printed)
	if address == nil || !strings.Contains(printed, "Or sign in with the demo provider") {
		t.Fatalf("printed %q", printed)
	}
	jar, _ := cookiejar.New(nil)
	var last *url.URL
	client := &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
	get := func(address string) string {
		t.Helper()
		res, err := client.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d, %v", address, res.StatusCode, err)
		}
		last = res.Request.URL
		return string(body)
	}
	choice := get(address[1] + "/login/oidc/demo")
	link := regexp.MustCompile(`href="([^"]*as=nina[^"]*)"`).FindStringSubmatch(choice)
	if link == nil {
		t.Fatal("nobody new at the provider")
	}
	to, err := last.Parse(html.UnescapeString(link[1]))
	if err != nil {
		t.Fatal(err)
	}
	if page := get(to.String()); !strings.Contains(page, "Nina Nova") || last.Path != "/" {
		t.Errorf("led to %s", last)
	}
}

func TestASecondDemoSaysSo(t *testing.T) {
	l, err := listen("127.0.0.1:0", "--addr")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	c := cli{Addr: l.Addr().String(), SandboxAddr: "127.0.0.1:0", Data: t.TempDir()}
	if err := c.run(t.Context(), io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "--addr") {
		t.Error(err)
	}
}
