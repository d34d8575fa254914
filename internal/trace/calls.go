package trace

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Calls makes the calls that next sends spans of the request that they are for, and tells the
// other side in traceparent which trace it is. The body, with the secret, is left alone.
func (t *Tracer) Calls(next http.RoundTripper) http.RoundTripper {
	if t == nil {
		return next
	}
	return calls{t, next}
}

type calls struct {
	*Tracer
	next http.RoundTripper
}

func (c calls) RoundTrip(r *http.Request) (*http.Response, error) {
	if !trace.SpanContextFromContext(r.Context()).IsValid() {
		return c.next.RoundTrip(r)
	}
	ctx, span := c.tracer.Start(r.Context(), r.Method+" intranet-auth", trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(
			attribute.String("http.request.method", r.Method),
			attribute.String("url.template", "/api/chatbox/project/{project_id}/intranet-auth"),
			attribute.String("server.address", r.URL.Hostname()),
		))
	defer span.End()
	if port, err := strconv.Atoi(r.URL.Port()); err == nil {
		span.SetAttributes(attribute.Int("server.port", port))
	}
	r = r.Clone(ctx) // its headers are the caller's
	w3c.Inject(ctx, propagation.HeaderCarrier(r.Header))
	r.Header.Del("tracestate") // what our own proxies write there is not for others
	res, err := c.next.RoundTrip(r)
	switch {
	case err != nil:
		span.SetAttributes(attribute.String("error.type", failure(err)))
		span.SetStatus(codes.Error, "")
	default:
		span.SetAttributes(attribute.Int("http.response.status_code", res.StatusCode))
		if res.StatusCode >= http.StatusBadRequest {
			span.SetAttributes(attribute.String("error.type", strconv.Itoa(res.StatusCode)))
			span.SetStatus(codes.Error, "")
		}
	}
	return res, err
}

// failure says in a word how something failed whose message may hold anything.
func failure(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	return "connection"
}
