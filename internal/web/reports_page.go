package web

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// maxReportRows is how many violations are told apart.
const maxReportRows = 100

// violations are those that browsers reported to this replica since its start.
type violations struct {
	mu sync.Mutex
	views.ReportsProps
}

func (r *violations) add(v Violation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	row := views.Violation(v)
	i := slices.IndexFunc(r.Rows, func(known views.Report) bool { return known.Violation == row })
	now := time.Now()
	if i < 0 {
		if i = len(r.Rows); i == maxReportRows {
			r.Rest++
			return
		}
		r.Rows = append(r.Rows, views.Report{Violation: row, First: now})
	}
	r.Rows[i].Count++
	r.Rows[i].Last = now
}

// drop counts a request with reports that came too fast.
func (r *violations) drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Dropped++
}

func (h *handlers) reportsIndex(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	h.violations.mu.Lock()
	props := h.violations.ReportsProps
	props.Rows = slices.SortedStableFunc(slices.Values(props.Rows), func(a, b views.Report) int { return b.Last.Compare(a.Last) })
	h.violations.mu.Unlock()
	return h.Render(w, r, Page{
		Title: i18n.T(r.Context(), "reports.title"), Current: paths.AdminReports, Body: views.Reports(props),
	})
}
