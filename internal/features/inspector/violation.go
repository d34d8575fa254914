package inspector

import (
	"slices"
	"sync"
	"time"

	"github.com/carameloai/intranet/internal/csp"
)

// maxRows is how many violations are told apart. A new one takes the place of the one that
// was reported longest ago, so that nobody can fill the list for good with what no browser
// has blocked.
const maxRows = 100

// Report is how often browsers reported a violation of the Content-Security-Policy.
type Report struct {
	csp.Violation
	Count       int
	First, Last time.Time
}

// violations are those that browsers reported to this replica since its start.
type violations struct {
	mu sync.Mutex
	reportsProps
}

func (vs *violations) add(seen csp.Violation) {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	i := slices.IndexFunc(vs.Rows, func(known Report) bool { return known.Violation == seen })
	now := time.Now()
	if i < 0 {
		if i = len(vs.Rows); i < maxRows {
			vs.Rows = append(vs.Rows, Report{})
		} else {
			oldest := slices.MinFunc(vs.Rows, func(a, b Report) int { return a.Last.Compare(b.Last) })
			i = slices.Index(vs.Rows, oldest)
			vs.Rest += oldest.Count
		}
		vs.Rows[i] = Report{Violation: seen, First: now}
	}
	vs.Rows[i].Count++
	vs.Rows[i].Last = now
}

// drop counts a request with reports that came too fast.
func (vs *violations) drop() {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	vs.Dropped++
}

// list is all of them, the last reported first.
func (vs *violations) list() reportsProps {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	p := vs.reportsProps
	p.Rows = slices.SortedStableFunc(slices.Values(p.Rows), func(a, b Report) int { return b.Last.Compare(a.Last) })
	return p
}
