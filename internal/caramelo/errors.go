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

// SafeCause describes why a connection failed. It does not wrap err: for an answer
// that is not HTTP net/http returns an error that quotes it, and an answer may
// repeat the request with the secret in it.
func SafeCause(err error) error {
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

// toError turns the error of a call into an *Error.
func toError(ctx context.Context, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if ctx.Err() != nil {
		return &Error{Kind: Timeout, Err: context.DeadlineExceeded}
	}
	return &Error{Kind: Unavailable, Err: SafeCause(err)}
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
