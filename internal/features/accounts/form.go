package accounts

import (
	"errors"
	"net/http"
	"slices"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// Form is a person's details as they were typed.
type Form struct {
	store.PersonDetails
	Role    string
	Version int // that it was made from
	Errors  views.FieldErrors
}

// readForm reads the form of a person, with a text key for each field that is
// wrong. Fields that are not on it count for nothing.
func readForm(r *http.Request, departments []store.Department) Form {
	form := Form{
		PersonDetails: store.PersonDetails{
			Name: web.Field(r, "name"), Email: web.Field(r, "email"), Lang: web.Field(r, "lang"),
			Department: web.Field(r, "department"), Title: web.Field(r, "title"), Manager: web.Field(r, "manager"),
			Phone: web.Field(r, "phone"), Skills: store.Skills(web.Text(r.PostForm.Get("skills"), 2000)),
		},
		Role:    web.Field(r, "role"),
		Version: web.Number(r.PostForm.Get("version")),
		Errors:  views.FieldErrors{},
	}
	for _, name := range form.Invalid() {
		form.Errors[name] = "person.error." + name
	}
	known := func(d store.Department) bool { return d.Slug == form.Department }
	if form.Department != "" && !slices.ContainsFunc(departments, known) {
		form.Errors["department"] = "person.error.department"
	}
	return form
}

// newPerson is whom the form adds.
func (f Form) newPerson(timeZone string) store.NewPerson {
	return store.NewPerson{
		Name: f.Name, Email: f.Email, Lang: f.Lang, Department: f.Department, Title: f.Title, Manager: f.Manager,
		Phone: f.Phone, Skills: f.Skills, Role: store.Role(f.Role), TimeZone: timeZone,
	}
}

// refuse puts what the store says at the field that it is about; any other error
// comes back.
func (f Form) refuse(err error) error {
	switch {
	case errors.Is(err, store.ErrConflict):
		f.Errors["email"] = "person.error.taken"
	case errors.Is(err, ErrNoManager):
		f.Errors["manager"] = "person.error.manager"
	case errors.Is(err, ErrOwnManager):
		f.Errors["manager"] = "person.error.circle"
	default:
		return err
	}
	return nil
}
