package app

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/trace"
)

// The setting with what a collector wants to be told by each call, such as a key.
const (
	tracingHeaders     = "OTEL_EXPORTER_OTLP_HEADERS"
	tracingHeadersHelp = "what the collector of traces asks for, such as Authorization=Bearer%20…"
)

// tracing checks where traces go.
func (p *parser) tracing() {
	name, s, unread := "OTEL_EXPORTER_OTLP_ENDPOINT", p.settings, p.unread(tracingHeaders)
	if s.TracingPath != "" {
		name = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	}
	endpoint, err := trace.Endpoint(s.Tracing, s.TracingPath)
	if err != nil {
		p.wrong(name, err)
	}
	header, err := trace.Headers(s.TracingHeaders.Reveal())
	if err != nil && !unread {
		p.wrong(tracingHeaders, err)
	}
	p.parsed.Tracing = trace.Config{Endpoint: endpoint, Header: header, TrustedProxies: p.parsed.TrustedProxies}
}

// tracingWarning is about a key that everybody on the way to the collector reads.
func (s *Settings) tracingWarning(p Parsed) (bool, SettingsWarning) {
	u, err := url.Parse(p.Tracing.Endpoint)
	clear := err == nil && u.Scheme == "http" && !Loopback(u.Hostname()) && len(p.Tracing.Header) > 0
	return clear, SettingsWarning{
		Setting: tracingHeaders,
		Seen:    tracingHeaders + " goes to the collector over plain http: whoever is on the way reads it",
		Mend:    "use https, or a collector on this machine that adds the key",
	}
}

// startTracing begins to trace, where there is a collector.
func (a *App) startTracing(ctx context.Context, p Parsed) {
	p.Tracing.Log = a.log
	a.tracing = trace.New(ctx, p.Tracing)
}

// tracingOfCalls makes the calls to Caramelo a part of the traces. It changes nothing without them.
func (a *App) tracingOfCalls(config *caramelo.Config) {
	if a.tracing == nil {
		return
	}
	wrap, observe := config.Wrap, config.Observe
	config.Wrap = func(next http.RoundTripper) http.RoundTripper { return a.tracing.Calls(wrap(next)) }
	config.Observe = func(ctx context.Context, o caramelo.Outcome) {
		a.tracing.Outcome(ctx, string(o.Kind), o.Calls)
		observe(ctx, o)
	}
}

// TryTracing reports whether the collector takes traces, and how to mend it where it does not.
// There must be one.
func (p Parsed) TryTracing(ctx context.Context) (seen, mend string, ok bool) {
	u, err := url.Parse(p.Tracing.Endpoint)
	if err != nil {
		return "its address cannot be read", "set it right", false
	}
	if err := trace.Try(ctx, p.Tracing); err != nil {
		mend = "start it, or set OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS right"
		if _, port, _ := net.SplitHostPort(u.Host); port == "4317" {
			mend = "4317 is mostly gRPC, which the intranet does not speak: use the collector's port for HTTP, mostly 4318"
		}
		return fmt.Sprintf("%s does not take traces: %v", u.Host, err), mend, false
	}
	return u.Host + " takes traces", "", true
}
