package trace_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/goleak"

	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/trace"
)

// tracing is a Tracer with a collector, which has all spans once done was called.
func tracing(t *testing.T, proxies ...netip.Prefix) (tracer *trace.Tracer, c *collector, done func()) {
	t.Helper()
	c = &collector{}
	receiver := httptest.NewServer(c)
	t.Cleanup(receiver.Close)
	tracer = trace.New(t.Context(), trace.Config{
		Endpoint: receiver.URL + "/v1/traces", Log: slog.New(slog.DiscardHandler), TrustedProxies: proxies,
	})
	t.Cleanup(tracer.Close)
	return tracer, c, tracer.Close
}

// route is one for every request.
func route(*http.Request) string { return "GET /thing/{id}" }

// Off is off: nothing is wrapped.
func TestWithoutACollectorNothingIsTraced(t *testing.T) {
	t.Parallel()
	tracer := trace.New(t.Context(), trace.Config{})
	if tracer != nil {
		t.Fatal("there is a tracer")
	}
	mux, transport := http.NewServeMux(), &http.Transport{}
	if tracer.Handler(mux, route) != http.Handler(mux) || tracer.Calls(transport) != http.RoundTripper(transport) {
		t.Error("it wraps")
	}
	config, err := pgxpool.ParseConfig("postgres://x")
	if err != nil {
		t.Fatal(err)
	}
	if tracer.Statements(config); config.ConnConfig.Tracer != nil {
		t.Error("it traces statements")
	}
	tracer.Outcome(t.Context(), "ok", 1)
	tracer.Close()
}

// A traceparent may be anybody's: only a proxy of ours is believed.
func TestOnlyATrustedProxySaysWhichTraceItIs(t *testing.T) {
	t.Parallel()
	tracer, c, done := tracing(t, netip.MustParsePrefix("10.0.0.0/8"))
	var told []http.Header // to the vendor
	calls := tracer.Calls(sender(func(r *http.Request) (*http.Response, error) {
		told = append(told, r.Header)
		return nil, io.EOF
	}))
	handler := tracer.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = calls.RoundTrip(httptest.NewRequestWithContext(r.Context(), http.MethodPost, "http://vendor.example/", nil))
	}), route)
	theirs := strings.Repeat("ab", 16)
	for _, peer := range []string{"10.0.0.1:1", "203.0.113.9:1"} {
		r := httptest.NewRequest(http.MethodGet, "/thing/1", nil)
		r.RemoteAddr = peer
		r.Header.Set("Traceparent", "00-"+theirs+"-"+strings.Repeat("cd", 8)+"-01")
		r.Header.Set("Tracestate", "of=our-proxy")
		r.Header.Set("X-Forwarded-For", "10.0.0.1")
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	// One that says "not sampled" is believed, too, and costs nothing then.
	r := httptest.NewRequest(http.MethodGet, "/thing/1", nil)
	r.RemoteAddr = "10.0.0.1:1"
	r.Header.Set("Traceparent", "00-"+theirs+"-"+strings.Repeat("cd", 8)+"-00")
	handler.ServeHTTP(httptest.NewRecorder(), r)
	done()
	var pages []*tracepb.Span
	for _, span := range c.spans(t) {
		if span.Kind == tracepb.Span_SPAN_KIND_SERVER {
			pages = append(pages, span)
		} else if attributes(span)["error.type"] != "connection" {
			t.Errorf("%v", span)
		}
	}
	if len(pages) != 2 || len(c.spans(t)) != 4 {
		t.Fatalf("%d pages of %d spans", len(pages), len(c.spans(t)))
	}
	of := func(s *tracepb.Span) bool { return bytes.Equal(s.TraceId, bytes.Repeat([]byte{0xab}, 16)) }
	if !of(pages[0]) || len(pages[0].ParentSpanId) == 0 || of(pages[1]) || len(pages[1].ParentSpanId) > 0 {
		t.Errorf("%v", pages)
	}
	// The vendor hears of each, also of the one that is not sampled, but not what our proxy wrote.
	for n, header := range told {
		parent, sampled := header.Get("Traceparent"), map[bool]string{true: "-01", false: "-00"}[n < 2]
		if header.Get("Tracestate") != "" || !strings.HasSuffix(parent, sampled) ||
			strings.Contains(parent, theirs) != (n != 1) {
			t.Errorf("call %d: %v", n, header)
		}
	}
	if len(told) != 3 {
		t.Errorf("%d calls", len(told))
	}
}

type sender func(*http.Request) (*http.Response, error)

func (f sender) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A collector that hangs, or is down, is waited for by no request, is remembered within bounds, and
// does not hold up the end.
func TestACollectorThatHangsCostsNoRequestAnything(t *testing.T) {
	// It must run alone, because it measures the whole process and counts its goroutines.
	before := goleak.IgnoreCurrent()
	hangs := make(chan struct{})
	var called sync.Once
	asked := make(chan struct{})
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		called.Do(func() { close(asked) })
		_, _ = io.Copy(io.Discard, r.Body)
		<-hangs
	}))
	log := &written{}
	tracer := trace.New(t.Context(), trace.Config{
		Endpoint: receiver.URL, Log: slog.New(slog.NewTextHandler(log, nil)),
		Header: http.Header{"Authorization": {headerKey}},
	})
	handler := tracer.Handler(http.NotFoundHandler(), route)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	ask := func() {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/thing/1", nil))
	}
	for range 512 { // a batch
		ask()
	}
	<-asked
	few := heap()
	began := time.Now()
	for n := range 100_000 {
		if ask(); time.Since(began) > 20*time.Second {
			t.Fatalf("%d requests took more than 20 s", n)
		}
	}
	if many := heap(); many > few+8<<20 {
		t.Errorf("the heap grew from %d to %d bytes", few, many)
	}
	began = time.Now()
	tracer.Close()
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("the end took %v", took)
	}
	left := func() bool { // whoever sends, while the collector still hangs
		stacks := make([]byte, 1<<20)
		return !bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("batchSpanProcessor"))
	}
	for end := time.After(2 * time.Second); !left(); {
		select {
		case <-end:
			t.Fatal("what sends spans outlives the end")
		case <-time.After(10 * time.Millisecond):
		}
	}
	close(hangs)
	receiver.Close()
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
	if said := log.String(); strings.Count(said, "level=WARN") != 1 || strings.Contains(said, headerKey) {
		t.Errorf("the log: %s", said)
	}
}

// What a collector does not take is said once, and how much was lost when it takes traces again. A
// redirect is not followed: its target would be told the header.
func TestACollectorThatRefusesIsInTheLogOnce(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a redirect was followed")
	}))
	defer elsewhere.Close()
	var mu sync.Mutex
	status := http.StatusTemporaryRedirect
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		w.Header().Set("Location", elsewhere.URL)
		w.WriteHeader(status)
	}))
	defer receiver.Close()
	log := &written{}
	config := trace.Config{
		Endpoint: receiver.URL, Log: slog.New(slog.NewTextHandler(log, nil)),
		Header: http.Header{"Authorization": {headerKey}},
	}
	for _, status = range []int{307, 503, 200} {
		err := trace.Try(t.Context(), config)
		if (err == nil) != (status == 200) {
			t.Errorf("%d: %v", status, err)
		}
	}
	status = 503
	tracer := trace.New(t.Context(), config)
	handler := tracer.Handler(http.NotFoundHandler(), route)
	for range 1000 { // more than one batch
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/thing/1", nil))
	}
	tracer.Close()
	if said := log.String(); strings.Count(said, "status 503") != 1 || strings.Contains(said, headerKey) {
		t.Errorf("the log: %s", said)
	}
}

// Postgres quotes values in its messages. What leaves is the code of the error, and a statement
// without the texts in it.
func TestAStatementLeavesWithoutValues(t *testing.T) {
	t.Parallel()
	tracer, c, done := tracing(t)
	config := testdb.New(t).Config()
	other := &counter{}
	config.ConnConfig.Tracer = other
	tracer.Statements(config)
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	const add = `INSERT INTO people (name, email) VALUES ($1, $2)`
	handler := tracer.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		for range 2 {
			_, _ = pool.Exec(ctx, add, "Ana Canary", email)
		}
		_, _ = pool.Exec(ctx, `SELECT id FROM people WHERE name = 'Canary' OR name = E'it\'s canary' OR name = $$canary$$`)
		_, _ = pool.Exec(ctx, `SELECT $1::uuid`, "canary")
		_, _ = pool.Exec(ctx, `SELECT 'canary`)
		batch := &pgx.Batch{}
		batch.Queue(`SELECT 'canary'`)
		batch.Queue(add, "Ana Canary", email)
		_ = pool.SendBatch(ctx, batch).Close()
		left, cancel := context.WithCancel(ctx)
		cancel()
		_, _ = pool.Exec(left, `SELECT 1`)
	}), route)
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/thing/canary?q=canary", nil))
	if _, err := pool.Exec(t.Context(), `SELECT 1`); err != nil { // is nobody's request
		t.Error(err)
	}
	done()
	if all := c.bytes(); bytes.Contains(bytes.ToLower(all), []byte("canary")) {
		t.Errorf("%q", all)
	}
	codes, page := map[string]int{}, c.one(t, "GET /thing/{id}")
	for _, span := range c.spans(t) {
		if span.Status.GetMessage() != "" || !bytes.Equal(span.TraceId, page.TraceId) {
			t.Errorf("%v", span)
		}
		codes[attributes(span)["db.response.status_code"]]++
	}
	if codes["23505"] != 2 || codes["42601"] != 1 {
		t.Errorf("errors by code: %v", codes)
	}
	if other.n < 6 {
		t.Errorf("the other tracer was told of %d statements", other.n)
	}
}

// counter is another tracer, which must be told nevertheless.
type counter struct{ n int }

func (c *counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.n++
	return ctx
}

func (c *counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// An answer that breaks off is an error, and the panic goes on.
func TestAnAnswerThatBreaksOffIsAnError(t *testing.T) {
	t.Parallel()
	tracer, c, done := tracing(t)
	server := httptest.NewServer(tracer.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		panic(http.ErrAbortHandler)
	}), route))
	defer server.Close()
	if res, err := http.Get(server.URL); err == nil {
		if _, err = io.ReadAll(res.Body); err == nil {
			t.Error("it looks whole")
		}
		_ = res.Body.Close()
	}
	done()
	span := c.one(t, "GET /thing/{id}")
	if span.Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR || attributes(span)["error.type"] != "broken off" {
		t.Errorf("%v", span)
	}
}

func TestWhereTracesGo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ base, whole, want string }{
		{"", "", ""},
		{"http://collector:4318", "", "http://collector:4318/v1/traces"},
		{"http://collector:4318/", "", "http://collector:4318/v1/traces"},
		{"https://otel.example.com/otlp", "", "https://otel.example.com/otlp/v1/traces"},
		{"http://collector:4318", "https://x.example/api/traces", "https://x.example/api/traces"},
		{"", "https://x.example", "https://x.example"},
		{"collector:4318", "", "wrong"},
		{"http://", "", "wrong"},
		{"grpc://collector:4317", "", "wrong"},
		{"http://user:canary@collector", "", "wrong"},
		{"", "https://x.example/?api-key=canary", "wrong"},
		{"http://a b", "", "wrong"},
	} {
		got, err := trace.Endpoint(test.base, test.whole)
		if (err != nil) != (test.want == "wrong") || err == nil && got != test.want ||
			err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("%+v: %q, %v", test, got, err)
		}
	}
	header, err := trace.Headers(" Authorization=Bearer%20a%2Cb , x-tenant=one,")
	if err != nil || header.Get("Authorization") != "Bearer a,b" || header.Get("X-Tenant") != "one" {
		t.Errorf("%v, %v", header, err)
	}
	for _, wrong := range []string{"canary", "a b=canary", "x=%zzcanary", "x=canary%0d%0ay: z", "=canary"} {
		if _, err := trace.Headers(wrong); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}
