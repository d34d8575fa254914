package app

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"testing"

	"github.com/carameloai/intranet/internal/web"
)

// counted are the lines of a metric.
func counted(m *metrics, name string) []string {
	page := httptest.NewRecorder()
	m.handler().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return regexp.MustCompile(`(?m)^`+name+`[ {].*$`).FindAllString(page.Body.String(), -1)
}

// There are so many labels and no more, from the start on, so that the first of each is an
// increase.
func TestWhatBrowsersSawIsCounted(t *testing.T) {
	m := newMetrics()
	for _, seen := range []web.Browser{
		{SDK: "loaded", Socket: "online"}, {SDK: "loaded", Socket: "online"}, {SDK: "failed"}, {},
	} {
		m.observer().Browser("leaky", nil, seen)
	}
	want := []string{
		`caramelo_browser_reports_total{state="blocked"} 0`, `caramelo_browser_reports_total{state="connected"} 2`,
		`caramelo_browser_reports_total{state="ended"} 0`, `caramelo_browser_reports_total{state="failed"} 1`,
		`caramelo_browser_reports_total{state="loaded"} 0`, `caramelo_browser_reports_total{state="lost"} 0`,
		`caramelo_browser_reports_total{state="slow"} 0`,
	}
	if got := counted(m, "caramelo_browser_reports_total"); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
