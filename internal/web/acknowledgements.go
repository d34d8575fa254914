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
func (h *handlers) acknowledge(w http.ResponseWriter, r *http.Request, back string, note func(ctx context.Context, slug string, edition int) error) error {
	edition := number(r.PostForm.Get("edition"))
	err := note(r.Context(), r.PathValue("slug"), edition)
	return h.settled(w, r, err, "notice.acknowledged", back, "notice.acknowledgement.changed", back)
}

// sendAcknowledgements sends who is asked to confirm a text as CSV, with the time
// at which they did.
func (h *handlers) sendAcknowledgements(w http.ResponseWriter, r *http.Request, export func(ctx context.Context, lang, slug string) (iter.Seq2[store.Asked, error], error)) error {
	asked, err := export(r.Context(), person(r).Lang, r.PathValue("slug"))
	if err != nil {
		return err
	}
	return sendSpreadsheet(h, w, r, "acknowledgements-"+r.PathValue("slug")+".csv", []string{"name", "email", "department", "acknowledged_at"}, asked, func(p store.Asked) []string {
		at := ""
		if p.ConfirmedAt != nil {
			at = p.ConfirmedAt.UTC().Format(time.RFC3339)
		}
		return []string{p.Name, p.Email, p.Department, at}
	})
}
