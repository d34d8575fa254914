package web

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

const accountsPerPage = 24

func (h *handlers) accountsIndex(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	query := r.URL.Query()
	filter := store.PeopleFilter{Query: Text(query.Get("q"), MaxQuery), Everybody: true, After: query.Get("after"), Limit: accountsPerPage}
	people, err := h.Store.People(r.Context(), p.Lang, filter)
	if err != nil {
		return err
	}
	return h.Render(w, r, Page{
		Title: i18n.T(r.Context(), "accounts.title"), Current: paths.AdminPeople,
		Body: views.Accounts(views.AccountsProps{Filter: filter, Page: people}),
	})
}

func (h *handlers) personNew(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	departments, err := h.Store.Departments(r.Context(), p.Lang)
	if err != nil {
		return err
	}
	form := views.PersonForm{Role: string(store.Employee), PersonDetails: store.PersonDetails{Lang: i18n.Default}}
	return h.renderPersonNew(w, r, http.StatusOK, views.PersonNewProps{Form: form, Departments: departments})
}

func (h *handlers) renderPersonNew(w http.ResponseWriter, r *http.Request, status int, props views.PersonNewProps) error {
	return h.Render(w, r, Page{
		Status: status, Title: i18n.T(r.Context(), "person.new"), Current: paths.AdminPeople,
		Body: views.PersonNew(props),
	})
}

func (h *handlers) personCreate(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	ctx := r.Context()
	departments, err := h.Store.Departments(ctx, p.Lang)
	if err != nil {
		return err
	}
	form := personForm(r, departments)
	if !slices.Contains(store.Roles, store.Role(form.Role)) {
		form.Errors["role"] = "person.error.role"
	}
	if len(form.Errors) == 0 {
		d := form.PersonDetails
		id, err := h.Store.CreatePerson(ctx, p, store.NewPerson{
			Name: d.Name, Email: d.Email, Lang: d.Lang, Department: d.Department, Title: d.Title, Manager: d.Manager, Phone: d.Phone, Skills: d.Skills,
			Role: store.Role(form.Role), TimeZone: p.TimeZone,
		})
		if err == nil {
			return h.showInvitation(w, r, p, id, form.Name)
		}
		if err := refuse(form, err); err != nil {
			return err
		}
	}
	return h.renderPersonNew(w, r, http.StatusUnprocessableEntity, views.PersonNewProps{Form: form, Departments: departments})
}

// personForm reads the form of a person, with a text key for each field that is
// wrong. Fields that are not on it count for nothing.
func personForm(r *http.Request, departments []store.Department) views.PersonForm {
	form := views.PersonForm{
		PersonDetails: store.PersonDetails{
			Name: Field(r, "name"), Email: Field(r, "email"), Lang: Field(r, "lang"), Department: Field(r, "department"), Title: Field(r, "title"),
			Manager: Field(r, "manager"), Phone: Field(r, "phone"), Skills: store.Skills(Text(r.PostForm.Get("skills"), 2000)),
		},
		Role:    Field(r, "role"),
		Version: Number(r.PostForm.Get("version")),
		Errors:  views.FieldErrors{},
	}
	for _, name := range form.Invalid() {
		form.Errors[name] = "person.error." + name
	}
	if form.Department != "" && !slices.ContainsFunc(departments, func(d store.Department) bool { return d.Slug == form.Department }) {
		form.Errors["department"] = "person.error.department"
	}
	return form
}

// refuse puts what the store says at the field that it is about; any other error
// comes back.
func refuse(form views.PersonForm, err error) error {
	switch {
	case errors.Is(err, store.ErrConflict):
		form.Errors["email"] = "person.error.taken"
	case errors.Is(err, store.ErrNoManager):
		form.Errors["manager"] = "person.error.manager"
	case errors.Is(err, store.ErrOwnManager):
		form.Errors["manager"] = "person.error.circle"
	default:
		return err
	}
	return nil
}

func (h *handlers) personEdit(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderPersonEdit(w, r, p, http.StatusOK, views.PersonEditProps{})
}

// renderPersonEdit shows an account. What props have of a form was typed and did
// not fit or, with a conflict, came too late: then to save once more is to replace
// what is stored.
func (h *handlers) renderPersonEdit(w http.ResponseWriter, r *http.Request, p *store.Person, status int, props views.PersonEditProps) error {
	account, err := h.Store.Account(r.Context(), p.Lang, r.PathValue("id"))
	if err != nil {
		return err
	}
	props.Account, props.Self, props.Zone = account, account.ID == p.ID, Zone(p)
	if props.Form == nil {
		props.Form = &views.PersonForm{PersonDetails: account.Details(), Version: account.Version}
	}
	if props.Conflict {
		props.Form.Version = account.Version
	}
	if !props.RoleConflict {
		props.Role = account.Role
	}
	return h.Render(w, r, Page{
		Status: status, Title: account.Name, Current: paths.AdminPeople,
		Body: views.PersonEdit(props),
	})
}

func (h *handlers) personUpdate(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	ctx, id := r.Context(), r.PathValue("id")
	departments, err := h.Store.Departments(ctx, p.Lang)
	if err != nil {
		return err
	}
	form := personForm(r, departments)
	if len(form.Errors) == 0 {
		err := h.Store.UpdatePerson(ctx, p, id, form.Version, form.PersonDetails)
		if err == nil {
			return h.Done(w, r, Flash{Text: "notice.person.changed", Next: paths.AdminPerson.Of(id)})
		}
		if errors.Is(err, store.ErrStale) {
			return h.renderPersonEdit(w, r, p, http.StatusConflict, views.PersonEditProps{Form: &form, Conflict: true})
		}
		if err := refuse(form, err); err != nil {
			return err
		}
	}
	return h.renderPersonEdit(w, r, p, http.StatusUnprocessableEntity, views.PersonEditProps{Form: &form})
}

func (h *handlers) personRole(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	role := store.Role(r.PostForm.Get("role"))
	if !slices.Contains(store.Roles, role) {
		return StatusError(http.StatusUnprocessableEntity)
	}
	version := Number(r.PostForm.Get("version"))
	err := h.administer(w, r, p, "notice.person.role", func(ctx context.Context, p *store.Person, id string) error {
		return h.Store.SetRole(ctx, p, id, version, role)
	})
	if errors.Is(err, store.ErrStale) {
		return h.renderPersonEdit(w, r, p, http.StatusConflict, views.PersonEditProps{Role: role, RoleConflict: true})
	}
	return err
}

func (h *handlers) personDisable(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.administer(w, r, p, "notice.person.disabled", func(ctx context.Context, p *store.Person, id string) error {
		return h.Store.SetActive(ctx, p, id, false)
	})
}

func (h *handlers) personEnable(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.administer(w, r, p, "notice.person.enabled", func(ctx context.Context, p *store.Person, id string) error {
		return h.Store.SetActive(ctx, p, id, true)
	})
}

func (h *handlers) personSignOut(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.administer(w, r, p, "notice.person.signedout", h.Store.RevokeSessions)
}

func (h *handlers) personSecondFactorReset(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.administer(w, r, p, "notice.person.factor", h.Store.ResetSecondFactor)
}

// administer does something to the person of the path and goes back to their
// account.
func (h *handlers) administer(
	w http.ResponseWriter, r *http.Request, p *store.Person, notice string,
	do func(ctx context.Context, actor *store.Person, id string) error,
) error {
	id := r.PathValue("id")
	err := do(r.Context(), p, id)
	if errors.Is(err, store.ErrLastAdmin) {
		notice, err = "notice.person.lastadmin", nil
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, Flash{Text: notice, Next: paths.AdminPerson.Of(id)})
}

func (h *handlers) personInvite(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	account, err := h.Store.Account(r.Context(), p.Lang, r.PathValue("id"))
	if err != nil {
		return err
	}
	return h.showInvitation(w, r, p, account.ID, account.Name)
}

// showInvitation makes a one-time link and shows it in the answer itself: it is
// kept nowhere, and so cannot be shown again.
func (h *handlers) showInvitation(w http.ResponseWriter, r *http.Request, p *store.Person, id, name string) error {
	code, err := h.Store.Invite(r.Context(), p, id)
	if err != nil {
		return err
	}
	return h.Render(w, r, Page{
		Title: i18n.T(r.Context(), "title.invited"), Current: paths.AdminPeople,
		Body: views.Invited(views.InvitedProps{
			PersonID: id, Name: name, Link: paths.InvitationLink(h.PublicURL.String(), code), Hours: int(store.InvitationLife.Hours()),
		}),
	})
}
