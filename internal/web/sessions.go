package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// newSessions sets up alexedwards/scs on our store. A session ends after twelve hours, or
// after store.IdleTimeout without a visit, which scs does not need to know: with a limit of
// its own it would count every request as a visit, and set the cookie with every answer.
// The browser forgets the cookie when it is closed. scs.New is not used, because it also
// starts a memory store with a goroutine that cannot be stopped without a data race.
func (s *Server) newSessions() *scs.SessionManager {
	cookie := scs.SessionCookie{
		Name: "session", HttpOnly: true, SameSite: http.SameSiteLaxMode, Path: "/",
	}
	if s.Secure() {
		cookie.Name, cookie.Secure = "__Host-session", true
	}
	return &scs.SessionManager{
		Store: s.Store.Sessions(), Codec: store.SessionCodec{}, Cookie: cookie,
		Lifetime: 12 * time.Hour,
		// ErrorFunc is called when a session cannot be saved. Reading it cannot fail here:
		// currentUser has done that. scs still writes the page afterwards, but that is behind
		// the Content-Length of the error page, so that net/http drops it.
		ErrorFunc: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Method != http.MethodPost && errors.Is(err, store.ErrReadOnly) {
				return // the page is whole, and shows its flash once more
			}
			if person(r) != nil {
				err = fmt.Errorf("%w: %w", errAfterwards, err)
			}
			s.fail(w, r, err)
		},
	}
}

// withoutCookie takes out of an answer's headers the session cookie that its request came
// with. The browser has it; and if another tab's answer has brought a new one meanwhile,
// this one is dead, and would sign the person out.
func withoutCookie(header http.Header, own string) {
	header["Set-Cookie"] = slices.DeleteFunc(header["Set-Cookie"], func(line string) bool {
		return strings.HasPrefix(line, own)
	})
	if len(header["Set-Cookie"]) == 0 {
		header.Del("Set-Cookie")
	}
}

// LangCookie is the name of the cookie with the language that was chosen on the sign-in
// page.
func (c Config) LangCookie() string {
	if c.Secure() {
		return "__Host-lang"
	}
	return "lang"
}

// sessionShow says whose session it is to a page that asks for the person that it was made
// for: "same", "other" or "none".
func sessionShow(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	says := "same"
	switch {
	case p == nil:
		says = "none"
	case p.ID != r.URL.Query().Get("person"):
		says = "other"
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := io.WriteString(w, says)
	return err
}

// sessionOther is where a page goes whose person is not signed in any more, while somebody
// else is.
func sessionOther(s *Server) Handler {
	return func(w http.ResponseWriter, r *http.Request, p *store.Person) error {
		next := paths.Local(r.URL.Query().Get("next"))
		return s.Render(w, r, Page{
			Title: i18n.T(r.Context(), "error.other.title"), Body: views.OtherPerson(p.Name, next),
		})
	}
}
