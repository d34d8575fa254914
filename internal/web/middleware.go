package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/forwarded"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/wire"
)

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

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
	root.Handle(paths.Favicon, s.public(serveFiles(s.assets)))
	root.Handle(paths.Health, s.public(health(s.chatPolicy)))
	root.Handle(paths.Ready, s.public(s.readyShow))
	root.Handle(paths.CSPReports, s.public(s.reports.create))
	root.Handle(paths.Home, pages)
	for _, f := range s.features {
		if f.Programs != nil {
			path, answers := f.Programs(s)
			root.Handle(path, s.requestInfo(answers))
		}
	}

	return chain(root,
		s.identify,         // first, so that every answer and log line has the request's id
		s.securityHeaders,  // before anything can answer, so that every answer has them
		s.browsersLanguage, // so that error pages are in the reader's language
		noStore,            // so that no cache keeps an answer
		s.bounded,          // before anything reads the body or asks the database
		s.recovered,        // last, so that the page after a panic has all of the above
	)
}

// RequestID is the id of the request that ctx belongs to. It is in every log line about
// the request, in the header X-Request-Id of the answer, and on the page of a failure.
func RequestID(ctx context.Context) string { return wire.AnswerOf(ctx).ID }

// recorder notes what was answered. It must have Unwrap, or handlers could not flush.
type recorder struct {
	http.ResponseWriter
	wire.Answered
	cookie string // the request's session cookie, which is never set again; "" for none
	began  time.Time
}

func (w *recorder) WriteHeader(status int) {
	if w.Status == 0 && status >= 200 {
		w.Status, w.FirstByte = status, time.Since(w.began)
		if header := w.Header(); w.cookie != "" && len(header["Set-Cookie"]) > 0 {
			withoutCookie(header, w.cookie)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.Status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.ResponseWriter.Write(b)
	w.Bytes += n
	return n, err
}

func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// identify gives each request an id, if a trusted proxy has not, and logs its end. The query is left out of the log,
// because it holds what people search for.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w, began: time.Now()}
		rec.ID = cmp.Or(forwarded.RequestID(r, s.TrustedProxies), rand.Text()[:16])
		rec.Method = r.Method
		r = r.WithContext(wire.WithAnswer(r.Context(), &rec.Answered))
		w.Header().Set("X-Request-Id", rec.ID)
		if cookie, err := r.Cookie(s.sessions.Cookie.Name); err == nil {
			rec.cookie = cookie.Name + "=" + cookie.Value + ";"
		}
		defer func() {
			rec.Duration, rec.Route = time.Since(rec.began), rec.Route[strings.Index(rec.Route, " ")+1:]
			level := slog.LevelInfo
			if rec.Status == http.StatusOK && (r.URL.Path == paths.Health || r.URL.Path == paths.Ready) {
				level = slog.LevelDebug // each balancer asks once a second
			}
			s.Log.LogAttrs(r.Context(), level, "request",
				slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", rec.Status),
				slog.Int("bytes", rec.Bytes), slog.Duration("duration", rec.Duration),
				slog.String("route", rec.Route), slog.String("person", rec.Person))
			if s.Observe.Answered != nil {
				s.Observe.Answered(r.Context(), &rec.Answered)
			}
		}()
		next.ServeHTTP(rec, r)
	})
}

// securityHeaders sets the headers that every answer has, also static files and errors.
func (s *Server) securityHeaders(next http.Handler) http.Handler {
	secure := s.Secure()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		nonce := rand.Text()
		header := w.Header()
		allow(w, nonce, s.policy) // nothing of the vendor's: see startChat
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
		header.Set("X-XSS-Protection", "0")   // old browsers' filter, which could be used for attacks
		// no-referrer would make forms send "Origin: null".
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
		if secure {
			// It is relative to the page, so that no Host header can change it.
			header.Set("Reporting-Endpoints", `csp="`+paths.CSPReports+`"`)
			header.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		next.ServeHTTP(w, r.WithContext(templ.WithNonce(r.Context(), nonce)))
	})
}

// bodyLimit is how many bytes of the request's body are read at most.
func (s *Server) bodyLimit(r *http.Request) int64 {
	return cmp.Or(s.special[r.URL.Path].Body, maxBodyBytes)
}

// bounded limits the body and the time of a request. A browser leaves when somebody clicks
// again; what a form asks for is done nevertheless, and the second click gets the answer.
func (s *Server) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 { // perhaps beside a Content-Length, which net/http drops: RFC 9112, 6.3
			w.Header().Set("Connection", "close")
		}
		ctx := r.Context()
		if r.Method == http.MethodPost {
			ctx = context.WithoutCancel(ctx)
		}
		long := s.special[r.URL.Path].Time
		if long == 0 {
			ctx = store.Limited(ctx, r.Method != http.MethodPost)
		}
		ctx, cancel := context.WithTimeout(ctx, cmp.Or(long, s.timeout))
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

// recovered answers a panic with the page for a 500. If a part of the page was sent
// already, it breaks the connection off, so that half a page does not look whole.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := w.(*recorder) // made by identify; no middleware between them wraps it
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(v)
			}
			s.Log.LogAttrs(r.Context(), slog.LevelError, "panic",
				slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
			if rec.Status != 0 {
				panic(http.ErrAbortHandler)
			}
			s.fail(w, r, StatusError(http.StatusInternalServerError))
		}()
		next.ServeHTTP(w, r)
		if rec.Route == "" && r.Pattern != paths.Home {
			rec.Route = r.Pattern // of what needs no session
		}
	})
}

// sameOrigin refuses what another site's page makes a browser send.
func (s *Server) sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	// A proxy may change the header Host. The public URL is what the browser has.
	if err := protection.AddTrustedOrigin(s.PublicURL.Scheme + "://" + s.PublicURL.Host); err != nil {
		s.Log.Error("trust the public URL's origin", slog.Any("error", err))
	}
	protection.SetDenyHandler(s.public(s.refuseCrossOrigin))
	return protection.Handler(next)
}

// ahead is what browsers say of a page that nobody looks at yet.
var ahead = regexp.MustCompile(`(?i)\b(prefetch|prerender|preview)\b`)

// noSpeculation refuses a prefetch, a prerender or a preview, for which older browsers have
// headers of their own. The browser asks again when the person opens the page, and gets a
// new token then.
func noSpeculation(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
			if ahead.MatchString(strings.Join(r.Header[name], " ")) {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
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
			r = withForm(r)
		}
		next.ServeHTTP(w, r)
	})
}
