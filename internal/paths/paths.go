// Package paths builds every URL of the intranet, so that a link and the route
// it leads to cannot drift apart. It is a leaf: views and web both use it, and
// it knows neither.
package paths

import (
	"net/url"
	"strings"
)

// The pages and actions without a parameter.
const (
	Home       = "/"
	Login      = "/login"
	LoginCode  = "/login/code"
	Logout     = "/logout"
	Invitation = "/invitation"
	People     = "/people"
	Assistant  = "/assistant"
	Events     = "/events"
	EventsNew  = "/events/new"
	Health     = "/healthz"
	Ready      = "/readyz"
	CSPReports = "/csp-reports"
	Static     = "/static/"

	Account              = "/account"
	AccountPassword      = "/account/password"
	AccountPreferences   = "/account/preferences"
	AccountSessions      = "/account/sessions"
	SecondFactor         = "/account/second-factor"
	SecondFactorConfirm  = "/account/second-factor/confirm"
	SecondFactorRecovery = "/account/second-factor/recovery-codes"
	SecondFactorRemove   = "/account/second-factor/remove"

	AdminPeople      = "/admin/people"
	AdminPeopleNew   = "/admin/people/new"
	AdminAudit       = "/admin/audit"
	AdminAuditExport = "/admin/audit/export"
	AdminReports     = "/admin/reports"
)

// The patterns of pages with a parameter, for net/http.ServeMux. The functions
// below build their paths.
const (
	ArticlePattern        = "/news/{slug}"
	PersonPattern         = People + "/{id}"
	AccountSessionPattern = AccountSessions + "/{id}"

	EventPattern           = Events + "/{id}"
	EventEditPattern       = EventPattern + "/edit"
	EventDeletePattern     = EventPattern + "/delete"
	EventAttendancePattern = EventPattern + "/attendance"
	EventFilePattern       = EventPattern + "/event.ics"

	AdminPersonPattern             = AdminPeople + "/{id}"
	AdminPersonRolePattern         = AdminPersonPattern + "/role"
	AdminPersonDisablePattern      = AdminPersonPattern + "/disable"
	AdminPersonEnablePattern       = AdminPersonPattern + "/enable"
	AdminPersonSessionsPattern     = AdminPersonPattern + "/sessions"
	AdminPersonInvitationPattern   = AdminPersonPattern + "/invitation"
	AdminPersonSecondFactorPattern = AdminPersonPattern + "/second-factor"
)

// Article is the page of one announcement.
func Article(slug string) string { return "/news/" + url.PathEscape(slug) }

// Person is the profile of one person.
func Person(id string) string { return People + "/" + url.PathEscape(id) }

// The values of EventsList's when. Any other one is Coming.
const (
	Coming = ""
	Past   = "past"
)

// EventsList is the list of events, coming or past, continued behind a cursor.
func EventsList(when, after string) string { return withQuery(Events, "when", when, "after", after) }

// Event is the page of one event; the functions below are what can be done with
// it.
func Event(id string) string { return Events + "/" + url.PathEscape(id) }

// EventEdit is the form that changes an event.
func EventEdit(id string) string { return Event(id) + "/edit" }

// EventDelete removes an event.
func EventDelete(id string) string { return Event(id) + "/delete" }

// EventAttendance says whether one comes.
func EventAttendance(id string) string { return Event(id) + "/attendance" }

// EventFile is the event for a calendar program (iCalendar, RFC 5545).
func EventFile(id string) string { return Event(id) + "/event.ics" }

// AccountSession ends one of one's own sessions.
func AccountSession(id string) string { return AccountSessions + "/" + url.PathEscape(id) }

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

// Audit is the audit trail, narrowed by an action, a person's e-mail and days
// (2006-01-02), and continued behind a cursor. Empty values are left out.
func Audit(action, person, from, to, after string) string {
	return withQuery(AdminAudit, "action", action, "person", person, "from", from, "to", to, "after", after)
}

// InvitationLink is the address of a one-time link. The code is in the fragment,
// which browsers keep to themselves: no server, proxy or log on the way sees it.
func InvitationLink(publicURL, code string) string { return publicURL + Invitation + "#" + code }

// PeopleList is the directory, narrowed by a search and a department and
// continued behind a cursor. Empty values are left out.
func PeopleList(q, department, after string) string {
	return withQuery(People, "q", q, "department", department, "after", after)
}

// LoginNext is the sign-in page that leads on to next.
func LoginNext(next string) string {
	if next == Home {
		next = ""
	}
	return withQuery(Login, "next", next)
}

// LoginIn is the sign-in page in another language; next is kept.
func LoginIn(lang, next string) string { return withQuery(Login, "lang", lang, "next", next) }

// maxNext is the length of the longest address worth coming back to, in bytes:
// as part of another one it grows to three times that, and proxies bound theirs.
const maxNext = 2 << 10

// Local returns next if it is a path of this site, and Home otherwise. What a
// browser would read as another host ("//evil", "/\evil", "/\t/evil") is not a
// path of this site.
func Local(next string) string {
	if len(next) > maxNext || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) {
		return Home
	}
	for _, r := range next {
		if r < ' ' || r == 0x7f {
			return Home
		}
	}
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, `\`) {
		return Home
	}
	if u.Path == Login || u.Path == LoginCode || u.Path == Logout {
		return Home
	}
	return next
}

func withQuery(path string, pairs ...string) string {
	q := url.Values{}
	for i := 1; i < len(pairs); i += 2 {
		if pairs[i] != "" {
			q.Set(pairs[i-1], pairs[i])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
