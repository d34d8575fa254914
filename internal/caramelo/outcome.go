package caramelo

import (
	"errors"
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

// Kinds are all of them.
var Kinds = []Kind{
	OK, Credentials, Project, RateLimited, Rejected, Unavailable, Timeout, Malformed, CircuitOpen, Overloaded, Canceled,
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

// Outcome describes a handshake that has ended. It holds no secret and no
// personal data.
type Outcome struct {
	Kind     Kind // OK or the kind of failure
	Status   int  // of the HTTP answer; 0 if there was none
	Calls    int  // requests sent: 0 to 2
	Duration time.Duration
	Err      error // nil if Kind is OK
	Split    Split // of the last call
	Answer   Answer
}

// Answer describes the vendor's answer. It quotes nothing of it, because an
// answer may repeat the request with the secret in it.
type Answer struct {
	Type    string    // application/json or another well-known media type, "other", or "" if there was none
	Size    int       // bytes that were read
	Keys    []string  // the documented keys that were present
	Expires time.Time // exp of the token if it is a JWT; its signature is not verified: only for display
}
