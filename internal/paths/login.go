package paths

import (
	"net/url"
	"strings"
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

// The values with which the sign-in page says that a session had ended when a form was sent.
const (
	EndedLost = "yes"  // nothing is kept of it
	EndedKept = "kept" // it is a draft now
)

// LoginEnded is LoginNext for somebody whose session had ended when a form was sent. ended
// is EndedLost or EndedKept.
func LoginEnded(next, ended string) string { return LoginIn("", next, ended) }

// LoginIn is the sign-in page in a language, "" for the browser's, with the same next page and
// message.
func LoginIn(lang, next, ended string) string {
	if next == Home {
		next = ""
	}
	return WithQuery(Login, "lang", lang, "next", next, "ended", ended)
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
