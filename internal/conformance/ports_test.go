package conformance_test

import (
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/checks"
	"github.com/carameloai/intranet/internal/conformance"
)

// port is a program of docs/examples.
type port struct {
	folder  string
	command string   // as docs/examples/README.md has it
	free    []string // what takes the place of its port 3000, so that any free one is used
	needs   []string // a command that fails where the program cannot run
}

var ports = []port{
	{
		folder: "express", command: "node app.js", free: []string{"node", "app.js"},
		needs: []string{"node", "-e", "import('express-session').catch(() => process.exit(1))"},
	},
	{
		folder: "flask", command: "python3 -m flask run --port 3000",
		free:  []string{"python3", "-m", "flask", "run", "--port", "0"},
		needs: []string{"python3", "-c", "import flask"},
	},
	{
		folder: "php", command: "php -S 127.0.0.1:3000 index.php",
		free:  []string{"php", "-S", "127.0.0.1:0", "index.php"},
		needs: []string{"php", "-r", "exit(function_exists('curl_init') ? 0 : 1);"},
	},
}

// Each program of docs/examples that can run here does all that the check looks for. They run
// side by side, because most of the time is spent waiting, and take one place of the tests that
// run in parallel.
func TestThePortsHaveNothingToMend(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../docs/examples/README.md")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for _, p := range ports {
		if line := "cd docs/examples/" + p.folder + " && " + p.command + "\n"; !strings.Contains(string(readme), line) {
			t.Errorf("the README does not start it with %q", line)
		}
		group.Go(func() { t.Run(p.folder, p.hasNothingToMend) })
	}
	group.Wait()
}

func (p port) hasNothingToMend(t *testing.T) {
	folder := "../../docs/examples/" + p.folder
	program, ok := p.program(t, folder)
	if !ok {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI must run this, and %v fails", p.needs)
		}
		t.Skipf("NOT CHECKED: docs/examples/%s cannot run here: %v fails", p.folder, p.needs)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	vendor := reopened{listener.(*net.TCPListener)}
	caramelo := "http://" + vendor.Addr().String()
	args := p.free[1:]
	if p.folder == "php" {
		args = append([]string{"-d", "session.save_path=" + t.TempDir()}, args...) // leaves its sessions behind
	}
	app := exec.CommandContext(t.Context(), program, args...)
	app.Dir = folder
	app.Env = append(os.Environ(),
		"PORT=0", "PYTHONDONTWRITEBYTECODE=1",
		"CARAMELO_API_URL="+caramelo,
		"CARAMELO_SDK_URL="+caramelo+"/sdk/latest/authenticated.js",
		"CARAMELO_ORIGINS="+caramelo+" "+strings.Replace(caramelo, "http", "ws", 1),
		"CARAMELO_PROJECT_ID="+project, "CARAMELO_SECRET_TOKEN="+secret)
	said := listening{at: make(chan string, 1)}
	app.Stdout, app.Stderr = &said, &said
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = app.Wait(); close(ended) }() // killed, in the end
	stop := sync.OnceValue(func() string { _ = app.Process.Kill(); <-ended; return said.text.String() })
	defer stop()
	var host string
	select {
	case host = <-said.at:
	case <-ended:
		t.Fatalf("it does not start:\n%s", stop())
	case <-time.After(30 * time.Second):
		t.Fatalf("it does not say where it listens:\n%s", stop())
	}
	address := func(path string) *url.URL { return &url.URL{Scheme: "http", Host: host, Path: path} }
	all, err := conformance.Run(t.Context(), conformance.Config{
		Listener: vendor, ProjectID: project, SecretToken: secret, Budget: 3500 * time.Millisecond,
		Pages:  []*url.URL{address("/")},
		People: []conformance.Person{{Name: "zoe", Password: "demo"}, {Name: "bo", Password: "demo"}},
		Login:  conformance.Login{Page: address("/login")},
		Logout: address("/logout"), Redirect: address("/login"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Level != checks.Fine {
			t.Errorf("%s %s: %s -> %s", c.Level, c.ID, c.Seen, c.Mend)
		}
	}
	keepsWhatTheCheckDoesNotSee(t, "http://"+host, vendor)
	out := stop()
	if strings.Contains(out, secret[:9]) || !strings.Contains(out, "No chat: ") {
		t.Errorf("it logs some of the secret, or not why there is no chat:\n%s", out)
	}
	if t.Failed() {
		t.Log(out)
	}
}

// reopened is a listener that can be used again after it was closed, at the same address.
type reopened struct{ *net.TCPListener }

func (r reopened) Close() error { return r.SetDeadline(time.Unix(1, 0)) }

// keepsWhatTheCheckDoesNotSee goes through the app as somebody at a browser, while Caramelo
// answers in ways that the check has not.
func keepsWhatTheCheckDoesNotSee(t *testing.T, app string, vendor reopened) {
	t.Helper()
	if err := vendor.SetDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	var next atomic.Pointer[answer]
	caramelo := http.Server{
		ReadHeaderTimeout: 5 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			a := next.Load()
			w.WriteHeader(a.status)
			_, _ = io.WriteString(w, a.body)
		}),
	}
	ended := make(chan struct{})
	go func() { _ = caramelo.Serve(vendor); close(ended) }() // until it is closed
	defer func() { _ = caramelo.Close(); <-ended }()
	b := newBrowser(app)
	defer b.pool.CloseIdleConnections()

	res, login := b.ask(t, "GET", "/login", "", nil)
	if policy := res.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") ||
		strings.Contains(policy, "http") || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the sign-in page has the headers %v", res.Header)
	}
	bo := url.Values{"user": {"bo"}, "password": {"demo"}, "csrf": {hidden(login)}}
	wrong := url.Values{"user": {"bo"}, "password": {"wrong"}, "csrf": {hidden(login)}}
	if res, _ := b.ask(t, "POST", "/login", "https://other.example", without(bo, "csrf")); res.StatusCode != 403 {
		t.Errorf("status %d for a sign-in from another site", res.StatusCode)
	}
	if res, _ := b.ask(t, "POST", "/login", app, wrong); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("status %d for a wrong password", res.StatusCode)
	}
	if res, body := b.ask(t, "POST", "/login", app, bo); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("status %d for signing in: %s", res.StatusCode, body)
	}

	const token = `{"real_time_access_token": "a token"}`
	var home string
	for _, a := range []answer{
		{http.StatusOK, token},
		{http.StatusCreated, token},
		{http.StatusInternalServerError, token},
		{http.StatusOK, `{"real_time_access_token": " \n"}`},
		{http.StatusOK, `{"real_time_access_token": 7}`},
		{http.StatusOK, `["real_time_access_token"]`},
		{http.StatusOK, secret}, // as of a vendor that repeats what it got
	} {
		next.Store(&a)
		_, home = b.ask(t, "GET", "/", "", nil)
		good := a == answer{http.StatusOK, token}
		if strings.Contains(home, "authenticated.js") != good || strings.Contains(home, "a token") != good ||
			strings.Contains(home, "The chat is not available") == good || strings.Contains(home, secret) {
			t.Errorf("after %v the page is:\n%s", a, home)
		}
	}
	if !strings.Contains(home, "Welcome, Bo") || !strings.Contains(home, `addEventListener("pageshow"`) {
		t.Errorf("the page is no page of Bo's, or not loaded anew when it comes back:\n%s", home)
	}

	before := b.Jar.Cookies(res.Request.URL)
	out := url.Values{"csrf": {hidden(home)}}
	if res, _ := b.ask(t, "POST", "/logout", "https://other.example", without(out, "csrf")); res.StatusCode != 403 {
		t.Errorf("status %d for a sign-out from another site", res.StatusCode)
	}
	if res, _ := b.ask(t, "POST", "/logout", app, out); res.Header.Get("Clear-Site-Data") != `"storage"` {
		t.Errorf("signing out has the headers %v", res.Header)
	}
	b.Jar.SetCookies(res.Request.URL, before) // as somebody who had copied them
	if res, _ := b.ask(t, "GET", "/", "", nil); res.StatusCode != http.StatusFound {
		t.Errorf("status %d for a session that has ended", res.StatusCode)
	}
}

// answer is one of Caramelo.
type answer struct {
	status int
	body   string
}

// browser keeps cookies and follows no redirect.
type browser struct {
	http.Client
	pool *http.Transport
	app  string
}

func newBrowser(app string) *browser {
	jar, _ := cookiejar.New(nil) // always without an error
	pool := &http.Transport{}
	return &browser{app: app, pool: pool, Client: http.Client{
		Jar: jar, Transport: pool, Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (b *browser) ask(t *testing.T, method, path, origin string, form url.Values) (res *http.Response, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.app+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", origin)
	if res, err = b.Do(req); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	read, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(read)
}

// hidden is the value of the hidden field against forms from other sites, if there is one.
func hidden(page string) string {
	if found := hiddenField.FindStringSubmatch(page); found != nil {
		return found[1]
	}
	return ""
}

// without is a form less one field.
func without(form url.Values, field string) url.Values {
	less := maps.Clone(form)
	less.Del(field)
	return less
}

var hiddenField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// program is the first of that name with which the port can run: a machine may have several
// Pythons, and only one of them what it needs.
func (p port) program(t *testing.T, folder string) (path string, ok bool) {
	for _, path := range []string{p.free[0], "/usr/bin/" + p.free[0]} {
		try := exec.CommandContext(t.Context(), path, p.needs[1:]...)
		try.Dir = folder
		if try.Run() == nil {
			return path, true
		}
	}
	return "", false
}

// listening keeps what a program says, and tells the first address in it.
type listening struct {
	text strings.Builder
	at   chan string
	told bool
}

var where = regexp.MustCompile(`http://(127\.0\.0\.1:\d+)\D`)

func (l *listening) Write(said []byte) (int, error) {
	l.text.Write(said)
	if found := where.FindStringSubmatch(l.text.String()); found != nil && !l.told {
		l.told = true
		l.at <- found[1]
	}
	return len(said), nil
}
