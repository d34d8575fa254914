package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/alexedwards/scs/v2"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// middleware is what a request passes, from the outside in.
func (h *handlers) middleware() http.Handler {
	pages := h.crossOrigin(h.noSpeculation(readForm(h.visit(h.sessions.LoadAndSave(inSession(h.personsLanguage(h.router())))))))

	root := http.NewServeMux()
	root.Handle(paths.Static, h.adapt(h.static()))
	root.Handle(paths.Health, h.adapt(h.healthShow))
	root.Handle(paths.Ready, h.adapt(h.readyShow))
	root.Handle(paths.CSPReports, h.adapt(h.reportCreate))
	root.Handle(paths.Home, pages)

	return h.identify(h.securityHeaders(h.browsersLanguage(h.noStore(h.bounded(h.recovered(root))))))
}

type requestIDKey struct{}

// RequestID is the id of the request that ctx belongs to: in every log line
// about it, in its answer's X-Request-Id, and on the page of a failure.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// recorder notes what was answered. It must have Unwrap: without it nothing
// inside could flush.
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
func (h *handlers) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, id := time.Now(), rand.Text()[:16]
		r = r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
		w.Header().Set("X-Request-Id", id)
		rec := &recorder{ResponseWriter: w}
		defer func() {
			h.Log.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("method", r.Method), slog.String("path", r.URL.Path),
				slog.Int("status", rec.status), slog.Int("bytes", rec.bytes), slog.Duration("duration", time.Since(began)))
		}()
		next.ServeHTTP(rec, r)
	})
}

// securityHeaders go out with every answer, static files and errors included.
func (h *handlers) securityHeaders(next http.Handler) http.Handler {
	policy := h.contentSecurityPolicy()
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
		if h.secure() {
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
	return (&handlers{Config: config}).contentSecurityPolicy()
}

// contentSecurityPolicy allows our own files and, where there is a chat, the
// vendor's script with what it needs. A connection over https does not cover its
// WebSocket: both are listed. Endpoints by name exist on https alone (Reporting
// API), and a browser that reads report-to passes over report-uri (CSP 3): on
// plain http there must be no report-to, or nothing would be reported at all.
func (h *handlers) contentSecurityPolicy() string {
	var connect, fetch string // each with a space in front
	if h.Caramelo != nil {
		own := h.SDKURL.Scheme + "://" + h.SDKURL.Host
		for _, origin := range append([]string{own, "ws" + strings.TrimPrefix(own, "http")}, h.Origins...) {
			connect += " " + origin
			if !strings.HasPrefix(origin, "ws") {
				fetch += " " + origin
			}
		}
	}
	report := "; report-uri " + paths.CSPReports
	if h.secure() {
		report += "; report-to csp"
	}
	return "default-src 'none'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; " +
		"script-src 'nonce-{nonce}'" + fetch + "; style-src 'self'; img-src 'self' data:" + fetch +
		"; font-src 'self'; connect-src 'self'" + connect + "; frame-src 'self'" + fetch + report
}

// maxImportBody is the body of a form that carries a whole file: its commas, line
// breaks and accents take three bytes each.
const maxImportBody = 3*store.MaxImportBytes + maxBodyBytes

// bodyLimit is how much of a request's body is read at most.
func bodyLimit(r *http.Request) int64 {
	switch r.URL.Path {
	case paths.AdminPeopleImport, paths.AdminPeopleImportApply:
		return maxImportBody
	case paths.AssistantState:
		return maxStateBytes
	}
	return maxBodyBytes
}

// bounded limits a request's body and time.
func (h *handlers) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), h.timeout)
		defer cancel()
		http.MaxBytesHandler(next, bodyLimit(r)).ServeHTTP(w, r.WithContext(ctx))
	})
}

// noStore keeps answers out of every cache: they carry a token, or somebody's
// data, or lead to a sign-in. Static files say otherwise.
func (h *handlers) noStore(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Accel-Buffering", "no") // nginx would hold the flush back
		next.ServeHTTP(w, r)
	})
}

// crossOrigin refuses what another site's page makes a browser send.
func (h *handlers) crossOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	// A proxy may rewrite Host; this is where the browser really is.
	if err := protection.AddTrustedOrigin(h.PublicURL.Scheme + "://" + h.PublicURL.Host); err != nil {
		h.Log.Error("trust the public URL's origin", slog.Any("error", err))
	}
	protection.SetDenyHandler(h.adapt(func(w http.ResponseWriter, r *http.Request) error {
		h.Log.LogAttrs(r.Context(), slog.LevelWarn, "cross-origin request refused", slog.String("address", h.clientIP(r)), slog.String("path", r.URL.Path))
		return errCrossOrigin
	}))
	return protection.Handler(next)
}

// noSpeculation answers a prefetch or a prerender with nothing, so that the
// browser asks again when the page is really wanted, and gets a fresh token.
func (h *handlers) noSpeculation(next http.Handler) http.Handler {
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
// those who may use the route. A whole file is read for them alone.
func readForm(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && bodyLimit(r) <= maxBodyBytes {
			err := parseForm(r) // into r itself, which recovered has too
			r = r.WithContext(context.WithValue(r.Context(), formErrorKey{}, err))
		}
		next.ServeHTTP(w, r)
	})
}

// newSessions sets up alexedwards/scs on our store: twelve hours at most, two
// without a visit. It is made by hand, because scs.New would also start a
// memory store whose goroutine cannot be stopped without a race.
func (h *handlers) newSessions() *scs.SessionManager {
	cookie := scs.SessionCookie{Name: "session", HttpOnly: true, SameSite: http.SameSiteLaxMode, Path: "/", Persist: true}
	if h.secure() {
		cookie.Name, cookie.Secure = "__Host-session", true
	}
	return &scs.SessionManager{
		Store: h.Store.Sessions(), Codec: store.SessionCodec{}, Cookie: cookie,
		Lifetime: 12 * time.Hour, IdleTimeout: 2 * time.Hour,
		// scs goes on to write the page whose session it could not save: behind
		// the error page's length, where net/http drops it.
		ErrorFunc: func(w http.ResponseWriter, r *http.Request, err error) {
			if person(r) != nil { // the session was read, so it is its saving that failed
				err = fmt.Errorf("%w: %w", errAfterwards, err)
			}
			h.fail(w, r, err)
		},
	}
}

// visit notes in the context where the request comes from, and makes room for
// what reading its session finds.
func (h *handlers) visit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client := store.Client{Address: h.clientIP(r), Agent: r.UserAgent(), RequestID: RequestID(r.Context())}
		next.ServeHTTP(w, r.WithContext(store.WithVisit(r.Context(), client)))
	})
}

type inSessionKey struct{}

// inSession marks a request whose session was read: asking for one elsewhere
// panics.
func inSession(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), inSessionKey{}, true)))
	})
}

// person is who is signed in, or nil. It is the only source of identity.
func person(r *http.Request) *store.Person { return store.SignedIn(r.Context()) }

// zone is the time zone in which p reads and writes.
func zone(p *store.Person) *time.Location {
	z, _ := i18n.Zone(p.TimeZone)
	return z
}

// langCookie keeps the language that was chosen on the sign-in page.
func (h *handlers) langCookie() string {
	if h.secure() {
		return "__Host-lang"
	}
	return "lang"
}

// browsersLanguage speaks the language that was chosen on the sign-in page, or
// the browser's.
func (h *handlers) browsersLanguage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lang := ""
		if cookie, err := r.Cookie(h.langCookie()); err == nil {
			lang = cookie.Value
		}
		if !i18n.Supported(lang) {
			lang = i18n.Match(r.Header.Get("Accept-Language"))
		}
		w.Header().Add("Vary", "Accept-Language")
		next.ServeHTTP(w, r.WithContext(i18n.WithLang(r.Context(), lang)))
	})
}

// personsLanguage speaks the language of whoever is signed in.
func (h *handlers) personsLanguage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := person(r); p != nil {
			r = r.WithContext(i18n.WithLang(r.Context(), p.Lang))
		}
		next.ServeHTTP(w, r)
	})
}
