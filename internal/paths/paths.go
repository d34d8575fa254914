// Package paths has the paths of the frame and of the core features, one file for each
// noun, so that a link and its route are always the same. It imports nothing of ours.
//
// A page or an action that has a parameter is a Pattern.
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
	Forgotten  = "/forgot"
	Assistant  = "/assistant"
	// AssistantState is where a browser reports how the assistant started.
	AssistantState = "/assistant/state"
	// ConsentGive is where people agree that the assistant's vendor is told about them.
	ConsentGive     = "/assistant/consent"
	ConsentWithdraw = "/assistant/consent/withdraw"
	Health          = "/healthz"
	Ready           = "/readyz"
	CSPReports      = "/csp-reports"
	// Session says whose session it is, to pages that ask.
	Session = "/session"
	// SessionOther says that the session is another person's than the page before.
	SessionOther = "/session/other"
	Drafts       = "/drafts"
	// DraftsKept are those of one page, for its script.
	DraftsKept = "/drafts/kept"
	// DraftsKeep keeps what is being typed.
	DraftsKeep = "/drafts/keep"
	DraftsDrop = "/drafts/drop"
	Static     = "/static/"
	// Favicon is where browsers look for an icon without being told.
	Favicon = "/favicon.ico"
)

// Pattern is the path of a page or an action as net/http.ServeMux reads it, with at most
// one parameter: "/people/{id}".
type Pattern string

// Of is the path for one id or slug, followed by a query of these names and values. An
// empty value is left out.
func (p Pattern) Of(id string, query ...string) string {
	before, rest, _ := strings.Cut(string(p), "{")
	_, after, _ := strings.Cut(rest, "}")
	return WithQuery(before+url.PathEscape(id)+after, query...)
}

// WithQuery is a path, followed by a query of these names and values. An empty value is
// left out.
func WithQuery(path string, pairs ...string) string {
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
