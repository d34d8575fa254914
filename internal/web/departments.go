package web

import (
	"errors"
	"net/http"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

func (h *handlers) departmentsIndex(w http.ResponseWriter, r *http.Request) error {
	return h.renderDepartments(w, r, http.StatusOK, views.DepartmentForm{})
}

// renderDepartments shows the list, with the form for another one.
func (h *handlers) renderDepartments(w http.ResponseWriter, r *http.Request, status int, form views.DepartmentForm) error {
	departments, err := h.Store.DepartmentRecords(r.Context(), person(r).Lang)
	if err != nil {
		return err
	}
	return h.render(w, r, page{
		status: status, title: i18n.T(r.Context(), "departments.title"), current: paths.AdminDepartments, chat: h.startChat(r),
		body: views.Departments(views.DepartmentsProps{Departments: departments, Form: form}),
	})
}

func (h *handlers) departmentCreate(w http.ResponseWriter, r *http.Request) error {
	form := departmentForm(r)
	if len(form.Errors) == 0 {
		err := h.Store.CreateDepartment(r.Context(), form.Names)
		if err == nil {
			return h.done(w, r, "notice.department.created", paths.AdminDepartments)
		}
		if errors.Is(err, store.ErrConflict) {
			err = store.NamesTaken{"en"}
		}
		if !markTaken(form.Errors, err, "department.error.taken") {
			return err
		}
	}
	return h.renderDepartments(w, r, http.StatusUnprocessableEntity, form)
}

func departmentForm(r *http.Request) views.DepartmentForm {
	names, wrong := typedNames(r, "department.error.name")
	return views.DepartmentForm{Names: names, Version: number(r.PostForm.Get("version")), Errors: wrong}
}

func (h *handlers) departmentEdit(w http.ResponseWriter, r *http.Request) error {
	return h.renderDepartment(w, r, http.StatusOK, nil)
}

// renderDepartment shows one. typed is what did not fit or, with a 409, came too
// late: then to save once more is to replace what is stored.
func (h *handlers) renderDepartment(w http.ResponseWriter, r *http.Request, status int, typed *views.DepartmentForm) error {
	department, err := h.Store.DepartmentRecord(r.Context(), person(r).Lang, r.PathValue("slug"))
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
	return h.render(w, r, page{
		status: status, title: department.Name, current: paths.AdminDepartments, chat: h.startChat(r),
		body: views.DepartmentEdit(props),
	})
}

func (h *handlers) departmentUpdate(w http.ResponseWriter, r *http.Request) error {
	form := departmentForm(r)
	if len(form.Errors) > 0 {
		return h.renderDepartment(w, r, http.StatusUnprocessableEntity, &form)
	}
	err := h.Store.UpdateDepartment(r.Context(), r.PathValue("slug"), form.Version, form.Names)
	if markTaken(form.Errors, err, "department.error.taken") {
		return h.renderDepartment(w, r, http.StatusUnprocessableEntity, &form)
	}
	if errors.Is(err, store.ErrConflict) {
		return h.renderDepartment(w, r, http.StatusConflict, &form)
	}
	if err != nil {
		return err
	}
	return h.done(w, r, "notice.department.changed", paths.AdminDepartments)
}

func (h *handlers) departmentGone(w http.ResponseWriter, r *http.Request) error {
	form := departmentForm(r)
	form.Errors[""] = "form.gone"
	return h.renderDepartments(w, r, http.StatusConflict, form)
}

func (h *handlers) departmentDelete(w http.ResponseWriter, r *http.Request) error {
	slug := r.PathValue("slug")
	err := h.Store.DeleteDepartment(r.Context(), slug, number(r.PostForm.Get("version")))
	if errors.Is(err, store.ErrInUse) {
		return h.done(w, r, "notice.department.taken", paths.AdminDepartment.Of(slug))
	}
	return h.settled(w, r, err, "notice.department.deleted", paths.AdminDepartments, "notice.department.stays", paths.AdminDepartment.Of(slug))
}
