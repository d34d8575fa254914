package caramelo

import (
	"crypto/tls"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// Split says how the duration of a call divides into stages. A stage that was not
// reached is 0.
type Split struct {
	Connect time.Duration // until a connection was ready: DNS and dialing, or taking one from the pool
	TLS     time.Duration // TLS handshake of a new connection
	Wait    time.Duration // from sending the request to the first byte of the answer
	Read    time.Duration // from the first byte of the answer to its end
}

// stopwatch notes when the stages of a call began or ended, in nanoseconds since
// its start; 0 means not yet. The values are atomic because the transport may go
// on opening a connection after the call has ended.
type stopwatch struct {
	start     time.Time
	tlsStart  atomic.Int64
	tlsDone   atomic.Int64
	connected atomic.Int64
	firstByte atomic.Int64
}

func newStopwatch() *stopwatch { return &stopwatch{start: time.Now()} }

func (w *stopwatch) note(stage *atomic.Int64) { stage.Store(max(1, int64(time.Since(w.start)))) }

func (w *stopwatch) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		TLSHandshakeStart: func() { w.note(&w.tlsStart) },
		TLSHandshakeDone:  func(tls.ConnectionState, error) { w.note(&w.tlsDone) },
		GotConn: func(got httptrace.GotConnInfo) {
			w.note(&w.connected)
			if got.Reused { // a pooled connection became free before the new one was ready
				w.tlsStart.Store(0)
			}
		},
		GotFirstResponseByte: func() { w.note(&w.firstByte) },
	}
}

// split divides the time from the start until now.
func (w *stopwatch) split(now time.Time) (s Split) {
	end := int64(now.Sub(w.start))
	endOf := func(stage *atomic.Int64) int64 { // if the call ended during this stage, the end of the call
		if t := stage.Load(); t > 0 && t < end {
			return t
		}
		return end
	}
	connected, firstByte := endOf(&w.connected), endOf(&w.firstByte)
	if tlsStart := w.tlsStart.Load(); tlsStart > 0 && tlsStart < connected {
		s.TLS = time.Duration(min(endOf(&w.tlsDone), connected) - tlsStart)
	}
	s.Connect = time.Duration(connected) - s.TLS
	s.Wait = time.Duration(firstByte - connected)
	s.Read = time.Duration(end - firstByte)
	return s
}
