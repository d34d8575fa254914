package web

import (
	"net/http"

	"github.com/carameloai/intranet/internal/paths"
)

// A handler returns an error instead of writing one: errors.go turns it into a
// page.
type handler func(w http.ResponseWriter, r *http.Request) error

// access is who may use a route. Its zero value is none, so that a route
// without a rule serves nobody.
type access int

const (
	_        access = iota
	public          // anybody, signed in or not
	signedIn        // everybody of the company
)

type route struct {
	method, path string // a pattern of net/http.ServeMux
	access       access
	handle       handler
}

// routes is every page and action of the intranet. Names: noun, then what is
// done with it (personShow, sessionCreate). GET answers HEAD too.
//
// Outside this table, without a session: /static/, /healthz and /readyz.
func (h *handlers) routes() []route {
	return []route{
		{"GET", paths.Home + "{$}", signedIn, h.homeShow},
		{"GET", paths.People, signedIn, h.peopleIndex},
		{"GET", paths.PersonPattern, signedIn, h.personShow},
		{"GET", paths.ArticlePattern, signedIn, h.newsShow},
		{"GET", paths.Assistant, signedIn, h.assistantShow},

		{"GET", paths.Login, public, h.sessionNew},
		{"POST", paths.Login, public, h.sessionCreate},
		{"POST", paths.Logout, signedIn, h.sessionDestroy},
	}
}

// router serves the route table. It asks the mux itself whether a path is
// unknown or a method wrong, so that both get a page and not a line of text.
func (h *handlers) router() http.Handler {
	mux, open := http.NewServeMux(), map[string]bool{}
	for _, route := range h.routes() {
		mux.Handle(route.method+" "+route.path, h.adapt(h.guard(route)))
		if route.access == public {
			open[route.path] = true
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, pattern := mux.Handler(r)
		switch {
		case pattern != "":
			mux.ServeHTTP(w, r)
		case person(r) == nil && !open[r.URL.Path]:
			redirectToLogin(w, r)
		default:
			probe := probe{header: w.Header(), status: http.StatusNotFound}
			answer.ServeHTTP(&probe, r) // sets Allow with a 405
			h.fail(w, r, statusError(probe.status))
		}
	})
}

// guard applies a route's rule before its handler.
func (h *handlers) guard(route route) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		switch {
		case route.access == public:
			return route.handle(w, r)
		case route.access == signedIn && person(r) != nil:
			return route.handle(w, r)
		case person(r) == nil:
			redirectToLogin(w, r)
			return nil
		}
		return statusError(http.StatusForbidden)
	}
}

// redirectToLogin leads a signed-out visit to the sign-in page, and back to
// where it wanted to go: by GET only, what was posted cannot be asked again.
func redirectToLogin(w http.ResponseWriter, r *http.Request) {
	next := paths.Home
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		next = paths.Local(r.URL.RequestURI())
	}
	http.Redirect(w, r, paths.LoginNext(next), http.StatusSeeOther) // #nosec G710 -- to our sign-in page, and next is paths.Local
}

// probe takes what the mux would answer, and keeps its status and headers only.
type probe struct {
	header http.Header
	status int
}

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) WriteHeader(status int)      { p.status = status }
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }
