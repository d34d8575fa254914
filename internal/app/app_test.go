package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/metrics"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
)

func TestMain(m *testing.M) { testdb.Main(m) }

func local(t *testing.T) (Settings, net.Listener) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := complete()
	s.PublicURL = "http://" + listener.Addr().String()
	s.DatabaseURL = caramelo.NewSecret(testdb.Empty(t))
	return s, listener
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestAStartWarnsOfWhatIsNotForProduction(t *testing.T) {
	const (
		key      = "a key of at least thirty-two bytes, for tests"
		verified = "postgres://u@db.example.com/x?sslmode=verify-full"
	)
	for _, test := range []struct{ public, database, key, want string }{
		{"http://intranet.example.com", "postgres://u@127.0.0.1/x", key, "PUBLIC_URL"},
		{"https://intranet.example.com", "postgres://u@db.example.com/x", key, "DATABASE_URL"},
		{"https://intranet.example.com", "postgres://u@db.example.com/x?sslmode=require", key, "DATABASE_URL"},
		{
			"https://intranet.example.com", "postgres://u@127.0.0.1,db.example.com/x?sslmode=disable", key,
			"DATABASE_URL",
		},
		{"https://intranet.example.com", verified, "", "SECRET_KEY"},
		{"https://intranet.example.com", verified, key, ""},
		{"https://intranet.example.com", "postgres:///x?host=/run/postgresql&user=u", key, ""},
		{"http://localhost:8080", "postgres://u@localhost/x?sslmode=disable", key, ""},
	} {
		s := complete()
		s.PublicURL, s.Sandbox = test.public, "false"
		s.DatabaseURL, s.SecretKey = caramelo.NewSecret(test.database), caramelo.NewSecret(test.key)
		s.APIURL, s.SDKURL = "https://api.example.com", "https://static.example.com/a.js"
		p, err := s.Parse()
		if err != nil {
			t.Fatal(test.public, err)
		}
		warned := s.Warnings(p)
		if len(warned) > 1 || (len(warned) == 1) != (test.want != "") ||
			len(warned) == 1 && !strings.Contains(warned[0].Seen, test.want) {
			t.Errorf("%+v: %+v", test, warned)
		}
	}
}

func TestAFailedHandshakeIsAWarning(t *testing.T) {
	var log bytes.Buffer
	logger := NewLog(&log, Settings{LogLevel: "info"})
	a := &App{log: logger, metrics: metrics.New(logger)}
	for _, kind := range []caramelo.Kind{caramelo.OK, caramelo.Canceled} {
		a.observe(t.Context(), caramelo.Outcome{Kind: kind})
	}
	if log.Len() != 0 {
		t.Errorf("nothing failed: %s", log.String())
	}
	a.observe(t.Context(), caramelo.Outcome{Kind: caramelo.Credentials, Status: 401})
	if got := log.String(); !strings.Contains(got, "level=WARN") || !strings.Contains(got, "kind=credentials") ||
		!strings.Contains(got, "status=401") {
		t.Errorf("%s", got)
	}
}

// A start says how many people a replaced SECRET_KEY shuts out; it is no reason not to start.
func TestAStartWarnsOfSecondFactorsThatCannotBeOpened(t *testing.T) {
	settings, listener := local(t)
	pool, err := pgxpool.New(t.Context(), settings.DatabaseURL.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if err := store.Migrate(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
	add := func(email, key string) {
		t.Helper()
		sealer, err := seal.New(key)
		if err != nil {
			t.Fatal(err)
		}
		var id string
		const add = `INSERT INTO people (name, email) VALUES ($1, $1) RETURNING id::text`
		err = pool.QueryRow(t.Context(), add, email).Scan(&id)
		if err == nil {
			_, err = pool.Exec(t.Context(), `INSERT INTO second_factors (person_id, secret, confirmed_at)
				VALUES ($1, $2, now())`, id, sealer.Seal("JBSWY3DP", id))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const key, old = "a key of at least thirty-two bytes, for tests", "another key of thirty-two bytes and more"
	settings.SecretKey = caramelo.NewSecret(key)
	for _, test := range []struct{ email, key, want string }{
		{"one@x.example", key, ""},
		{"two@x.example", old, "1 of 2 second factors cannot be opened"},
		{"three@x.example", old, "2 of 3 second factors cannot be opened"},
	} {
		add(test.email, test.key)
		var log bytes.Buffer
		a, err := Start(t.Context(), settings, Options{Migrate: true, Listener: listener},
			NewLog(&log, Settings{LogLevel: "info"}))
		if err != nil {
			t.Fatal(err)
		}
		a.pool.Close()
		if warned := strings.Contains(log.String(), "cannot be opened"); warned != (test.want != "") ||
			!strings.Contains(log.String(), test.want) {
			t.Errorf("%s: %s", test.email, log.String())
		}
	}
}

func TestAnAppStartsServesAndLeavesNothingBehind(t *testing.T) {
	settings, listener := local(t)
	settings.MetricsAddr = "127.0.0.1:0"
	before := goleak.IgnoreCurrent()
	var log bytes.Buffer
	logger := NewLog(&log, Settings{LogLevel: "debug", LogFormat: "json"})
	a, err := Start(t.Context(), settings, Options{Migrate: true, Listener: listener}, logger)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1) // what runs beside requests still has the database when it ends
	a.Web().Features()[0].Run = func(ctx context.Context, s *web.Server) {
		<-ctx.Done()
		ended <- s.Store.Pool.Ping(context.WithoutCancel(ctx))
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx) }()
	if status, body := get(t, settings.PublicURL+"/readyz"); status != 200 || body != "ready\n" {
		t.Errorf("ready: %d %q", status, body)
	}
	if status, body := get(t, settings.PublicURL+"/"); status != 200 || !strings.Contains(body, `name="password"`) {
		t.Errorf("the sign-in page: %d", status)
	}
	if _, body := get(t, settings.PublicURL+"/metrics"); strings.Contains(body, "go_goroutines") {
		t.Error("metrics are on the public listener")
	}
	a.observe(t.Context(), caramelo.Outcome{Kind: caramelo.Timeout, Duration: time.Second})
	if status, body := get(t, "http://"+a.sideDoor.Addr().String()+"/metrics"); status != 200 ||
		!strings.Contains(body, `caramelo_handshakes_total{kind="timeout"} 1`) {
		t.Errorf("metrics: %d %q", status, body)
	}
	for _, door := range []string{settings.PublicURL, "http://" + a.sideDoor.Addr().String()} {
		if _, body := get(t, door+"/debug/vars"); strings.Contains(body, "cmdline") {
			t.Errorf("%s shows expvar's page", door)
		}
	}
	reported := `{"csp-report": {"effective-directive": "img-src"}}`
	report := strings.NewReader(reported)
	res, err := http.Post(settings.PublicURL+"/csp-reports", "application/csp-report", report)
	if err != nil || res.Body.Close() != nil || res.StatusCode != 204 {
		t.Errorf("a report: %v %v", res, err)
	}
	http.DefaultClient.CloseIdleConnections()
	_, body := get(t, "http://"+a.sideDoor.Addr().String()+"/metrics")
	if !strings.Contains(body, `csp_reports_total{directive="img-src"} 1`) {
		t.Errorf("a report is not counted: %q", body)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	default:
		t.Error("what a feature runs beside the requests was not waited for")
	}
	for line := range strings.Lines(log.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Errorf("%q is not JSON", line)
		} else if fields["msg"] == "request" && (fields["request_id"] == nil || fields["status"] == nil) {
			t.Errorf("a request's line lacks fields: %s", line)
		}
	}
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}

func TestAReplicaThatMustNotMigrateWaits(t *testing.T) {
	settings, listener := local(t)
	a, err := Start(t.Context(), settings, Options{Listener: listener}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx) }()
	if status, _ := get(t, settings.PublicURL+"/readyz"); status != 503 {
		t.Errorf("ready with no schema: %d", status)
	}
	if err := store.Migrate(t.Context(), a.pool); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; { // the server looks from time to time
		status, _ := get(t, settings.PublicURL+"/readyz")
		if status == 200 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("not ready once somebody has migrated: %d", status)
		}
	}
	a.draining.Store(true)
	if status, _ := get(t, settings.PublicURL+"/readyz"); status != 503 {
		t.Errorf("ready while it shuts down: %d", status)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestARequestUnderWayEndsBeforeTheServer(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	vendor, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-release
		_, _ = io.WriteString(w, `{"real_time_access_token":"late"}`)
	}), ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(vendor) }()
	t.Cleanup(func() { _ = server.Close() })

	settings, listener := local(t)
	settings.APIURL = "http://" + vendor.Addr().String()
	a, err := Start(t.Context(), settings, Options{Migrate: true, Listener: listener}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx) }()
	logins, err := Seed(t.Context(), store.New(a.pool), 0, nil, func(string) string { return "a long enough password" })
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(client.CloseIdleConnections)
	res, err := client.PostForm(
		settings.PublicURL+"/login", url.Values{"email": {logins[0].Email}, "password": {logins[0].Password}},
	)
	if err != nil || res.StatusCode != 303 {
		t.Fatal(res, err)
	}
	_ = res.Body.Close()
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, settings.PublicURL+"/", nil)
	for _, cookie := range res.Cookies() {
		req.AddCookie(cookie)
	}
	page, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = page.Body.Close() }()
	<-arrived
	stop()
	close(release)
	body, err := io.ReadAll(page.Body)
	if err != nil || !strings.Contains(string(body), "late") ||
		!strings.HasSuffix(strings.TrimSpace(string(body)), "</html>") {
		t.Errorf("a page under way was cut off: %v", err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestAStartThatFailsSaysWhyAndHoldsNothing(t *testing.T) {
	before := goleak.IgnoreCurrent()
	s := complete()
	s.DatabaseURL = caramelo.NewSecret("postgres://user:canary@127.0.0.1:1/x?connect_timeout=1")
	if _, err := Start(t.Context(), s, Options{Migrate: true}, slog.New(slog.DiscardHandler)); err == nil ||
		strings.Contains(err.Error(), "canary") {
		t.Error(err)
	}
	s.DatabaseURL = caramelo.NewSecret("postgres://user:canary@[::1")
	if _, err := Start(t.Context(), s, Options{}, slog.New(slog.DiscardHandler)); err == nil ||
		strings.Contains(err.Error(), "canary") {
		t.Error(err)
	}
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}
