package signin

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// confirmedFor is how long a proof is good for sensitive changes.
const confirmedFor = 10 * time.Minute

// The fields of the page that asks for a proof.
const (
	confirmPassword = views.ProofField + "password"
	confirmCode     = views.ProofField + "code"
	confirmBack     = views.ProofField + "back" // where it leads who changes their mind
)

// Confirmed reports whether the person has proved that it is them so
// lately that they may make a sensitive change.
func (in *SignIn) Confirmed(ctx context.Context) bool {
	return within(in.Sessions().GetString(ctx, ConfirmedKey), confirmedFor)
}

// confirm stands before a sensitive change: it asks for the password, and the code
// of a second factor, with what was posted in hidden fields, so that nothing is
// lost. The proof is posted to the same address, which is then asked once more, by
// a 307, with the session's new token.
func (in *SignIn) confirm(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	ctx := r.Context()
	if in.Sessions().GetString(ctx, ByKey) != "" && in.way.Confirm != nil {
		return in.way.Confirm(w, r, p)
	}
	props := confirmProps{
		Email: p.Email, Action: r.URL.EscapedPath(), SecondFactor: store.SessionOf(ctx).SecondFactor,
		Fields: web.Posted(r), Back: paths.Local(r.PostForm.Get(confirmBack)),
	}
	again := func(status int, message string) error {
		props.Error = message
		return in.Render(w, r, web.Page{
			Status: status, Title: i18n.T(ctx, "confirm.title"), Body: confirmPage(props), Secret: true,
		})
	}
	if _, asked := r.PostForm[confirmPassword]; !asked {
		if from, err := url.Parse(r.Referer()); err == nil {
			props.Back = paths.Local(from.RequestURI())
		}
		return again(http.StatusForbidden, "")
	}
	secret := r.PostForm.Get(confirmPassword)
	if secret == "" || len(secret) > password.MaxBytes {
		return again(http.StatusUnprocessableEntity, i18n.T(ctx, "confirm.error.missing"))
	}
	credentials, err := in.prove(r, p, secret)
	if err == nil && credentials.SecondFactor {
		err = in.verifyCode(r, credentials, r.PostForm.Get(confirmCode))
	}
	if status, message := in.refusal(w, r, err); status != 0 {
		return again(status, message)
	}
	if err != nil {
		return err
	}
	if err := cmp.Or(in.open(ctx, p.ID, credentials.SessionVersion), in.limiter.knowDevice(w, r, p.Email)); err != nil {
		return err
	}
	// #nosec G710 -- the path that a route of ours has matched
	http.Redirect(w, r, r.URL.RequestURI(), http.StatusTemporaryRedirect)
	return nil
}

// prove checks the password of who is signed in. What is wrong with it, refusal
// puts in words.
func (in *SignIn) prove(r *http.Request, p *store.Person, secret string) (Credentials, error) {
	credentials, err := in.verifyPassword(r, p.Email, secret)
	if err == nil && credentials.PersonID != p.ID { // the e-mail went to somebody else meanwhile
		err = store.ErrEnded
	}
	return credentials, err
}
