// Package paths builds every URL of the intranet, so that a link and the route
// it leads to cannot drift apart, one file for each noun. It is a leaf: views
// and web both use it, and it knows neither.
//
// What is called a Pattern is a page or an action with a parameter, for
// net/http.ServeMux; a function beside it builds its path.
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
	Assistant  = "/assistant"
	// AssistantState is where a page's browser says what became of the assistant.
	AssistantState = "/assistant/state"
	Health         = "/healthz"
	Ready          = "/readyz"
	CSPReports     = "/csp-reports"
	Static         = "/static/"
)

// InvitationLink is the address of a one-time link. The code is in the fragment,
// which browsers keep to themselves: no server, proxy or log on the way sees it.
func InvitationLink(publicURL, code string) string { return publicURL + Invitation + "#" + code }

// LoginNext is the sign-in page that leads on to next.
func LoginNext(next string) string {
	if next == Home {
		next = ""
	}
	return WithQuery(Login, "next", next)
}

// LoginEnded is LoginNext for who sent a form after their session had ended: it
// says so.
func LoginEnded(next string) string {
	if next == Home {
		next = ""
	}
	return WithQuery(Login, "next", next, "ended", "yes")
}

// LoginIn is the sign-in page in another language; what else it says and knows is
// kept.
func LoginIn(lang, next string, ended bool) string {
	if ended {
		return WithQuery(Login, "lang", lang, "next", next, "ended", "yes")
	}
	return WithQuery(Login, "lang", lang, "next", next)
}

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

// Pattern is the path of a page or an action as net/http.ServeMux has it, with
// at most one parameter: "/people/{id}".
type Pattern string

// Of is the path for one id or slug, with names and values of a query behind it.
// An empty value is left out.
func (p Pattern) Of(id string, query ...string) string {
	before, rest, _ := strings.Cut(string(p), "{")
	_, after, _ := strings.Cut(rest, "}")
	return WithQuery(before+url.PathEscape(id)+after, query...)
}

// WithQuery is a path with names and values of a query behind it. An empty value is
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
