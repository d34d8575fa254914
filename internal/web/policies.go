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

func (h *handlers) policiesIndex(w http.ResponseWriter, r *http.Request) error {
	reader, query := person(r), r.URL.Query()
	editor := editors.mayUse(reader)
	filter := store.PoliciesFilter{Category: query.Get("category"), ToReview: editor && query.Get("review") != "", After: query.Get("after"), Limit: policiesPerPage}
	policies, err := h.Store.Policies(r.Context(), reader, filter)
	if err != nil {
		return err
	}
	return h.render(w, r, page{
		status: http.StatusOK, title: i18n.T(r.Context(), "policies.title"), current: paths.Policies, chat: h.startChat(r),
		body: views.Policies(views.PoliciesProps{Filter: filter, Page: policies, Editor: editor}),
	})
}

func (h *handlers) policyShow(w http.ResponseWriter, r *http.Request) error {
	reader := person(r)
	policy, err := h.Store.Policy(r.Context(), reader, r.PathValue("slug"))
	if err != nil {
		return err
	}
	body, err := h.markdown.render(policy.Body)
	if err != nil {
		return err
	}
	return h.render(w, r, page{
		status: http.StatusOK, title: policy.Title, current: paths.Policies, chat: h.startChat(r),
		body: views.Policy(views.PolicyProps{Policy: policy, Body: body, Zone: zone(reader), Editor: editors.mayUse(reader), NextReview: nextReview(reader)}),
	})
}

// nextReview is the day that is proposed for a review: in a year.
func nextReview(reader *store.Person) string {
	return time.Now().In(zone(reader)).AddDate(1, 0, 0).Format(time.DateOnly)
}

func (h *handlers) policyAcknowledge(w http.ResponseWriter, r *http.Request) error {
	return h.acknowledge(w, r, paths.Policy.Of(r.PathValue("slug")), h.Store.AcknowledgePolicy)
}

func (h *handlers) policyAcknowledgements(w http.ResponseWriter, r *http.Request) error {
	filter := store.AcknowledgementsFilter{After: r.URL.Query().Get("after"), Limit: acknowledgementsPerPage}
	policy, acknowledgements, err := h.Store.PolicyAcknowledgements(r.Context(), person(r), r.PathValue("slug"), filter)
	if err != nil {
		return err
	}
	return h.render(w, r, page{
		status: http.StatusOK, title: i18n.T(r.Context(), "acknowledgements.title"), current: paths.Policies, chat: h.startChat(r),
		body: views.Acknowledgements(views.AcknowledgementsProps{
			Title: policy.Title, Lang: policy.Lang, Back: paths.Policy.Of(policy.Slug), Export: paths.PolicyAcknowledgementsExport.Of(policy.Slug),
			After: filter.After, Page: acknowledgements, Address: func(after string) string { return paths.PolicyAcknowledgements.Of(policy.Slug, "after", after) },
		}),
	})
}

func (h *handlers) policyAcknowledgementsExport(w http.ResponseWriter, r *http.Request) error {
	return h.sendAcknowledgements(w, r, h.Store.ExportPolicyAcknowledgements)
}

func (h *handlers) policyPublish(w http.ResponseWriter, r *http.Request) error {
	return h.changePolicy(w, r, "notice.policy.published", paths.Policy.Of(r.PathValue("slug")), h.Store.PublishPolicy)
}

func (h *handlers) policyUnpublish(w http.ResponseWriter, r *http.Request) error {
	return h.changePolicy(w, r, "notice.policy.unpublished", paths.Policy.Of(r.PathValue("slug")), h.Store.UnpublishPolicy)
}

func (h *handlers) policyDelete(w http.ResponseWriter, r *http.Request) error {
	return h.changePolicy(w, r, "notice.policy.deleted", paths.Policies, h.Store.DeletePolicy)
}

func (h *handlers) policyTranslationDelete(w http.ResponseWriter, r *http.Request) error {
	return h.changePolicy(w, r, "notice.policy.translation", paths.PolicyEdit.Of(r.PathValue("slug")), func(ctx context.Context, slug string, version int) error {
		return h.Store.DeletePolicyTranslation(ctx, slug, version, r.PostForm.Get("lang"))
	})
}

func (h *handlers) policyReview(w http.ResponseWriter, r *http.Request) error {
	back := paths.Policy.Of(r.PathValue("slug"))
	err := h.changePolicy(w, r, "notice.policy.reviewed", back, func(ctx context.Context, slug string, version int) error {
		next, _ := time.Parse(time.DateOnly, r.PostForm.Get("review_on")) // what is no day is one long ago
		return h.Store.ReviewPolicy(ctx, slug, version, next)
	})
	if _, invalid := errors.AsType[store.InvalidFields](err); invalid {
		return h.done(w, r, "notice.policy.day", back)
	}
	return err
}

// changePolicy does what stands beside a policy, to the version that it stood
// beside.
func (h *handlers) changePolicy(w http.ResponseWriter, r *http.Request, notice, next string, change func(ctx context.Context, slug string, version int) error) error {
	slug := r.PathValue("slug")
	return h.settled(w, r, change(r.Context(), slug, number(r.PostForm.Get("version"))), notice, next, "notice.policy.conflict", paths.Policy.Of(slug))
}
