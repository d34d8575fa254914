package search

import (
	"net/http"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// Hits of a search: of each kind among all of them, and on a page of one kind.
const (
	hitsPerKind = 5
	hitsPerPage = 20
)

func (h handlers) index(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	props, err := h.search(r, p)
	if err != nil {
		return err
	}
	return h.Render(w, r, web.Page{
		Title: i18n.T(r.Context(), "search.title"), Current: Index,
		Body: indexPage(props),
	})
}

// results is what a search found and nothing around it: no page, so no token.
func (h handlers) results(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	props, err := h.search(r, p)
	if err != nil {
		return err
	}
	return web.Fragment(w, r, resultList(props))
}

// search finds what the address of a page asks for.
func (h handlers) search(r *http.Request, p *store.Person) (props indexProps, err error) {
	query := r.URL.Query()
	props.Filter = Filter{
		Query: web.Text(query.Get("q"), web.MaxQuery), Kind: query.Get("in"), After: query.Get("after"),
		Limit: hitsPerKind,
	}
	if props.Filter.Kind != "" {
		props.Filter.Limit = hitsPerPage
	}
	if props.Page, err = h.finder.find(r.Context(), p, props.Filter); err != nil {
		return props, err
	}
	props.Found = map[string][]found{}
	for kind, hits := range props.Page.Found {
		for _, hit := range hits.All {
			parts := props.Page.Parts
			props.Found[kind] = append(props.Found[kind], found{
				Hit: hit, Title: marked(hit.Title, parts), Snippet: excerpt(hit.Text, parts),
			})
		}
	}
	return props, nil
}
