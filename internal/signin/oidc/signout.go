package oidc

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// signedOut is the page after a session of a provider has ended here.
func (in *SignIn) signedOut(by string) string {
	if _, err := in.find(by); err != nil {
		return ""
	}
	return signedOut.Of(by)
}

// showSignedOut says that somebody may still be signed in at the provider, and has a link to
// sign out there too. No browser lets the form that signs out here lead on to another site.
func (in *SignIn) showSignedOut(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	provider, err := in.find(r.PathValue("provider"))
	if err != nil {
		return err
	}
	if p != nil {
		return web.Redirect(w, r, paths.Home)
	}
	ctx := r.Context()
	d, err := provider.discover(ctx)
	if err != nil || d.Metadata.EndSession == "" {
		return web.Redirect(w, r, paths.Login)
	}
	to, err := url.Parse(d.Metadata.EndSession)
	if err != nil {
		return web.Redirect(w, r, paths.Login)
	}
	q := to.Query()
	q.Set("client_id", provider.ClientID)
	q.Set("post_logout_redirect_uri", in.publicURL()+paths.Login)
	q.Set("ui_locales", i18n.Tag(ctx))
	to.RawQuery = q.Encode()
	return in.Render(w, r, web.Page{
		Title: i18n.T(ctx, "oidc.signedout.title"), NoAssistant: true,
		Body: signedOutPage(signedOutProps{Provider: provider.Name, There: to.String(), Again: begin.Of(provider.ID)}),
	})
}

// backChannelRate bounds for one address how often it may say that somebody has signed out: a
// token with the name of a key that is not known makes us ask for the keys.
var backChannelRate = store.Rate{Burst: 100, Every: time.Second}

// maxLogoutToken is how long a token is at most, in bytes.
const maxLogoutToken = 16 << 10

// jtiFor is how long a token that was used is remembered. No provider makes one that is good
// for longer.
const jtiFor = 24 * time.Hour

// saysLogout reports whether a token may be one that says that somebody has signed out. Some
// providers write JWT there, as for any token: the event is what tells it from an ID token.
func saysLogout(token string) bool {
	var header struct{ Typ string }
	first, _, _ := strings.Cut(token, ".")
	plain, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil || json.Unmarshal(plain, &header) != nil {
		return false
	}
	return slices.Contains([]string{"", "jwt", "logout+jwt"}, strings.ToLower(header.Typ))
}

// backChannel ends sessions because the provider says, with a signed token, that they have
// ended there (OpenID Connect Back-Channel Logout 1.0).
func (in *SignIn) backChannel(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
	provider, err := in.find(r.PathValue("provider"))
	if err != nil {
		return err
	}
	ctx, sent := r.Context(), r.PostForm.Get("logout_token")
	if strings.Count(sent, ".") != 2 || len(sent) > maxLogoutToken {
		return web.StatusError(http.StatusBadRequest)
	}
	if wait, err := in.Store.Allow(ctx, signin.ByAddress(ctx, "back-channel", backChannelRate)); err != nil {
		return err
	} else if wait > 0 {
		return web.StatusError(http.StatusTooManyRequests)
	}
	d, err := provider.discover(ctx)
	if err != nil {
		return web.StatusError(http.StatusServiceUnavailable) // it tells us that it is down, or comes again
	}
	token, err := d.verifier.VerifyLogout(oidc.ClientContext(ctx, provider.client), sent)
	now := time.Now()
	if err == nil && !saysLogout(sent) {
		err = errors.New("it is of another kind")
	}
	if err == nil && (token.IssuedAt.After(now.Add(clockSkew)) || token.Expiry.After(now.Add(jtiFor))) {
		err = errors.New("its times are not those of a token that was just made")
	}
	used := ""
	if err == nil {
		used = "logout token " + provider.Issuer + " " + token.TokenID
		known, failed := in.Store.Remembers(ctx, used)
		if failed != nil {
			return failed
		}
		if known {
			err = errors.New("it was used already")
		}
	}
	if err != nil {
		in.Log.LogAttrs(ctx, slog.LevelWarn, "a sign-out of a provider was refused",
			slog.String("provider", provider.ID), slog.String("address", store.RequestOf(ctx).Address), slog.Any("error", why(err)))
		w.WriteHeader(http.StatusBadRequest)
		return nil
	}
	ended, err := in.identities.endSessions(ctx, provider, token.Subject, token.SessionID)
	if err != nil {
		return err
	}
	in.Log.LogAttrs(ctx, slog.LevelInfo, "signed out by a provider", slog.String("provider", provider.ID),
		slog.Int("sessions", ended))
	if err := in.Store.Remember(ctx, jtiFor, used); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}
