package web

import (
	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// What has not moved to packages of its own yet.

type handlers struct {
	*Server
}

func newLegacy() *handlers {
	return &handlers{}
}

// Legacy are the features that have not moved.
func Legacy() []Feature { return newLegacy().features() }

func (h *handlers) features() []Feature {
	return []Feature{
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

func (h *handlers) peopleHome(batch *pgx.Batch, p *store.Person) func(*views.HomeProps) {
	var newest []store.Person
	store.QueueNewest(batch, p, &newest)
	return func(home *views.HomeProps) {
		home.Rail = append(home.Rail, views.Card{Order: 200, Body: views.HomeColleagues(*p, newest)})
	}
}
