package paths

// The import of people: the form, which is also where a file is tried, and what
// imports it.
const (
	AdminPeopleImport      = "/admin/people/import"
	AdminPeopleImportApply = "/admin/people/import/apply"
)
