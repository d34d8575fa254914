package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

const policiesPerPage = 50

func (h *handlers) policiesIndex(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	reader, query := p, r.URL.Query()
	editor := Editors.Allows(reader)
	filter := store.PoliciesFilter{Category: query.Get("category"), ToReview: editor && query.Get("review") != "", After: query.Get("after"), Limit: policiesPerPage}
	policies, err := h.Store.Policies(r.Context(), reader, filter)
	if err != nil {
		return err
	}
	return h.Render(w, r, Page{
		Title: i18n.T(r.Context(), "policies.title"), Current: paths.Policies,
		Body: views.Policies(views.PoliciesProps{Filter: filter, Page: policies, Editor: editor}),
	})
}

func (h *handlers) policyShow(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	policy, err := h.Store.Policy(r.Context(), p, r.PathValue("slug"))
	if err != nil {
		return err
	}
	body, err := h.markdown.Render(policy.Body)
	if err != nil {
		return err
	}
	return h.Render(w, r, Page{
		Title: policy.Title, Current: paths.Policies,
		Body: views.Policy(views.PolicyProps{Policy: policy, Body: body, Zone: Zone(p), Editor: Editors.Allows(p), NextReview: nextReview(p)}),
	})
}

// nextReview is the day that is proposed for a review: in a year.
func nextReview(reader *store.Person) string {
	return time.Now().In(Zone(reader)).AddDate(1, 0, 0).Format(time.DateOnly)
}

func (h *handlers) policyAcknowledge(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.acknowledge(w, r, p, paths.Policy.Of(r.PathValue("slug")), h.Store.AcknowledgePolicy)
}

func (h *handlers) policyAcknowledgements(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	filter := store.AcknowledgementsFilter{After: r.URL.Query().Get("after"), Limit: acknowledgementsPerPage}
	policy, acknowledgements, err := h.Store.PolicyAcknowledgements(r.Context(), p, r.PathValue("slug"), filter)
	if err != nil {
		return err
	}
	return h.Render(w, r, Page{
		Title: i18n.T(r.Context(), "acknowledgements.title"), Current: paths.Policies,
		Body: views.Acknowledgements(views.AcknowledgementsProps{
			Title: policy.Title, Lang: policy.Lang, Back: paths.Policy.Of(policy.Slug), Export: paths.PolicyAcknowledgementsExport.Of(policy.Slug),
			After: filter.After, Page: acknowledgements, Address: func(after string) string { return paths.PolicyAcknowledgements.Of(policy.Slug, "after", after) },
		}),
	})
}

func (h *handlers) policyAcknowledgementsExport(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.sendAcknowledgements(w, r, p, h.Store.ExportPolicyAcknowledgements)
}

func (h *handlers) policyPublish(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.changePolicy(w, r, p, "notice.policy.published", paths.Policy.Of(r.PathValue("slug")), h.Store.PublishPolicy)
}

func (h *handlers) policyUnpublish(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.changePolicy(w, r, p, "notice.policy.unpublished", paths.Policy.Of(r.PathValue("slug")), h.Store.UnpublishPolicy)
}

func (h *handlers) policyDelete(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.changePolicy(w, r, p, "notice.policy.deleted", paths.Policies, h.Store.DeletePolicy)
}

func (h *handlers) policyTranslationDelete(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.changePolicy(w, r, p, "notice.policy.translation", paths.PolicyEdit.Of(r.PathValue("slug")), func(ctx context.Context, p *store.Person, slug string, version int) error {
		return h.Store.DeletePolicyTranslation(ctx, p, slug, version, r.PostForm.Get("lang"))
	})
}

func (h *handlers) policyReview(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	back := paths.Policy.Of(r.PathValue("slug"))
	err := h.changePolicy(w, r, p, "notice.policy.reviewed", back, func(ctx context.Context, p *store.Person, slug string, version int) error {
		next, _ := time.Parse(time.DateOnly, r.PostForm.Get("review_on")) // what is no day is one long ago
		return h.Store.ReviewPolicy(ctx, p, slug, version, next)
	})
	if _, invalid := errors.AsType[store.InvalidFields](err); invalid {
		return h.Done(w, r, Flash{Text: "notice.policy.day", Next: back})
	}
	return err
}

// changePolicy does what stands beside a policy, to the version that it stood
// beside.
func (h *handlers) changePolicy(w http.ResponseWriter, r *http.Request, p *store.Person, notice, next string, change func(ctx context.Context, actor *store.Person, slug string, version int) error) error {
	slug := r.PathValue("slug")
	return h.Settle(w, r, change(r.Context(), p, slug, Number(r.PostForm.Get("version"))), Flash{Text: notice, Next: next}, Flash{Text: "notice.policy.conflict", Next: paths.Policy.Of(slug)})
}
