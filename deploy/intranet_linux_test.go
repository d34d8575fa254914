package deploy_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

// The host of the examples, and a password of everybody in the company of the tests.
const (
	host     = "intranet.example.com"
	password = "a password of tests alone"
)

// company is the DSN of a database with the demo company in it.
var company = testdb.Filled("deploy", func(dsn string) error {
	pool, err := app.OpenPool(context.Background(), caramelo.NewSecret(dsn))
	if err != nil {
		return err
	}
	defer pool.Close()
	_, err = app.Seed(context.Background(), store.New(pool), 0, nil, func(string) string { return password })
	return err
})

// replica is one running intranet.
type replica struct {
	addr string
	heard
	shutDown context.CancelFunc
	ended    chan struct{} // closed once it has ended
}

// start starts an intranet on the database of dsn, with the proxy of the tests in front: until
// the test ends, or shutDown is called.
func start(t *testing.T, dsn, vendor string, drain time.Duration) *replica {
	t.Helper()
	var settings app.Settings
	parser, err := kong.New(&settings)
	if err == nil {
		_, err = parser.Parse([]string{"--public-url=https://" + host, "--trusted-proxies=127.0.0.1",
			"--caramelo-project-id=p_deploy", "--caramelo-api-url=" + vendor, "--caramelo-timeout=8s",
			"--caramelo-sdk-url=" + vendor + "/sdk.js", "--log-level=error"})
	}
	if err != nil {
		t.Fatal(err)
	}
	settings.DatabaseURL = caramelo.NewSecret(dsn)
	settings.SecretToken = caramelo.NewSecret("sk_of_tests_alone")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &replica{addr: listener.Addr().String(), ended: make(chan struct{})}
	options := app.Options{Migrate: true, Listener: tap{listener, &r.heard}, DrainFor: drain}
	a, err := app.Start(t.Context(), settings, options, app.NewLog(t.Output(), settings))
	if err != nil {
		t.Fatal(err)
	}
	var ctx context.Context
	ctx, r.shutDown = context.WithCancel(context.Background())
	var failed error
	go func() { failed = a.Serve(ctx); close(r.ended) }()
	t.Cleanup(func() {
		r.shutDown()
		if <-r.ended; failed != nil {
			t.Error(failed)
		}
	})
	return r
}

// heard is what a replica reads.
type heard struct {
	hangsUp atomic.Bool // each connection is closed when something comes
	mu      sync.Mutex
	parts   []part
}

type part struct {
	at   time.Time
	text string
}

// tap notes what is read from each connection.
type tap struct {
	net.Listener
	*heard
}

type tapped struct {
	net.Conn
	*heard
}

func (l tap) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return tapped{c, l.heard}, err
}

func (c tapped) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.hangsUp.Load() {
		_ = c.Close()
		return 0, net.ErrClosed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parts = append(c.parts, part{time.Now(), string(b[:n])})
	return n, err
}

// requests are the heads of those whose first line begins like that.
func (h *heard) requests(line string) (all []part) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.parts {
		if strings.HasPrefix(p.text, line) {
			p.text, _, _ = strings.Cut(p.text, "\r\n\r\n")
			all = append(all, p)
		}
	}
	return all
}

// vendor answers once each gate lets it.
type vendor struct {
	*httptest.Server
	gate chan struct{} // closed, but while a test holds the vendor
	mu   sync.Mutex
}

func startVendor(t *testing.T) *vendor {
	t.Helper()
	v := &vendor{}
	v.letGo()
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.mu.Lock()
		gate := v.gate
		v.mu.Unlock()
		select {
		case <-gate:
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(w, `{"real_time_access_token":"a-token"}`)
	}))
	t.Cleanup(v.Close)
	return v
}

// hold makes the vendor wait until letGo is called.
func (v *vendor) hold() (letGo func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.gate = make(chan struct{})
	return sync.OnceFunc(func() { close(v.gate) })
}

func (v *vendor) letGo() { v.gate = make(chan struct{}); close(v.gate) }

// run runs a program until the test ends. What it returns is closed once it has ended.
func run(t *testing.T, dir string, args ...string) (ended chan struct{}) {
	t.Helper()
	output, err := os.OpenFile(filepath.Join(dir, "output"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, output, output
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended = make(chan struct{})
	go func() {
		_ = cmd.Wait() // the end of the test stops it
		close(ended)
	}()
	t.Cleanup(func() {
		<-ended
		_ = output.Close()
		if said, err := os.ReadFile(output.Name()); t.Failed() {
			t.Log(string(said), err)
		}
	})
	return ended
}

// free is an address that nobody uses. Nothing else of the tests is at this host.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.77.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// await waits until the program listens.
func await(t *testing.T, ended chan struct{}, addr string) {
	t.Helper()
	for {
		if c, err := net.Dial("tcp", addr); err == nil {
			_ = c.Close()
			return
		}
		select {
		case <-ended:
			t.Fatal("it ended")
		case <-time.After(10 * time.Millisecond):
		}
	}
}
