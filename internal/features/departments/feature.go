// Package departments is where administration looks after the company's departments.
// The list of them stands in package store, because people and texts refer to them.
package departments

import (
	"embed"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// What is recorded of departments.
const (
	Created store.Action = "department.created"
	Changed store.Action = "department.changed"
	Deleted store.Action = "department.deleted"
)

//go:embed en.json pt.json es.json
var texts embed.FS

// Feature returns the administration of departments. Its paths stand in package
// paths.
func Feature() web.Feature {
	return web.Feature{
		Name:   "departments",
		Routes: routes,
		Nav: []views.Entry{
			{Order: 200, Path: paths.AdminDepartments, Icon: "team", Text: "nav.departments", Admin: true},
		},
		Actions: []store.Action{Created, Changed, Deleted},
		Texts:   texts,
	}
}

// handlers answer the routes.
type handlers struct {
	*web.Server
	departments departments
}

func routes(s *web.Server) []web.Route {
	h := handlers{Server: s, departments: departments{s.Store}}
	return []web.Route{
		web.Get(paths.AdminDepartments, web.Admins, h.index),
		web.Post(paths.AdminDepartments, web.Admins, h.create).WithProof().Creating(),
		web.Get(paths.AdminDepartment, web.Admins, h.edit),
		web.Post(paths.AdminDepartment, web.Admins, web.OrNew(h.update, h.gone)).WithProof(),
		web.Post(paths.AdminDepartmentDelete, web.Admins, h.delete).WithProof(),
	}
}
