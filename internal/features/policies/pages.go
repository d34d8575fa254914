package policies

import (
	"errors"
	"net/http"
	"time"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

const perPage = 50

// listPath is a list of policies: all, those of one category, or those to be
// reviewed, continued behind a cursor.
func listPath(f Filter) string {
	review := ""
	if f.ToReview {
		review = "due"
	}
	return paths.WithQuery(Index, "category", f.Category, "review", review, "after", f.After)
}

func (h handlers) index(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	query, editor := r.URL.Query(), web.Editors.Allows(p)
	filter := Filter{
		Category: query.Get("category"), ToReview: editor && query.Get("review") != "",
		After: query.Get("after"), Limit: perPage,
	}
	list, err := h.handbook.list(r.Context(), p, filter)
	if err != nil {
		return err
	}
	return h.Render(w, r, web.Page{
		Title: i18n.T(r.Context(), "policies.title"), Current: Index,
		Body: indexPage(indexProps{Filter: filter, Page: list, Editor: editor}),
	})
}

func (h handlers) show(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	policy, err := h.handbook.find(r.Context(), p, r.PathValue("slug"))
	if err != nil {
		return err
	}
	body := h.Markdown.Render(policy.Body)
	return h.Render(w, r, web.Page{
		Title: policy.Title, Current: Index,
		Body: showPage(showProps{
			Policy: policy, Body: body, Zone: web.Zone(p), Editor: web.Editors.Allows(p), NextReview: nextReview(p),
		}),
	})
}

// nextReview is the day that is proposed for a review: in a year.
func nextReview(reader *store.Person) string {
	return time.Now().In(web.Zone(reader)).AddDate(1, 0, 0).Format(time.DateOnly)
}

func (h handlers) publish(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	done := web.Flash{Text: "notice.policy.published", Next: Show.Of(r.PathValue("slug"))}
	return h.Change(w, r, done, func(at content.Version) error { return h.handbook.publish(r.Context(), p, at) })
}

func (h handlers) unpublish(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	done := web.Flash{Text: "notice.policy.unpublished", Next: Show.Of(r.PathValue("slug"))}
	return h.Change(w, r, done, func(at content.Version) error { return h.handbook.unpublish(r.Context(), p, at) })
}

func (h handlers) delete(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	done := web.Flash{Text: "notice.policy.deleted", Next: Index}
	return h.Change(w, r, done, func(at content.Version) error { return h.handbook.delete(r.Context(), p, at) })
}

func (h handlers) review(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	back := Show.Of(r.PathValue("slug"))
	err := h.Change(w, r, web.Flash{Text: "notice.policy.reviewed", Next: back}, func(at content.Version) error {
		next, _ := i18n.TypedDay(r.PostForm.Get("review_on")) // what is no day is one long ago
		return h.handbook.review(r.Context(), p, at, next)
	})
	if _, invalid := errors.AsType[content.InvalidFields](err); invalid {
		return h.Done(w, r, web.Flash{Text: "notice.policy.day", Next: back})
	}
	return err
}
