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

// A middleware does its part of the work on a request and calls next for the rest.
type middleware func(next http.Handler) http.Handler

// chain puts middleware around a handler. The first in the list gets a request first.
func chain(handler http.Handler, all ...middleware) http.Handler {
	for _, m := range slices.Backward(all) {
		handler = m(handler)
	}
	return handler
}

// middleware is everything that a request passes, in order. The order matters for
// security: see the reason at each line.
func (s *Server) middleware() http.Handler {
	pages := chain(s.router(),
		s.sameOrigin,  // refuses what another site makes a browser send
		noSpeculation, // a page that a browser loads ahead costs no query and no token
		s.readForm,    // before anything can fail, so that an error page gives the form back
		s.requestInfo, // where the request comes from, which sessions and the audit trail keep
		s.currentUser, // who is signed in: one query reads the session and its person
		s.sessions.LoadAndSave,
		inSession,       // from here on the session can be read and changed
		personsLanguage, // the person is known now
	)
	root := http.NewServeMux()
	root.Handle(paths.Static, s.public(serveFiles(s.assets)))
	root.Handle(paths.Health, s.public(healthShow))
	root.Handle(paths.Ready, s.public(s.readyShow))
	root.Handle(paths.CSPReports, s.public(s.reports.create))
	root.Handle(paths.Home, pages)

	return chain(root,
		s.identify,         // first, so that every answer and log line has the request's id
		s.securityHeaders,  // before anything can answer, so that every answer has them
		s.browsersLanguage, // so that error pages are in the reader's language
		noStore,            // so that no cache keeps an answer
		s.bounded,          // before anything reads the body or asks the database
		s.recovered,        // last, so that the page after a panic has all of the above
	)
}

type requestIDKey struct{}

// RequestID is the id of the request that ctx belongs to. It is in every log line about
// the request, in the header X-Request-Id of the answer, and on the page of a failure.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// recorder notes what was answered. It must have Unwrap, or handlers could not flush.
type recorder struct {
	http.ResponseWriter
	status int // 0 until the headers are sent
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

// identify gives each request an id and logs its end. The query is left out of the log,
// because it holds what people search for.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, id := time.Now(), rand.Text()[:16]
		r = r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
		w.Header().Set("X-Request-Id", id)
		rec := &recorder{ResponseWriter: w}
		defer func() {
			s.Log.LogAttrs(r.Context(), slog.LevelInfo, "request",
				slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", rec.status),
				slog.Int("bytes", rec.bytes), slog.Duration("duration", time.Since(began)))
		}()
		next.ServeHTTP(rec, r)
	})
}

// securityHeaders sets the headers that every answer has, also static files and errors.
func (s *Server) securityHeaders(next http.Handler) http.Handler {
	policy := s.ContentSecurityPolicy()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		nonce := rand.Text()
		header := w.Header()
		header.Set("Content-Security-Policy", strings.ReplaceAll(policy, "{nonce}", nonce))
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
		header.Set("X-XSS-Protection", "0")   // old browsers' filter, which could be used for attacks
		// no-referrer would make forms send "Origin: null".
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
		if s.Secure() {
			// It is relative to the page, so that no Host header can change it.
			header.Set("Reporting-Endpoints", `csp="`+paths.CSPReports+`"`)
			header.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		next.ServeHTTP(w, r.WithContext(templ.WithNonce(r.Context(), nonce)))
	})
}

// ContentSecurityPolicy allows our own files and, where there is a chat, the vendor's
// script with what it needs. An origin with https does not cover WebSockets, so both
// are listed.
//
// On plain http there must be no report-to: its endpoint exists on https alone (Reporting
// API), and browsers that know report-to ignore report-uri (CSP 3), so that nothing
// would be reported at all.
func (c Config) ContentSecurityPolicy() string {
	var connect, fetch string // lists of origins, each with a space before it
	if c.Caramelo != nil {
		own := c.SDKURL.Scheme + "://" + c.SDKURL.Host
		for _, origin := range append([]string{own, "ws" + strings.TrimPrefix(own, "http")}, c.Origins...) {
			connect += " " + origin
			if !strings.HasPrefix(origin, "ws") {
				fetch += " " + origin
			}
		}
	}
	report := "; report-uri " + paths.CSPReports
	if c.Secure() {
		report += "; report-to csp"
	}
	return "default-src 'none'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; " +
		"script-src 'nonce-{nonce}'" + fetch + "; style-src 'self'; img-src 'self' data:" + fetch +
		"; font-src 'self'; connect-src 'self'" + connect + "; frame-src 'self'" + fetch + report
}

// bodyLimit is how many bytes of the request's body are read at most.
func (s *Server) bodyLimit(r *http.Request) int64 {
	if limit := s.bodies[r.URL.Path]; limit > 0 {
		return limit
	}
	return maxBodyBytes
}

// bounded limits the body and the time of a request.
func (s *Server) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), s.timeout)
		defer cancel()
		http.MaxBytesHandler(next, s.bodyLimit(r)).ServeHTTP(w, r.WithContext(ctx))
	})
}

// noStore keeps answers out of every cache, because they hold a token or somebody's
// data, or redirect to the sign-in page. Static files change the header.
func noStore(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Accel-Buffering", "no") // without it nginx holds back what is flushed
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses what another site's page makes a browser send.
func (s *Server) sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	// A proxy may change the header Host. The public URL is what the browser has.
	if err := protection.AddTrustedOrigin(s.PublicURL.Scheme + "://" + s.PublicURL.Host); err != nil {
		s.Log.Error("trust the public URL's origin", slog.Any("error", err))
	}
	protection.SetDenyHandler(s.public(func(w http.ResponseWriter, r *http.Request) error {
		s.Log.LogAttrs(r.Context(), slog.LevelWarn, "cross-origin request refused",
			slog.String("address", clientIP(r, s.TrustedProxies)), slog.String("path", r.URL.Path))
		return errCrossOrigin
	}))
	return protection.Handler(next)
}

// noSpeculation refuses a prefetch or a prerender. The browser asks again when the person
// opens the page, and gets a new token then.
func noSpeculation(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		purpose := r.Header.Get("Sec-Purpose")
		if strings.Contains(purpose, "prefetch") || strings.Contains(purpose, "prerender") {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}

type formErrorKey struct{}

// readForm reads a posted form before anything else can fail, such as the session, so
// that the page of a failure gives the form back. If the form cannot be read, the guard
// says so, to people who may use the route. Where a route takes a larger body than usual,
// the guard reads it, for the same people only.
func (s *Server) readForm(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && s.bodyLimit(r) <= maxBodyBytes {
			err := parseForm(r) // into r itself, so that the middleware recovered has it, too
			r = r.WithContext(context.WithValue(r.Context(), formErrorKey{}, err))
		}
		next.ServeHTTP(w, r)
	})
}

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

// requestInfo puts into the context where the request comes from.
func (s *Server) requestInfo(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info := store.RequestInfo{
			Address: clientIP(r, s.TrustedProxies), Agent: r.UserAgent(), ID: RequestID(r.Context()),
		}
		next.ServeHTTP(w, r.WithContext(store.WithRequest(r.Context(), info)))
	})
}

// currentUser finds who is signed in. It reads the session of the request's cookie and
// its person in one query, and puts them into the context. Handlers get the person from
// there as an argument, and the session manager gets the session.
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

// inSession marks a request whose session was read. The session manager panics when it
// is asked for the session of another request.
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

// LangCookie is the name of the cookie with the language that was chosen on the sign-in
// page.
func (c Config) LangCookie() string {
	if c.Secure() {
		return "__Host-lang"
	}
	return "lang"
}

// browsersLanguage sets the language that was chosen on the sign-in page, or the
// browser's.
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

// personsLanguage sets the language of the person who is signed in.
func personsLanguage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := person(r); p != nil {
			r = r.WithContext(i18n.WithLang(r.Context(), p.Lang))
		}
		next.ServeHTTP(w, r)
	})
}
