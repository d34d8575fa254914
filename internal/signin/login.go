package signin

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/wire"
)

// maxEmail is the longest address that can get mail, in bytes (RFC 5321).
const maxEmail = 254

// Session values beside the store's. The pending ones are of a person whose
// password was right and whose second factor is still to come.
const (
	// ConfirmedKey is when the person last proved that it is them, RFC 3339.
	ConfirmedKey = "confirmed"

	// proverKey is a name of the session that outlives its tokens, for the limit of proofs.
	proverKey = "prover"

	pendingKey        = "pending"
	pendingVersionKey = "pending version"
	pendingSinceKey   = "pending since"
	pendingNextKey    = "pending next"
)

// pendingFor is how long a right password waits for its second factor.
const pendingFor = 5 * time.Minute

func (in *SignIn) newSession(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	next := paths.Local(r.URL.Query().Get("next"))
	if p != nil {
		return web.Redirect(w, r, next)
	}
	if lang := r.URL.Query().Get("lang"); i18n.Supported(lang) {
		http.SetCookie(w, in.langCookie(lang))
		r = r.WithContext(i18n.WithLang(r.Context(), lang))
	}
	props := loginProps{Next: web.PageFor(in.Server, next), Ended: r.URL.Query().Get("ended")}
	return in.renderLogin(w, r, http.StatusOK, props)
}

// langCookie keeps the language that was chosen on the sign-in page for a year.
func (in *SignIn) langCookie(lang string) *http.Cookie {
	return &http.Cookie{ // #nosec G124 -- Secure wherever PUBLIC_URL is https
		Name: in.LangCookie(), Value: lang, Path: "/", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, Secure: in.Secure(), SameSite: http.SameSiteLaxMode,
	}
}

func (in *SignIn) renderLogin(w http.ResponseWriter, r *http.Request, status int, props loginProps) error {
	if in.way.Links != nil {
		props.Links = in.way.Links(props.Next)
	}
	props.Forgotten = in.Mail != nil
	props.Aside = !in.config.passwordsFor(store.Employee)
	return in.Render(w, r, web.Page{
		Status: status, Title: i18n.T(r.Context(), "login.title"), Body: loginPage(props), Secret: true,
	})
}

func (in *SignIn) createSession(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
	ctx := r.Context()
	email, secret := strings.TrimSpace(r.PostForm.Get("email")), r.PostForm.Get("password")
	next := web.PageFor(in.Server, paths.Local(r.PostForm.Get("next")))
	props := loginProps{Next: next, Email: web.Text(email, maxEmail), Typed: true}
	again := func(status int, message string) error {
		props.Error, props.Busy = message, status == http.StatusServiceUnavailable
		return in.renderLogin(w, r, status, props)
	}
	if email == "" || secret == "" {
		return again(http.StatusUnprocessableEntity, i18n.T(ctx, "login.error.missing"))
	}
	if len(email) > maxEmail || len(secret) > password.MaxBytes {
		return again(http.StatusUnprocessableEntity, i18n.T(ctx, "login.error.toolong"))
	}
	credentials, err := in.verifyPassword(r, store.Email(email), secret)
	if err != nil {
		in.config.Tried(resultOf(err))
	}
	if status, message := in.refusal(w, r, err); status != 0 {
		return again(status, message)
	}
	if err != nil {
		return err
	}
	if !in.config.passwordsFor(credentials.Role) {
		err := in.Refused(ctx, credentials.PersonID, credentials.Email, "password, which is for admins")
		if err != nil {
			return err
		}
		return again(notByPassword(ctx))
	}
	if !credentials.SecondFactor {
		return in.signIn(w, r, credentials, Elsewhere{}, props.Next)
	}
	if err := in.awaitCode(ctx, credentials, props.Next); err != nil {
		return err
	}
	return web.Redirect(w, r, paths.LoginCode)
}

// awaitCode makes the session that of somebody whose password was right, and who is
// not signed in before they have given a code, too.
func (in *SignIn) awaitCode(ctx context.Context, c Credentials, next string) error {
	if err := in.Sessions().RenewToken(ctx); err != nil {
		return fmt.Errorf("renew the session: %w", err)
	}
	in.forget(ctx)
	in.Sessions().Put(ctx, pendingKey, c.PersonID)
	in.Sessions().Put(ctx, pendingVersionKey, strconv.Itoa(c.SessionVersion))
	in.Sessions().Put(ctx, pendingSinceKey, time.Now().Format(time.RFC3339))
	in.Sessions().Put(ctx, pendingNextKey, next)
	return nil
}

// newCode is where static/signin.js goes after a right password, without knowing whether a
// code is needed: who is signed in is led on.
func (in *SignIn) newCode(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if p != nil {
		if r.Header.Get("Sec-Fetch-Site") == "same-origin" { // no other site's link clears anything
			w.Header().Set("Clear-Site-Data", clearSiteData)
		}
		return web.Redirect(w, r, paths.Local(r.URL.Query().Get("next")))
	}
	if _, ok := in.pending(r.Context()); !ok {
		return in.startOver(w, r, "notice.code.late")
	}
	return in.renderLoginCode(w, r, http.StatusOK, "")
}

func (in *SignIn) renderLoginCode(w http.ResponseWriter, r *http.Request, status int, message string) error {
	return in.Render(w, r, web.Page{
		Status: status, Title: i18n.T(r.Context(), "login.title"), Body: loginCodePage(message), Secret: true,
	})
}

// createCode is the second step of a sign-in.
func (in *SignIn) createCode(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
	ctx := r.Context()
	personID, ok := in.pending(ctx)
	if !ok {
		return in.startOver(w, r, "notice.code.late")
	}
	credentials, err := in.accounts.credentialsOf(ctx, personID)
	changed := err == nil && strconv.Itoa(credentials.SessionVersion) != in.Sessions().GetString(ctx, pendingVersionKey)
	if errors.Is(err, store.ErrNotFound) || changed {
		// Disabled, or changed, since the password was checked.
		return in.startOver(w, r, "notice.code.changed")
	}
	if err == nil {
		err = in.verifyCode(r, credentials, r.PostForm.Get("code"))
	}
	if err != nil {
		in.config.Tried(resultOf(err))
	}
	if status, message := in.refusal(w, r, err); status != 0 {
		return in.renderLoginCode(w, r, status, message)
	}
	if err != nil {
		return err
	}
	next := paths.Local(in.Sessions().GetString(ctx, pendingNextKey))
	return in.signIn(w, r, credentials, pendingProof(ctx, in.Sessions()), next)
}

// startOver leads back to the first step of a sign-in, says why, and keeps where it was to
// lead. Who was in no second step has nothing to be told.
func (in *SignIn) startOver(w http.ResponseWriter, r *http.Request, why string) error {
	ctx := r.Context()
	next := paths.Local(in.Sessions().GetString(ctx, pendingNextKey))
	if in.Sessions().GetString(ctx, pendingKey) == "" {
		return web.Redirect(w, r, paths.LoginNext(paths.Local(r.URL.Query().Get("next"))))
	}
	in.forget(ctx)
	return in.Done(w, r, web.Flash{Text: why, Next: paths.LoginNext(next)})
}

// pending returns who has given the right password, and not yet a code.
func (in *SignIn) pending(ctx context.Context) (personID string, ok bool) {
	personID = in.Sessions().GetString(ctx, pendingKey)
	return personID, personID != "" && within(in.Sessions().GetString(ctx, pendingSinceKey), pendingFor)
}

// within reports whether at, in RFC 3339, is at most that long ago.
func within(at string, limit time.Duration) bool {
	t, err := time.Parse(time.RFC3339, at)
	return err == nil && time.Since(t) < limit
}

// forget takes everything out of the session that is about one person.
func (in *SignIn) forget(ctx context.Context) {
	for _, key := range in.Sessions().Keys(ctx) {
		in.Sessions().Remove(ctx, key)
	}
}

// signIn opens a session for whoever has proved who they are, here or elsewhere.
func (in *SignIn) signIn(
	w http.ResponseWriter, r *http.Request, c Credentials, proof Elsewhere, next string,
) error {
	ctx := r.Context()
	entry := store.Entry{Action: store.SignedInAction, ActorID: c.PersonID, Actor: c.Email}
	if c.SecondFactor && !proof.SecondFactor {
		entry.Detail = "second factor"
	}
	if proof.By != "" {
		entry.Detail = strings.TrimSpace("provider " + proof.By + " " + entry.Detail)
	}
	// Before the session is changed: what is in it is saved even if an error follows.
	if err := recordSignIn(in, r, c, entry); err != nil {
		return err
	}
	in.forget(ctx)
	if err := cmp.Or(in.open(ctx, c.PersonID, c.SessionVersion), in.limiter.knowDevice(w, r, c.Email)); err != nil {
		return err
	}
	cameBy(ctx, in.Sessions(), proof)
	in.Log.LogAttrs(ctx, slog.LevelInfo, "signed in", slog.String("person", c.PersonID))
	in.config.Tried(signedIn)
	wire.AnswerOf(ctx).Person = c.PersonID
	// Nothing of whoever used this browser before, and did not sign out. WebKit gives a script no
	// answer that redirects and has this header: there newCode has it.
	if r.Header.Get("Sec-Fetch-Mode") != "cors" {
		w.Header().Set("Clear-Site-Data", clearSiteData)
	}
	return web.Redirect(w, r, next)
}

// clearSiteData is what the vendor's script has kept. It leaves out "cookies", which would
// reach sibling subdomains, and "cache": everything personal is no-store, and Chromium would
// walk its whole cache, those of other sites included, which takes seconds.
const clearSiteData = `"storage"`

// open makes the session that person's from here on, under a new token: one that
// was planted before, or copied, is worthless.
func (in *SignIn) open(ctx context.Context, personID string, version int) error {
	if err := in.Sessions().RenewToken(ctx); err != nil {
		return fmt.Errorf("renew the session: %w", err)
	}
	in.Sessions().Put(ctx, store.SessionPersonKey, personID)
	in.Sessions().Put(ctx, store.SessionVersionKey, strconv.Itoa(version))
	in.Sessions().Put(ctx, ConfirmedKey, time.Now().Format(time.RFC3339))
	if !in.Sessions().Exists(ctx, proverKey) {
		in.Sessions().Put(ctx, proverKey, rand.Text())
	}
	return nil
}

func (in *SignIn) destroySession(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if err := in.Store.Record(r.Context(), p, store.Entry{Action: store.SignedOut}); err != nil {
		return err
	}
	to := paths.Login
	if by := in.Sessions().GetString(r.Context(), ByKey); by != "" && in.way.SignedOut != nil {
		to = cmp.Or(in.way.SignedOut(by), to)
	}
	if err := in.Sessions().Destroy(r.Context()); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	in.Log.LogAttrs(r.Context(), slog.LevelInfo, "signed out", slog.String("person", p.ID))
	w.Header().Set("Clear-Site-Data", clearSiteData)
	if r.PostForm.Get("next") == paths.Invitation {
		return web.Redirect(w, r, paths.Invitation)
	}
	return web.Redirect(w, r, to)
}
