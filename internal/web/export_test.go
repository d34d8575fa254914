package web

import (
	"time"

	"golang.org/x/time/rate"
)

// What the tests of this package see of it: they run an intranet with webtest, which
// imports this package.
var (
	RedirectSlash = redirectSlash
	OfPages       = ofPages
)

const (
	MaxBodyBytes     = maxBodyBytes
	MaxStateBytes    = maxStateBytes
	MaxVisitors      = maxVisitors
	PagesAtOnce      = pagesAtOnce
	PagesPerSecond   = pagesPerSecond
	ReportBurst      = reportBurst
	ReportsPerSecond = reportsPerSecond
)

// OwnRoutes are those of the frame.
func (s *Server) OwnRoutes() []Route { return ownRoutes(s) }

// SetTimeout sets how long a request may take.
func (s *Server) SetTimeout(d time.Duration) { s.timeout = d }

// SetPace gives everybody anew so many pages, and no more.
func (s *Server) SetPace(burst int) {
	s.pace.limit, s.pace.burst = 0, burst
	clear(s.pace.visitors)
}

// Paced counts a request of a person, and returns of how many people requests are
// counted.
func (s *Server) Paced(personID string) int {
	s.pace.allow(personID)
	return len(s.pace.visitors)
}

// ReportLimit is the rate limit of the reports of browsers.
func (s *Server) ReportLimit() *rate.Limiter { return s.reports.limit }
