package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/alexedwards/scs/v2"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// A middleware does its part of the work on a request, and calls next for the rest.
type middleware func(next http.Handler) http.Handler

// chain puts middleware around a handler. The first of them sees a request first.
func chain(handler http.Handler, all ...middleware) http.Handler {
	for _, m := range slices.Backward(all) {
		handler = m(handler)
	}
	return handler
}

// middleware is everything that a request passes. The order is part of the
// protection.
func (s *Server) middleware() http.Handler {
	pages := chain(s.router(),
		s.sameOrigin,    // what another site makes a browser send gets no further
		s.noSpeculation, // what the browser only loads ahead costs no query and no token
		s.readForm,      // before anything can fail, so that an error page gives the form back
		s.requestInfo,   // where it comes from: sessions and the audit trail keep it
		s.currentUser,   // who is signed in: one query reads the session and its person
		s.sessions.LoadAndSave,
		inSession,       // from here on the session can be read and changed
		personsLanguage, // now that the person is known
	)
	root := http.NewServeMux()
	root.Handle(paths.Static, s.public(s.static()))
	root.Handle(paths.Health, s.public(s.healthShow))
	root.Handle(paths.Ready, s.public(s.readyShow))
	root.Handle(paths.CSPReports, s.public(s.reportCreate))
	root.Handle(paths.Home, pages)

	return chain(root,
		s.identify,         // each answer and log line has the request's id, and each end is logged
		s.securityHeaders,  // every answer has them, whoever gives it
		s.browsersLanguage, // error pages are in the reader's language
		noStore,
		s.bounded,   // before anything reads the body or asks the database
		s.recovered, // inside of the others: the page after a panic has all of that
	)
}

type requestIDKey struct{}

// RequestID is the id of the request that ctx belongs to: in every log line
// about it, in its answer's X-Request-Id, and on the page of a failure.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// recorder notes what was answered. It must have Unwrap: without it nothing
// inside could fluss.
type recorder struct {
	http.ResponseWriter
	status int // 0 until the headers are out
	bytes  int
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += n
	return n, err
}

func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// identify gives each request an id and logs its end. The query is left out of
// the log: what people search for is theirs.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, id := time.Now(), rand.Text()[:16]
		r = r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
		w.Header().Set("X-Request-Id", id)
		rec := &recorder{ResponseWriter: w}
		defer func() {
			s.Log.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("method", r.Method), slog.String("path", r.URL.Path),
				slog.Int("status", rec.status), slog.Int("bytes", rec.bytes), slog.Duration("duration", time.Since(began)))
		}()
		next.ServeHTTP(rec, r)
	})
}

// securityHeaders go out with every answer, static files and errors included.
func (s *Server) securityHeaders(next http.Handler) http.Handler {
	policy := s.contentSecurityPolicy()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		nonce := rand.Text()
		header := w.Header()
		header.Set("Content-Security-Policy", strings.ReplaceAll(policy, "{nonce}", nonce))
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY") // for browsers that know no frame-ancestors
		header.Set("X-XSS-Protection", "0")   // a filter of old browsers that pages were attacked through
		// no-referrer would make forms send "Origin: null".
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
		if s.Secure() {
			// Relative to the page: no Host header has a say in it.
			header.Set("Reporting-Endpoints", `csp="`+paths.CSPReports+`"`)
			header.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		next.ServeHTTP(w, r.WithContext(templ.WithNonce(r.Context(), nonce)))
	})
}

// ContentSecurityPolicy is what pages of that configuration are sent with, and
// "{nonce}" in it stands for each page's own.
func ContentSecurityPolicy(config Config) string {
	return (&Server{Config: config}).contentSecurityPolicy()
}

// contentSecurityPolicy allows our own files and, where there is a chat, the
// vendor's script with what it needs. A connection over https does not cover its
// WebSocket: both are listed. Endpoints by name exist on https alone (Reporting
// API), and a browser that reads report-to passes over report-uri (CSP 3): on
// plain http there must be no report-to, or nothing would be reported at all.
func (s *Server) contentSecurityPolicy() string {
	var connect, fetch string // each with a space in front
	if s.Caramelo != nil {
		own := s.SDKURL.Scheme + "://" + s.SDKURL.Host
		for _, origin := range append([]string{own, "ws" + strings.TrimPrefix(own, "http")}, s.Origins...) {
			connect += " " + origin
			if !strings.HasPrefix(origin, "ws") {
				fetch += " " + origin
			}
		}
	}
	report := "; report-uri " + paths.CSPReports
	if s.Secure() {
		report += "; report-to csp"
	}
	return "default-src 'none'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; " +
		"script-src 'nonce-{nonce}'" + fetch + "; style-src 'self'; img-src 'self' data:" + fetch +
		"; font-src 'self'; connect-src 'self'" + connect + "; frame-src 'self'" + fetch + report
}

// bodyLimit is how many bytes of a request's body are read at most.
func (s *Server) bodyLimit(r *http.Request) int64 {
	if limit := s.bodies[r.URL.Path]; limit > 0 {
		return limit
	}
	return maxBodyBytes
}

// bounded limits a request's body and time.
func (s *Server) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), s.timeout)
		defer cancel()
		http.MaxBytesHandler(next, s.bodyLimit(r)).ServeHTTP(w, r.WithContext(ctx))
	})
}

// noStore keeps answers out of every cache: they carry a token, or somebody's
// data, or lead to a sign-in. Static files say otherwise.
func noStore(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Accel-Buffering", "no") // nginx would hold the flush back
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses what another site's page makes a browser send.
func (s *Server) sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	// A proxy may rewrite Host; this is where the browser really is.
	if err := protection.AddTrustedOrigin(s.PublicURL.Scheme + "://" + s.PublicURL.Host); err != nil {
		s.Log.Error("trust the public URL's origin", slog.Any("error", err))
	}
	protection.SetDenyHandler(s.public(func(w http.ResponseWriter, r *http.Request) error {
		s.Log.LogAttrs(r.Context(), slog.LevelWarn, "cross-origin request refused",
			slog.String("address", s.ClientIP(r)), slog.String("path", r.URL.Path))
		return errCrossOrigin
	}))
	return protection.Handler(next)
}

// noSpeculation answers a prefetch or a prerender with nothing, so that the
// browser asks again when the page is really wanted, and gets a fresh token.
func (s *Server) noSpeculation(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Sec-Purpose"), "prefetch") || strings.Contains(r.Header.Get("Sec-Purpose"), "prerender") {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}

type formErrorKey struct{}

// readForm reads what was posted before anything can fail, the session included:
// the page of a failure gives it back. What is wrong with it the guard says, to
// those who may use the route. A large body is read for them alone.
func (s *Server) readForm(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && s.bodyLimit(r) <= maxBodyBytes {
			err := parseForm(r) // into r itself, which recovered has too
			r = r.WithContext(context.WithValue(r.Context(), formErrorKey{}, err))
		}
		next.ServeHTTP(w, r)
	})
}

// newSessions sets up alexedwards/scs on our store: twelve hours at most, two
// without a visit. It is made by hand, because scs.New would also start a
// memory store whose goroutine cannot be stopped without a race.
func (s *Server) newSessions() *scs.SessionManager {
	cookie := scs.SessionCookie{Name: "session", HttpOnly: true, SameSite: http.SameSiteLaxMode, Path: "/", Persist: true}
	if s.Secure() {
		cookie.Name, cookie.Secure = "__Host-session", true
	}
	return &scs.SessionManager{
		Store: s.Store.Sessions(), Codec: store.SessionCodec{}, Cookie: cookie,
		Lifetime: 12 * time.Hour, IdleTimeout: 2 * time.Hour,
		// It is called when a session cannot be saved: currentUser has read it already.
		// scs goes on to write the page whose session it could not save: behind
		// the error page's length, where net/http drops it.
		ErrorFunc: func(w http.ResponseWriter, r *http.Request, err error) {
			if person(r) != nil { // the session was read, so it is its saving that failed
				err = fmt.Errorf("%w: %w", errAfterwards, err)
			}
			s.fail(w, r, err)
		},
	}
}

// requestInfo notes in the context where the request comes from.
func (s *Server) requestInfo(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info := store.RequestInfo{Address: s.ClientIP(r), Agent: r.UserAgent(), ID: RequestID(r.Context())}
		next.ServeHTTP(w, r.WithContext(store.WithRequest(r.Context(), info)))
	})
}

// currentUser finds who is signed in. It reads the session of the request's cookie
// and its person in one query. Everything behind it takes the person from here: the
// handlers as an argument, the session manager as the session that it looks for.
func (s *Server) currentUser(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := ""
		if cookie, err := r.Cookie(s.sessions.Cookie.Name); err == nil {
			token = cookie.Value
		}
		session, err := s.Store.Session(r.Context(), token)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(store.WithSession(r.Context(), session)))
	})
}

// person is who is signed in, or nil.
func person(r *http.Request) *store.Person { return store.SessionOf(r.Context()).Person }

type inSessionKey struct{}

// inSession marks a request whose session was read: asking for one elsewhere
// panics.
func inSession(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), inSessionKey{}, true)))
	})
}

// Zone is the time zone in which p reads and writes.
func Zone(p *store.Person) *time.Location {
	z, _ := i18n.Zone(p.TimeZone)
	return z
}

// LangCookie is the name of the cookie that keeps the language which
// was chosen on the sign-in page.
func (s *Server) LangCookie() string {
	if s.Secure() {
		return "__Host-lang"
	}
	return "lang"
}

// browsersLanguage speaks the language that was chosen on the sign-in page, or
// the browser's.
func (s *Server) browsersLanguage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lang := ""
		if cookie, err := r.Cookie(s.LangCookie()); err == nil {
			lang = cookie.Value
		}
		if !i18n.Supported(lang) {
			lang = i18n.Match(r.Header.Get("Accept-Language"))
		}
		w.Header().Add("Vary", "Accept-Language")
		next.ServeHTTP(w, r.WithContext(s.texts.With(r.Context(), lang)))
	})
}

// personsLanguage speaks the language of whoever is signed in.
func personsLanguage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := person(r); p != nil {
			r = r.WithContext(i18n.WithLang(r.Context(), p.Lang))
		}
		next.ServeHTTP(w, r)
	})
}
