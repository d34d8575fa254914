package content

import (
	"net/http"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

const missingPerPage = 50

// Acknowledge notes that the reader has read a text, in the edition that they
// were shown, and leads back to it.
func (h Handlers) Acknowledge(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	slug := r.PathValue("slug")
	back := h.Texts.Kind.Show.Of(slug)
	err := h.Texts.Acknowledge(r.Context(), p, slug, web.Number(r.PostForm.Get("edition")))
	return h.Settle(w, r, err,
		web.Flash{Text: "notice.acknowledged", Next: back},
		web.Flash{Text: "notice.acknowledgement.changed", Next: back})
}

// Acknowledgements lists who has yet to confirm a text.
func (h Handlers) Acknowledgements(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	slug, after := r.PathValue("slug"), r.URL.Query().Get("after")
	missing, err := h.Texts.Missing(r.Context(), p.Lang, slug, MissingFilter{After: after, Limit: missingPerPage})
	if err != nil {
		return err
	}
	return h.Render(w, r, web.Page{
		Title: i18n.T(r.Context(), "acknowledgements.title"), Current: h.Texts.Kind.List,
		Body: missingPage(missingProps{Kind: h.Texts.Kind, Slug: slug, After: after, Page: missing}),
	})
}

// Export sends who is asked to confirm a text as CSV, with the time at which they
// did.
func (h Handlers) Export(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	asked, err := h.Texts.Export(r.Context(), p, r.PathValue("slug"))
	if err != nil {
		return err
	}
	return web.Spreadsheet[AskedPerson]{
		Name: "acknowledgements-" + r.PathValue("slug") + ".csv",
		Head: []string{"name", "email", "department", "acknowledged_at"},
		Rows: asked, Row: exportedRow,
	}.Send(h.Server, w, r)
}

func exportedRow(p AskedPerson) []string {
	at := ""
	if p.ConfirmedAt != nil {
		at = p.ConfirmedAt.UTC().Format(time.RFC3339)
	}
	return []string{p.Name, p.Email, p.Department, at}
}
