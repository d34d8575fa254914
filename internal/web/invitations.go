package web

import (
	"errors"
	"net/http"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// invitationShow is where a one-time link leads. The code is in the address's
// fragment, which only the browser sees: a script puts it into the form, and
// without one the person does.
func (h *handlers) invitationShow(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderInvitation(w, r, http.StatusOK, views.InvitationProps{})
}

func (h *handlers) renderInvitation(w http.ResponseWriter, r *http.Request, status int, props views.InvitationProps) error {
	return h.Render(w, r, Page{Status: status, Title: i18n.T(r.Context(), "invitation.title"), Body: views.Invitation(props)})
}

func (h *handlers) invitationAccept(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	ctx, code := r.Context(), Text(r.PostForm.Get("code"), 100)
	props := views.InvitationProps{Code: code}
	again := func(status int) error { return h.renderInvitation(w, r, status, props) }

	// Nobody guesses 130 bits; the limit keeps who tries from the database. A code
	// that is right gives its try back.
	limit := store.Limit{Key: "invitation " + Network(h.ClientIP(r)), Rate: pairRate}
	if err := h.throttle(ctx, limit); err != nil {
		status, message := h.refusal(w, r, err)
		if status == 0 {
			return err
		}
		props.CodeError = message
		return again(status)
	}
	invitee, err := h.Store.Invited(ctx, code)
	if errors.Is(err, store.ErrNotFound) {
		props.CodeError = i18n.T(ctx, "invitation.error.code")
		return again(http.StatusUnprocessableEntity)
	}
	if err == nil {
		err = h.Store.Refund(ctx, 0, limit)
	}
	if err != nil {
		return err
	}
	props.Email = invitee.Email
	hash, problem, err := h.newPassword(r, r.PostForm.Get("new_password"), invitee.Name, invitee.Email)
	if err != nil {
		return err
	}
	if problem != "" {
		props.PasswordError = problem
		return again(http.StatusUnprocessableEntity)
	}
	err = h.Store.AcceptInvitation(ctx, actor(ctx), code, hash)
	if errors.Is(err, store.ErrNotFound) { // used by somebody else in this very moment
		props.CodeError = i18n.T(ctx, "invitation.error.code")
		return again(http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, Flash{Text: "notice.invitation", Next: paths.Login})
}
