package content

import (
	"net/http"
	"strconv"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/spreadsheet"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

const missingPerPage = 50

// Acknowledge notes that the reader has read a text as they were shown it, and leads back to
// it. If it has changed meanwhile nothing is noted: they are shown what it is now.
func (h Handlers) Acknowledge(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	slug := r.PathValue("slug")
	back := h.Texts.Kind.Show.Of(slug)
	err := h.Texts.Acknowledge(r.Context(), p, slug, shown(r.PostForm.Get("edition"), r.PostForm.Get("text")))
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
		Body: missingPage(missingProps{Kind: h.Texts.Kind, Slug: slug, After: after, Page: missing, Zone: web.Zone(p)}),
	})
}

// Export sends who is asked to confirm a text as CSV, with the time at which they
// did.
func (h Handlers) Export(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	asked, err := h.Texts.Export(r.Context(), p, r.PathValue("slug"))
	if err != nil {
		return err
	}
	return spreadsheet.File[AskedPerson]{
		Name: "acknowledgements-" + r.PathValue("slug") + ".csv",
		Head: []string{"name", "email", "department", "acknowledged_at", "edition", "text"},
		Rows: asked, Row: func(p AskedPerson) []string { return h.exportedRow(r.PathValue("slug"), p) },
	}.Send(h.Log, w, r)
}

// exportedRow ends with where the text is that the person has confirmed.
func (h Handlers) exportedRow(slug string, p AskedPerson) []string {
	if p.ConfirmedAt == nil {
		return []string{p.Name, p.Email, p.Department, "", "", ""}
	}
	edition := strconv.Itoa(p.Edition)
	text := h.PublicURL.String() + h.Texts.Kind.Confirmed.Of(slug, "edition", edition, "text", p.Digest)
	return []string{p.Name, p.Email, p.Department, p.ConfirmedAt.UTC().Format(time.RFC3339), edition, text}
}
