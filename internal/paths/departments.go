package paths

// The pages and actions of departments.
const (
	AdminDepartments              = "/admin/departments"
	AdminDepartment       Pattern = AdminDepartments + "/{slug}"
	AdminDepartmentDelete Pattern = AdminDepartment + "/delete"
)
