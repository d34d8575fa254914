package account

import (
	"errors"
	"net/http"
	"slices"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// problem is what did not work, and is said on the page of the account.
type problem struct {
	status  int
	profile *profileForm // a profile that did not fit, or came too late; nil for none
}

func (h handlers) show(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.render(w, r, p, problem{})
}

// render shows one's own account. To save a profile that came too late once more is
// to replace what is stored.
func (h handlers) render(w http.ResponseWriter, r *http.Request, p *store.Person, wrong problem) error {
	ctx := r.Context()
	account, err := h.own.load(ctx, p)
	if err != nil {
		return err
	}
	form := profileForm{Profile: account.Profile}
	if wrong.profile != nil {
		form = *wrong.profile
	}
	if form.Conflict {
		form.Version = account.Version
	}
	return h.Render(w, r, web.Page{
		Status: wrong.status, Title: i18n.T(ctx, "account.title"), Current: paths.Account, Asks: true,
		Body: page(pageProps{
			Person: *p, Account: account, Profile: form, SecondFactor: store.SessionOf(ctx).SecondFactor,
			Chat: h.Caramelo != nil, AskFirst: h.AskFirst, ConsentedAt: store.SessionOf(ctx).ConsentedAt,
			Mail: h.Mail != nil, Consent: h.ConsentForm(r), Zone: web.Zone(p),
		}),
	})
}

func (h handlers) changeProfile(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := profileForm{Profile: Profile{Version: web.Number(r.PostForm.Get("version"))}}
	typed := func(name string) string { return web.Field(r, name) }
	form.PersonDetails, form.Errors = views.TypedPerson(store.PersonFields.InProfile(), typed)
	if len(form.Errors) > 0 {
		return h.render(w, r, p, problem{status: http.StatusUnprocessableEntity, profile: &form})
	}
	err := h.own.changeProfile(r.Context(), p, form.Profile)
	if errors.Is(err, store.ErrStale) {
		form.Conflict = true
		return h.render(w, r, p, problem{status: http.StatusConflict, profile: &form})
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, web.Flash{Text: "notice.profile", Next: paths.Account})
}

// changePreferences takes what the form offers; anything else was not sent by it.
func (h handlers) changePreferences(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	chosen := Preferences{
		Lang: r.PostForm.Get("lang"), TimeZone: r.PostForm.Get("time_zone"),
		Theme: store.Theme(r.PostForm.Get("theme")),
	}
	_, known := i18n.Zone(chosen.TimeZone)
	if !known || !i18n.Supported(chosen.Lang) || !slices.Contains(store.Themes, chosen.Theme) {
		return web.StatusError(http.StatusUnprocessableEntity)
	}
	err := h.own.changePreferences(r.Context(), p, chosen)
	if errors.Is(err, store.ErrConflict) {
		return web.StatusError(http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, web.Flash{Text: "notice.preferences", Next: paths.Account})
}

func (h handlers) endSession(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if err := h.own.endSession(r.Context(), p, r.PathValue("id")); err != nil {
		return err
	}
	return h.Done(w, r, web.Flash{Text: "notice.session", Next: paths.Account})
}

func (h handlers) endOtherSessions(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if err := h.own.endOtherSessions(r.Context(), p); err != nil {
		return err
	}
	return h.Done(w, r, web.Flash{Text: "notice.sessions", Next: paths.Account})
}
