package caramelo

import (
	"errors"
	"time"

	"github.com/sony/gobreaker/v2"
)

// What judge may say of a call that failed: that the vendor is down, or nothing.
var (
	errDown       = errors.New("the vendor is down")
	errNotCounted = errors.New("neither a success nor a failure")
)

// newBreaker returns the circuit breaker, which stops calling a vendor that is down. When
// it opens is for judge to say.
func (c *Client) newBreaker() *gobreaker.CircuitBreaker[struct{}] {
	return gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:     c.config.BreakFor,
		ReadyToTrip: func(gobreaker.Counts) bool { return true },
		IsExcluded:  func(verdict error) bool { return verdict != nil && !errors.Is(verdict, errDown) },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				c.openedAt.Store(time.Now().UnixNano())
			}
		},
	})
}
