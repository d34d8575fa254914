package web

import (
	"errors"
	"net/http"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

func (h *handlers) departmentsIndex(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderDepartments(w, r, p, http.StatusOK, views.DepartmentForm{})
}

// renderDepartments shows the list, with the form for another one.
func (h *handlers) renderDepartments(w http.ResponseWriter, r *http.Request, p *store.Person, status int, form views.DepartmentForm) error {
	departments, err := h.Store.DepartmentRecords(r.Context(), p.Lang)
	if err != nil {
		return err
	}
	return h.Render(w, r, Page{
		Status: status, Title: i18n.T(r.Context(), "departments.title"), Current: paths.AdminDepartments,
		Body: views.Departments(views.DepartmentsProps{Departments: departments, Form: form}),
	})
}

func (h *handlers) departmentCreate(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := departmentForm(r)
	if len(form.Errors) == 0 {
		err := h.Store.CreateDepartment(r.Context(), p, form.Names)
		if err == nil {
			return h.Done(w, r, Flash{Text: "notice.department.created", Next: paths.AdminDepartments})
		}
		if errors.Is(err, store.ErrConflict) {
			err = store.NamesTaken{"en"}
		}
		if !MarkTaken(form.Errors, err, "department.error.taken") {
			return err
		}
	}
	return h.renderDepartments(w, r, p, http.StatusUnprocessableEntity, form)
}

func departmentForm(r *http.Request) views.DepartmentForm {
	names, wrong := TypedNames(r, "department.error.name")
	return views.DepartmentForm{Names: names, Version: Number(r.PostForm.Get("version")), Errors: wrong}
}

func (h *handlers) departmentEdit(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderDepartment(w, r, p, http.StatusOK, nil)
}

// renderDepartment shows one. typed is what did not fit or, with a 409, came too
// late: then to save once more is to replace what is stored.
func (h *handlers) renderDepartment(w http.ResponseWriter, r *http.Request, p *store.Person, status int, typed *views.DepartmentForm) error {
	department, err := h.Store.DepartmentRecord(r.Context(), p.Lang, r.PathValue("slug"))
	if err != nil {
		return err
	}
	props := views.DepartmentProps{Department: department, Conflict: status == http.StatusConflict}
	if typed == nil {
		props.Form = views.DepartmentForm{Names: department.Names, Version: department.Version}
	} else {
		props.Form = *typed
	}
	if props.Conflict {
		props.Form.Version = department.Version
	}
	return h.Render(w, r, Page{
		Status: status, Title: department.Name, Current: paths.AdminDepartments,
		Body: views.DepartmentEdit(props),
	})
}

func (h *handlers) departmentUpdate(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := departmentForm(r)
	if len(form.Errors) > 0 {
		return h.renderDepartment(w, r, p, http.StatusUnprocessableEntity, &form)
	}
	err := h.Store.UpdateDepartment(r.Context(), p, r.PathValue("slug"), form.Version, form.Names)
	if MarkTaken(form.Errors, err, "department.error.taken") {
		return h.renderDepartment(w, r, p, http.StatusUnprocessableEntity, &form)
	}
	if errors.Is(err, store.ErrConflict) {
		return h.renderDepartment(w, r, p, http.StatusConflict, &form)
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, Flash{Text: "notice.department.changed", Next: paths.AdminDepartments})
}

func (h *handlers) departmentGone(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := departmentForm(r)
	form.Errors[""] = "form.gone"
	return h.renderDepartments(w, r, p, http.StatusConflict, form)
}

func (h *handlers) departmentDelete(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	slug := r.PathValue("slug")
	err := h.Store.DeleteDepartment(r.Context(), p, slug, Number(r.PostForm.Get("version")))
	if errors.Is(err, store.ErrInUse) {
		return h.Done(w, r, Flash{Text: "notice.department.taken", Next: paths.AdminDepartment.Of(slug)})
	}
	return h.Settle(w, r, err, Flash{Text: "notice.department.deleted", Next: paths.AdminDepartments}, Flash{Text: "notice.department.stays", Next: paths.AdminDepartment.Of(slug)})
}
