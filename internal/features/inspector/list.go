package inspector

import (
	"slices"
	"strconv"
	"time"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/web"
)

// ok reports whether there was a token.
func (h Handshake) ok() bool { return h.Kind == string(caramelo.OK) }

// bad reports whether something went wrong. That a person left first is nothing wrong.
func (h Handshake) bad() bool { return !h.ok() && h.Kind != string(caramelo.Canceled) }

// kinds are all that a handshake can come to, as they are listed.
var kinds = []caramelo.Kind{
	caramelo.OK, caramelo.Credentials, caramelo.Project, caramelo.RateLimited, caramelo.Rejected,
	caramelo.Unavailable, caramelo.Timeout, caramelo.Malformed, caramelo.CircuitOpen, caramelo.Overloaded,
	caramelo.Canceled,
}

// list is a page of the list, older than the handshake of number before, and
// everything around it.
func (hs *handshakes) list(before int) (p indexProps) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	p.Since = hs.since
	oldest, next := max(0, hs.count-keptHandshakes), min(before, hs.count)
	for next--; next >= oldest && len(p.Rows) < perPage; next-- {
		p.Rows = append(p.Rows, hs.kept[next%keptHandshakes])
	}
	if next >= oldest {
		p.Next = strconv.Itoa(next + 1)
	}
	for n := hs.count - 1; n >= oldest && len(p.Bars) < barsOfChart; n-- {
		if h := hs.kept[n%keptHandshakes]; h.Calls > 0 {
			p.Bars = append(p.Bars, h)
		}
	}
	slices.Reverse(p.Bars)
	for _, kind := range kinds {
		if n := hs.totals[string(kind)]; n > 0 || kind == caramelo.OK {
			p.Totals = append(p.Totals, total{Kind: string(kind), Count: n})
		}
	}
	p.Seen = hs.availability()
	p.Measured = min(hs.measured, keptLatencies)
	sorted := slices.Sorted(slices.Values(hs.latencies[:p.Measured]))
	p.P50, p.P95, p.P99 = percentile(sorted, 50), percentile(sorted, 95), percentile(sorted, 99)
	return p
}

// availability is what browsers reported of the pages with a chat that are kept. Whoever
// calls it has the lock.
func (hs *handshakes) availability() (a availability) {
	states := map[string]int{}
	for _, h := range hs.kept[:min(hs.count, keptHandshakes)] {
		if !h.ok() {
			continue
		}
		a.Pages++
		if state := h.Browser.State(); state != "" {
			a.Reported++
			states[state]++
		}
	}
	for _, state := range web.States {
		if n := states[state]; n > 0 || state == "connected" {
			a.States = append(a.States, total{Kind: state, Count: n})
		}
	}
	a.Connected, a.Loaded = states["connected"], states["loaded"]
	return a
}

// percentile is the smallest value that so many per cent of all do not exceed.
func percentile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)*percent+99)/100-1]
}
