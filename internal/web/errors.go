package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/carameloai/intranet/internal/forms"
	"github.com/carameloai/intranet/internal/forwarded"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// StatusError is an error that is only an HTTP status.
type StatusError int

func (e StatusError) Error() string { return http.StatusText(int(e)) }

// errCrossOrigin refuses a form that another site made the browser send.
var errCrossOrigin = errors.New("cross-origin request")

// refuseCrossOrigin refuses it.
func (s *Server) refuseCrossOrigin(_ http.ResponseWriter, r *http.Request) error {
	s.Log.LogAttrs(r.Context(), slog.LevelWarn, "cross-origin request refused",
		slog.String("address", forwarded.ClientIP(r, s.TrustedProxies)), slog.String("path", r.URL.Path))
	return errCrossOrigin
}

// errAfterwards is a failure after the handler has ended: its change may be saved.
var errAfterwards = errors.New("after the handler")

// statusOf is the HTTP status of an error. No other place decides that.
func statusOf(err error) int {
	if status, ok := errors.AsType[StatusError](err); ok {
		return int(status)
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	switch {
	case errors.Is(err, errCrossOrigin):
		return http.StatusForbidden
	case errors.Is(err, forms.ErrSent), errors.Is(err, errOthersForm), isSaved(err):
		return http.StatusConflict
	case errors.Is(err, store.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, store.ErrCursor):
		return http.StatusBadRequest
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// fail answers with the page for err. It never calls the vendor, so that an error costs
// no token and the page does not fail because of the vendor.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(r.Context().Err(), context.Canceled) {
		panic(http.ErrAbortHandler) // the client has left, and an empty 200 would be wrong
	}
	if errors.Is(err, store.ErrEnded) {
		s.redirectToLogin(w, r)
		return
	}
	status := statusOf(err)
	if status >= 500 {
		s.Log.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.Any("error", err))
	}
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "5")
	}
	w.Header().Del("Location") // of a redirect that came to nothing
	w.Header().Del("Set-Cookie")
	ctx := r.Context()
	props := views.ErrorProps{Status: status, RequestID: RequestID(ctx), Posted: r.Method == http.MethodPost}
	switch {
	case errors.Is(err, errCrossOrigin):
		props.Reason = "csrf"
	case errors.Is(err, store.ErrReadOnly):
		props.Reason = "readonly"
	case errors.Is(err, errOthersForm):
		props.Reason, props.Kept = "other", newDrafts(s).keep(r)
	case errors.Is(err, forms.ErrSent), isSaved(err):
		props.Reason = "sent"
		if saved, is := errors.AsType[forms.SavedError](err); is {
			props.Reason, props.SavedAt = "saved", saved.At
		}
		props.Again, props.Sent = sendAgain(r)
		props.Sent.Set(forms.KeyField, forms.NewKey(ctx)) // as a form of its own
		props.Sent.Set(forms.AgainField, "yes")
	}
	if errors.Is(err, store.ErrUncertain) {
		if k, ok := w.(*keeper); ok {
			k.doubt = true
		}
		props.Reason = "uncertain"
		if doubt := forms.Doubt(ctx, r.PostForm); doubt != "" {
			props.Again, props.Sent = sendAgain(r)
			props.Sent.Set(forms.DoubtField, doubt)
		}
	} else if props.Posted && (status >= 500 || status == http.StatusTooManyRequests) &&
		!errors.Is(err, errAfterwards) {
		props.Unsaved = true
		props.Again, props.Sent = sendAgain(r)
	}
	page := Page{Status: status, Title: i18n.T(ctx, "title.error"), Body: views.Error(props), NoAssistant: true}
	if err := s.Render(w, r, page); err != nil {
		s.Log.LogAttrs(ctx, slog.LevelError, "render the error page", slog.Any("error", err))
		http.Error(w, http.StatusText(status), status)
	}
}

func isSaved(err error) bool {
	_, is := errors.AsType[forms.SavedError](err)
	return is
}

// sendAgain is the address that a form was posted to, and what was in it, so that
// nobody has to fill it in twice. The address is "" where the form is not given back:
// secrets, forms of people who are signed out, and files.
func sendAgain(r *http.Request) (to string, sent url.Values) {
	sent = url.Values{}
	to = paths.Local(r.URL.RequestURI()) // Home for signing in and out
	upload := strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/")
	if to == paths.Home || r.PostForm == nil || r.URL.Path == paths.Invitation || upload {
		return "", sent
	}
	for name := range r.PostForm {
		if secretField(name) {
			return "", sent
		}
	}
	return to, Posted(r)
}

// secretField reports whether a form with that field must not be in a page. The fields
// with which people confirm who they are (confirm_…) do not count: the form is given back
// without them, and they are asked for again.
func secretField(name string) bool {
	if strings.HasPrefix(name, views.ProofField) {
		return false
	}
	return name == "code" || strings.Contains(name, "password") || strings.Contains(name, "secret")
}

// probe is a ResponseWriter that keeps the status and the headers of an answer only.
type probe struct {
	header http.Header
	status int
}

func (p *probe) Header() http.Header { return p.header }

func (p *probe) WriteHeader(status int) { p.status = status }

func (p *probe) Write(b []byte) (int, error) { return len(b), nil }
