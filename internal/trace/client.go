package trace

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// A client sends spans by OTLP over HTTP: it is an otlptrace.Client. The published one,
// otlptracehttp, brings gRPC along, which makes the program a third larger.
//
// Each batch is sent once: what a collector does not take is lost, and never kept for longer.
// Calls come one after the other.
type client struct {
	endpoint  string
	header    http.Header
	log       *slog.Logger
	transport *http.Transport
	ended     context.Context // when there is nobody left to wait
	giveUp    context.CancelFunc
	lost      atomic.Int64 // spans since the last batch that was taken
}

// sendTimeout is for one batch.
const sendTimeout = 5 * time.Second

func newClient(config Config) *client {
	c := &client{endpoint: config.Endpoint, header: config.Header, log: config.Log}
	c.ended, c.giveUp = context.WithCancel(context.Background())
	// It follows no redirect, because the header may be a secret.
	c.transport = &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
		TLSHandshakeTimeout:    2 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           1,
		IdleConnTimeout:        time.Minute,
		MaxResponseHeaderBytes: 32 << 10,
		DisableCompression:     true,
	}
	return c
}

// Start implements otlptrace.Client.
func (c *client) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (c *client) Stop(context.Context) error {
	c.transport.CloseIdleConnections()
	return nil
}

// UploadTraces implements otlptrace.Client. It returns no error, which the SDK would print
// beside our log.
func (c *client) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	defer context.AfterFunc(c.ended, cancel)()
	err := c.send(ctx, spans)
	switch {
	case err == nil:
		if lost := c.lost.Swap(0); lost > 0 {
			c.log.Info("the collector takes traces again", slog.Int64("spans_lost", lost))
		}
	case c.lost.Add(int64(count(spans))) == int64(count(spans)):
		c.log.Warn("the collector does not take traces: they are lost until it does", slog.Any("error", err))
	}
	return nil
}

func (c *client) send(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	// It is on the wire what ExportTraceServiceRequest is, whose package brings gRPC along.
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if c.header != nil {
		req.Header = c.header.Clone()
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.CopyN(io.Discard, res.Body, 64<<10) // so that the connection is used again
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	return nil
}

func count(all []*tracepb.ResourceSpans) (n int) {
	for _, r := range all {
		for _, s := range r.ScopeSpans {
			n += len(s.Spans)
		}
	}
	return n
}

// Try sends nothing to the collector, and returns an error where it does not take that.
func Try(ctx context.Context, config Config) error {
	c := newClient(config)
	defer c.giveUp()
	defer c.transport.CloseIdleConnections()
	return c.send(ctx, nil)
}
