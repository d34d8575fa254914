package paths

// The pages of the directory.
const (
	People         = "/people"
	Person Pattern = People + "/{id}"
)

// PeopleList is the directory, narrowed by a search and a department and
// continued behind a cursor. Empty values are left out.
func PeopleList(q, department, after string) string {
	return WithQuery(People, "q", q, "department", department, "after", after)
}

// PeopleReports is the list of those who report to a person, continued behind a
// cursor.
func PeopleReports(manager, after string) string {
	return WithQuery(People, "manager", manager, "after", after)
}
