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
func (h *handlers) sendAcknowledgements(w http.ResponseWriter, r *http.Request, name string, asked iter.Seq2[store.Asked, error]) error {
	return h.sendSpreadsheet(w, r, name, []string{"name", "email", "department", "acknowledged_at"}, func(yield func([]string, error) bool) {
		for p, err := range asked {
			at := ""
			if p.ConfirmedAt != nil {
				at = p.ConfirmedAt.UTC().Format(time.RFC3339)
			}
			if !yield([]string{p.Name, p.Email, p.Department, at}, err) {
				return
			}
		}
	})
}
