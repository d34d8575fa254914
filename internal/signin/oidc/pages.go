package oidc

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// beginRate bounds for one address what strangers can make us ask of a provider.
var beginRate = store.Rate{Burst: 60, Every: 2 * time.Second}

// begin leads to the provider. It is a link: no browser follows the redirect of a form there,
// and nobody is led on without a click.
func (in *SignIn) begin(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	provider, err := in.find(r.PathValue("provider"))
	if err != nil {
		return err
	}
	f := newFlow(provider.ID)
	f.Next = web.PageFor(in.Server, paths.Local(r.URL.Query().Get("next")))
	f.Form = r.URL.Query().Get("form")
	if p != nil && f.Form == "" {
		return web.Redirect(w, r, f.Next)
	}
	ctx := r.Context()
	if wait, err := in.Store.Allow(ctx, signin.ByAddress(ctx, "provider", beginRate)); err != nil || wait > 0 {
		return cmp.Or(err, error(web.StatusError(http.StatusTooManyRequests)))
	}
	d, err := provider.discover(ctx)
	if err != nil {
		return in.fail(w, r, provider, f, err)
	}
	if err := in.keep(w, r, f); err != nil {
		return err
	}
	options := []oauth2.AuthCodeOption{
		oauth2.S256ChallengeOption(f.Verifier), oauth2.SetAuthURLParam("nonce", f.Nonce),
		oauth2.SetAuthURLParam("ui_locales", i18n.Tag(ctx)),
	}
	if f.Form != "" {
		// max_age makes the provider say when somebody has proved who they are, which alone shows
		// that they did: anybody can take prompt out of the address.
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	to := provider.oauth(d, in.publicURL()).AuthCodeURL(f.State, options...)
	http.Redirect(w, r, to, http.StatusSeeOther) // #nosec G710 -- an address that the provider of the settings gave
	return nil
}

func (in *SignIn) publicURL() string { return in.PublicURL.String() }

// callback is where the provider leads back to.
func (in *SignIn) callback(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	provider, err := in.find(r.PathValue("provider"))
	if err != nil {
		return err
	}
	ctx, q := r.Context(), r.URL.Query()
	f, ok := in.take(w, r, provider.ID, q.Get("state"))
	if !ok {
		return in.fail(w, r, provider, f, errLate)
	}
	if err := provider.answered(ctx, q.Get("iss")); err != nil {
		return in.fail(w, r, provider, f, err)
	}
	switch code := q.Get("error"); code {
	case "":
	case "access_denied", "login_required", "interaction_required", "consent_required":
		return in.fail(w, r, provider, f, errCancelled)
	case "server_error", "temporarily_unavailable":
		return in.fail(w, r, provider, f, errDown)
	default:
		return in.fail(w, r, provider, f, untrusted("it answers "+store.Clip(code, 50)))
	}
	c, err := provider.redeem(ctx, in.publicURL(), f, q.Get("code"))
	if err != nil {
		return in.fail(w, r, provider, f, err)
	}
	if f.Form != "" && p != nil {
		err = in.reconfirm(w, r, provider, f, proven{p, c})
	} else {
		err = in.admit(w, r, provider, f, c)
	}
	if err != nil {
		return in.failAs(w, r, provider, f, c, err)
	}
	return nil
}

// answered checks who says that they answer: another provider may have led here, to get a code
// that is not for it (mix-up, RFC 9207).
func (p *provider) answered(ctx context.Context, issuer string) error {
	d, err := p.discover(ctx)
	if err != nil {
		return err
	}
	if issuer != p.Issuer && (issuer != "" || d.Metadata.NamesItself) {
		return untrusted("another provider answers")
	}
	return nil
}

// admit signs somebody in.
func (in *SignIn) admit(w http.ResponseWriter, r *http.Request, p *provider, f flow, c claims) error {
	id, err := in.identities.admit(r.Context(), p, c)
	if err != nil {
		return err
	}
	if err := in.follow(r.Context(), p, id, c); err != nil {
		return err
	}
	next := f.Next
	if f.Form != "" { // their session has ended while they were away
		next = form.Of(p.ID, "form", f.Form)
	}
	err = in.Admit(w, r, p.proof(id, c), next)
	if errors.Is(err, store.ErrNotFound) {
		return errDisabled
	}
	return err
}

// proof is what the provider says for that person.
func (p *provider) proof(id string, c claims) signin.Elsewhere {
	return signin.Elsewhere{
		PersonID: id, By: p.ID, Session: store.Clip(c.text("sid"), 255), At: c.provedAt(),
		SecondFactor: p.secondFactor(c),
	}
}

// What else can go wrong on the way.
var (
	errLate      = errors.New("it was begun in another browser, or too long ago")
	errCancelled = errors.New("somebody has changed their mind")
	errOther     = errors.New("somebody else has proved who they are")
	errStale     = errors.New("nobody has proved anew who they are")
	errLost      = errors.New("the form is not kept any more")
)

// problems are the pages for what goes wrong: the texts are oidc.<name>.title and oidc.<name>.text.
var problems = []struct {
	err    error
	name   string
	status int
	again  bool // to try again may help
}{
	{errDown, "down", http.StatusServiceUnavailable, true},
	{errLate, "late", http.StatusBadRequest, true},
	{errCancelled, "cancelled", http.StatusForbidden, true},
	{errUnknown, "unknown", http.StatusForbidden, false},
	{errNoEmail, "noemail", http.StatusForbidden, false},
	{errUnverified, "unverified", http.StatusForbidden, false},
	{errDomain, "domain", http.StatusForbidden, false},
	{errDisabled, "disabled", http.StatusForbidden, false},
	{errTaken, "taken", http.StatusForbidden, false},
	{errOther, "other", http.StatusForbidden, true},
	{errStale, "stale", http.StatusForbidden, true},
	{errLost, "lost", http.StatusNotFound, false},
}

// fail shows what went wrong and what to do next, where it is between the provider and somebody.
func (in *SignIn) fail(w http.ResponseWriter, r *http.Request, p *provider, f flow, err error) error {
	return in.failAs(w, r, p, f, claims{}, err)
}

// failAs is fail for somebody whom the provider has named.
func (in *SignIn) failAs(
	w http.ResponseWriter, r *http.Request, p *provider, f flow, c claims, err error,
) error {
	ctx := r.Context()
	props := problemProps{Provider: p.Name, RequestID: web.RequestID(ctx), Email: store.Clip(c.text("email"), 254)}
	status := 0
	for _, known := range problems {
		if errors.Is(err, known.err) {
			props.Name, status = known.name, known.status
			if known.again {
				props.Again = begin.Of(p.ID, "next", f.Next, "form", f.Form)
			}
		}
	}
	if _, is := errors.AsType[untrusted](err); is {
		props.Name, status = "refused", http.StatusBadRequest
		props.Again = begin.Of(p.ID, "next", f.Next, "form", f.Form)
	}
	if status == 0 {
		return err
	}
	if f.Form != "" && !errors.Is(err, errLost) {
		props.Form = form.Of(p.ID, "form", f.Form)
	}
	in.Log.LogAttrs(ctx, slog.LevelWarn, "sign-in with a provider failed", slog.String("provider", p.ID),
		slog.String("address", store.RequestOf(ctx).Address), slog.Any("error", err))
	if c.subject != "" {
		id, _ := in.identities.person(ctx, c) // for the record alone
		if err := in.Refused(ctx, id, props.Email, "provider "+p.ID+": "+err.Error()); err != nil {
			return err
		}
	}
	return in.Render(w, r, web.Page{
		Status: status, Title: i18n.T(ctx, "oidc."+props.Name+".title", "Provider", p.Name),
		Body: problemPage(props), NoAssistant: true,
	})
}
