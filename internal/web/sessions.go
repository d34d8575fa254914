package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// signInRate is for one e-mail from one address: ten tries, then one in half a
// minute. Each try counts, a right one too.
var signInRate = store.Rate{Burst: 10, Every: 30 * time.Second}

const (
	// maxEmail is the longest address that can get mail, in bytes (RFC 5321).
	maxEmail = 254
	// hashPatience is how long a sign-in waits for its turn to be checked.
	hashPatience = 5 * time.Second
)

func (h *handlers) sessionNew(w http.ResponseWriter, r *http.Request) error {
	next := paths.Local(r.URL.Query().Get("next"))
	if person(r) != nil {
		http.Redirect(w, r, next, http.StatusSeeOther) // #nosec G710 -- paths.Local lets paths of this site through only
		return nil
	}
	if lang := r.URL.Query().Get("lang"); i18n.Supported(lang) {
		// #nosec G124 -- Secure wherever PUBLIC_URL is https
		http.SetCookie(w, &http.Cookie{Name: langCookie, Value: lang, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: h.secure(), SameSite: http.SameSiteLaxMode})
		r = r.WithContext(i18n.WithLang(r.Context(), lang))
	}
	return h.renderLogin(w, r, http.StatusOK, views.LoginProps{Next: next})
}

func (h *handlers) renderLogin(w http.ResponseWriter, r *http.Request, status int, props views.LoginProps) error {
	// Somebody who is signed in may post here too: their page gets its token.
	return h.render(w, r, page{status: status, title: i18n.T(r.Context(), "title.login"), chat: h.startChat(r), body: views.Login(props)})
}

func (h *handlers) sessionCreate(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	email, secret := strings.TrimSpace(r.PostForm.Get("email")), r.PostForm.Get("password")
	props := views.LoginProps{Next: paths.Local(r.PostForm.Get("next")), Email: text(email, maxEmail)}
	again := func(status int, message string) error {
		props.Error = message
		return h.renderLogin(w, r, status, props)
	}
	if email == "" || secret == "" {
		return again(http.StatusUnprocessableEntity, i18n.T(ctx, "login.error.missing"))
	}
	if len(email) > maxEmail || len(secret) > password.MaxBytes {
		return again(http.StatusUnprocessableEntity, i18n.T(ctx, "login.error.toolong"))
	}

	wait, err := h.Store.Allow(ctx, "sign-in "+strings.ToLower(email)+" "+h.clientIP(r), signInRate)
	if err != nil {
		return err
	}
	if wait > 0 {
		seconds := int(math.Ceil(wait.Seconds()))
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		return again(http.StatusTooManyRequests, i18n.N(ctx, "login.error.throttled", seconds, "Seconds", seconds))
	}

	credentials, err := h.authenticate(ctx, email, secret)
	switch {
	case errors.Is(err, password.ErrMismatch):
		return again(http.StatusUnprocessableEntity, i18n.T(ctx, "login.error.credentials"))
	case errors.Is(err, errBusy):
		w.Header().Set("Retry-After", "5")
		return again(http.StatusServiceUnavailable, i18n.T(ctx, "login.error.busy"))
	case err != nil:
		return err
	}
	// A new token for the session: one that was planted before is worthless.
	if err := h.sessions.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew the session: %w", err)
	}
	h.sessions.Put(ctx, store.SessionPersonKey, credentials.PersonID)
	h.sessions.Put(ctx, store.SessionVersionKey, strconv.Itoa(credentials.SessionVersion))
	h.Log.LogAttrs(ctx, slog.LevelInfo, "signed in", slog.String("person", credentials.PersonID))
	http.Redirect(w, r, props.Next, http.StatusSeeOther)
	return nil
}

// errBusy says that too many passwords are being checked.
var errBusy = errors.New("too many sign-ins at once")

// authenticate returns the credentials of the person whose e-mail and password
// these are, or password.ErrMismatch: after the same work, whether there is such
// a person or not.
func (h *handlers) authenticate(ctx context.Context, email, secret string) (store.Credentials, error) {
	credentials, err := h.Store.Credentials(ctx, email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return credentials, err
	}
	ctx, cancel := context.WithTimeout(ctx, hashPatience)
	defer cancel()
	err = h.Passwords.Verify(ctx, credentials.PasswordHash, secret)
	if errors.Is(err, context.DeadlineExceeded) {
		return credentials, errBusy
	}
	return credentials, err
}

func (h *handlers) sessionDestroy(w http.ResponseWriter, r *http.Request) error {
	id := person(r).ID
	if err := h.sessions.Destroy(r.Context()); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	h.Log.LogAttrs(r.Context(), slog.LevelInfo, "signed out", slog.String("person", id))
	// Not "cookies": that would reach sibling subdomains.
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	http.Redirect(w, r, paths.Login, http.StatusSeeOther)
	return nil
}

// parseForm reads a posted form. One that is too large, or no form at all, is
// the sender's mistake.
func parseForm(r *http.Request) error {
	err := r.ParseForm()
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return err
	}
	if err != nil {
		return statusError(http.StatusBadRequest)
	}
	return nil
}

// text makes what somebody sent fit to be shown and searched: valid UTF-8, at
// most limit bytes.
func text(s string, limit int) string {
	return strings.ToValidUTF8(s[:min(len(s), limit)], "")
}
