package web

import (
	"github.com/carameloai/intranet/internal/markdown"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// What has not moved to packages of its own yet.

// LegacyConfig is what it needs.
type LegacyConfig struct {
	Passwords    *password.Hasher
	SecondFactor string
	Seal         seal.Sealer
}

type handlers struct {
	*Server
	LegacyConfig
	markdown   *markdown.Converter
	now        func() time.Time // for the codes of second factors
	patience   time.Duration    // for a turn to check a password
	handshakes *handshakes
	violations *violations
}

func newLegacy(c LegacyConfig) *handlers {
	return &handlers{
		LegacyConfig: c, markdown: markdown.New(), now: time.Now, patience: hashPatience,
		handshakes: newHandshakes(), violations: &violations{},
	}
}

// Legacy are the sign-in and the features that have not moved.
func Legacy(c LegacyConfig) (func(*Server) SignIn, []Feature) {
	h := newLegacy(c)
	return h.signInPlug, h.features()
}

func (h *handlers) signInPlug(s *Server) SignIn {
	h.Server = s
	return SignIn{
		Routes: []Route{
			Get(paths.Login, Public, h.sessionNew),
			Post(paths.Login, Public, h.sessionCreate),
			Get(paths.LoginCode, Public, h.sessionCodeNew),
			Post(paths.LoginCode, Public, h.sessionCodeCreate),
			Post(paths.Logout, Employees, h.sessionDestroy).WhileEnrolling(),
			Get(paths.Invitation, Public, h.invitationShow),
			Post(paths.Invitation, Public, h.invitationAccept),
		},
		Required: func(session store.Session) string {
			if h.mustEnrol(session) {
				return paths.SecondFactor
			}
			return ""
		},
		ConfirmedLately: h.confirmedLately,
		Confirm:         h.sessionConfirm,
	}
}

func (h *handlers) features() []Feature {
	return []Feature{
		{
			Name: "news", Nav: []views.Entry{{Order: 100, Path: paths.News, Icon: "news", Text: "nav.news"}}, Actions: store.NewsActions, Home: h.newsHome,
			Search: []store.Source{{Kind: "news", Page: string(paths.Article), Hits: store.NewsHits}},
			Routes: func(s *Server) []Route {
				h.Server = s
				return []Route{
					Get(paths.News, Employees, h.newsIndex),
					Get(paths.NewsNew, Editors, h.newsNew),
					Post(paths.News, Editors, h.newsCreate),
					Get(paths.Article, Employees, h.newsShow),
					Post(paths.Article, Editors, OrNew(h.newsUpdate, h.newsGone)),
					Get(paths.ArticleEdit, Editors, h.newsEdit),
					Post(paths.ArticleTranslationDelete, Editors, h.newsTranslationDelete),
					Post(paths.ArticleUnpublish, Editors, h.newsUnpublish),
					Post(paths.ArticleDelete, Editors, h.newsDelete),
					Post(paths.ArticleAcknowledgement, Employees, h.newsAcknowledge),
					Get(paths.ArticleAcknowledgements, Editors, h.newsAcknowledgements),
					Post(paths.ArticleAcknowledgementsExport, Editors, h.newsAcknowledgementsExport),
				}
			},
		},
		{
			Name: "directory", Nav: []views.Entry{{Order: 200, Path: paths.People, Icon: "people", Text: "nav.people"}}, Home: h.peopleHome,
			Routes: func(s *Server) []Route {
				h.Server = s
				return []Route{
					Get(paths.People, Employees, h.peopleIndex),
					Get(paths.Person, Employees, h.personShow),
				}
			},
		},
		{
			Name: "policies", Nav: []views.Entry{{Order: 300, Path: paths.Policies, Icon: "book", Text: "nav.policies"}}, Actions: store.PolicyActions, Home: h.policiesHome,
			Search: []store.Source{{Kind: "policies", Page: string(paths.Policy), Hits: store.PolicyHits}},
			Routes: func(s *Server) []Route {
				h.Server = s
				return []Route{
					Get(paths.Policies, Employees, h.policiesIndex),
					Get(paths.PoliciesNew, Editors, h.policyNew),
					Post(paths.Policies, Editors, h.policyCreate),
					Get(paths.Policy, Employees, h.policyShow),
					Post(paths.Policy, Editors, OrNew(h.policyUpdate, h.policyGone)),
					Get(paths.PolicyEdit, Editors, h.policyEdit),
					Post(paths.PolicyTranslationDelete, Editors, h.policyTranslationDelete),
					Post(paths.PolicyPublish, Editors, h.policyPublish),
					Post(paths.PolicyUnpublish, Editors, h.policyUnpublish),
					Post(paths.PolicyReview, Editors, h.policyReview),
					Post(paths.PolicyDelete, Editors, h.policyDelete),
					Post(paths.PolicyAcknowledgement, Employees, h.policyAcknowledge),
					Get(paths.PolicyAcknowledgements, Editors, h.policyAcknowledgements),
					Post(paths.PolicyAcknowledgementsExport, Editors, h.policyAcknowledgementsExport),
					Get(paths.PolicyCategories, Editors, h.policyCategoriesIndex),
					Post(paths.PolicyCategories, Editors, h.policyCategoryCreate),
					Post(paths.PolicyCategory, Editors, OrNew(h.policyCategoryUpdate, h.policyCategoryGone)),
					Post(paths.PolicyCategoryDelete, Editors, h.policyCategoryDelete),
				}
			},
		},
		{
			Name: "account",
			Routes: func(s *Server) []Route {
				h.Server = s
				return []Route{
					Get(paths.Account, Employees, h.accountShow),
					Post(paths.AccountPassword, Employees, h.accountPassword), // asks for the old one itself
					Post(paths.AccountProfile, Employees, h.accountProfile),
					Post(paths.AccountPreferences, Employees, h.accountPreferences),
					Post(paths.AccountSessions, Employees, h.accountSessionsEnd).WithProof(),
					Post(paths.AccountSession, Employees, h.accountSessionEnd).WithProof(),
					Get(paths.SecondFactor, Employees, h.secondFactorShow).WhileEnrolling(),
					Post(paths.SecondFactor, Employees, h.secondFactorBegin).WithProof().WhileEnrolling(),
					Post(paths.SecondFactorConfirm, Employees, h.secondFactorConfirm).WithProof().WhileEnrolling(),
					Post(paths.SecondFactorRecovery, Employees, h.secondFactorRecovery).WithProof(),
					Post(paths.SecondFactorRemove, Employees, h.secondFactorRemove).WithProof(),
				}
			},
		},
		{
			Name: "imports",
			Routes: func(s *Server) []Route {
				h.Server = s
				return []Route{
					Get(paths.AdminPeopleImport, Admins, h.importNew),
					Post(paths.AdminPeopleImport, Admins, h.importTry).WithBody(maxImportBody), // changes nothing
					Post(paths.AdminPeopleImportApply, Admins, h.importApply).WithProof().WithBody(maxImportBody),
				}
			},
		},
		{
			Name: "accounts", Nav: []views.Entry{{Order: 100, Path: paths.AdminPeople, Icon: "keys", Text: "nav.accounts", Admin: true}},
			Routes: func(s *Server) []Route {
				h.Server = s
				return []Route{
					Get(paths.AdminPeople, Admins, h.accountsIndex),
					Get(paths.AdminPeopleNew, Admins, h.personNew),
					Post(paths.AdminPeople, Admins, h.personCreate).WithProof(),
					Get(paths.AdminPerson, Admins, h.personEdit),
					Post(paths.AdminPerson, Admins, h.personUpdate).WithProof(),
					Post(paths.AdminPersonRole, Admins, h.personRole).WithProof(),
					Post(paths.AdminPersonDisable, Admins, h.personDisable).WithProof(),
					Post(paths.AdminPersonEnable, Admins, h.personEnable).WithProof(),
					Post(paths.AdminPersonSessions, Admins, h.personSignOut).WithProof(),
					Post(paths.AdminPersonInvitation, Admins, h.personInvite).WithProof(),
					Post(paths.AdminPersonSecondFactor, Admins, h.personSecondFactorReset).WithProof(),
				}
			},
		},
		{
			Name: "departments", Nav: []views.Entry{{Order: 200, Path: paths.AdminDepartments, Icon: "team", Text: "nav.departments", Admin: true}}, Actions: store.DepartmentActions,
			Routes: func(s *Server) []Route {
				h.Server = s
				return []Route{
					Get(paths.AdminDepartments, Admins, h.departmentsIndex),
					Post(paths.AdminDepartments, Admins, h.departmentCreate).WithProof(),
					Get(paths.AdminDepartment, Admins, h.departmentEdit),
					Post(paths.AdminDepartment, Admins, OrNew(h.departmentUpdate, h.departmentGone)).WithProof(),
					Post(paths.AdminDepartmentDelete, Admins, h.departmentDelete).WithProof(),
				}
			},
		},
		{
			Name: "audit", Nav: []views.Entry{{Order: 300, Path: paths.AdminAudit, Icon: "list", Text: "nav.audit", Admin: true}},
			Routes: func(s *Server) []Route {
				h.Server = s
				return []Route{
					Get(paths.AdminAudit, Admins, h.auditIndex),
					Post(paths.AdminAuditExport, Admins, h.auditExport).WithProof(),
				}
			},
		},
		{
			Name: "inspector", Nav: []views.Entry{{Order: 400, Path: paths.AdminAssistant, Icon: "pulse", Text: "nav.handshakes", Admin: true}, {Order: 500, Path: paths.AdminReports, Icon: "blocked", Text: "nav.reports", Admin: true}},
			Observe: Observer{Handshake: h.handshakes.observe, Browser: h.handshakes.report, Violation: h.violations.add, Dropped: h.violations.drop},
			Routes: func(s *Server) []Route {
				h.Server = s
				return []Route{
					Get(paths.AdminAssistant, Admins, h.handshakesIndex),
					Get(paths.AdminAssistantLive, Admins, h.handshakesLive),
					Get(paths.AdminHandshake, Admins, h.handshakeShow),
					Get(paths.AdminReports, Admins, h.reportsIndex),
				}
			},
		},
	}
}

func (h *handlers) newsHome(batch *pgx.Batch, p *store.Person) func(*views.HomeProps) {
	var news, due []store.Article
	store.QueueHomeNews(batch, p, &news)
	store.QueueUnacknowledgedNews(batch, p, &due)
	return func(home *views.HomeProps) {
		home.Main = append(home.Main, views.Card{Order: 300, Body: views.HomeNews(news, Zone(p))})
		for _, a := range due {
			home.Due = append(home.Due, views.DueItem{Title: a.Title, Lang: a.Lang, Path: paths.Article.Of(a.Slug), Kind: "news.one"})
		}
	}
}

func (h *handlers) policiesHome(batch *pgx.Batch, p *store.Person) func(*views.HomeProps) {
	var due []store.Policy
	store.QueueUnacknowledgedPolicies(batch, p, &due)
	return func(home *views.HomeProps) {
		for _, a := range due {
			home.Due = append(home.Due, views.DueItem{Title: a.Title, Lang: a.Lang, Path: paths.Policy.Of(a.Slug), Kind: "policies.one"})
		}
	}
}

func (h *handlers) peopleHome(batch *pgx.Batch, p *store.Person) func(*views.HomeProps) {
	var newest []store.Person
	store.QueueNewest(batch, p, &newest)
	return func(home *views.HomeProps) {
		home.Rail = append(home.Rail, views.Card{Order: 200, Body: views.HomeColleagues(*p, newest)})
	}
}
