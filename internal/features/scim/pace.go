package scim

import (
	"sync"

	"golang.org/x/time/rate"
)

// paces limit who asks too often.
type paces struct {
	mu  sync.Mutex
	all map[string]*rate.Limiter
}

// maxPaces is how many addresses and clients are remembered.
const maxPaces = 10_000

func (p *paces) of(key string, perSecond rate.Limit, burst int) *rate.Limiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	limiter := p.all[key]
	if limiter == nil {
		if len(p.all) >= maxPaces {
			clear(p.all) // everybody starts anew, so that the memory does not grow
		}
		limiter = rate.NewLimiter(perSecond, burst)
		p.all[key] = limiter
	}
	return limiter
}
