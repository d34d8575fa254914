package account

import (
	"net/http"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// editPassword is a page of its own: the account has the chat, and no script of somebody
// else's may run where a password is typed.
func (h handlers) editPassword(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderPassword(w, r, p, http.StatusOK, "")
}

func (h handlers) renderPassword(
	w http.ResponseWriter, r *http.Request, p *store.Person, status int, why string,
) error {
	factor := store.SessionOf(r.Context()).SecondFactor
	return h.Render(w, r, web.Page{
		Status: status, Title: i18n.T(r.Context(), "account.password.submit"), Current: paths.Account,
		Body: passwordPage(passwordProps{Email: p.Email, SecondFactor: factor, Error: why}), Secret: true,
	})
}

func (h handlers) changePassword(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	status, why, err := h.ChangePassword(w, r, p)
	if err != nil {
		return err
	}
	if status != 0 {
		return h.renderPassword(w, r, p, status, why)
	}
	return h.Done(w, r, web.Flash{Text: "notice.password", Next: paths.Account})
}
