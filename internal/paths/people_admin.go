package paths

// The pages and actions of accounts.
const (
	AdminPeople                     = "/admin/people"
	AdminPeopleNew                  = "/admin/people/new"
	AdminMail                       = "/admin/mail"
	AdminPerson             Pattern = AdminPeople + "/{id}"
	AdminPersonRole         Pattern = AdminPerson + "/role"
	AdminPersonDisable      Pattern = AdminPerson + "/disable"
	AdminPersonEnable       Pattern = AdminPerson + "/enable"
	AdminPersonSessions     Pattern = AdminPerson + "/sessions"
	AdminPersonInvitation   Pattern = AdminPerson + "/invitation"
	AdminPersonSecondFactor Pattern = AdminPerson + "/second-factor"
	AdminPersonDelete       Pattern = AdminPerson + "/delete"
)

// AdminPeopleList is the list of accounts, narrowed by a search and continued
// behind a cursor.
func AdminPeopleList(q, after string) string {
	return WithQuery(AdminPeople, "q", q, "after", after)
}
