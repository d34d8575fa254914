package signin

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/static/brand"
)

// changePassword is web.SignIn's: the proof is asked for always, the old password and,
// where there is one, a code of the second factor. The code comes last, so that a new
// password that does not fit uses none up. All sessions of the person end, and this one
// goes on.
func (in *SignIn) changePassword(w http.ResponseWriter, r *http.Request, p *store.Person) (int, string, error) {
	ctx, old := r.Context(), r.PostForm.Get("password")
	if old == "" || len(old) > password.MaxBytes {
		return http.StatusUnprocessableEntity, i18n.T(ctx, "confirm.error.missing"), nil
	}
	credentials, err := in.prove(r, p, old)
	if credentials.PasswordHash == "" && errors.Is(err, password.ErrMismatch) {
		return http.StatusUnprocessableEntity, i18n.T(ctx, "password.none"), nil
	}
	if status, message := in.refusal(w, r, err); status != 0 {
		return status, message, nil
	}
	if err != nil {
		return 0, "", err
	}
	hash, problem, err := in.hashNew(ctx, newPassword{r.PostForm.Get("new_password"), p.Name, p.Email})
	if err != nil {
		return 0, "", err
	}
	if problem != "" {
		return http.StatusUnprocessableEntity, problem, nil
	}
	if credentials.SecondFactor {
		err := in.verifyCode(r, credentials, r.PostForm.Get("code"))
		if status, message := in.refusal(w, r, err); status != 0 {
			return status, message, nil
		}
		if err != nil {
			return 0, "", err
		}
	}
	version, err := in.accounts.changePassword(ctx, p, hash)
	if err != nil {
		return 0, "", err
	}
	return 0, "", in.open(ctx, p.ID, version)
}

// newPassword is one that somebody has chosen.
type newPassword struct {
	secret      string
	name, email string // whose it will be: it must not be little more than these
}

// hashNew checks a new password against the rules and hashes it. problem says in
// the reader's language what is wrong with it.
func (in *SignIn) hashNew(ctx context.Context, p newPassword) (hash, problem string, err error) {
	if len(p.secret) > password.MaxBytes {
		return "", i18n.T(ctx, "password.error.long", "Most", strconv.Itoa(password.MaxLength)), nil
	}
	if err := password.Acceptable(p.secret, p.name, p.email, brand.Company); err != nil {
		return "", passwordProblem(ctx, err), nil
	}
	hash, err = in.config.Passwords.Hash(ctx, p.secret)
	return hash, "", err
}

func passwordProblem(ctx context.Context, err error) string {
	switch {
	case errors.Is(err, password.ErrTooShort):
		return i18n.T(ctx, "password.error.short", "Least", strconv.Itoa(password.MinLength))
	case errors.Is(err, password.ErrTooLong):
		return i18n.T(ctx, "password.error.long", "Most", strconv.Itoa(password.MaxLength))
	case errors.Is(err, password.ErrCommon):
		return i18n.T(ctx, "password.error.common")
	case errors.Is(err, password.ErrGuessable):
		return i18n.T(ctx, "password.error.guessable")
	case errors.Is(err, password.ErrContext):
		return i18n.T(ctx, "password.error.context")
	}
	return i18n.T(ctx, "password.error.text")
}
