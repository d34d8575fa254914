package web

import (
	"errors"
	"net/http"
	"slices"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/static/brand"
	"github.com/carameloai/intranet/views"
)

func (h *handlers) accountShow(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderAccount(w, r, p, http.StatusOK, "", nil)
}

func (h *handlers) accountProfile(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := views.ProfileForm{Phone: Field(r, "phone"), Skills: store.Skills(Text(r.PostForm.Get("skills"), 2000)), Version: Number(r.PostForm.Get("version")), Errors: views.FieldErrors{}}
	for _, name := range store.InvalidContact(form.Phone, form.Skills) {
		form.Errors[name] = "person.error." + name
	}
	if len(form.Errors) > 0 {
		return h.renderAccount(w, r, p, http.StatusUnprocessableEntity, "", &form)
	}
	err := h.Store.SetProfile(r.Context(), p, form.Version, form.Phone, form.Skills)
	if errors.Is(err, store.ErrStale) {
		form.Conflict = true
		return h.renderAccount(w, r, p, http.StatusConflict, "", &form)
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, Flash{Text: "notice.profile", Next: paths.Account})
}

// renderAccount shows one's own account; typed is a profile that did not fit,
// or came too late: then to save once more is to replace what is stored.
func (h *handlers) renderAccount(w http.ResponseWriter, r *http.Request, p *store.Person, status int, passwordError string, typed *views.ProfileForm) error {
	ctx := r.Context()
	account, err := h.Store.OwnAccount(ctx, p)
	if err != nil {
		return err
	}
	form := views.ProfileForm{Phone: account.Phone, Skills: account.Skills, Version: account.Version}
	if typed != nil {
		form = *typed
	}
	if form.Conflict {
		form.Version = account.Version
	}
	return h.Render(w, r, Page{
		Status: status, Title: i18n.T(ctx, "account.title"), Current: paths.Account,
		Body: views.Account(views.AccountProps{
			Person: *p, Account: account, Profile: form, SecondFactor: store.SessionOf(ctx).SecondFactor, Chat: h.Caramelo != nil, PasswordError: passwordError, Zone: Zone(p),
		}),
	})
}

func (h *handlers) accountPassword(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	ctx, p := r.Context(), p
	old, fresh := r.PostForm.Get("password"), r.PostForm.Get("new_password")
	if old == "" || len(old) > password.MaxBytes {
		return h.renderAccount(w, r, p, http.StatusUnprocessableEntity, i18n.T(ctx, "confirm.error.missing"), nil)
	}
	credentials, err := h.verifyPassword(r, p.Email, old)
	if status, message := h.refusal(w, r, err); status != 0 {
		return h.renderAccount(w, r, p, status, message, nil)
	}
	if err == nil && credentials.PersonID != p.ID { // the e-mail went to somebody else meanwhile
		err = store.ErrEnded
	}
	if err != nil {
		return err
	}
	hash, problem, err := h.newPassword(r, fresh, p.Name, p.Email)
	if err != nil {
		return err
	}
	if problem != "" {
		return h.renderAccount(w, r, p, http.StatusUnprocessableEntity, problem, nil)
	}
	version, err := h.Store.ChangePassword(ctx, p, hash)
	if err != nil {
		return err
	}
	// Every session has ended; this one goes on under a new token.
	confirmed := h.sessions.GetString(ctx, confirmedKey)
	if err := h.openSession(ctx, p.ID, version); err != nil {
		return err
	}
	if credentials.SecondFactor { // the password alone is not the whole proof
		h.sessions.Put(ctx, confirmedKey, confirmed)
	}
	return h.Done(w, r, Flash{Text: "notice.password", Next: paths.Account})
}

// newPassword checks a new password against the rules and hashes it. problem
// says in the person's language what is wrong with it.
func (h *handlers) newPassword(r *http.Request, secret, name, email string) (hash, problem string, err error) {
	ctx := r.Context()
	if len(secret) > password.MaxBytes {
		return "", i18n.T(ctx, "password.error.long", "Most", password.MaxLength), nil
	}
	if err := password.Acceptable(secret, name, email, brand.Company); err != nil {
		return "", passwordProblem(r, err), nil
	}
	hash, err = h.Passwords.Hash(ctx, secret)
	return hash, "", err
}

func passwordProblem(r *http.Request, err error) string {
	ctx := r.Context()
	switch {
	case errors.Is(err, password.ErrTooShort):
		return i18n.T(ctx, "password.error.short", "Least", password.MinLength)
	case errors.Is(err, password.ErrTooLong):
		return i18n.T(ctx, "password.error.long", "Most", password.MaxLength)
	case errors.Is(err, password.ErrCommon):
		return i18n.T(ctx, "password.error.common")
	case errors.Is(err, password.ErrGuessable):
		return i18n.T(ctx, "password.error.guessable")
	case errors.Is(err, password.ErrContext):
		return i18n.T(ctx, "password.error.context")
	}
	return i18n.T(ctx, "password.error.text")
}

// accountPreferences takes what the form offers; anything else was not sent by
// it.
func (h *handlers) accountPreferences(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	chosen := store.Preferences{Lang: r.PostForm.Get("lang"), TimeZone: r.PostForm.Get("time_zone"), Theme: store.Theme(r.PostForm.Get("theme"))}
	_, known := i18n.Zone(chosen.TimeZone)
	if !known || !i18n.Supported(chosen.Lang) || !slices.Contains(store.Themes, chosen.Theme) {
		return StatusError(http.StatusUnprocessableEntity)
	}
	err := h.Store.SetPreferences(r.Context(), p, chosen)
	if errors.Is(err, store.ErrConflict) {
		return StatusError(http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, Flash{Text: "notice.preferences", Next: paths.Account})
}

func (h *handlers) accountSessionEnd(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if err := h.Store.EndSession(r.Context(), p, r.PathValue("id")); err != nil {
		return err
	}
	return h.Done(w, r, Flash{Text: "notice.session", Next: paths.Account})
}

func (h *handlers) accountSessionsEnd(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if err := h.Store.EndOtherSessions(r.Context(), p); err != nil {
		return err
	}
	return h.Done(w, r, Flash{Text: "notice.sessions", Next: paths.Account})
}
