package paths

import "net/url"

// The pages and actions of departments.
const (
	AdminDepartments             = "/admin/departments"
	AdminDepartmentPattern       = AdminDepartments + "/{slug}"
	AdminDepartmentDeletePattern = AdminDepartmentPattern + "/delete"
)

// AdminDepartment is one department, for administration.
func AdminDepartment(slug string) string { return AdminDepartments + "/" + url.PathEscape(slug) }

// AdminDepartmentDelete removes a department.
func AdminDepartmentDelete(slug string) string { return AdminDepartment(slug) + "/delete" }
