package audit

import (
	"fmt"
	"net/http"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/spreadsheet"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

func (h handlers) index(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
	query := r.URL.Query()
	form := readForm(query.Get)
	filter, wrong, err := form.filter(h.Actions())
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.renderWrong(w, r, form, wrong)
	}
	filter.After = query.Get("after")
	page, err := h.trail.list(r.Context(), filter)
	if err != nil {
		return err
	}
	return h.Render(w, r, web.Page{
		Title: i18n.T(r.Context(), "audit.title"), Current: Index,
		Body: indexPage(indexProps{Actions: h.Actions(), Form: form, After: filter.After, Page: page}),
	})
}

// renderWrong shows the form again, and nothing that was recorded.
func (h handlers) renderWrong(w http.ResponseWriter, r *http.Request, form Form, wrong views.FieldErrors) error {
	return h.Render(w, r, web.Page{
		Status: http.StatusUnprocessableEntity, Title: i18n.T(r.Context(), "audit.title"), Current: Index,
		Body: indexPage(indexProps{Actions: h.Actions(), Form: form, Wrong: wrong}),
	})
}

// export sends all that the filter lets through as CSV. It is a POST: the export
// itself is recorded.
func (h handlers) export(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := readForm(r.PostForm.Get)
	filter, wrong, err := form.filter(h.Actions())
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.renderWrong(w, r, form, wrong)
	}
	events, err := h.trail.export(r.Context(), p, filter, form.String())
	if err != nil {
		return err
	}
	return spreadsheet.File[Event]{
		Name: "audit.csv",
		Head: []string{"id", "at", "action", "actor", "subject", "address", "request_id", "detail"},
		Rows: events, Row: cells,
	}.Send(h.Log, w, r)
}

// cells is an event as a row of the spreadsheet.
func cells(e Event) []string {
	return []string{
		fmt.Sprint(e.ID), e.At.UTC().Format(time.RFC3339), string(e.Action), e.Actor,
		e.Subject, e.Address, e.RequestID, e.Detail,
	}
}
