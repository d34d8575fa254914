package accounts

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// Form is a person as they were typed.
type Form struct {
	store.PersonDetails
	Version int // that it was made from
	Errors  views.FieldErrors
}

// readForm reads the form of a person, with a text key for each field that is
// wrong. Fields that are not on it count for nothing.
func readForm(r *http.Request, departments []store.Department) Form {
	form := Form{Version: web.Number(r.PostForm.Get("version"))}
	typed := func(name string) string { return web.Field(r, name) }
	form.PersonDetails, form.Errors = views.TypedPerson(store.PersonFields.InForm(), typed)
	known := func(d store.Department) bool { return d.Slug == form.Department }
	if form.Department != "" && !slices.ContainsFunc(departments, known) {
		form.Errors["department"] = "person.error.department"
	}
	return form
}

// refuse puts what the store says at the field that it is about; any other error
// comes back.
func (h handlers) refuse(ctx context.Context, f Form, err error) error {
	switch {
	case errors.Is(err, store.ErrConflict):
		f.Errors["email"] = "person.error.taken"
		name, err := h.accounts.disabled(ctx, f.Email)
		if name != "" {
			f.Errors["email"] = "person.error.taken.disabled " + name
		}
		return err
	case errors.Is(err, ErrNoManager):
		f.Errors["manager"] = "person.error.manager"
	case errors.Is(err, ErrOwnManager):
		f.Errors["manager"] = "person.error.circle"
	default:
		return err
	}
	return nil
}
