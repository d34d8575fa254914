package policies

import (
	"errors"
	"net/http"
	"slices"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

func (h handlers) categories(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderCategories(w, r, p, http.StatusOK, categoryForm{})
}

func (h handlers) createCategory(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := typedCategory(r, "")
	if len(form.Errors) == 0 {
		err := h.handbook.createCategory(r.Context(), p, form.Names)
		if err == nil {
			return h.Done(w, r, web.Flash{Text: "notice.policy.category", Next: Categories})
		}
		if errors.Is(err, store.ErrConflict) {
			err = store.NamesTaken{"en"}
		}
		if !web.MarkTaken(form.Errors, err, "policy.error.name.taken") {
			return err
		}
	}
	return h.renderCategories(w, r, p, http.StatusUnprocessableEntity, form)
}

func (h handlers) renameCategory(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := typedCategory(r, r.PathValue("slug"))
	if len(form.Errors) > 0 {
		return h.renderCategories(w, r, p, http.StatusUnprocessableEntity, form)
	}
	err := h.handbook.renameCategory(r.Context(), p, content.Version{Slug: form.Slug, Number: form.Version}, form.Names)
	if web.MarkTaken(form.Errors, err, "policy.error.name.taken") {
		return h.renderCategories(w, r, p, http.StatusUnprocessableEntity, form)
	}
	if errors.Is(err, store.ErrConflict) {
		form.Conflict = true
		return h.renderCategories(w, r, p, http.StatusConflict, form)
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, web.Flash{Text: "notice.policy.category", Next: Categories})
}

func (h handlers) goneCategory(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := typedCategory(r, "")
	form.Errors[""] = "form.gone"
	return h.renderCategories(w, r, p, http.StatusConflict, form)
}

func (h handlers) deleteCategory(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	at := content.Version{Slug: r.PathValue("slug"), Number: web.Number(r.PostForm.Get("version"))}
	err := h.handbook.deleteCategory(r.Context(), p, at)
	if errors.Is(err, store.ErrInUse) {
		return h.Done(w, r, web.Flash{Text: "notice.policy.category.used", Next: Categories})
	}
	return h.Settle(w, r, err,
		web.Flash{Text: "notice.policy.category.deleted", Next: Categories},
		web.Flash{Text: "notice.policy.category.stays", Next: Categories})
}

// typedCategory is what was typed; the slug of a new one is "".
func typedCategory(r *http.Request, slug string) categoryForm {
	names, wrong := web.TypedNames(r, "policy.error.name")
	return categoryForm{Slug: slug, Names: names, Version: web.Number(r.PostForm.Get("version")), Errors: wrong}
}

func (h handlers) renderCategories(
	w http.ResponseWriter, r *http.Request, p *store.Person, status int, form categoryForm,
) error {
	categories, err := h.handbook.categories(r.Context(), p)
	if err != nil {
		return err
	}
	if form.Slug != "" && !slices.ContainsFunc(categories, func(c Category) bool { return c.Slug == form.Slug }) {
		return store.ErrNotFound
	}
	return h.Render(w, r, web.Page{
		Status: status, Title: i18n.T(r.Context(), "policies.categories"), Current: Index,
		Body: categoriesPage(categoriesProps{Categories: categories, Form: form}),
	})
}
