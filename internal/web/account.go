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

func (h *handlers) accountShow(w http.ResponseWriter, r *http.Request) error {
	return h.renderAccount(w, r, http.StatusOK, "", nil)
}

func (h *handlers) accountProfile(w http.ResponseWriter, r *http.Request) error {
	form := views.ProfileForm{Phone: field(r, "phone"), Skills: store.Skills(text(r.PostForm.Get("skills"), 2000)), Version: number(r.PostForm.Get("version")), Errors: views.FieldErrors{}}
	for _, name := range store.InvalidContact(form.Phone, form.Skills) {
		form.Errors[name] = "person.error." + name
	}
	if len(form.Errors) > 0 {
		return h.renderAccount(w, r, http.StatusUnprocessableEntity, "", &form)
	}
	err := h.Store.SetProfile(r.Context(), form.Version, form.Phone, form.Skills)
	if errors.Is(err, store.ErrStale) {
		form.Conflict = true
		return h.renderAccount(w, r, http.StatusConflict, "", &form)
	}
	if err != nil {
		return err
	}
	return h.done(w, r, "notice.profile", paths.Account)
}

// renderAccount shows one's own account; typed is a profile that did not fit,
// or came too late: then to save once more is to replace what is stored.
func (h *handlers) renderAccount(w http.ResponseWriter, r *http.Request, status int, passwordError string, typed *views.ProfileForm) error {
	ctx := r.Context()
	account, err := h.Store.OwnAccount(ctx)
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
	return h.render(w, r, page{
		status: status, title: i18n.T(ctx, "account.title"), current: paths.Account, chat: h.startChat(r),
		body: views.Account(views.AccountProps{
			Person: *person(r), Account: account, Profile: form, SecondFactor: store.HasSecondFactor(ctx), Chat: h.Caramelo != nil, PasswordError: passwordError, Zone: zone(person(r)),
		}),
	})
}

func (h *handlers) accountPassword(w http.ResponseWriter, r *http.Request) error {
	ctx, p := r.Context(), person(r)
	old, fresh := r.PostForm.Get("password"), r.PostForm.Get("new_password")
	if old == "" || len(old) > password.MaxBytes {
		return h.renderAccount(w, r, http.StatusUnprocessableEntity, i18n.T(ctx, "confirm.error.missing"), nil)
	}
	credentials, err := h.verifyPassword(r, p.Email, old)
	if status, message := h.refusal(w, r, err); status != 0 {
		return h.renderAccount(w, r, status, message, nil)
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
		return h.renderAccount(w, r, http.StatusUnprocessableEntity, problem, nil)
	}
	version, err := h.Store.ChangePassword(ctx, hash)
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
	return h.done(w, r, "notice.password", paths.Account)
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
func (h *handlers) accountPreferences(w http.ResponseWriter, r *http.Request) error {
	chosen := store.Preferences{Lang: r.PostForm.Get("lang"), TimeZone: r.PostForm.Get("time_zone"), Theme: store.Theme(r.PostForm.Get("theme"))}
	_, known := i18n.Zone(chosen.TimeZone)
	if !known || !i18n.Supported(chosen.Lang) || !slices.Contains(store.Themes, chosen.Theme) {
		return statusError(http.StatusUnprocessableEntity)
	}
	err := h.Store.SetPreferences(r.Context(), chosen)
	if errors.Is(err, store.ErrConflict) {
		return statusError(http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return h.done(w, r, "notice.preferences", paths.Account)
}

func (h *handlers) accountSessionEnd(w http.ResponseWriter, r *http.Request) error {
	if err := h.Store.EndSession(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	return h.done(w, r, "notice.session", paths.Account)
}

func (h *handlers) accountSessionsEnd(w http.ResponseWriter, r *http.Request) error {
	if err := h.Store.EndOtherSessions(r.Context()); err != nil {
		return err
	}
	return h.done(w, r, "notice.sessions", paths.Account)
}
