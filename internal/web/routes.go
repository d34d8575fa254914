package web

import (
	"log/slog"
	"net/http"
	"net/url"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// A handler returns an error instead of writing one: errors.go turns it into a
// page.
type handler func(w http.ResponseWriter, r *http.Request) error

// access is who may use a route: everybody from that role on. Its zero value is
// nobody, so that a route without a rule serves nobody.
type access int

const (
	_         access = iota
	public           // anybody, signed in or not
	employees        // everybody of the company
	editors
	admins
)

// rank is what each role may use.
var rank = map[store.Role]access{store.Employee: employees, store.Editor: editors, store.Admin: admins}

// mayUse reports whether p, nil for nobody, is let through.
func (a access) mayUse(p *store.Person) bool {
	return a == public || a > public && p != nil && rank[p.Role] >= a
}

type route struct {
	method string
	path   paths.Pattern
	access access
	handle handler
	rule   rule
}

// rule is what a route asks for beyond a role.
type rule int

const (
	confirmed rule = 1 << iota // the person has proved lately that it is them
	enrolling                  // also open to who must still add a second factor
)

// routes is every page and action of the intranet. Names: noun, then what is
// done with it (personShow, sessionCreate). GET answers HEAD too.
//
// Outside this table, without a session: /static/, /healthz, /readyz and the
// browsers' reports.
func (h *handlers) routes() []route {
	return []route{
		{"GET", paths.Home + "{$}", employees, h.homeShow, 0},
		{"POST", paths.Tour, employees, h.tourUpdate, 0},
		{"GET", paths.People, employees, h.peopleIndex, 0},
		{"GET", paths.Person, employees, h.personShow, 0},
		{"GET", paths.Assistant, employees, h.assistantShow, 0},
		{"POST", paths.AssistantState, employees, h.handshakeReport, enrolling}, // else a redirect to a page, which costs a token

		{"GET", paths.News, employees, h.newsIndex, 0},
		{"GET", paths.NewsNew, editors, h.newsNew, 0},
		{"POST", paths.News, editors, h.newsCreate, 0},
		{"GET", paths.Article, employees, h.newsShow, 0},
		{"POST", paths.Article, editors, orNew(h.newsUpdate, h.newsGone), 0},
		{"GET", paths.ArticleEdit, editors, h.newsEdit, 0},
		{"POST", paths.ArticleTranslationDelete, editors, h.newsTranslationDelete, 0},
		{"POST", paths.ArticleUnpublish, editors, h.newsUnpublish, 0},
		{"POST", paths.ArticleDelete, editors, h.newsDelete, 0},
		{"POST", paths.ArticleAcknowledgement, employees, h.newsAcknowledge, 0},
		{"GET", paths.ArticleAcknowledgements, editors, h.newsAcknowledgements, 0},
		{"POST", paths.ArticleAcknowledgementsExport, editors, h.newsAcknowledgementsExport, 0},

		{"GET", paths.Policies, employees, h.policiesIndex, 0},
		{"GET", paths.PoliciesNew, editors, h.policyNew, 0},
		{"POST", paths.Policies, editors, h.policyCreate, 0},
		{"GET", paths.Policy, employees, h.policyShow, 0},
		{"POST", paths.Policy, editors, orNew(h.policyUpdate, h.policyGone), 0},
		{"GET", paths.PolicyEdit, editors, h.policyEdit, 0},
		{"POST", paths.PolicyTranslationDelete, editors, h.policyTranslationDelete, 0},
		{"POST", paths.PolicyPublish, editors, h.policyPublish, 0},
		{"POST", paths.PolicyUnpublish, editors, h.policyUnpublish, 0},
		{"POST", paths.PolicyReview, editors, h.policyReview, 0},
		{"POST", paths.PolicyDelete, editors, h.policyDelete, 0},
		{"POST", paths.PolicyAcknowledgement, employees, h.policyAcknowledge, 0},
		{"GET", paths.PolicyAcknowledgements, editors, h.policyAcknowledgements, 0},
		{"POST", paths.PolicyAcknowledgementsExport, editors, h.policyAcknowledgementsExport, 0},
		{"GET", paths.PolicyCategories, editors, h.policyCategoriesIndex, 0},
		{"POST", paths.PolicyCategories, editors, h.policyCategoryCreate, 0},
		{"POST", paths.PolicyCategory, editors, orNew(h.policyCategoryUpdate, h.policyCategoryGone), 0},
		{"POST", paths.PolicyCategoryDelete, editors, h.policyCategoryDelete, 0},

		{"GET", paths.Events, employees, h.eventsIndex, 0},
		{"GET", paths.EventsNew, editors, h.eventNew, 0},
		{"POST", paths.Events, editors, h.eventCreate, 0},
		{"GET", paths.Event, employees, h.eventShow, 0},
		{"POST", paths.Event, editors, orNew(h.eventUpdate, h.eventGone), 0},
		{"GET", paths.EventEdit, editors, h.eventEdit, 0},
		{"POST", paths.EventDelete, editors, h.eventDelete, 0},
		{"POST", paths.EventAttendance, employees, h.eventAttend, 0},
		{"GET", paths.EventFile, employees, h.eventFile, 0},

		{"GET", paths.Links, editors, h.linksIndex, 0},
		{"GET", paths.LinksNew, editors, h.linkNew, 0},
		{"POST", paths.Links, editors, h.linkCreate, 0},
		{"GET", paths.Link, editors, h.linkEdit, 0},
		{"POST", paths.Link, editors, orNew(h.linkUpdate, h.linkGone), 0},
		{"POST", paths.LinkMove, editors, h.linkMove, 0},
		{"POST", paths.LinkDelete, editors, h.linkDelete, 0},

		{"GET", paths.Search, employees, h.searchShow, 0},
		{"GET", paths.SearchResults, employees, h.searchResults, 0},

		{"GET", paths.Login, public, h.sessionNew, 0},
		{"POST", paths.Login, public, h.sessionCreate, 0},
		{"GET", paths.LoginCode, public, h.sessionCodeNew, 0},
		{"POST", paths.LoginCode, public, h.sessionCodeCreate, 0},
		{"POST", paths.Logout, employees, h.sessionDestroy, enrolling},
		{"GET", paths.Invitation, public, h.invitationShow, 0},
		{"POST", paths.Invitation, public, h.invitationAccept, 0},

		{"GET", paths.Account, employees, h.accountShow, 0},
		{"POST", paths.AccountPassword, employees, h.accountPassword, 0}, // asks for the old one itself
		{"POST", paths.AccountProfile, employees, h.accountProfile, 0},
		{"POST", paths.AccountPreferences, employees, h.accountPreferences, 0},
		{"POST", paths.AccountSessions, employees, h.accountSessionsEnd, confirmed},
		{"POST", paths.AccountSession, employees, h.accountSessionEnd, confirmed},
		{"GET", paths.SecondFactor, employees, h.secondFactorShow, enrolling},
		{"POST", paths.SecondFactor, employees, h.secondFactorBegin, confirmed | enrolling},
		{"POST", paths.SecondFactorConfirm, employees, h.secondFactorConfirm, confirmed | enrolling},
		{"POST", paths.SecondFactorRecovery, employees, h.secondFactorRecovery, confirmed},
		{"POST", paths.SecondFactorRemove, employees, h.secondFactorRemove, confirmed},

		{"GET", paths.AdminPeople, admins, h.accountsIndex, 0},
		{"GET", paths.AdminPeopleNew, admins, h.personNew, 0},
		{"POST", paths.AdminPeople, admins, h.personCreate, confirmed},
		{"GET", paths.AdminPeopleImport, admins, h.importNew, 0},
		{"POST", paths.AdminPeopleImport, admins, h.importTry, 0}, // changes nothing
		{"POST", paths.AdminPeopleImportApply, admins, h.importApply, confirmed},
		{"GET", paths.AdminPerson, admins, h.personEdit, 0},
		{"POST", paths.AdminPerson, admins, h.personUpdate, confirmed},
		{"POST", paths.AdminPersonRole, admins, h.personRole, confirmed},
		{"POST", paths.AdminPersonDisable, admins, h.personDisable, confirmed},
		{"POST", paths.AdminPersonEnable, admins, h.personEnable, confirmed},
		{"POST", paths.AdminPersonSessions, admins, h.personSignOut, confirmed},
		{"POST", paths.AdminPersonInvitation, admins, h.personInvite, confirmed},
		{"POST", paths.AdminPersonSecondFactor, admins, h.personSecondFactorReset, confirmed},
		{"GET", paths.AdminDepartments, admins, h.departmentsIndex, 0},
		{"POST", paths.AdminDepartments, admins, h.departmentCreate, confirmed},
		{"GET", paths.AdminDepartment, admins, h.departmentEdit, 0},
		{"POST", paths.AdminDepartment, admins, orNew(h.departmentUpdate, h.departmentGone), confirmed},
		{"POST", paths.AdminDepartmentDelete, admins, h.departmentDelete, confirmed},
		{"GET", paths.AdminAudit, admins, h.auditIndex, 0},
		{"POST", paths.AdminAuditExport, admins, h.auditExport, confirmed},
		{"GET", paths.AdminAssistant, admins, h.handshakesIndex, 0},
		{"GET", paths.AdminAssistantLive, admins, h.handshakesLive, 0},
		{"GET", paths.AdminHandshake, admins, h.handshakeShow, 0},
		{"GET", paths.AdminReports, admins, h.reportsIndex, 0},
	}
}

// router serves the route table. It asks the mux itself whether a path is
// unknown or a method wrong, so that both get a page and not a line of text.
func (h *handlers) router() http.Handler {
	mux, open := http.NewServeMux(), map[paths.Pattern]bool{}
	h.pages = mux
	for _, route := range h.routes() {
		mux.Handle(route.method+" "+string(route.path), h.adapt(h.guard(route)))
		if route.access == public {
			open[route.path] = true
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, pattern := mux.Handler(r)
		switch {
		case pattern != "":
			mux.ServeHTTP(w, r)
		case person(r) == nil && !open[paths.Pattern(r.URL.Path)]:
			h.redirectToLogin(w, r)
		default:
			probe := probe{header: w.Header(), status: http.StatusNotFound}
			answer.ServeHTTP(&probe, r) // sets Allow with a 405
			h.fail(w, r, statusError(probe.status))
		}
	})
}

// guard applies a route's rules before its handler, and reads what was posted.
func (h *handlers) guard(route route) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p := person(r)
		switch {
		case p == nil && route.access != public:
			h.redirectToLogin(w, r)
			return nil
		case !route.access.mayUse(p):
			h.Log.LogAttrs(r.Context(), slog.LevelWarn, "refused", slog.String("person", p.ID), slog.String("address", store.ClientOf(r.Context()).Address), slog.String("route", route.method+" "+string(route.path)))
			return statusError(http.StatusForbidden)
		case p != nil && route.path != paths.Logout && !h.pace.allow(p.ID):
			return statusError(http.StatusTooManyRequests)
		case route.access != public && route.rule&enrolling == 0 && h.mustEnrol(r):
			return redirect(w, r, paths.SecondFactor)
		}
		if route.method == http.MethodPost {
			err, _ := r.Context().Value(formErrorKey{}).(error)
			if err == nil {
				err = parseForm(r) // where readForm has not
			}
			if err != nil {
				return err
			}
		}
		if route.rule&confirmed != 0 && !h.confirmedLately(r) {
			return h.sessionConfirm(w, r)
		}
		return route.handle(w, r)
	}
}

// redirectToLogin leads a signed-out visit to the sign-in page, and back to
// where it wanted to go: by GET only, what was posted cannot be asked again. Then
// the page says that nothing was saved, and leads back to where the form was.
func (h *handlers) redirectToLogin(w http.ResponseWriter, r *http.Request) {
	to := paths.LoginEnded(h.formPage(r))
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		to = paths.LoginNext(paths.Local(r.URL.RequestURI()))
	} else if r.URL.Path == paths.Logout {
		to = paths.Login
	}
	http.Redirect(w, r, to, http.StatusSeeOther) // #nosec G710 -- to our sign-in page, and next is paths.Local
}

// formPage is the page on which a form was filled in, or else the home page.
func (h *handlers) formPage(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil {
		return paths.Home
	}
	if _, page := h.pages.Handler(&http.Request{Method: http.MethodGet, URL: from}); page == "" {
		return paths.Home // an answer to a form, which no link leads to
	}
	return paths.Local(from.RequestURI())
}

// probe takes what the mux would answer, and keeps its status and headers only.
type probe struct {
	header http.Header
	status int
}

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) WriteHeader(status int)      { p.status = status }
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }
