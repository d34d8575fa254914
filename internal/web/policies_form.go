package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

func (h *handlers) policyNew(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	categories, err := h.Store.PolicyCategories(r.Context(), p)
	if err != nil {
		return err
	}
	form := views.PolicyForm{Written: store.Written{Lang: p.Lang}, PolicySettings: store.PolicySettings{OwnerEmail: p.Email}, ReviewDay: nextReview(p)}
	return h.renderPolicyForm(w, r, http.StatusOK, views.PolicyFormProps{Form: form, Categories: categories})
}

func (h *handlers) policyCreate(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	categories, err := h.Store.PolicyCategories(r.Context(), p)
	if err != nil {
		return err
	}
	props := views.PolicyFormProps{Form: policyForm(r), Categories: categories}
	switch {
	case r.PostForm.Get("preview") != "":
		return h.previewPolicy(w, r, http.StatusOK, props)
	case len(props.Form.Errors) > 0:
		return h.renderPolicyForm(w, r, http.StatusUnprocessableEntity, props)
	}
	slug, err := h.Store.CreatePolicy(r.Context(), p, props.Form.Written, props.Form.PolicySettings)
	if markInvalid(props.Form.Errors, err) {
		return h.renderPolicyForm(w, r, http.StatusUnprocessableEntity, props)
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, Flash{Text: "notice.policy.created", Next: paths.Policy.Of(slug)})
}

func (h *handlers) policyEdit(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	edit, err := h.Store.PolicyEdit(r.Context(), p, r.PathValue("slug"))
	if err != nil {
		return err
	}
	form := formOfPolicy(edit, r.URL.Query().Get("lang"))
	return h.renderPolicyForm(w, r, http.StatusOK, views.PolicyFormProps{Form: form, Edit: edit, Categories: edit.Categories})
}

func (h *handlers) policyUpdate(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	reader, slug := p, r.PathValue("slug")
	edit, err := h.Store.PolicyEdit(r.Context(), reader, slug)
	if err != nil {
		return err
	}
	props := views.PolicyFormProps{Form: policyForm(r), Edit: edit, Categories: edit.Categories}
	switch {
	case props.Form.Errors["lang"] != "": // nobody chooses it here
		return StatusError(http.StatusUnprocessableEntity)
	case r.PostForm.Get("preview") != "":
		return h.previewPolicy(w, r, http.StatusOK, props)
	case len(props.Form.Errors) > 0:
		return h.renderPolicyForm(w, r, http.StatusUnprocessableEntity, props)
	}
	err = h.Store.UpdatePolicy(r.Context(), p, slug, props.Form.Version, props.Form.Written, props.Form.PolicySettings)
	if markInvalid(props.Form.Errors, err) {
		return h.renderPolicyForm(w, r, http.StatusUnprocessableEntity, props)
	}
	if errors.Is(err, store.ErrConflict) {
		// What is stored stands beside what was typed, and to save once more is to
		// replace it.
		if props.Edit, err = h.Store.PolicyEdit(r.Context(), reader, slug); err != nil {
			return err
		}
		props.Conflict, props.Form.Version = true, props.Edit.Policy.Version
		return h.renderPolicyForm(w, r, http.StatusConflict, props)
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, Flash{Text: "notice.policy.changed", Next: paths.Policy.Of(slug)})
}

// markInvalid notes what the database knows to be wrong with a form, if err says
// so.
func markInvalid(problems views.FieldErrors, err error) bool {
	invalid, ok := errors.AsType[store.InvalidFields](err)
	for _, name := range invalid {
		problems[name] = "policy.error." + name
	}
	return ok
}

func (h *handlers) policyGone(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	categories, err := h.Store.PolicyCategories(r.Context(), p)
	if err != nil {
		return err
	}
	props := views.PolicyFormProps{Form: policyForm(r), Categories: categories}
	props.Form.Errors[""] = "form.gone"
	if r.PostForm.Get("preview") != "" {
		return h.previewPolicy(w, r, http.StatusConflict, props)
	}
	return h.renderPolicyForm(w, r, http.StatusConflict, props)
}

// previewPolicy shows the form again, with its text as readers will see it, and
// saves nothing.
func (h *handlers) previewPolicy(w http.ResponseWriter, r *http.Request, status int, props views.PolicyFormProps) (err error) {
	props.Form.Errors.OfTheWhole() // it is asked for before all is filled in
	if props.Preview, err = h.markdown.Render(props.Form.Body); err != nil {
		return err
	}
	return h.renderPolicyForm(w, r, status, props)
}

// renderPolicyForm shows the form of a new policy, or of one that is stored.
func (h *handlers) renderPolicyForm(w http.ResponseWriter, r *http.Request, status int, props views.PolicyFormProps) error {
	title, body := i18n.T(r.Context(), "policy.new"), views.PolicyNew(props)
	if len(props.Edit.Texts) > 0 {
		title, body = props.Edit.Policy.Title, views.PolicyEdit(props)
	}
	return h.Render(w, r, Page{Status: status, Title: title, Current: paths.Policies, Body: body})
}

// formOfPolicy is a policy as its form shows it, in one of its languages or
// another one that it is to be translated into.
func formOfPolicy(edit store.PolicyEdit, lang string) views.PolicyForm {
	p := edit.Policy
	form := views.PolicyForm{
		Version: p.Version, ReviewDay: p.ReviewOn.Format(time.DateOnly), Written: store.Written{Lang: p.Lang},
		PolicySettings: store.PolicySettings{Category: p.Category, OwnerEmail: p.OwnerEmail, MustRead: p.MustRead},
	}
	if i18n.Supported(lang) {
		form.Lang = lang
	}
	for _, t := range edit.Texts {
		if t.Lang == form.Lang {
			form.Written = t
		}
	}
	return form
}

// policyForm reads the form of a policy: as it was typed, with a text key for each
// field that is wrong.
func policyForm(r *http.Request) views.PolicyForm {
	form := views.PolicyForm{
		Written: store.Written{
			Lang: Field(r, "lang"), Title: Field(r, "title"), Summary: strings.Join(strings.Fields(Field(r, "summary")), " "),
			Body: Prose(r, "body"),
		},
		PolicySettings: store.PolicySettings{
			Category: Field(r, "category"), OwnerEmail: Field(r, "owner"), MustRead: r.PostForm.Get("must_read") != "", AskAgain: r.PostForm.Get("again") != "",
		},
		ReviewDay: Field(r, "review_on"), Errors: views.FieldErrors{},
	}
	form.Version = Number(r.PostForm.Get("version"))
	form.ReviewOn, _ = time.Parse(time.DateOnly, form.ReviewDay) // what is no day is one long ago
	for _, name := range append(form.Written.Invalid(), form.PolicySettings.Invalid()...) {
		form.Errors[name] = "policy.error." + name
	}
	return form
}

func (h *handlers) policyCategoriesIndex(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderPolicyCategories(w, r, p, http.StatusOK, views.PolicyCategoryForm{})
}

func (h *handlers) policyCategoryCreate(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := policyCategoryForm(r, "")
	if len(form.Errors) == 0 {
		err := h.Store.CreatePolicyCategory(r.Context(), p, form.Names)
		if err == nil {
			return h.Done(w, r, Flash{Text: "notice.policy.category", Next: paths.PolicyCategories})
		}
		if errors.Is(err, store.ErrConflict) {
			err = store.NamesTaken{"en"}
		}
		if !MarkTaken(form.Errors, err, "policy.error.name.taken") {
			return err
		}
	}
	return h.renderPolicyCategories(w, r, p, http.StatusUnprocessableEntity, form)
}

func (h *handlers) policyCategoryUpdate(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := policyCategoryForm(r, r.PathValue("slug"))
	if len(form.Errors) > 0 {
		return h.renderPolicyCategories(w, r, p, http.StatusUnprocessableEntity, form)
	}
	err := h.Store.RenamePolicyCategory(r.Context(), p, form.Slug, form.Version, form.Names)
	if MarkTaken(form.Errors, err, "policy.error.name.taken") {
		return h.renderPolicyCategories(w, r, p, http.StatusUnprocessableEntity, form)
	}
	if errors.Is(err, store.ErrConflict) {
		form.Conflict = true
		return h.renderPolicyCategories(w, r, p, http.StatusConflict, form)
	}
	if err != nil {
		return err
	}
	return h.Done(w, r, Flash{Text: "notice.policy.category", Next: paths.PolicyCategories})
}

func (h *handlers) policyCategoryGone(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := policyCategoryForm(r, "")
	form.Errors[""] = "form.gone"
	return h.renderPolicyCategories(w, r, p, http.StatusConflict, form)
}

func (h *handlers) policyCategoryDelete(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	err := h.Store.DeletePolicyCategory(r.Context(), p, r.PathValue("slug"), Number(r.PostForm.Get("version")))
	if errors.Is(err, store.ErrInUse) {
		return h.Done(w, r, Flash{Text: "notice.policy.category.used", Next: paths.PolicyCategories})
	}
	return h.Settle(w, r, err, Flash{Text: "notice.policy.category.deleted", Next: paths.PolicyCategories}, Flash{Text: "notice.policy.category.stays", Next: paths.PolicyCategories})
}

// policyCategoryForm is what was typed; the slug of a new one is "".
func policyCategoryForm(r *http.Request, slug string) views.PolicyCategoryForm {
	names, wrong := TypedNames(r, "policy.error.name")
	return views.PolicyCategoryForm{Slug: slug, Names: names, Version: Number(r.PostForm.Get("version")), Errors: wrong}
}

func (h *handlers) renderPolicyCategories(w http.ResponseWriter, r *http.Request, p *store.Person, status int, form views.PolicyCategoryForm) error {
	categories, err := h.Store.PolicyCategories(r.Context(), p)
	if err != nil {
		return err
	}
	if form.Slug != "" && !slices.ContainsFunc(categories, func(c store.PolicyCategory) bool { return c.Slug == form.Slug }) {
		return store.ErrNotFound
	}
	return h.Render(w, r, Page{
		Status: status, Title: i18n.T(r.Context(), "policies.categories"), Current: paths.Policies,
		Body: views.PolicyCategories(views.PolicyCategoriesProps{Categories: categories, Form: form}),
	})
}
