package caramelo

import (
	"crypto/tls"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// Split is where the time of a call went. What it did not come to is 0.
type Split struct {
	Connect time.Duration // until there was a connection: looked up and dialled, or a kept one
	TLS     time.Duration // of a new connection
	Wait    time.Duration // until the answer began, the request's own way included
	Read    time.Duration // until the answer's end
}

// stopwatch notes when the stages of a call ended, in nanoseconds since its
// start; 0 is not yet. They are atomic because the transport goes on with a
// connection that nobody waits for any more.
type stopwatch struct {
	start                              time.Time
	greeting, secured, ready, answered atomic.Int64
}

func newStopwatch() *stopwatch { return &stopwatch{start: time.Now()} }

func (w *stopwatch) note(at *atomic.Int64) { at.Store(max(1, int64(time.Since(w.start)))) }

func (w *stopwatch) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		TLSHandshakeStart: func() { w.note(&w.greeting) },
		TLSHandshakeDone:  func(tls.ConnectionState, error) { w.note(&w.secured) },
		GotConn: func(got httptrace.GotConnInfo) {
			w.note(&w.ready)
			if got.Reused { // it came before the one that was being made
				w.greeting.Store(0)
			}
		},
		GotFirstResponseByte: func() { w.note(&w.answered) },
	}
}

// split divides what has passed until now.
func (w *stopwatch) split(now time.Time) (s Split) {
	end := int64(now.Sub(w.start))
	until := func(at *atomic.Int64) int64 { // or the end, where that stage was the last
		if t := at.Load(); t > 0 && t < end {
			return t
		}
		return end
	}
	ready, answered := until(&w.ready), until(&w.answered)
	if greeting := w.greeting.Load(); greeting > 0 && greeting < ready {
		s.TLS = time.Duration(min(until(&w.secured), ready) - greeting)
	}
	s.Connect = time.Duration(ready) - s.TLS
	s.Wait, s.Read = time.Duration(answered-ready), time.Duration(end-answered)
	return s
}
