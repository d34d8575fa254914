package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/carameloai/intranet/internal/forwarded"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/wire"
)

// requestInfo puts into the context where the request comes from.
func (s *Server) requestInfo(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info := store.RequestInfo{
			Address: forwarded.ClientIP(r, s.TrustedProxies), Agent: r.UserAgent(), ID: RequestID(r.Context()),
		}
		next.ServeHTTP(w, r.WithContext(store.WithRequest(r.Context(), info)))
	})
}

// currentUser finds who is signed in. It reads the session of the request's cookie and
// its person in one query, and puts them into the context. Handlers get the person from
// there as an argument, and the session manager gets the session. What a page asks by
// itself is no visit: otherwise forgotten tabs would keep a session alive.
func (s *Server) currentUser(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := ""
		if cookie, err := r.Cookie(s.sessions.Cookie.Name); err == nil {
			token = cookie.Value
		}
		note, began := wire.AnswerOf(r.Context()), time.Now()
		session, err := s.Store.Session(r.Context(), token)
		if note.Session = time.Since(began); session.Person != nil {
			note.Person = session.Person.ID
		}
		if err == nil && session.Due() && r.Method != http.MethodHead && !s.unattended[r.URL.Path] {
			if err := s.Store.Visit(r.Context(), session); err != nil { // a read-only database has pages, too
				s.Log.LogAttrs(r.Context(), slog.LevelWarn, "a visit is not noted", slog.Any("error", err))
			}
		}
		if err != nil {
			_, note.Route = s.mux.Handler(r)
			s.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(store.WithSession(r.Context(), session)))
	})
}

// person is who is signed in, or nil.
func person(r *http.Request) *store.Person { return store.SessionOf(r.Context()).Person }

type inSessionKey struct{}

// inSession marks a request whose session was read. The session manager panics when it
// is asked for the session of another request.
func inSession(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), inSessionKey{}, true)))
	})
}

// browsersLanguage sets the language that was chosen on the sign-in page, or the
// browser's.
func (s *Server) browsersLanguage(next http.Handler) http.Handler {
	name := s.LangCookie()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lang := ""
		if cookie, err := r.Cookie(name); err == nil {
			lang = cookie.Value
		}
		if !i18n.Supported(lang) {
			lang = i18n.Match(r.Header.Get("Accept-Language"))
		}
		w.Header().Add("Vary", "Accept-Language")
		next.ServeHTTP(w, r.WithContext(s.texts.With(r.Context(), lang)))
	})
}

// personsLanguage sets the language of the person who is signed in.
func personsLanguage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := person(r); p != nil {
			r = r.WithContext(i18n.WithLang(r.Context(), p.Lang))
		}
		next.ServeHTTP(w, r)
	})
}

// Zone is the time zone in which p reads and writes.
func Zone(p *store.Person) *time.Location {
	z, _ := i18n.Zone(p.TimeZone)
	return z
}
