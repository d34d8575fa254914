package caramelo

import (
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

// Kind names how a handshake ended, for logs, metrics and people who look for
// the cause.
type Kind string

// The kinds. All but OK are failures; the page is whole with each of them.
const (
	OK          Kind = "ok"
	Credentials Kind = "credentials"  // 401, 403: the secret token is wrong or revoked
	Project     Kind = "project"      // 404: no such project
	RateLimited Kind = "rate_limited" // 429
	Rejected    Kind = "rejected"     // another 4xx: this person's data, perhaps
	Unavailable Kind = "unavailable"  // 5xx, or no answer at all
	Timeout     Kind = "timeout"      // the budget ran out
	Malformed   Kind = "malformed"    // another 2xx, a redirect, or a body that is not the documented one
	CircuitOpen Kind = "circuit_open" // not called: it failed again and again, or asked for a pause
	Overloaded  Kind = "overloaded"   // not called: too many handshakes under way
	Canceled    Kind = "canceled"     // the request ended before it did: the person left; nobody's fault
)

// Error is the failure of a handshake. Its text is for logs: it never holds the
// secret, the token or any part of the vendor's answer.
type Error struct {
	Kind       Kind
	Status     int           // of the HTTP answer; 0 without one
	RetryAfter time.Duration // what the vendor asked for, 0 to 30 s
	Err        error         // the cause, if there is one beside the status
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

// safe names the cause of a failed connection. The error itself stays out: what
// net/http makes of an answer that is not HTTP quotes it, and a vendor may echo
// the request with the secret in it.
func safe(err error) error {
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

// KindOf is the kind of err: OK for nil, Unavailable for a foreign error.
func KindOf(err error) Kind {
	if err == nil {
		return OK
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Unavailable
}

// countsAgainstVendor says which failures open the circuit. A person's bad data
// or a wrong secret does not: the vendor is well, and the next call may succeed.
func countsAgainstVendor(err error) bool {
	switch KindOf(err) {
	case Unavailable, Timeout, RateLimited:
		return true
	}
	return false
}

// saysNothingOfVendor says which outcome is neither for nor against it.
func saysNothingOfVendor(err error) bool { return KindOf(err) == Canceled }

// statusError is the failure that an answer with another status than 200 means.
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

// retryAfter reads the header's two forms (RFC 9110, section 10.2.3), between 0
// and 30 s: a vendor's slip must not silence the assistant for a day.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}
