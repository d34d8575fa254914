package caramelo

import (
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// enoughPeople is of how many different people the calls must fail before nobody's are
// made. Fewer may have failed because of their own data, or of a limit of their own.
const enoughPeople = 3

// trouble remembers the people whose calls went wrong lately, so that the failures of one
// take the chat from nobody else. It remembers three, because then it is everybody's.
type trouble struct {
	some      atomic.Bool // false: nothing is remembered, as mostly
	mu        sync.Mutex
	series    int                  // failures since the last success
	failed    map[string]time.Time // when calls of these people failed, since the last success
	paused    map[string]time.Time // until when the calls of these people pause
	allPaused time.Time            // until when all calls pause
}

// judge notes how a call of a person ended, and returns what the circuit breaker learns
// of it: nil is a success, errDown a failure, and errNotCounted neither.
func (c *Client) judge(person string, err error) (verdict error) {
	t := &c.trouble
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(t.paused, func(_ string, until time.Time) bool { return !until.After(now) })
	defer func() { t.some.Store(len(t.failed)+len(t.paused) > 0 || t.allPaused.After(now)) }()
	if failure, ok := errors.AsType[*Error](err); ok {
		switch {
		case failure.RetryAfter > 0:
			t.pause(person, now, failure.RetryAfter)
		case failure.Kind == RateLimited:
			t.pause(person, now, c.config.BreakFor)
		}
	}
	switch KindOf(err) {
	case Canceled, RateLimited:
		return errNotCounted
	case Unavailable, Timeout:
		t.series++
		note(&t.failed, person, now)
		if t.series < c.config.BreakAfter || len(t.failed) < enoughPeople {
			return errNotCounted
		}
		// It opens. When it is half-open, it takes three people again to open it, and no
		// further series: the probe of one person says nothing for the others.
		clear(t.failed)
		return errDown
	}
	// The vendor is in order, also where it refuses this person's data.
	t.series = 0
	clear(t.failed)
	return nil
}

// pause stops the calls of a person, and all calls where three people's pause.
func (t *trouble) pause(person string, now time.Time, wait time.Duration) {
	until := now.Add(wait)
	if until.After(t.paused[person]) {
		note(&t.paused, person, until)
	}
	if len(t.paused) >= enoughPeople && until.After(t.allPaused) {
		t.allPaused = until
	}
}

// note remembers at of a person, unless there are enough already.
func note(people *map[string]time.Time, person string, at time.Time) {
	if *people == nil {
		*people = map[string]time.Time{}
	}
	if _, known := (*people)[person]; known || len(*people) < enoughPeople {
		(*people)[person] = at
	}
}

// allPausedUntil is until when all calls pause, or a time in the past.
func (t *trouble) allPausedUntil() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.allPaused
}

// heldBack returns why there is no call for a person now, if there is none: the vendor
// asked for a pause, or their own call is not the one that can close the circuit, because
// it has just failed.
func (c *Client) heldBack(person string) error {
	t := &c.trouble
	t.mu.Lock()
	until, failed := t.paused[person], t.failed[person]
	if t.allPaused.After(until) {
		until = t.allPaused
	}
	t.mu.Unlock()
	if wait := time.Until(until); wait > 0 {
		return &Error{Kind: CircuitOpen, RetryAfter: wait, Err: errors.New("the vendor asked for a pause")}
	}
	if time.Since(failed) < c.config.BreakFor && c.breaker.State() == gobreaker.StateHalfOpen {
		return &Error{Kind: CircuitOpen, Err: errors.New("another person's call is to close the circuit")}
	}
	return nil
}
