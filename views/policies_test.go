package views_test

import (
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

func policyPages() map[string]templ.Component {
	day, confirmed := time.Date(2026, 3, 17, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	policy := store.Policy{
		Slug: "rule", Lang: "es", Title: `Regla <b>"x"`, Summary: "Resumen", Category: "work", CategoryName: `Work <i>`, Owner: "Íris Muñoz", OwnerID: "0198c2a4-7d1e-7c3b-9f50-2b6a41d0c001",
		OwnerEmail: "iris@aroeira.example", ReviewOn: day, Published: true, Version: 3, UpdatedAt: confirmed,
		Acknowledgement: store.Acknowledgement{MustRead: true, Edition: 2, Asked: true},
	}
	overdue, due, draft, left := policy, policy, policy, policy
	overdue.Slug, overdue.ToReview, overdue.Overdue, overdue.ConfirmedAt = "overdue", true, true, &confirmed
	due.Slug, due.Lang, due.ToReview, due.Category, due.CategoryName = "due", "en", true, "money", "Money"
	draft.Slug, draft.Lang, draft.Published, draft.Overdue, draft.Owner, draft.OwnerID, draft.Acknowledgement = "draft", "pt", false, true, "", "", store.Acknowledgement{}
	left.Slug, left.OwnerID, left.Lang = "left", "", "en"
	categories := []store.PolicyCategory{{Slug: "work", Name: `Work <i>`, Names: store.Texts{"en": `Work <i>`}, Used: true}, {Slug: "empty", Name: "Empty", Names: store.Texts{"en": "Empty", "pt": "Vazia"}}}
	text := store.Written{Lang: "pt", Title: `"><b>`, Summary: "Resumo", Body: "</textarea>"}
	form := views.PolicyForm{Written: text, PolicySettings: store.PolicySettings{Category: "x", OwnerEmail: "x"}, ReviewDay: "x", Version: 1, Errors: views.FieldErrors{
		"title": "policy.error.title", "lang": "policy.error.lang", "summary": "policy.error.summary", "body": "policy.error.body", "category": "policy.error.category", "owner": "policy.error.owner", "review_on": "policy.error.review_on",
	}}
	edit := store.PolicyEdit{Policy: policy, Texts: []store.Written{{Lang: "es", Title: "Regla", Summary: "s", Body: "b"}, text}, Categories: categories}
	typed := views.PolicyForm{Written: text, PolicySettings: store.PolicySettings{Category: "work", MustRead: true, AskAgain: true}, Version: 3}
	translation := typed
	translation.Written = store.Written{Lang: "en"}
	list := func(f store.PoliciesFilter, editor bool, policies ...store.Policy) templ.Component {
		return views.Policies(views.PoliciesProps{Filter: f, Page: store.PoliciesPage{Policies: policies, Categories: categories, Next: f.Category}, Editor: editor})
	}
	show := func(p store.Policy, editor bool) templ.Component {
		return views.Policy(views.PolicyProps{Policy: p, Body: templ.Raw("<h2>Body</h2><table><tbody><tr><td>x</td></tr></tbody></table>"), Zone: time.UTC, Editor: editor, NextReview: "2027-01-01"})
	}
	names := views.PolicyCategoryForm{Slug: "work", Names: store.Texts{"pt": `"><b>`}, Errors: views.FieldErrors{"name_en": "policy.error.name"}}
	taken := views.PolicyCategoryForm{Names: store.Texts{"en": "Work"}, Errors: views.FieldErrors{"name_en": "policy.error.name.taken"}}
	return map[string]templ.Component{
		"policies":                     list(store.PoliciesFilter{}, false, policy, overdue, due),
		"policies, for an editor":      list(store.PoliciesFilter{Category: "work"}, true, overdue, draft),
		"policies, to review":          list(store.PoliciesFilter{ToReview: true}, true, overdue, due),
		"policies, none":               list(store.PoliciesFilter{}, true),
		"policies, none to review":     list(store.PoliciesFilter{ToReview: true}, true),
		"policies, none of a category": list(store.PoliciesFilter{Category: "empty"}, false),
		"policies, after the end":      list(store.PoliciesFilter{After: "a"}, false),
		"policy":                       show(policy, false),
		"policy, confirmed":            show(overdue, true),
		"policy, due":                  show(due, true),
		"policy, draft":                show(draft, true),
		"policy, owner gone":           show(left, false),
		"policy, new":                  views.PolicyNew(views.PolicyFormProps{Form: views.PolicyForm{Written: store.Written{Lang: "en"}}, Categories: categories}),
		"policy, new again":            views.PolicyNew(views.PolicyFormProps{Form: form, Categories: categories}),
		"policy, new, nowhere":         views.PolicyNew(views.PolicyFormProps{}),
		"policy, preview":              views.PolicyNew(views.PolicyFormProps{Form: typed, Categories: categories, Preview: templ.Raw("<h2>Preview</h2>")}),
		"policy, edit":                 views.PolicyEdit(views.PolicyFormProps{Form: typed, Edit: edit, Categories: categories}),
		"policy, new translation":      views.PolicyEdit(views.PolicyFormProps{Form: translation, Edit: edit, Categories: categories}),
		"policy, conflict":             views.PolicyEdit(views.PolicyFormProps{Form: typed, Edit: edit, Categories: categories, Conflict: true}),
		"policy, translation conflict": views.PolicyEdit(views.PolicyFormProps{Form: translation, Edit: edit, Categories: categories, Conflict: true}),
		"policy categories":            views.PolicyCategories(views.PolicyCategoriesProps{Categories: categories}),
		"policy categories, again":     views.PolicyCategories(views.PolicyCategoriesProps{Categories: categories, Form: names}),
		"policy categories, taken":     views.PolicyCategories(views.PolicyCategoriesProps{Categories: categories, Form: taken}),
	}
}

func TestLanguagesOfPoliciesAreNamedInTheReadersLanguage(t *testing.T) {
	doc := page(t, "pt", policyPages()["policy, edit"])
	tab, heading := doc.Find(".text-languages a").First().Text(), doc.Find("#translation").Text()
	label := page(t, "pt", policyPages()["policy categories"]).Find("[for=name_es-work]").Text()
	if tab != "Adicionar tradução em inglês" || heading != "Tradução em português" || label != "Nome em espanhol" {
		t.Errorf("%q, %q, %q", tab, heading, label)
	}
}

func somePolicies() []store.Policy {
	return []store.Policy{{Slug: "travel", Lang: "en", Title: "Travel"}}
}
