package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// maxEmail is the longest address that can get mail, in bytes (RFC 5321).
const maxEmail = 254

// Session values beside the store's. The pending ones are of a person whose
// password was right and whose second factor is still to come.
const (
	confirmedKey      = "confirmed" // when they last proved that it is them, RFC 3339
	pendingKey        = "pending"
	pendingVersionKey = "pending version"
	pendingSinceKey   = "pending since"
	pendingNextKey    = "pending next"
)

const (
	// confirmedFor is how long a proof is good for sensitive changes.
	confirmedFor = 10 * time.Minute
	// pendingFor is how long a right password waits for its second factor.
	pendingFor = 5 * time.Minute
)

func (h *handlers) sessionNew(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	next := paths.Local(r.URL.Query().Get("next"))
	if p != nil {
		return Redirect(w, r, next)
	}
	if lang := r.URL.Query().Get("lang"); i18n.Supported(lang) {
		// #nosec G124 -- Secure wherever PUBLIC_URL is https
		http.SetCookie(w, &http.Cookie{Name: h.LangCookie(), Value: lang, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: h.Secure(), SameSite: http.SameSiteLaxMode})
		r = r.WithContext(i18n.WithLang(r.Context(), lang))
	}
	return h.renderLogin(w, r, http.StatusOK, views.LoginProps{Next: next, Ended: r.URL.Query().Has("ended")})
}

func (h *handlers) renderLogin(w http.ResponseWriter, r *http.Request, status int, props views.LoginProps) error {
	// Somebody who is signed in may post here too: their page gets its token.
	return h.Render(w, r, Page{Status: status, Title: i18n.T(r.Context(), "login.title"), Body: views.Login(props)})
}

func (h *handlers) sessionCreate(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	ctx := r.Context()
	email, secret := strings.TrimSpace(r.PostForm.Get("email")), r.PostForm.Get("password")
	props := views.LoginProps{Next: paths.Local(r.PostForm.Get("next")), Email: Text(email, maxEmail)}
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
	credentials, err := h.verifyPassword(r, email, secret)
	if status, message := h.refusal(w, r, err); status != 0 {
		return again(status, message)
	}
	if err != nil {
		return err
	}
	if !credentials.SecondFactor {
		return h.signIn(w, r, credentials, props.Next)
	}
	if err := h.sessions.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew the session: %w", err)
	}
	h.forget(ctx)
	h.sessions.Put(ctx, pendingKey, credentials.PersonID)
	h.sessions.Put(ctx, pendingVersionKey, strconv.Itoa(credentials.SessionVersion))
	h.sessions.Put(ctx, pendingSinceKey, time.Now().Format(time.RFC3339))
	h.sessions.Put(ctx, pendingNextKey, props.Next)
	return Redirect(w, r, paths.LoginCode)
}

func (h *handlers) sessionCodeNew(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if _, ok := h.pending(r.Context()); !ok {
		return Redirect(w, r, paths.Login)
	}
	return h.renderLoginCode(w, r, http.StatusOK, "")
}

func (h *handlers) renderLoginCode(w http.ResponseWriter, r *http.Request, status int, message string) error {
	return h.Render(w, r, Page{Status: status, Title: i18n.T(r.Context(), "login.title"), Body: views.LoginCode(views.LoginCodeProps{Error: message})})
}

// sessionCodeCreate is the second step of a sign-in.
func (h *handlers) sessionCodeCreate(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	ctx := r.Context()
	personID, ok := h.pending(ctx)
	if !ok {
		return Redirect(w, r, paths.Login)
	}
	credentials, err := h.Store.CredentialsOf(ctx, personID)
	if errors.Is(err, store.ErrNotFound) || err == nil && strconv.Itoa(credentials.SessionVersion) != h.sessions.GetString(ctx, pendingVersionKey) {
		// Disabled, or changed, since the password was checked.
		h.forget(ctx)
		return Redirect(w, r, paths.Login)
	}
	if err == nil {
		err = h.verifyCode(r, credentials, r.PostForm.Get("code"))
	}
	if status, message := h.refusal(w, r, err); status != 0 {
		return h.renderLoginCode(w, r, status, message)
	}
	if err != nil {
		return err
	}
	return h.signIn(w, r, credentials, paths.Local(h.sessions.GetString(ctx, pendingNextKey)))
}

// pending returns who has given the right password, and not yet a code.
func (h *handlers) pending(ctx context.Context) (personID string, ok bool) {
	personID = h.sessions.GetString(ctx, pendingKey)
	return personID, personID != "" && within(h.sessions.GetString(ctx, pendingSinceKey), pendingFor)
}

// within reports whether at, in RFC 3339, is at most that long ago.
func within(at string, limit time.Duration) bool {
	t, err := time.Parse(time.RFC3339, at)
	return err == nil && time.Since(t) < limit
}

// forget takes everything out of the session that is about one person.
func (h *handlers) forget(ctx context.Context) {
	for _, key := range h.sessions.Keys(ctx) {
		h.sessions.Remove(ctx, key)
	}
}

// signIn opens a session for whoever has proved who they are.
func (h *handlers) signIn(w http.ResponseWriter, r *http.Request, c store.Credentials, next string) error {
	ctx := r.Context()
	h.forget(ctx)
	if err := h.openSession(ctx, c.PersonID, c.SessionVersion); err != nil {
		return err
	}
	event := store.Event{Action: store.SignedInAction, ActorID: c.PersonID, Actor: c.Email}
	if c.SecondFactor {
		event.Detail = "second factor"
	}
	if err := h.Store.Record(ctx, store.Visitor, event); err != nil {
		return err
	}
	h.Log.LogAttrs(ctx, slog.LevelInfo, "signed in", slog.String("person", c.PersonID))
	// Nothing of whoever used this browser before, and did not sign out.
	w.Header().Set("Clear-Site-Data", clearSiteData)
	return Redirect(w, r, next)
}

// clearSiteData leaves out "cookies": that would reach sibling subdomains.
const clearSiteData = `"cache", "storage"`

// openSession makes the session that person's from here on, under a new token:
// one that was planted before, or copied, is worthless.
func (h *handlers) openSession(ctx context.Context, personID string, version int) error {
	if err := h.sessions.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew the session: %w", err)
	}
	h.sessions.Put(ctx, store.SessionPersonKey, personID)
	h.sessions.Put(ctx, store.SessionVersionKey, strconv.Itoa(version))
	h.sessions.Put(ctx, confirmedKey, time.Now().Format(time.RFC3339))
	return nil
}

func (h *handlers) sessionDestroy(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if err := h.Store.Record(r.Context(), p, store.Event{Action: store.SignedOut}); err != nil {
		return err
	}
	if err := h.sessions.Destroy(r.Context()); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	h.Log.LogAttrs(r.Context(), slog.LevelInfo, "signed out", slog.String("person", p.ID))
	w.Header().Set("Clear-Site-Data", clearSiteData)
	return Redirect(w, r, paths.Login)
}

// confirmedLately reports whether the person has proved that it is them so
// lately that they may make a sensitive change.
func (h *handlers) confirmedLately(ctx context.Context) bool {
	return within(h.sessions.GetString(ctx, confirmedKey), confirmedFor)
}

// The fields of the page that asks for a proof.
const (
	confirmPassword = "confirm_password"
	confirmCode     = "confirm_code"
	confirmBack     = "confirm_back" // where it leads who changes their mind
)

// sessionConfirm stands before a sensitive change: it asks for the password, and
// the code of a second factor, with what was posted in hidden fields, so that
// nothing is lost. The proof is posted to the same address, which is then asked
// once more, by a 307, with the session's new token.
func (h *handlers) sessionConfirm(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	ctx, p := r.Context(), p
	secret := r.PostForm.Get(confirmPassword)
	props := views.ConfirmProps{Email: p.Email, Action: r.URL.EscapedPath(), SecondFactor: store.SessionOf(ctx).SecondFactor, Fields: Posted(r), Back: paths.Local(r.PostForm.Get(confirmBack))}
	again := func(status int, message string) error {
		props.Error = message
		return h.Render(w, r, Page{Status: status, Title: i18n.T(ctx, "confirm.title"), Body: views.Confirm(props)})
	}
	if _, asked := r.PostForm[confirmPassword]; !asked {
		if from, err := url.Parse(r.Referer()); err == nil {
			props.Back = paths.Local(from.RequestURI())
		}
		return again(http.StatusForbidden, "")
	}
	if secret == "" || len(secret) > password.MaxBytes {
		return again(http.StatusUnprocessableEntity, i18n.T(ctx, "confirm.error.missing"))
	}
	credentials, err := h.verifyPassword(r, p.Email, secret)
	if err == nil && credentials.SecondFactor {
		err = h.verifyCode(r, credentials, r.PostForm.Get(confirmCode))
	}
	if status, message := h.refusal(w, r, err); status != 0 {
		return again(status, message)
	}
	if err == nil && credentials.PersonID != p.ID { // the e-mail went to somebody else meanwhile
		err = store.ErrEnded
	}
	if err != nil {
		return err
	}
	if err := h.openSession(ctx, p.ID, credentials.SessionVersion); err != nil {
		return err
	}
	http.Redirect(w, r, r.URL.RequestURI(), http.StatusTemporaryRedirect) // #nosec G710 -- the path that a route of ours has matched
	return nil
}
