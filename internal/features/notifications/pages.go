package notifications

import (
	"net/http"
	"slices"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// kinds are the names of those that people choose, and of those that always come.
func (h handlers) kinds() (choose, always []string) {
	if h.Mail == nil {
		return nil, nil
	}
	for _, kind := range h.Mail.Kinds {
		if kind.Always {
			always = append(always, kind.Name)
		} else {
			choose = append(choose, kind.Name)
		}
	}
	return choose, always
}

func (h handlers) show(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	unwanted, err := h.choices.unwanted(r.Context(), p)
	if err != nil {
		return err
	}
	choose, always := h.kinds()
	return h.Render(w, r, web.Page{
		Title: i18n.T(r.Context(), "notifications.title"), Current: paths.Account,
		Body: choicePage(choiceProps{
			Email: p.Email, Choose: choose, Always: always, Unwanted: unwanted, Off: h.Mail == nil,
		}),
	})
}

// choose takes the kinds that are checked, of those that the form offered.
func (h handlers) choose(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	all, _ := h.kinds()
	offered := slices.DeleteFunc(all, func(kind string) bool { return !slices.Contains(r.PostForm["offered"], kind) })
	if len(offered) == 0 {
		return web.StatusError(http.StatusUnprocessableEntity)
	}
	unwanted := slices.DeleteFunc(slices.Clone(offered), func(kind string) bool {
		return slices.Contains(r.PostForm["kind"], kind)
	})
	if err := h.choices.set(r.Context(), p, offered, unwanted); err != nil {
		return err
	}
	return h.Done(w, r, web.Flash{Text: "notice.notifications", Next: paths.AccountMail})
}

func (h handlers) index(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	state, err := h.outbox.state(r.Context())
	if err != nil {
		return err
	}
	return h.Render(w, r, web.Page{
		Title: i18n.T(r.Context(), "outbox.title"), Current: paths.AdminPeople,
		Body: outboxPage(outboxProps{state: state, Off: h.Mail == nil, Zone: web.Zone(p)}),
	})
}
