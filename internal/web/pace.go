package web

import (
	"sync"

	"golang.org/x/time/rate"
)

// pace bounds how fast one person may ask for pages: each costs a token at
// Caramelo, and nobody reads the whole directory by hand. It is counted on each
// replica by itself.
type pace struct {
	limit rate.Limit
	burst int

	mu       sync.Mutex
	visitors map[string]*rate.Limiter // by person
}

const (
	pagesPerSecond = 4
	pagesAtOnce    = 240
	maxVisitors    = 10_000
)

func newPace() *pace {
	return &pace{limit: pagesPerSecond, burst: pagesAtOnce, visitors: map[string]*rate.Limiter{}}
}

// allow takes one from the person's bucket.
func (p *pace) allow(personID string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	limiter := p.visitors[personID]
	if limiter == nil {
		if len(p.visitors) >= maxVisitors {
			clear(p.visitors) // rather full buckets for all than memory without end
		}
		limiter = rate.NewLimiter(p.limit, p.burst)
		p.visitors[personID] = limiter
	}
	return limiter.Allow()
}
