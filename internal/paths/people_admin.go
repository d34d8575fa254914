package paths

import "net/url"

// The pages and actions of accounts.
const (
	AdminPeople                    = "/admin/people"
	AdminPeopleNew                 = "/admin/people/new"
	AdminPersonPattern             = AdminPeople + "/{id}"
	AdminPersonRolePattern         = AdminPersonPattern + "/role"
	AdminPersonDisablePattern      = AdminPersonPattern + "/disable"
	AdminPersonEnablePattern       = AdminPersonPattern + "/enable"
	AdminPersonSessionsPattern     = AdminPersonPattern + "/sessions"
	AdminPersonInvitationPattern   = AdminPersonPattern + "/invitation"
	AdminPersonSecondFactorPattern = AdminPersonPattern + "/second-factor"
)

// AdminPerson is the account of one person, for administration; the functions
// below are what can be done to it.
func AdminPerson(id string) string { return AdminPeople + "/" + url.PathEscape(id) }

// AdminPersonRole changes what a person may do.
func AdminPersonRole(id string) string { return AdminPerson(id) + "/role" }

// AdminPersonDisable keeps a person out.
func AdminPersonDisable(id string) string { return AdminPerson(id) + "/disable" }

// AdminPersonEnable lets a person in again.
func AdminPersonEnable(id string) string { return AdminPerson(id) + "/enable" }

// AdminPersonSessions ends all of a person's sessions.
func AdminPersonSessions(id string) string { return AdminPerson(id) + "/sessions" }

// AdminPersonInvitation makes a new one-time link for a person.
func AdminPersonInvitation(id string) string { return AdminPerson(id) + "/invitation" }

// AdminPersonSecondFactor removes a person's second factor.
func AdminPersonSecondFactor(id string) string { return AdminPerson(id) + "/second-factor" }

// AdminPeopleList is the list of accounts, narrowed by a search and continued
// behind a cursor.
func AdminPeopleList(q, after string) string {
	return withQuery(AdminPeople, "q", q, "after", after)
}
