package trace

import (
	"net/http"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/carameloai/intranet/internal/forwarded"
)

// w3c is traceparent and tracestate. Baggage is left out: it is what others write.
var w3c propagation.TraceContext

// Handler makes each request of a route a span. route is the pattern of a request, such as
// "GET /people/{id}". What has none is no page: files, health checks and wrong addresses.
func (t *Tracer) Handler(next http.Handler, route func(*http.Request) string) http.Handler {
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, path, found := strings.Cut(route(r), " ")
		if !found {
			next.ServeHTTP(w, r)
			return
		}
		path = strings.TrimSuffix(path, "{$}")
		ctx := r.Context()
		if forwarded.FromProxy(r, t.config.TrustedProxies) {
			ctx = w3c.Extract(ctx, propagation.HeaderCarrier(r.Header))
		}
		ctx, span := t.tracer.Start(ctx, r.Method+" "+path, trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(
				attribute.String("http.request.method", r.Method),
				attribute.String("http.route", path),
				attribute.String("network.protocol.version", strings.TrimPrefix(r.Proto, "HTTP/")),
			))
		answer := &answer{ResponseWriter: w, span: span}
		whole := false
		defer func() { answer.end(whole) }()
		next.ServeHTTP(answer, r.WithContext(ctx))
		whole = true
	})
}

// answer notes what is answered. It has Unwrap, or nobody could set a deadline through it.
type answer struct {
	http.ResponseWriter
	span   trace.Span
	status int
}

func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// FlushError notes when the first part of a page is sent. What follows waits for Caramelo.
func (a *answer) FlushError() error {
	a.span.AddEvent("first part sent")
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// end ends the span. The answer is not whole where its handler has panicked.
func (a *answer) end(whole bool) {
	a.span.SetAttributes(
		attribute.Int("http.response.status_code", a.status),
		attribute.String("request.id", a.Header().Get("X-Request-Id")),
	)
	switch {
	case !whole:
		a.span.SetAttributes(attribute.String("error.type", "broken off"))
		a.span.SetStatus(codes.Error, "")
	case a.status >= http.StatusInternalServerError:
		a.span.SetAttributes(attribute.String("error.type", strconv.Itoa(a.status)))
		a.span.SetStatus(codes.Error, "")
	}
	a.span.End()
}
