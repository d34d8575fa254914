package web

import (
	"log/slog"
	"net/http"
	"net/url"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// Handler answers the requests of a route. p is the person who is signed in; it is nil
// only on public routes. A handler does not write errors: it returns them, and fail
// makes a page of them.
type Handler func(w http.ResponseWriter, r *http.Request, p *store.Person) error

// Access says who may use a route: people of that role and of higher ones. The zero value
// lets nobody in, so that a route without a rule serves nobody.
type Access int

// Who may use a route.
const (
	_         Access = iota
	Public           // anybody, signed in or not
	Employees        // everybody of the company
	Editors
	Admins
)

// rank is the highest access that each role has.
var rank = map[store.Role]Access{store.Employee: Employees, store.Editor: Editors, store.Admin: Admins}

// Allows reports whether p, nil for nobody, is let through.
func (a Access) Allows(p *store.Person) bool {
	return a == Public || a > Public && p != nil && rank[p.Role] >= a
}

func (a Access) String() string {
	return [...]string{"nobody", "public", "employees", "editors", "admins"}[a]
}

// Route is a page or an action of the intranet, with the rules that the guard applies
// before its handler is called.
type Route struct {
	Method string
	Path   string // a pattern of net/http.ServeMux with at most one parameter
	Access Access
	Handle Handler

	Proof     bool  // the person must have confirmed lately who they are
	Enrolling bool  // also for people who must still add a second factor
	Body      int64 // limit of the body in bytes; 0 for the usual one
}

// Get returns the route of a page. It answers HEAD, too.
func Get[P ~string](path P, access Access, handle Handler) Route {
	return Route{Method: http.MethodGet, Path: string(path), Access: access, Handle: handle}
}

// Post returns the route of an action.
func Post[P ~string](path P, access Access, handle Handler) Route {
	return Route{Method: http.MethodPost, Path: string(path), Access: access, Handle: handle}
}

// WithProof returns r for people who have confirmed lately who they are.
func (r Route) WithProof() Route {
	r.Proof = true
	return r
}

// WhileEnrolling returns r, also for people who must still add a second factor.
func (r Route) WhileEnrolling() Route {
	r.Enrolling = true
	return r
}

// WithBody returns r with another limit of its body, in bytes.
func (r Route) WithBody(limit int64) Route {
	r.Body = limit
	return r
}

// collectRoutes are the routes of the frame, of signing in, and of the features. What
// needs no session is not among them but in middleware: /static/, /healthz, /readyz and
// /csp-reports.
func (s *Server) collectRoutes() []Route {
	routes := append(ownRoutes(s), s.signIn.Routes...)
	for _, f := range s.features {
		if f.Routes != nil {
			routes = append(routes, f.Routes(s)...)
		}
	}
	return routes
}

func ownRoutes(s *Server) []Route {
	return []Route{
		Get(paths.Home+"{$}", Employees, s.homeShow),
		Get(paths.Assistant, Employees, s.assistantShow),
		// Also while enrolling: a redirect would load a page, which costs a token.
		Post(paths.AssistantState, Employees, s.browserReport).WithBody(maxStateBytes).WhileEnrolling(),
	}
}

// Routes are all pages and actions of the intranet.
func (s *Server) Routes() []Route { return s.routes }

// router serves the route table. For an unknown path or a wrong method net/http.ServeMux
// would answer with a line of text; router makes a page of it.
func (s *Server) router() http.Handler {
	mux, open := http.NewServeMux(), map[string]bool{}
	s.mux = mux
	for _, route := range s.routes {
		mux.Handle(route.Method+" "+route.Path, s.adapt(s.guard(route)))
		if route.Access == Public {
			open[route.Path] = true
		}
		if route.Body > 0 {
			s.bodies[route.Path] = route.Body
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, pattern := mux.Handler(r)
		switch {
		case pattern != "":
			mux.ServeHTTP(w, r)
		case person(r) == nil && !open[r.URL.Path]:
			s.redirectToLogin(w, r)
		default:
			probe := probe{header: w.Header(), status: http.StatusNotFound}
			answer.ServeHTTP(&probe, r) // sets Allow with a 405
			s.fail(w, r, StatusError(probe.status))
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
			if first := s.signIn.Required(store.SessionOf(r.Context())); first != "" {
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
		if route.Proof && !s.signIn.ConfirmedLately(r.Context()) {
			return s.signIn.Confirm(w, r, p)
		}
		return route.Handle(w, r, p)
	}
}

// redirectToLogin sends somebody who is signed out to the sign-in page. After a GET that
// page leads back to where they wanted to go. A form cannot be sent again: after a POST
// the page says that nothing was saved, and leads back to the page of the form.
func (s *Server) redirectToLogin(w http.ResponseWriter, r *http.Request) {
	to := paths.LoginEnded(s.formPage(r))
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		to = paths.LoginNext(paths.Local(r.URL.RequestURI()))
	} else if r.URL.Path == paths.Logout {
		to = paths.Login
	}
	http.Redirect(w, r, to, http.StatusSeeOther) // #nosec G710 -- our sign-in page, whose next is paths.Local
}

// formPage is the page on which a form was filled in, or the home page.
func (s *Server) formPage(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil {
		return paths.Home
	}
	if _, page := s.mux.Handler(&http.Request{Method: http.MethodGet, URL: from}); page == "" {
		return paths.Home // it was the answer to a form, which has no page of its own
	}
	return paths.Local(from.RequestURI())
}

// probe is a ResponseWriter that keeps the status and the headers of an answer only.
type probe struct {
	header http.Header
	status int
}

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) WriteHeader(status int)      { p.status = status }
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }
