package accounts

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

const perPage = 24

func (h handlers) index(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	query := r.URL.Query()
	filter := store.PeopleFilter{
		Query: web.Text(query.Get("q"), web.MaxQuery), Everybody: true, After: query.Get("after"), Limit: perPage,
	}
	people, err := h.Store.People(r.Context(), p.Lang, filter)
	if err != nil {
		return err
	}
	return h.Render(w, r, web.Page{
		Title: i18n.T(r.Context(), "accounts.title"), Current: paths.AdminPeople,
		Body: indexPage(indexProps{Filter: filter, Page: people, Links: h.PageLinks(paths.AdminPeople)}),
	})
}

func (h handlers) new(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	departments, err := h.Store.Departments(r.Context(), p.Lang)
	if err != nil {
		return err
	}
	form := Form{PersonDetails: store.PersonDetails{Role: store.Employee, Lang: p.Lang}}
	return h.renderNew(w, r, http.StatusOK, newProps{Form: form, Departments: departments})
}

func (h handlers) renderNew(w http.ResponseWriter, r *http.Request, status int, props newProps) error {
	return h.Render(w, r, web.Page{
		Status: status, Title: i18n.T(r.Context(), "person.new"), Current: paths.AdminPeople, Body: newPage(props),
	})
}

func (h handlers) create(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	ctx := r.Context()
	departments, err := h.Store.Departments(ctx, p.Lang)
	if err != nil {
		return err
	}
	form := readForm(r, departments)
	form.Role, form.TimeZone = store.Role(web.Field(r, "role")), p.TimeZone
	if !slices.Contains(store.Roles, form.Role) {
		form.Errors["role"] = "person.error.role"
	}
	if len(form.Errors) == 0 {
		id, err := h.accounts.Create(ctx, p, form.PersonDetails)
		if err == nil {
			return h.showInvitation(w, r, p, invited{id, form.Name, form.Email, byMail})
		}
		if err := h.refuse(ctx, form, err); err != nil {
			return err
		}
	}
	return h.renderNew(w, r, http.StatusUnprocessableEntity, newProps{Form: form, Departments: departments})
}

func (h handlers) edit(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderEdit(w, r, p, http.StatusOK, editProps{})
}

// renderEdit shows an account. What props have of a form was typed and did not fit
// or, with a conflict, came too late: then to save once more is to replace what is
// stored.
func (h handlers) renderEdit(
	w http.ResponseWriter, r *http.Request, p *store.Person, status int, props editProps,
) error {
	account, err := h.accounts.Account(r.Context(), p.Lang, r.PathValue("id"))
	if err != nil {
		return err
	}
	props.Account, props.Self, props.Zone = account, account.ID == p.ID, web.Zone(p)
	props.Assistant, props.Mail = h.Caramelo != nil, h.Mail != nil
	if props.Form == nil {
		props.Form = &Form{PersonDetails: account.Written, Version: account.Version}
	}
	if props.Conflict {
		props.Form.Version = account.Version
	}
	if !props.RoleConflict {
		props.Role = account.Role
	}
	return h.Render(w, r, web.Page{
		Status: status, Title: account.Name, Current: paths.AdminPeople, Body: editPage(props),
	})
}

func (h handlers) update(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	ctx, id := r.Context(), r.PathValue("id")
	departments, err := h.Store.Departments(ctx, p.Lang)
	if err != nil {
		return err
	}
	form := readForm(r, departments)
	if len(form.Errors) == 0 {
		err := h.accounts.Update(ctx, p, id, form.Version, form.PersonDetails)
		if err == nil {
			return h.Done(w, r, web.Flash{Text: "notice.person.changed", Next: paths.AdminPerson.Of(id)})
		}
		if errors.Is(err, store.ErrStale) {
			return h.renderEdit(w, r, p, http.StatusConflict, editProps{Form: &form, Conflict: true})
		}
		if err := h.refuse(ctx, form, err); err != nil {
			return err
		}
	}
	return h.renderEdit(w, r, p, http.StatusUnprocessableEntity, editProps{Form: &form})
}

func (h handlers) setRole(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	role := store.Role(r.PostForm.Get("role"))
	if !slices.Contains(store.Roles, role) {
		return web.StatusError(http.StatusUnprocessableEntity)
	}
	version := web.Number(r.PostForm.Get("version"))
	err := h.administer(w, r, p, act{"notice.person.role", func(ctx context.Context, p *store.Person, id string) error {
		return h.accounts.SetRole(ctx, p, id, version, role)
	}})
	if errors.Is(err, store.ErrStale) {
		return h.renderEdit(w, r, p, http.StatusConflict, editProps{Role: role, RoleConflict: true})
	}
	return err
}

func (h handlers) disable(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.administer(w, r, p, act{"notice.person.disabled", h.setActive(false)})
}

func (h handlers) enable(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.administer(w, r, p, act{"notice.person.enabled", h.setActive(true)})
}

func (h handlers) setActive(active bool) func(ctx context.Context, actor *store.Person, id string) error {
	return func(ctx context.Context, actor *store.Person, id string) error {
		return h.accounts.SetActive(ctx, actor, id, active)
	}
}

func (h handlers) signOut(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.administer(w, r, p, act{"notice.person.signedout", h.accounts.RevokeSessions})
}

func (h handlers) resetSecondFactor(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	reset := func(ctx context.Context, actor *store.Person, id string) error {
		return h.accounts.ResetSecondFactor(ctx, actor, id, h.Mail)
	}
	return h.administer(w, r, p, act{"notice.person.factor", reset})
}

// An act is something that is done to a person, and what is said of it then.
type act struct {
	notice string // text key
	do     func(ctx context.Context, actor *store.Person, id string) error
}

// administer does something to the person of the path and goes back to their
// account.
func (h handlers) administer(w http.ResponseWriter, r *http.Request, p *store.Person, a act) error {
	id := r.PathValue("id")
	err := a.do(r.Context(), p, id)
	if errors.Is(err, store.ErrLastAdmin) {
		a.notice, err = "notice.person.lastadmin", nil
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, web.Flash{Text: a.notice, Next: paths.AdminPerson.Of(id)})
}

func (h handlers) invite(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	account, err := h.accounts.Account(r.Context(), p.Lang, r.PathValue("id"))
	if err != nil {
		return err
	}
	return h.showInvitation(w, r, p, invited{account.ID, account.Name, account.Email, r.PostForm.Get("how")})
}

// invited is who gets a one-time link, and how.
type invited struct{ id, name, email, how string }

const (
	byMail = "mail"
	byHand = "hand"
)

// showInvitation makes a one-time link and sends it, or shows it in the answer itself: it is
// kept nowhere, and so cannot be shown again.
func (h handlers) showInvitation(w http.ResponseWriter, r *http.Request, p *store.Person, who invited) error {
	var before []Predecessor
	if h.Caramelo != nil {
		var err error
		if before, err = h.accounts.predecessors(r.Context(), who.id); err != nil {
			return err
		}
	}
	props := invitedProps{
		PersonID: who.id, Name: who.name, Hours: int(signin.InvitationLife.Hours()), Predecessors: before,
	}
	if who.how == byMail {
		queued, err := signin.InviteByMail(r.Context(), h.Store, h.Mail, p, who.id)
		if err != nil {
			return err
		}
		if queued {
			props.Mailed = who.email
		}
	}
	if props.Mailed == "" {
		code, err := signin.Invite(r.Context(), h.Store, p, who.id)
		if err != nil {
			return err
		}
		props.Link = paths.InvitationLink(h.PublicURL.String(), code)
	}
	return web.ShowOnce(h.Server, w, r, web.Page{
		Title: i18n.T(r.Context(), "title.invited"), Current: paths.AdminPeople, Secret: true, Body: invitedPage(props),
	})
}
