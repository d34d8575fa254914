package web

import (
	"context"
	"iter"
	"net/http"
	"time"

	"github.com/carameloai/intranet/internal/store"
)

const acknowledgementsPerPage = 50

// acknowledge notes that the reader has read a text, in the edition that they
// were shown, and leads back to it.
func (h *handlers) acknowledge(w http.ResponseWriter, r *http.Request, p *store.Person, back string, note func(ctx context.Context, actor *store.Person, slug string, edition int) error) error {
	edition := Number(r.PostForm.Get("edition"))
	err := note(r.Context(), p, r.PathValue("slug"), edition)
	return h.Settle(w, r, err, Flash{Text: "notice.acknowledged", Next: back}, Flash{Text: "notice.acknowledgement.changed", Next: back})
}

// sendAcknowledgements sends who is asked to confirm a text as CSV, with the time
// at which they did.
func (h *handlers) sendAcknowledgements(w http.ResponseWriter, r *http.Request, p *store.Person, export func(ctx context.Context, actor *store.Person, lang, slug string) (iter.Seq2[store.Asked, error], error)) error {
	asked, err := export(r.Context(), p, p.Lang, r.PathValue("slug"))
	if err != nil {
		return err
	}
	return Spreadsheet[store.Asked]{
		Name: "acknowledgements-" + r.PathValue("slug") + ".csv",
		Head: []string{"name", "email", "department", "acknowledged_at"},
		Rows: asked, Row: acknowledgementRow,
	}.Send(h.Server, w, r)
}

func acknowledgementRow(p store.Asked) []string {
	at := ""
	if p.ConfirmedAt != nil {
		at = p.ConfirmedAt.UTC().Format(time.RFC3339)
	}
	return []string{p.Name, p.Email, p.Department, at}
}
