package web

import (
	"io"
	"mime"
	"net/http"

	"golang.org/x/time/rate"

	"github.com/carameloai/intranet/internal/csp"
)

// Browsers report what the Content-Security-Policy made them block. Anybody else can
// send the same, so everything is limited, and no text is kept or logged as it came.
const (
	maxReportBytes   = 16 << 10 // in one request
	reportBurst      = 100      // requests at once, of all browsers together
	reportsPerSecond = 20       // requests after the burst
)

// reports takes the reports of browsers.
type reports struct {
	*Server
	limit *rate.Limiter
}

func newReports(s *Server) reports {
	return reports{s, rate.NewLimiter(reportsPerSecond, reportBurst)}
}

// create takes reports. It answers with a status and no page, because no person
// reads the answer.
func (s reports) create(w http.ResponseWriter, r *http.Request) error {
	w.WriteHeader(s.take(w, r))
	return nil
}

// take tells the observers of the reports in a request, and returns its status.
func (s reports) take(w http.ResponseWriter, r *http.Request) int {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		return http.StatusMethodNotAllowed
	case !csp.IsReport(mediaType):
		return http.StatusUnsupportedMediaType
	case !s.limit.Allow():
		s.observe(func(o Observer) {
			if o.Dropped != nil {
				o.Dropped()
			}
		})
		return http.StatusTooManyRequests
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxReportBytes))
	if statusOf(err) == http.StatusRequestEntityTooLarge {
		return http.StatusRequestEntityTooLarge
	}
	violations, ok := csp.Violations(mediaType, body, s.PublicURL)
	if err != nil || !ok {
		return http.StatusBadRequest
	}
	for _, seen := range violations {
		s.observe(func(o Observer) {
			if o.Violation != nil {
				o.Violation(seen)
			}
		})
	}
	return http.StatusNoContent
}
