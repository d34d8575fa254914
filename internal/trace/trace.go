// Package trace tells an OpenTelemetry collector where the time of a request goes: the request,
// its statements and its call to Caramelo, as spans of one trace. It is off unless a collector is
// set, and can be taken out: see "Take traces out" in docs/operations.md.
//
// What leaves the intranet is written here and nowhere else: routes and not addresses, statements
// and not their values, SQLSTATE and not messages, and nothing of a person.
package trace

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"reflect"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Config says where spans go.
type Config struct {
	Endpoint string      // of the collector, with its path; "" is off
	Header   http.Header // of each call to it; a secret
	// TrustedProxies are believed when they say in traceparent which trace a request belongs to.
	TrustedProxies []netip.Prefix
	Log            *slog.Logger
}

// Tracer makes spans. A nil one makes none, and wraps nothing.
type Tracer struct {
	config   Config
	client   *client
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// New returns a Tracer, nil where the configuration has no collector. Sampling, the queue and
// what is said of this process come from the standard OTEL_ variables, which the SDK reads.
func New(ctx context.Context, config Config) *Tracer {
	if config.Endpoint == "" {
		return nil
	}
	// The name of the service is that of OTEL_SERVICE_NAME, if it is set. Its errors are about
	// details of the host that are left out then.
	about, _ := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "intranet")),
		resource.WithHost(), resource.WithTelemetrySDK(), resource.WithFromEnv())
	t := &Tracer{config: config, client: newClient(config)}
	exporter := otlptrace.NewUnstarted(t.client)
	_ = exporter.Start(ctx) // the client has nothing to start
	t.provider = sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about))
	t.tracer = t.provider.Tracer(reflect.TypeFor[Tracer]().PkgPath()) // as is the custom
	return t
}

// closeTimeout is how long the last spans may take on their way out.
const closeTimeout = 2 * time.Second

// Close sends what is left, and gives up where the collector does not answer.
func (t *Tracer) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // what cannot be sent is in the log
	t.client.giveUp()            // otherwise a call would outlive this
}

// Statements makes the pool's statements spans of the request that sends them. A tracer that the
// pool has already is told of them, too.
func (t *Tracer) Statements(config *pgxpool.Config) {
	if t != nil {
		config.ConnConfig.Tracer = t.statements(config.ConnConfig)
	}
}

// Outcome notes on the span of ctx how the handshake with Caramelo ended.
func (t *Tracer) Outcome(ctx context.Context, kind string, calls int) {
	if t != nil {
		trace.SpanFromContext(ctx).SetAttributes(
			attribute.String("caramelo.kind", kind), attribute.Int("caramelo.calls", calls))
	}
}
