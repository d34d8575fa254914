package web

import (
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/carameloai/intranet/internal/store"
)

// newSessions sets up alexedwards/scs on our store. A session ends after twelve hours, or
// after two without a visit. scs.New is not used, because it also starts a memory store
// with a goroutine that cannot be stopped without a data race.
func (s *Server) newSessions() *scs.SessionManager {
	cookie := scs.SessionCookie{
		Name: "session", HttpOnly: true, SameSite: http.SameSiteLaxMode, Path: "/", Persist: true,
	}
	if s.Secure() {
		cookie.Name, cookie.Secure = "__Host-session", true
	}
	return &scs.SessionManager{
		Store: s.Store.Sessions(), Codec: store.SessionCodec{}, Cookie: cookie,
		Lifetime: 12 * time.Hour, IdleTimeout: 2 * time.Hour,
		// ErrorFunc is called when a session cannot be saved. Reading it cannot fail here:
		// currentUser has done that. scs still writes the page afterwards, but that is behind
		// the Content-Length of the error page, so that net/http drops it.
		ErrorFunc: func(w http.ResponseWriter, r *http.Request, err error) {
			if person(r) != nil {
				err = fmt.Errorf("%w: %w", errAfterwards, err)
			}
			s.fail(w, r, err)
		},
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
