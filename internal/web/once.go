package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path"
	"time"

	"github.com/carameloai/intranet/internal/forms"
	"github.com/carameloai/intranet/internal/store"
)

// errOthersForm says that a form was made for somebody else than who is signed in now.
var errOthersForm = errors.New("somebody else's form")

// once makes a form that is sent twice count once. The second time waits for the first and
// gets its answer, even where that has ended the session, so it stands before the guard.
func once(s *Server, route Route, next http.Handler) http.Handler {
	if route.Method != http.MethodPost {
		return next
	}
	kept := forms.Once{Store: s.Store, Seal: s.Seal}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := person(r)
		if route.Time > 0 && route.Access.Allows(p) {
			giveTime(w, route.Time)
		}
		if r.PostForm == nil && route.Access.Allows(p) {
			r = withForm(r)
		}
		key, ok := forms.ParseKey(r.PostForm)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		if p != nil && key.Person != "" && key.Person != p.ID {
			s.fail(w, r, errOthersForm)
			return
		}
		ctx := forms.WithPosted(r.Context(), r.URL.RequestURI(), key)
		r = r.WithContext(ctx)
		claim, answer, err := kept.Begin(ctx, forms.Sent{
			Key: key, Path: r.URL.RequestURI(), Fields: r.PostForm, Typed: typed(r.PostForm),
			Creates: route.Creates, Deletes: path.Base(route.Path) == "delete", Long: route.Time > 0,
		})
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if answer != nil {
			answer.Write(w)
			return
		}
		r = r.WithContext(forms.WithClaim(ctx, claim))
		k := &keeper{ResponseWriter: w}
		defer func() {
			if err := k.end(ctx, s, kept, claim); err != nil {
				s.Log.LogAttrs(ctx, slog.LevelError, "keep the answer to a form", slog.Any("error", err))
			}
		}()
		if claim.Made {
			handled(k)
			_ = s.Done(k, r, Flash{Text: "notice.made", Next: formPage(s.mux, r)}) // a redirect cannot fail
			return
		}
		next.ServeHTTP(k, r)
	})
}

// maxKept is how large an answer may be that is kept, in bytes. Redirects and pages with a
// one-time link are far smaller.
const maxKept = 256 << 10

// endTime is how long it may take to keep an answer.
const endTime = 5 * time.Second

// keeper writes an answer and keeps a copy of it. It must have Unwrap, or handlers could not
// flush.
type keeper struct {
	http.ResponseWriter
	handled bool // the route's handler has done what the form asks for
	doubt   bool // nobody knows whether it was done
	shown   bool // the answer is a page that cannot be shown again, such as one with a one-time link
	status  int
	to      string // where a redirect leads
	body    bytes.Buffer
}

func (k *keeper) WriteHeader(status int) {
	if k.status == 0 {
		k.status, k.to = status, k.Header().Get("Location")
	}
	k.ResponseWriter.WriteHeader(status)
}

func (k *keeper) Write(b []byte) (int, error) {
	if k.status == 0 {
		k.WriteHeader(http.StatusOK)
	}
	if k.body.Len() <= maxKept {
		k.body.Write(b)
	}
	return k.ResponseWriter.Write(b)
}

func (k *keeper) Unwrap() http.ResponseWriter { return k.ResponseWriter }

// done reports whether the form has done what it asked for. Then it must not be done again,
// and its answer is kept. An error, a preview and a download are not kept.
func (k *keeper) done() bool {
	redirects := k.status >= 300 && k.status < 400
	return k.handled && (redirects || k.shown) && k.body.Len() <= maxKept
}

// end keeps the answer, or lets the form be sent again. The request may have used up its
// time.
func (k *keeper) end(ctx context.Context, s *Server, kept forms.Once, claim forms.Claim) error {
	ctx, cancel := context.WithTimeout(store.Limited(context.WithoutCancel(ctx), false), endTime)
	defer cancel()
	if k.status >= 500 { // nobody waits for what becomes of its form
		_ = http.NewResponseController(k.ResponseWriter).Flush()
	}
	if k.doubt {
		return kept.Leave(ctx, claim)
	}
	header, token := k.Header().Clone(), ""
	header.Del("X-Request-Id")
	if header.Get("Location") != k.to { // the session was not saved, so that an error page went out instead
		header = http.Header{"Location": {k.to}}
	}
	for _, line := range header["Set-Cookie"] {
		if cookie, err := http.ParseSetCookie(line); err == nil && cookie.Name == s.sessions.Cookie.Name {
			token = cookie.Value
		}
	}
	// For who has no session and gets none nothing was done. Strangers fill no table.
	if !k.done() || !store.SessionOf(ctx).Valid() && token == "" {
		return kept.Release(ctx, claim)
	}
	answer := forms.Answer{Status: k.status, Header: header, Body: k.body.Bytes()}
	return kept.Keep(ctx, claim, answer, token)
}

// handled notes that a handler has succeeded.
func handled(w http.ResponseWriter) {
	if k, ok := w.(*keeper); ok {
		k.handled = true
	}
}

// ShowOnce renders a page that shows what cannot be shown again, such as a one-time link.
// Whoever has clicked twice gets it nevertheless, because it is the answer to both clicks.
func ShowOnce(s *Server, w http.ResponseWriter, r *http.Request, p Page) error {
	p.Secret = true // and so without the assistant: a token is never given out twice
	if k, ok := w.(*keeper); ok {
		k.shown = true
	}
	return s.Render(w, r, p)
}
