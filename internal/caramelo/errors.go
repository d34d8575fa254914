package caramelo

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// Kind says how a handshake ended, for logs, metrics and troubleshooting.
type Kind string

// All kinds but OK are failures. The page is complete with each of them, only
// without the chat.
const (
	OK          Kind = "ok"
	Credentials Kind = "credentials"  // 401, 403: the secret token is wrong or revoked
	Project     Kind = "project"      // 404: no such project
	RateLimited Kind = "rate_limited" // 429
	Rejected    Kind = "rejected"     // another 4xx: perhaps this person's data
	Unavailable Kind = "unavailable"  // 5xx, or no answer at all
	Timeout     Kind = "timeout"      // the budget ran out
	Malformed   Kind = "malformed"    // a 200 with another body than documented, another 2xx, or a redirect
	CircuitOpen Kind = "circuit_open" // not called: too many failures in a row, or the vendor asked for a pause
	Overloaded  Kind = "overloaded"   // not called: too many handshakes in flight
	Canceled    Kind = "canceled"     // the page's request ended first: the person left
)

// Error is the failure of a handshake. Its text is for logs: it never holds the
// secret, the token or any part of the vendor's answer.
type Error struct {
	Kind       Kind
	Status     int           // of the HTTP answer; 0 if there was none
	RetryAfter time.Duration // the pause that the vendor asked for, 0 to 30 s
	Err        error         // the cause; nil if the status says it all
}

func (e *Error) Error() string {
	text := "caramelo: " + string(e.Kind)
	if e.Status != 0 {
		text += fmt.Sprintf(" (status %d)", e.Status)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// safeCause describes why a connection failed. It does not wrap err: for an answer
// that is not HTTP net/http returns an error that quotes it, and an answer may
// repeat the request with the secret in it.
func safeCause(err error) error {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Errorf("look up %q: not found or no answer", dns.Name)
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return errors.New("the certificate is not valid for this host, or its authority is unknown")
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		if number, ok := errors.AsType[syscall.Errno](op.Err); ok {
			return fmt.Errorf("%s: %w", op.Op, number)
		}
		return fmt.Errorf("%s failed", op.Op)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the connection was closed too early")
	}
	return errors.New("no answer in HTTP")
}

// KindOf is the kind of err: OK for nil, Unavailable if err is no *Error.
func KindOf(err error) Kind {
	if err == nil {
		return OK
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Unavailable
}

// countsAsFailure reports whether err brings the circuit breaker nearer to opening.
// A person's bad data or a wrong secret does not: the vendor is in order, and the
// next call may succeed.
func countsAsFailure(err error) bool {
	switch KindOf(err) {
	case Unavailable, Timeout, RateLimited:
		return true
	}
	return false
}

// ignoredByBreaker reports whether the breaker counts err neither as a success nor
// as a failure.
func ignoredByBreaker(err error) bool { return KindOf(err) == Canceled }

// toError turns the error of a call into an *Error.
func toError(ctx context.Context, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if ctx.Err() != nil {
		return &Error{Kind: Timeout, Err: context.DeadlineExceeded}
	}
	return &Error{Kind: Unavailable, Err: safeCause(err)}
}

// statusError is the failure that a status other than 200 stands for.
func statusError(res *http.Response, now time.Time) *Error {
	e := &Error{Status: res.StatusCode}
	switch code := res.StatusCode; {
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		e.Kind = Credentials
	case code == http.StatusNotFound:
		e.Kind = Project
	case code == http.StatusTooManyRequests:
		e.Kind = RateLimited
		e.RetryAfter = retryAfter(res.Header.Get("Retry-After"), now)
	case code >= 500:
		e.Kind = Unavailable
		e.RetryAfter = retryAfter(res.Header.Get("Retry-After"), now)
	case code >= 400:
		e.Kind = Rejected
	default:
		e.Kind = Malformed
	}
	return e
}

const maxRetryAfter = 30 * time.Second

// retryAfter reads both forms of the header (RFC 9110, section 10.2.3). The result
// is 0 to 30 s: a mistake of the vendor must not switch the chat off for a day.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}
