package news

import (
	"net/http"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

const perPage = 20

// listPath is a list of announcements, all of them or those of one kind, continued
// behind a cursor.
func listPath(which Which, after string) string {
	return paths.WithQuery(Index, "which", string(which), "after", after)
}

func (h handlers) index(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	query, editor := r.URL.Query(), web.Editors.Allows(p)
	filter := Filter{Which: Which(query.Get("which")), After: query.Get("after"), Limit: perPage}
	switch filter.Which {
	case ForEveryone, ForMine:
	case ForOthers, NotYetPublished:
		if !editor {
			filter.Which = All
		}
	default:
		filter.Which = All
	}
	list, err := h.articles.list(r.Context(), p, filter)
	if err != nil {
		return err
	}
	return h.Render(w, r, web.Page{
		Title: i18n.T(r.Context(), "news.title"), Current: Index,
		Body: indexPage(indexProps{Filter: filter, Page: list, Reader: *p, Zone: web.Zone(p), Editor: editor}),
	})
}

func (h handlers) show(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	article, err := h.articles.find(r.Context(), p, r.PathValue("slug"))
	if err != nil {
		return err
	}
	body := h.Markdown.Render(article.Body)
	return h.Render(w, r, web.Page{
		Title: article.Title, Current: Index,
		Body: showPage(showProps{Article: article, Body: body, Zone: web.Zone(p), Editor: web.Editors.Allows(p)}),
	})
}

func (h handlers) unpublish(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	done := web.Flash{Text: "notice.news.unpublished", Next: Show.Of(r.PathValue("slug"))}
	return h.Change(w, r, done, func(at content.Version) error { return h.articles.unpublish(r.Context(), p, at) })
}

func (h handlers) delete(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	done := web.Flash{Text: "notice.news.deleted", Next: Index}
	return h.Change(w, r, done, func(at content.Version) error { return h.articles.delete(r.Context(), p, at) })
}
