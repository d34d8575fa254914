package trace_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/jackc/pgx/v5"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// A page is one trace, and so is the call to Caramelo for it, although the page is sent before it
// ends. Caramelo hears which trace it is.
func TestAPageIsOneTrace(t *testing.T) {
	t.Parallel()
	footer := make(chan struct{}) // is with the browser
	i := start(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-footer:
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(w, `{"real_time_access_token":"a-token"}`)
	})
	res := i.send(http.MethodGet, paths.Home, "")
	body, read := bufio.NewReader(res.Body), ""
	for !strings.HasSuffix(read, "</footer>") {
		b, err := body.ReadByte()
		if err != nil {
			t.Fatal(err)
		}
		read += string(b)
	}
	close(footer)
	if rest, err := io.ReadAll(body); err != nil || !strings.Contains(string(rest), "a-token") {
		t.Errorf("the rest of the page: %v %q", err, rest)
	}
	i.stop()

	page := i.collector.one(t, "GET /")
	want := map[string]string{
		"http.request.method": "GET", "http.route": "/", "http.response.status_code": "200",
		"request.id": res.Header.Get("X-Request-Id"), "network.protocol.version": "1.1",
		"caramelo.kind": "ok", "caramelo.calls": "1",
	}
	if got := attributes(page); !maps.Equal(got, want) || len(page.ParentSpanId) > 0 || page.Status.GetCode() != 0 {
		t.Errorf("the page's span: %v, %v", got, page)
	}
	if len(page.Events) != 1 || page.Events[0].Name != "first part sent" {
		t.Errorf("its events: %v", page.Events)
	}
	session, batch := i.collector.one(t, "SELECT sessions"), i.collector.one(t, "BATCH ")
	call := i.collector.one(t, "POST intranet-auth")
	for _, span := range []*tracepb.Span{session, batch, call} {
		if !bytes.Equal(span.TraceId, page.TraceId) || !bytes.Equal(span.ParentSpanId, page.SpanId) ||
			span.EndTimeUnixNano > page.EndTimeUnixNano || span.Kind != tracepb.Span_SPAN_KIND_CLIENT {
			t.Errorf("it is not a part of the page: %v", span)
		}
	}
	if page.Events[0].TimeUnixNano > call.EndTimeUnixNano {
		t.Error("the call ended before the first part was sent")
	}
	text := attributes(session)["db.query.text"]
	if attributes(session)["db.system.name"] != "postgresql" || !strings.Contains(text, "WHERE s.token_hash = $1") {
		t.Errorf("a statement: %v", attributes(session))
	}
	if len(batch.Events) < 2 {
		t.Errorf("a batch: %v", batch)
	}
	parent := "00-" + hex.EncodeToString(page.TraceId) + "-" + hex.EncodeToString(call.SpanId) + "-01"
	if heard := i.heard.Get("Traceparent"); heard != parent || i.heard.Get("Tracestate") != "" {
		t.Errorf("Caramelo heard of %q, the call is %q", heard, parent)
	}
	if id := i.heard.Get("X-Request-Id"); id != res.Header.Get("X-Request-Id") {
		t.Errorf("Caramelo heard of the request %q", id)
	}
}

// A change is there with each of its statements, and a Caramelo that fails with its call.
func TestChangesAndFailuresAreInTheTrace(t *testing.T) {
	t.Parallel()
	i := start(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "sk_canary "+email, http.StatusInternalServerError)
	})
	page := i.send(http.MethodGet, paths.Account, "")
	if whole, err := io.ReadAll(page.Body); err != nil || !strings.Contains(string(whole), "assistant-unavailable") {
		t.Errorf("%d, %v", page.StatusCode, err)
	}
	form := url.Values{"lang": {"pt"}, "time_zone": {"America/Sao_Paulo"}, "theme": {"dark"}}.Encode()
	if res := i.send(http.MethodPost, paths.AccountPreferences, form); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.StatusCode)
	}
	i.stop()
	failed := i.collector.one(t, "POST intranet-auth")
	got := attributes(failed)
	if got["http.response.status_code"] != "500" || got["error.type"] != "500" ||
		failed.Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR || failed.Status.Message != "" {
		t.Errorf("a call that failed: %v", failed)
	}
	of := i.collector.one(t, "GET "+paths.Account)
	if got := attributes(of); got["caramelo.kind"] != "unavailable" || of.Status.GetCode() != 0 {
		t.Errorf("its page: %v", of)
	}
	change := i.collector.one(t, "POST "+paths.AccountPreferences)
	var did []string
	for _, span := range i.collector.spans(t) {
		if bytes.Equal(span.TraceId, change.TraceId) && bytes.Equal(span.ParentSpanId, change.SpanId) {
			did = append(did, span.Name)
		}
	}
	for _, want := range []string{"SELECT sessions", "BEGIN", "UPDATE people", "INSERT audit", "COMMIT"} {
		if !slices.Contains(did, want) {
			t.Errorf("a change: there is no %s in %q", want, did)
		}
	}
}

// What leaves the intranet is looked through for what people have sent and for our own secrets.
func TestNothingSecretOrOfAPersonLeaves(t *testing.T) {
	t.Parallel()
	i := start(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"real_time_access_token":"a-canary-token"}`)
	})
	for _, path := range []string{
		paths.Home, paths.Account, paths.People + "?q=sought-canary", paths.People + "/" + i.person,
		"/no/such/canary?q=sought-canary", "/login?next=/canary",
	} {
		res := i.send(http.MethodGet, path, "", "Referer", i.url+"/?q=referred-canary", "User-Agent", "canary-agent",
			"Baggage", "name=carried-canary", "Traceparent", "00-"+strings.Repeat("a", 32)+"-"+strings.Repeat("b", 16)+"-01",
			"Tracestate", "canary=1", "X-Forwarded-For", "203.0.113.77")
		_, _ = io.Copy(io.Discard, res.Body)
	}
	form := url.Values{"email": {email}, "password": {"a-canary-of-a-password"}}
	if res := i.send(http.MethodPost, "/login?q=sought-canary", form.Encode()); res.StatusCode == http.StatusOK {
		t.Error(res.StatusCode)
	}
	i.stop()
	if n := len(i.collector.spans(t)); n < 20 {
		t.Fatalf("only %d spans", n)
	}
	everything := i.collector.bytes()
	for _, secret := range []string{
		"canary", "Canary", email, i.cookie, i.person, secretToken, headerKey, "203.0.113.77", "a-token",
		strings.Repeat("\xaa", 16), i.password,
	} {
		if secret != "" && bytes.Contains(everything, []byte(secret)) {
			t.Errorf("%q has left", secret)
		}
	}
	if !i.collector.allHad("Bearer " + headerKey) {
		t.Error("the collector was not told the header")
	}
	for _, line := range []string{headerKey, "Bearer"} {
		if strings.Contains(i.log.String(), line) {
			t.Errorf("%q is in the log", line)
		}
	}
}

const (
	email       = "canary@company.example"
	secretToken = "sk_canary_of_caramelo" // #nosec G101 -- of tests alone
	headerKey   = "key-of-the-collector"
)

// An intranet whose traces a collector of the test gets.
type intranet struct {
	t         *testing.T
	collector *collector
	url       string
	person    string // their id
	cookie    string
	password  string // of the database, if it has one
	log       *written
	heard     http.Header // by Caramelo, last
	stop      func()
}

func start(t *testing.T, vendor http.HandlerFunc) *intranet {
	t.Helper()
	i := &intranet{t: t, collector: &collector{}, log: &written{}}
	var mu sync.Mutex
	caramelos := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		i.heard = r.Header.Clone()
		mu.Unlock()
		vendor(w, r)
	}))
	t.Cleanup(caramelos.Close)
	receiver := httptest.NewServer(i.collector)
	t.Cleanup(receiver.Close)
	var settings app.Settings
	parser, err := kong.New(&settings)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	i.url = "http://" + listener.Addr().String()
	if _, err := parser.Parse([]string{
		"--public-url=" + i.url, "--caramelo-project-id=p_test", "--caramelo-api-url=" + caramelos.URL,
		"--caramelo-sdk-url=" + caramelos.URL + "/sdk.js", "--otel-exporter-otlp-endpoint=" + receiver.URL,
		"--log-level=debug",
	}); err != nil {
		t.Fatal(err)
	}
	dsn := testdb.URL(t)
	settings.DatabaseURL, settings.SecretToken = caramelo.NewSecret(dsn), caramelo.NewSecret(secretToken)
	settings.TracingHeaders = caramelo.NewSecret("Authorization=Bearer%20" + headerKey)
	a, err := app.Start(t.Context(), settings, app.Options{Listener: listener}, app.NewLog(i.log, settings))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(ctx) }()
	i.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(i.stop)
	i.signIn(dsn)
	return i
}

// signIn makes a person, and a session of theirs.
func (i *intranet) signIn(dsn string) {
	i.t.Helper()
	ctx := i.t.Context()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		i.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	i.password = conn.Config().Password
	var version int
	const add = `INSERT INTO people (name, email) VALUES ('Ana Canary', $1) RETURNING id::text, session_version`
	if err := conn.QueryRow(ctx, add, email).Scan(&i.person, &version); err != nil {
		i.t.Fatal(err)
	}
	i.cookie = rand.Text()
	expires := time.Now().Add(time.Hour)
	data, err := store.SessionCodec{}.Encode(expires, map[string]any{
		store.SessionPersonKey: i.person, store.SessionVersionKey: strconv.Itoa(version),
	})
	if err != nil {
		i.t.Fatal(err)
	}
	_, err = conn.Exec(ctx, `INSERT INTO sessions (token_hash, data, person_id, version, expires_at)
		VALUES ($1, $2, $3, $4, $5)`, store.HashToken(i.cookie), data, i.person, version, expires)
	if err != nil {
		i.t.Fatal(err)
	}
}

func (i *intranet) send(method, path, form string, header ...string) *http.Response {
	i.t.Helper()
	req, err := http.NewRequestWithContext(i.t.Context(), method, i.url+path, strings.NewReader(form))
	if err != nil {
		i.t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "session", Value: i.cookie})
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", i.url)
	}
	for n := 0; n < len(header); n += 2 {
		req.Header.Set(header[n], header[n+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// A collector takes traces by OTLP over HTTP, as real ones do.
type collector struct {
	mu      sync.Mutex
	bodies  [][]byte
	allowed []string // what the calls had in Authorization
	wrong   []string
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/traces" ||
		r.Header.Get("Content-Type") != "application/x-protobuf" {
		c.wrong = append(c.wrong, r.Method+" "+r.URL.Path)
		http.Error(w, "no", http.StatusBadRequest)
		return
	}
	c.bodies, c.allowed = append(c.bodies, body), append(c.allowed, r.Header.Get("Authorization"))
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func (c *collector) bytes() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Concat(c.bodies...)
}

func (c *collector) allHad(header string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.allowed) > 0 && !slices.ContainsFunc(c.allowed, func(h string) bool { return h != header })
}

// spans are all that have come.
func (c *collector) spans(t *testing.T) (all []*tracepb.Span) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.wrong) > 0 {
		t.Errorf("the collector was asked for %q", c.wrong)
	}
	for _, body := range c.bodies {
		var data tracepb.TracesData
		if err := proto.Unmarshal(body, &data); err != nil {
			t.Fatal(err)
		}
		for _, resource := range data.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				all = append(all, scope.Spans...)
			}
		}
	}
	return all
}

// one is the one span whose name is, or begins so.
func (c *collector) one(t *testing.T, name string) *tracepb.Span {
	t.Helper()
	var found []*tracepb.Span
	var names []string
	for _, span := range c.spans(t) {
		names = append(names, span.Name)
		if span.Name == name || strings.HasSuffix(name, " ") && strings.HasPrefix(span.Name, name) {
			found = append(found, span)
		}
	}
	if len(found) != 1 {
		t.Fatalf("there are %d spans %q among %q", len(found), name, names)
	}
	return found[0]
}

func attributes(span *tracepb.Span) map[string]string {
	all := map[string]string{}
	for _, a := range span.Attributes {
		if all[a.Key] = a.Value.GetStringValue(); all[a.Key] == "" {
			all[a.Key] = strconv.FormatInt(a.Value.GetIntValue(), 10)
		}
	}
	return all
}

// written is a log that may be read meanwhile.
type written struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *written) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(b)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}
