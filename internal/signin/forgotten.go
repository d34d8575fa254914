package signin

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/signin/letters"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// How often somebody may ask for one: from one address, and for one e-mail.
var (
	forgottenRate      = store.Rate{Burst: 10, Every: time.Minute}
	forgottenEmailRate = store.Rate{Burst: 3, Every: 20 * time.Minute}
)

// forgottenPages are for people who have forgotten their password.
type forgottenPages struct{ *SignIn }

func (in forgottenPages) show(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if p != nil {
		return web.Redirect(w, r, paths.AccountPassword)
	}
	return in.render(w, r, http.StatusOK, forgottenProps{})
}

func (in forgottenPages) render(w http.ResponseWriter, r *http.Request, status int, props forgottenProps) error {
	props.Off = in.Mail == nil
	return in.Render(w, r, web.Page{
		Status: status, Title: i18n.T(r.Context(), "forgotten.title"), Body: forgottenPage(props), Secret: true,
	})
}

// ask notes what somebody asks for, and answers the same whoever they name: whose
// e-mail it is the sender of mail finds out, when nobody waits for it.
func (in forgottenPages) ask(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	ctx := r.Context()
	if p != nil {
		return web.Redirect(w, r, paths.AccountPassword)
	}
	email := strings.TrimSpace(r.PostForm.Get("email"))
	props := forgottenProps{Email: web.Text(email, maxEmail)}
	if in.Mail == nil || len(email) > maxEmail || !store.LooksLikeEmail(email) {
		props.Error = i18n.T(ctx, "forgotten.error")
		return in.render(w, r, http.StatusUnprocessableEntity, props)
	}
	err := in.limiter.throttle(ctx, ByAddress(ctx, "forgotten", forgottenRate))
	if status, message := in.refusal(w, r, err); status != 0 {
		props.Error = message
		return in.render(w, r, status, props)
	}
	if err != nil {
		return err
	}
	// Too many for one e-mail look like any other: the last link is still on its way to them.
	wait, err := in.Store.Allow(ctx, store.Limit{
		Key: "forgotten " + strings.ToLower(store.Email(email)), Rate: forgottenEmailRate,
	})
	if err == nil && wait == 0 {
		err = letters.Ask(ctx, in.Store, in.Seal, store.Email(email))
	}
	if err != nil {
		return err
	}
	return in.Done(w, r, web.Flash{Text: "notice.forgotten", Next: paths.Login})
}

// AnswerForgotten returns what answers by mail all that was asked for. People who sign in in
// another way, and have no password or may not use one, get no link.
func AnswerForgotten(in *SignIn) func(context.Context) error {
	return letters.Answers{
		Store: in.Store, Outbox: in.Mail, Seal: in.Seal,
		Link: func(role store.Role, hasPassword bool) bool {
			elsewhere := in.way.Links != nil && len(in.way.Links(paths.Home)) > 0
			return in.config.passwordsFor(role) && (hasPassword || !elsewhere)
		},
	}.All
}
