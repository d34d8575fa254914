package signin

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// showInvitation is where a one-time link leads. The code is in the address's
// fragment, which only the browser sees: a script puts it into the form, and
// without one the person does.
func (in *SignIn) showInvitation(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if p != nil {
		return in.renderOccupied(w, r, p, http.StatusOK)
	}
	return in.renderInvitation(w, r, http.StatusOK, invitationProps{})
}

func (in *SignIn) renderInvitation(w http.ResponseWriter, r *http.Request, status int, props invitationProps) error {
	return in.Render(w, r, web.Page{
		Status: status, Title: i18n.T(r.Context(), "invitation.title"), Body: invitationPage(props), Secret: true,
	})
}

// renderOccupied says whose session the browser has, and offers to leave it: a one-time link
// is opened by its own person, perhaps on the computer of whoever made it.
func (in *SignIn) renderOccupied(w http.ResponseWriter, r *http.Request, p *store.Person, status int) error {
	return in.Render(w, r, web.Page{
		Status: status, Title: i18n.T(r.Context(), "invitation.title"), Body: occupiedPage(*p), Secret: true,
	})
}

func (in *SignIn) acceptInvitation(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if p != nil {
		return in.renderOccupied(w, r, p, http.StatusConflict)
	}
	ctx, typed := r.Context(), web.Text(r.PostForm.Get("code"), maxCode)
	code, props := linkCode(typed), invitationProps{Code: typed}
	invitee, err := in.invited(r, code)
	if status, message := in.refusal(w, r, err); status != 0 {
		props.CodeError = message
		return in.renderInvitation(w, r, status, props)
	}
	if errors.Is(err, store.ErrNotFound) {
		props.CodeError = i18n.T(ctx, "invitation.error.code")
		return in.renderInvitation(w, r, http.StatusUnprocessableEntity, props)
	}
	if err != nil {
		return err
	}
	props.Email = invitee.Email
	hash, problem, err := in.hashNew(ctx, newPassword{r.PostForm.Get("new_password"), invitee.Name, invitee.Email})
	if err != nil {
		return err
	}
	if problem != "" {
		props.PasswordError = problem
		return in.renderInvitation(w, r, http.StatusUnprocessableEntity, props)
	}
	err = in.accounts.accept(ctx, actor(ctx), code, hash)
	if errors.Is(err, store.ErrNotFound) { // used by somebody else in this very moment
		props.CodeError = i18n.T(ctx, "invitation.error.code")
		return in.renderInvitation(w, r, http.StatusUnprocessableEntity, props)
	}
	if err == nil { // so that nobody else's tries keep them from signing in
		err = in.limiter.knowDevice(w, r, invitee.Email)
	}
	if err != nil {
		return err
	}
	return in.Done(w, r, web.Flash{Text: "notice.invitation", Next: paths.Login})
}

// invited returns whose code that is. Nobody guesses 130 bits, so that a right one counts
// though others at the same address have used the tries up; it gives its own try back.
func (in *SignIn) invited(r *http.Request, code string) (invitee, error) {
	ctx := r.Context()
	limit := store.Limit{Key: "invitation " + network(store.RequestOf(ctx).Address), Rate: pairRate}
	throttled := in.limiter.throttle(ctx, limit)
	if throttled != nil && !isThrottled(throttled) {
		return invitee{}, throttled
	}
	found, err := in.accounts.invited(ctx, code)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return found, cmp.Or(throttled, err)
	case err == nil && throttled == nil:
		err = in.Store.Refund(ctx, 0, limit)
	}
	return found, err
}
