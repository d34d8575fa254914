package web

import (
	"sync"

	"golang.org/x/time/rate"
)

// pace is the rate limit of each person. A page costs a token at Caramelo, and nobody
// who reads opens pages faster than this. Each replica counts by itself.
type pace struct {
	limit rate.Limit
	burst int

	mu       sync.Mutex
	visitors map[string]*rate.Limiter // by person
}

const (
	pagesPerSecond = 4
	pagesAtOnce    = 240
	maxVisitors    = 10_000 // people that are remembered
)

func newPace() *pace {
	return &pace{limit: pagesPerSecond, burst: pagesAtOnce, visitors: map[string]*rate.Limiter{}}
}

// allow counts a request of a person, and reports whether it is within the limit.
func (p *pace) allow(personID string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	limiter := p.visitors[personID]
	if limiter == nil {
		if len(p.visitors) >= maxVisitors {
			clear(p.visitors) // everybody starts anew, so that the memory does not grow
		}
		limiter = rate.NewLimiter(p.limit, p.burst)
		p.visitors[personID] = limiter
	}
	return limiter.Allow()
}
