package departments

import (
	"errors"
	"net/http"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

func (h handlers) index(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderIndex(w, r, p, http.StatusOK, Form{})
}

// renderIndex shows the list, with the form for another one.
func (h handlers) renderIndex(w http.ResponseWriter, r *http.Request, p *store.Person, status int, form Form) error {
	departments, err := h.departments.list(r.Context(), p.Lang)
	if err != nil {
		return err
	}
	return h.Render(w, r, web.Page{
		Status: status, Title: i18n.T(r.Context(), "departments.title"), Current: paths.AdminDepartments,
		Body: indexPage(indexProps{Departments: departments, Form: form}),
	})
}

func (h handlers) create(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := readForm(r)
	if len(form.Errors) == 0 {
		err := h.departments.create(r.Context(), p, form.Names)
		if err == nil {
			return h.Done(w, r, web.Flash{Text: "notice.department.created", Next: paths.AdminDepartments})
		}
		if errors.Is(err, store.ErrConflict) {
			err = store.NamesTaken{"en"}
		}
		if !web.MarkTaken(form.Errors, err, "department.error.taken") {
			return err
		}
	}
	return h.renderIndex(w, r, p, http.StatusUnprocessableEntity, form)
}

func readForm(r *http.Request) Form {
	names, wrong := web.TypedNames(r, "department.error.name")
	return Form{Names: names, Version: web.Number(r.PostForm.Get("version")), Errors: wrong}
}

func (h handlers) edit(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderEdit(w, r, p, http.StatusOK, nil)
}

// renderEdit shows one. typed is what did not fit or, with a 409, came too
// late: then to save once more is to replace what is stored.
func (h handlers) renderEdit(w http.ResponseWriter, r *http.Request, p *store.Person, status int, typed *Form) error {
	department, err := h.departments.find(r.Context(), p.Lang, r.PathValue("slug"))
	if err != nil {
		return err
	}
	props := editProps{Department: department, Conflict: status == http.StatusConflict}
	if typed == nil {
		props.Form = Form{Names: department.Names, Version: department.Version}
	} else {
		props.Form = *typed
	}
	if props.Conflict {
		props.Form.Version = department.Version
	}
	return h.Render(w, r, web.Page{
		Status: status, Title: department.Name, Current: paths.AdminDepartments,
		Body: editPage(props),
	})
}

func (h handlers) update(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := readForm(r)
	if len(form.Errors) > 0 {
		return h.renderEdit(w, r, p, http.StatusUnprocessableEntity, &form)
	}
	change := Change{Slug: r.PathValue("slug"), Version: form.Version, Names: form.Names}
	err := h.departments.update(r.Context(), p, change)
	if web.MarkTaken(form.Errors, err, "department.error.taken") {
		return h.renderEdit(w, r, p, http.StatusUnprocessableEntity, &form)
	}
	if errors.Is(err, store.ErrConflict) {
		return h.renderEdit(w, r, p, http.StatusConflict, &form)
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, web.Flash{Text: "notice.department.changed", Next: paths.AdminDepartments})
}

func (h handlers) gone(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := readForm(r)
	form.Errors[""] = "form.gone"
	return h.renderIndex(w, r, p, http.StatusConflict, form)
}

func (h handlers) delete(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	slug := r.PathValue("slug")
	stays := web.Flash{Text: "notice.department.stays", Next: paths.AdminDepartment.Of(slug)}
	err := h.departments.delete(r.Context(), p, slug, web.Number(r.PostForm.Get("version")))
	if errors.Is(err, store.ErrInUse) {
		return h.Done(w, r, web.Flash{Text: "notice.department.taken", Next: paths.AdminDepartment.Of(slug)})
	}
	return h.Settle(w, r, err, web.Flash{Text: "notice.department.deleted", Next: paths.AdminDepartments}, stays)
}
