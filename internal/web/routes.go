package web

import (
	"net/http"
	"slices"
	"time"

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
	// Unattended is for what pages ask by themselves: it is no visit of the person.
	Unattended bool
	// File is for what browsers keep as a file and do not show. Who has to sign in first is
	// led to the page above it.
	File bool
	// Creates is for a form that makes something new. The very same once more is not made
	// before the person was asked.
	Creates bool
	Time    time.Duration // for the whole request, its body included; 0 for the usual one
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

// ByItself returns r for what pages ask by themselves.
func (r Route) ByItself() Route {
	r.Unattended = true
	return r
}

// AsFile returns r for what browsers keep as a file.
func (r Route) AsFile() Route {
	r.File = true
	return r
}

// Creating returns r for a form that makes something new.
func (r Route) Creating() Route {
	r.Creates = true
	return r
}

// WithTime returns r with another limit of time. A slow line has it for sending the body,
// too, which is much longer than for other routes: only for people who may use the route.
func (r Route) WithTime(limit time.Duration) Route {
	r.Time = limit
	return r
}

// giveTime lets the connection of a request stay open for so long. The server would close
// it earlier. A writer without deadlines, as in tests, has no connection.
func giveTime(w http.ResponseWriter, limit time.Duration) {
	connection, end := http.NewResponseController(w), time.Now().Add(limit)
	_ = connection.SetReadDeadline(end)
	_ = connection.SetWriteDeadline(end.Add(requestTimeout)) // the answer is sent after the work
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
	return slices.Concat([]Route{
		Get(paths.Home+"{$}", Employees, s.homeShow),
		Get(paths.Session, Public, sessionShow).ByItself(),
		Get(paths.SessionOther, Employees, sessionOther(s)),
		Get(paths.Assistant, Employees, s.assistantShow),
		// Also while enrolling: a redirect would load a page, which costs a token.
		Post(paths.AssistantState, Employees, s.browserReport).WithBody(maxStateBytes).WhileEnrolling().ByItself(),
	}, consent{s}.routes(), newDrafts(s).routes())
}

// RouteOf returns what finds the pattern of a request's route, such as "GET /people/{id}"; "" for none.
func RouteOf(s *Server) func(*http.Request) string {
	return func(r *http.Request) string {
		_, pattern := s.mux.Handler(r)
		return pattern
	}
}

// Routes are all pages and actions of the intranet.
func (s *Server) Routes() []Route { return s.routes }
