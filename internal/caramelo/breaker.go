package caramelo

import (
	"time"

	"github.com/sony/gobreaker/v2"
)

// newBreaker returns the circuit breaker, which stops calling a vendor that is down.
func (c *Client) newBreaker() *gobreaker.CircuitBreaker[Connection] {
	return gobreaker.NewCircuitBreaker[Connection](gobreaker.Settings{
		Timeout: c.config.BreakFor,
		ReadyToTrip: func(counts gobreaker.Counts) bool {
			return counts.ConsecutiveFailures >= c.config.BreakAfter
		},
		IsSuccessful: func(err error) bool { return !countsAsFailure(err) },
		IsExcluded:   ignoredByBreaker,
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				c.openedAt.Store(time.Now().UnixNano())
			}
		},
	})
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
