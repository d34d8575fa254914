package caramelo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// somebody is another person for each n.
func somebody(n int) Customer { return Customer{ID: fmt.Sprintf("person %d", n), Lang: "en"} }

// newFaultyVendor answers people whose id is among the faults in their own way, and
// everybody else well.
func newFaultyVendor(t *testing.T) (url string, faults *sync.Map) {
	t.Helper()
	faults = &sync.Map{}
	vendor := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		faults.Range(func(id, fault any) bool {
			if !strings.Contains(string(body), fmt.Sprintf("%q", id)) {
				return true
			}
			fault.(http.HandlerFunc)(w, r)
			return false
		})
		_, _ = io.WriteString(w, good) // too late after a fault that has answered
	})
	return vendor.URL, faults
}

// These break what one person gets, over and over.
func personalFaults(t *testing.T) map[string]http.HandlerFunc {
	reset := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	slow := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	limited := func(header string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}
	down := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	return map[string]http.HandlerFunc{
		"500":                  answer(500, ""),
		"502":                  answer(502, ""),
		"no answer":            reset,
		"no answer in time":    slow,
		"429 for 30 s":         limited("30"),
		"429 without a time":   limited(""),
		"503 with Retry-After": down,
	}
}

// Up to two people's failures, of any kind and however many, take the chat from nobody
// else, and their own chat is back when the vendor answers them again.
func TestTheFailuresOfOnePersonAreTheirs(t *testing.T) {
	t.Parallel()
	for name, fault := range personalFaults(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, faults := newFaultyVendor(t)
			c := newClient(t, url, func(c *Config) {
				c.BreakAfter, c.BreakFor, c.Timeout = 2, 30*time.Second, 5*time.Second
				if name == "no answer in time" {
					c.Timeout = 150 * time.Millisecond
				}
			})
			faults.Store("person 1", fault)
			faults.Store("person 2", fault)
			for range 4 {
				for n := range 2 {
					if _, err := c.Start(t.Context(), somebody(n+1)).Join(); err == nil {
						t.Fatal("the vendor has no fault")
					}
				}
			}
			for n := range 5 {
				if _, err := c.Start(t.Context(), somebody(n+3)).Join(); err != nil {
					t.Errorf("somebody else: %v", err)
				}
			}
			if s := c.State(); s.Circuit != "closed" || !s.PausedUntil.IsZero() {
				t.Errorf("%+v", s)
			}
		})
	}
}

// Three people's failures are the vendor's.
func TestTheFailuresOfThreePeopleStopAllCalls(t *testing.T) {
	t.Parallel()
	for name, fault := range personalFaults(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, faults := newFaultyVendor(t)
			c := newClient(t, url, func(c *Config) {
				c.BreakAfter, c.BreakFor, c.Timeout = 3, 30*time.Second, 5*time.Second
				if name == "no answer in time" {
					c.Timeout = 150 * time.Millisecond
				}
			})
			for n := range 3 {
				faults.Store(somebody(n).ID, fault)
			}
			for n := range 3 {
				if _, err := c.Start(t.Context(), somebody(n)).Join(); err == nil || KindOf(err) == CircuitOpen {
					t.Fatalf("person %d: %v", n, err)
				}
			}
			if _, err := c.Start(t.Context(), ana).Join(); KindOf(err) != CircuitOpen {
				t.Errorf("somebody else: %v", err)
			}
		})
	}
}

// A series has to be long enough, too, and a success ends it.
func TestThreePeopleMustFailInARow(t *testing.T) {
	t.Parallel()
	url, faults := newFaultyVendor(t)
	c := newClient(t, url, func(c *Config) { c.BreakAfter, c.BreakFor = 5, 30*time.Second })
	for n := range 9 {
		faults.Store(somebody(n).ID, answer(500, ""))
	}
	fail := func(n int) Kind {
		_, err := c.Start(t.Context(), somebody(n)).Join()
		return KindOf(err)
	}
	for n := range 4 {
		if kind := fail(n); kind != Unavailable {
			t.Fatalf("failure %d: %s", n, kind)
		}
	}
	if _, err := c.Start(t.Context(), ana).Join(); err != nil {
		t.Fatalf("after four: %v", err)
	}
	for n := range 5 {
		if kind := fail(n); kind != Unavailable {
			t.Fatalf("failure %d of the second series: %s", n, kind)
		}
	}
	if kind := fail(8); kind != CircuitOpen {
		t.Errorf("after five in a row: %s", kind)
	}
}

// Whoever fails by themselves must not keep the circuit open with their own probes.
func TestTheProbeOfOnePersonSaysNothingForOthers(t *testing.T) {
	t.Parallel()
	url, faults := newFaultyVendor(t)
	c := newClient(t, url, func(c *Config) { c.BreakAfter, c.BreakFor = 3, 100*time.Millisecond })
	for n := range 3 {
		faults.Store(somebody(n).ID, answer(500, ""))
	}
	open := func() {
		t.Helper()
		for n := range 3 {
			_, _ = c.Start(t.Context(), somebody(n)).Join()
		}
		if c.State().Circuit != "open" {
			t.Fatal("it is not open")
		}
		for c.State().Circuit != "half-open" {
			<-time.After(time.Millisecond)
		}
	}
	open()
	if _, err := c.Start(t.Context(), somebody(0)).Join(); KindOf(err) != Unavailable {
		t.Errorf("the first probe: %v", err)
	}
	if _, err := c.Start(t.Context(), somebody(0)).Join(); KindOf(err) == OK {
		t.Errorf("the same person at once: %v", err)
	}
	if _, err := c.Start(t.Context(), ana).Join(); err != nil || c.State().Circuit != "closed" {
		t.Errorf("somebody whom the vendor serves, after the probe of somebody whom it does not: %v", err)
	}
	// The probes of three say it for all.
	open()
	for n := range 3 {
		_, _ = c.Start(t.Context(), somebody(n)).Join()
	}
	if _, err := c.Start(t.Context(), ana).Join(); KindOf(err) != CircuitOpen {
		t.Errorf("after three probes that failed: %v", err)
	}
}

// Nobody is forgotten in favour of others, and the memory does not grow.
func TestTroubleRemembersFewPeople(t *testing.T) {
	t.Parallel()
	c := newClient(t, "http://127.0.0.1:1")
	for n := range 1000 {
		_ = c.judge(somebody(n).ID, &Error{Kind: RateLimited, RetryAfter: time.Minute})
		_ = c.judge(somebody(n).ID, &Error{Kind: Unavailable})
	}
	if n := len(c.trouble.failed) + len(c.trouble.paused); n > 2*enoughPeople {
		t.Errorf("%d are remembered", n)
	}
	// When all is well again, the way of every page is the short one.
	c.trouble.paused, c.trouble.allPaused = nil, time.Time{}
	_ = c.judge(ana.ID, nil)
	if c.trouble.some.Load() {
		t.Error("there is no trouble, and something is remembered")
	}
}

// Two replies for one person that were under way together count as theirs alone.
func TestManyPagesOfOnePersonAtOnceOpenNothing(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	vendor := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		calls.Add(1)
		w.WriteHeader(http.StatusInternalServerError)
	})
	c := newClient(t, vendor.URL)
	var pages []*Handshake
	for range 50 {
		pages = append(pages, c.Start(context.WithoutCancel(t.Context()), ana))
	}
	for _, h := range pages {
		if _, err := h.Join(); KindOf(err) != Unavailable {
			t.Error(err)
		}
	}
	if calls.Load() != 50 {
		t.Errorf("%d calls", calls.Load())
	}
}
