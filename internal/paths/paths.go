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
	Assistant  = "/assistant"
	// AssistantState is where a browser reports how the assistant started.
	AssistantState = "/assistant/state"
	Health         = "/healthz"
	Ready          = "/readyz"
	CSPReports     = "/csp-reports"
	Static         = "/static/"
)

// InvitationLink is the address of a one-time link. The code is in the fragment, which
// browsers do not send, so that no server, proxy or log on the way sees it.
func InvitationLink(publicURL, code string) string { return publicURL + Invitation + "#" + code }

// LoginNext is the sign-in page that leads on to next.
func LoginNext(next string) string {
	if next == Home {
		next = ""
	}
	return WithQuery(Login, "next", next)
}

// LoginEnded is LoginNext for somebody who sent a form after their session had ended. The
// page says so.
func LoginEnded(next string) string {
	if next == Home {
		next = ""
	}
	return WithQuery(Login, "next", next, "ended", "yes")
}

// LoginIn is the sign-in page in another language, with the same next page and message.
func LoginIn(lang, next string, ended bool) string {
	if ended {
		return WithQuery(Login, "lang", lang, "next", next, "ended", "yes")
	}
	return WithQuery(Login, "lang", lang, "next", next)
}

// maxNext is the length in bytes of the longest address to which somebody is sent back. In
// a query it can become three times as long, and proxies limit the length of addresses.
const maxNext = 2 << 10

// Local returns next if it is a path of this site, and Home otherwise. Browsers read some
// paths as another host: "//evil", "/\evil" and "/\t/evil".
func Local(next string) string {
	if len(next) > maxNext || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.Contains(next, `\`) {
		return Home
	}
	for _, r := range next {
		if r < ' ' || r == 0x7f {
			return Home
		}
	}
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || strings.HasPrefix(u.Path, "//") ||
		strings.Contains(u.Path, `\`) {
		return Home
	}
	if u.Path == Login || u.Path == LoginCode || u.Path == Logout {
		return Home
	}
	return next
}

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
