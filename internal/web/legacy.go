package web

import (
	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/markdown"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// What has not moved to packages of its own yet.

type handlers struct {
	*Server
	markdown *markdown.Converter
	tours    tours
}

func newLegacy() *handlers {
	return &handlers{
		markdown: markdown.New(), tours: tours{done: map[string][]string{}},
	}
}

// Legacy are the features that have not moved.
func Legacy() []Feature { return newLegacy().features() }

func (h *handlers) features() []Feature {
	return []Feature{
		{
			Name: "tour", Home: func(_ *pgx.Batch, p *store.Person) func(*views.HomeProps) {
				tour := h.tourOf(p)
				if tour.Panel == "" {
					return nil
				}
				return func(home *views.HomeProps) {
					home.Main = append(home.Main, views.Card{Order: 100, Body: views.Tour(tour)})
				}
			},
			Routes: func(s *Server) []Route {
				h.Server = s
				return []Route{
					Post(paths.Tour, Employees, h.tourUpdate),
				}
			},
		},
		{
			Name: "news", Nav: []views.Entry{{Order: 100, Path: paths.News, Icon: "news", Text: "nav.news"}}, Actions: store.NewsActions, Home: h.newsHome,
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
			Name: "links", Actions: store.LinkActions, Home: h.linksHome,
			Routes: func(s *Server) []Route {
				h.Server = s
				return []Route{
					Get(paths.Links, Editors, h.linksIndex),
					Get(paths.LinksNew, Editors, h.linkNew),
					Post(paths.Links, Editors, h.linkCreate),
					Get(paths.Link, Editors, h.linkEdit),
					Post(paths.Link, Editors, OrNew(h.linkUpdate, h.linkGone)),
					Post(paths.LinkMove, Editors, h.linkMove),
					Post(paths.LinkDelete, Editors, h.linkDelete),
				}
			},
		},
		{
			Name: "search", Header: views.SearchField(),
			Routes: func(s *Server) []Route {
				h.Server = s
				return []Route{
					Get(paths.Search, Employees, h.searchShow),
					Get(paths.SearchResults, Employees, h.searchResults),
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

func (h *handlers) linksHome(batch *pgx.Batch, p *store.Person) func(*views.HomeProps) {
	var links []store.Link
	store.QueueLinks(batch, p, &links)
	return func(home *views.HomeProps) {
		home.Rail = append(home.Rail, views.Card{Order: 400, Body: views.HomeLinks(links, Editors.Allows(p))})
	}
}
