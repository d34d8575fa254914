package web

import (
	"log/slog"
	"net/http"
	"sync"

	"golang.org/x/time/rate"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/wire"
)

// router serves the route table. For an unknown path or a wrong method net/http.ServeMux
// would answer with a line of text; router makes a page of it.
func (s *Server) router() http.Handler {
	mux, open := http.NewServeMux(), map[string]bool{}
	s.mux = mux
	for _, route := range s.routes {
		mux.Handle(route.Method+" "+route.Path, once(s, route, s.adapt(s.guard(route))))
		if route.Access == Public {
			open[route.Path] = true
		}
		if route.Body > 0 || route.Time > 0 {
			s.special[route.Path] = route
		}
		s.unattended[route.Path] = s.unattended[route.Path] || route.Unattended
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, pattern := mux.Handler(r)
		switch {
		case pattern != "":
			wire.AnswerOf(r.Context()).Route = pattern
			mux.ServeHTTP(w, r)
		case redirectSlash(mux, w, r):
		case person(r) == nil && !open[r.URL.Path]:
			s.redirectToLogin(w, r)
		default:
			probe := probe{header: w.Header(), status: http.StatusNotFound}
			answer.ServeHTTP(&probe, r) // sets Allow with a 405
			s.fail(w, r, StatusError(probe.status))
		}
	})
}

// adapt makes an http.Handler of a route's handler, and a page of its error.
func (s *Server) adapt(handle Handler) http.Handler {
	return s.public(func(w http.ResponseWriter, r *http.Request) error { return handle(w, r, person(r)) })
}

// public is adapt for handlers without a session.
func (s *Server) public(handle func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := handle(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// guard checks a route's rules before its handler is called, and that a posted form could
// be read.
func (s *Server) guard(route Route) Handler {
	return func(w http.ResponseWriter, r *http.Request, p *store.Person) error {
		switch {
		case p == nil && route.Access != Public:
			s.redirectToLogin(w, r)
			return nil
		case !route.Access.Allows(p):
			s.Log.LogAttrs(r.Context(), slog.LevelWarn, "refused",
				slog.String("person", p.ID),
				slog.String("address", store.RequestOf(r.Context()).Address),
				slog.String("route", route.Method+" "+route.Path))
			return StatusError(http.StatusForbidden)
		case p != nil && route.Path != paths.Logout && !s.pace.allow(p.ID):
			return StatusError(http.StatusTooManyRequests)
		}
		if s.signIn.Required != nil && route.Access != Public && !route.Enrolling {
			if first := s.signIn.Required(r.Context()); first != "" {
				return Redirect(w, r, first)
			}
		}
		if route.Method == http.MethodPost {
			err, _ := r.Context().Value(formErrorKey{}).(error)
			if err == nil {
				err = parseForm(r) // where readForm has not
			}
			if err != nil {
				return err
			}
		}
		handle := route.Handle
		if route.Proof && !s.signIn.ConfirmedLately(r.Context()) {
			handle = s.signIn.Confirm
		}
		err := handle(w, r, p)
		if route.Method == http.MethodGet && err != nil && s.Store.Readable(r.Context(), err) {
			err = handle(w, r, p) // a GET only reads
		}
		if route.Method == http.MethodPost && err == nil {
			handled(w)
		}
		return err
	}
}

// rank is the highest access that each role has.
var rank = map[store.Role]Access{store.Employee: Employees, store.Editor: Editors, store.Admin: Admins}

// Allows reports whether p, nil for nobody, is let through.
func (a Access) Allows(p *store.Person) bool {
	return a == Public || a > Public && p != nil && rank[p.Role] >= a
}

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
