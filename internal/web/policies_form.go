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

func (h *handlers) policyNew(w http.ResponseWriter, r *http.Request) error {
	reader := person(r)
	categories, err := h.Store.PolicyCategories(r.Context(), reader)
	if err != nil {
		return err
	}
	form := views.PolicyForm{Written: store.Written{Lang: reader.Lang}, PolicySettings: store.PolicySettings{OwnerEmail: reader.Email}, ReviewDay: nextReview(reader)}
	return h.renderPolicyForm(w, r, http.StatusOK, views.PolicyFormProps{Form: form, Categories: categories})
}

func (h *handlers) policyCreate(w http.ResponseWriter, r *http.Request) error {
	categories, err := h.Store.PolicyCategories(r.Context(), person(r))
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
	slug, err := h.Store.CreatePolicy(r.Context(), props.Form.Written, props.Form.PolicySettings)
	if markInvalid(props.Form.Errors, err) {
		return h.renderPolicyForm(w, r, http.StatusUnprocessableEntity, props)
	}
	if err != nil {
		return err
	}
	return h.done(w, r, "notice.policy.created", paths.Policy.Of(slug))
}

func (h *handlers) policyEdit(w http.ResponseWriter, r *http.Request) error {
	edit, err := h.Store.PolicyEdit(r.Context(), person(r), r.PathValue("slug"))
	if err != nil {
		return err
	}
	form := formOfPolicy(edit, r.URL.Query().Get("lang"))
	return h.renderPolicyForm(w, r, http.StatusOK, views.PolicyFormProps{Form: form, Edit: edit, Categories: edit.Categories})
}

func (h *handlers) policyUpdate(w http.ResponseWriter, r *http.Request) error {
	reader, slug := person(r), r.PathValue("slug")
	edit, err := h.Store.PolicyEdit(r.Context(), reader, slug)
	if err != nil {
		return err
	}
	props := views.PolicyFormProps{Form: policyForm(r), Edit: edit, Categories: edit.Categories}
	switch {
	case props.Form.Errors["lang"] != "": // nobody chooses it here
		return statusError(http.StatusUnprocessableEntity)
	case r.PostForm.Get("preview") != "":
		return h.previewPolicy(w, r, http.StatusOK, props)
	case len(props.Form.Errors) > 0:
		return h.renderPolicyForm(w, r, http.StatusUnprocessableEntity, props)
	}
	err = h.Store.UpdatePolicy(r.Context(), slug, props.Form.Version, props.Form.Written, props.Form.PolicySettings)
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
	return h.done(w, r, "notice.policy.changed", paths.Policy.Of(slug))
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

func (h *handlers) policyGone(w http.ResponseWriter, r *http.Request) error {
	categories, err := h.Store.PolicyCategories(r.Context(), person(r))
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
	if props.Preview, err = h.markdown.render(props.Form.Body); err != nil {
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
	return h.render(w, r, page{status: status, title: title, current: paths.Policies, chat: h.startChat(r), body: body})
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
			Lang: field(r, "lang"), Title: field(r, "title"), Summary: strings.Join(strings.Fields(field(r, "summary")), " "),
			Body: prose(r, "body"),
		},
		PolicySettings: store.PolicySettings{
			Category: field(r, "category"), OwnerEmail: field(r, "owner"), MustRead: r.PostForm.Get("must_read") != "", AskAgain: r.PostForm.Get("again") != "",
		},
		ReviewDay: field(r, "review_on"), Errors: views.FieldErrors{},
	}
	form.Version = number(r.PostForm.Get("version"))
	form.ReviewOn, _ = time.Parse(time.DateOnly, form.ReviewDay) // what is no day is one long ago
	for _, name := range append(form.Written.Invalid(), form.PolicySettings.Invalid()...) {
		form.Errors[name] = "policy.error." + name
	}
	return form
}

func (h *handlers) policyCategoriesIndex(w http.ResponseWriter, r *http.Request) error {
	return h.renderPolicyCategories(w, r, http.StatusOK, views.PolicyCategoryForm{})
}

func (h *handlers) policyCategoryCreate(w http.ResponseWriter, r *http.Request) error {
	form := policyCategoryForm(r, "")
	if len(form.Errors) == 0 {
		err := h.Store.CreatePolicyCategory(r.Context(), form.Names)
		if err == nil {
			return h.done(w, r, "notice.policy.category", paths.PolicyCategories)
		}
		if errors.Is(err, store.ErrConflict) {
			err = store.NamesTaken{"en"}
		}
		if !markTaken(form.Errors, err, "policy.error.name.taken") {
			return err
		}
	}
	return h.renderPolicyCategories(w, r, http.StatusUnprocessableEntity, form)
}

func (h *handlers) policyCategoryUpdate(w http.ResponseWriter, r *http.Request) error {
	form := policyCategoryForm(r, r.PathValue("slug"))
	if len(form.Errors) > 0 {
		return h.renderPolicyCategories(w, r, http.StatusUnprocessableEntity, form)
	}
	err := h.Store.RenamePolicyCategory(r.Context(), form.Slug, form.Version, form.Names)
	if markTaken(form.Errors, err, "policy.error.name.taken") {
		return h.renderPolicyCategories(w, r, http.StatusUnprocessableEntity, form)
	}
	if errors.Is(err, store.ErrConflict) {
		form.Conflict = true
		return h.renderPolicyCategories(w, r, http.StatusConflict, form)
	}
	if err != nil {
		return err
	}
	return h.done(w, r, "notice.policy.category", paths.PolicyCategories)
}

func (h *handlers) policyCategoryGone(w http.ResponseWriter, r *http.Request) error {
	form := policyCategoryForm(r, "")
	form.Errors[""] = "form.gone"
	return h.renderPolicyCategories(w, r, http.StatusConflict, form)
}

func (h *handlers) policyCategoryDelete(w http.ResponseWriter, r *http.Request) error {
	err := h.Store.DeletePolicyCategory(r.Context(), r.PathValue("slug"), number(r.PostForm.Get("version")))
	if errors.Is(err, store.ErrInUse) {
		return h.done(w, r, "notice.policy.category.used", paths.PolicyCategories)
	}
	return h.settled(w, r, err, "notice.policy.category.deleted", paths.PolicyCategories, "notice.policy.category.stays", paths.PolicyCategories)
}

// policyCategoryForm is what was typed; the slug of a new one is "".
func policyCategoryForm(r *http.Request, slug string) views.PolicyCategoryForm {
	names, wrong := typedNames(r, "policy.error.name")
	return views.PolicyCategoryForm{Slug: slug, Names: names, Version: number(r.PostForm.Get("version")), Errors: wrong}
}

func (h *handlers) renderPolicyCategories(w http.ResponseWriter, r *http.Request, status int, form views.PolicyCategoryForm) error {
	categories, err := h.Store.PolicyCategories(r.Context(), person(r))
	if err != nil {
		return err
	}
	if form.Slug != "" && !slices.ContainsFunc(categories, func(c store.PolicyCategory) bool { return c.Slug == form.Slug }) {
		return store.ErrNotFound
	}
	return h.render(w, r, page{
		status: status, title: i18n.T(r.Context(), "policies.categories"), current: paths.Policies, chat: h.startChat(r),
		body: views.PolicyCategories(views.PolicyCategoriesProps{Categories: categories, Form: form}),
	})
}
