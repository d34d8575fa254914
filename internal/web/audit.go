package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

const auditPerPage = 50

func (h *handlers) auditIndex(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := auditForm(r.URL.Query().Get)
	filter, err := h.auditFilter(form)
	if err != nil {
		return err
	}
	filter.After = r.URL.Query().Get("after")
	trail, err := h.Store.Audit(r.Context(), filter)
	if err != nil {
		return err
	}
	return h.Render(w, r, Page{
		Title: i18n.T(r.Context(), "audit.title"), Current: paths.AdminAudit,
		Body: views.Audit(views.AuditProps{Actions: h.Actions(), Form: form, After: filter.After, Page: trail}),
	})
}

// maxEmail is the longest address that can get mail, in bytes (RFC 5321).
const maxEmail = 254

func auditForm(value func(string) string) views.AuditForm {
	field := func(name string) string { return strings.TrimSpace(Text(value(name), maxEmail)) }
	return views.AuditForm{Action: field("action"), Person: field("person"), From: field("from"), To: field("to")}
}

// auditFilter reads the form. Days are those of UTC, as the trail shows them.
func (h *handlers) auditFilter(form views.AuditForm) (f store.AuditFilter, err error) {
	f = store.AuditFilter{Action: store.Action(form.Action), Person: form.Person, Limit: auditPerPage}
	if f.Action != "" && !slices.Contains(h.Actions(), f.Action) {
		return f, StatusError(http.StatusBadRequest)
	}
	if form.From != "" {
		if f.Since, err = time.Parse(time.DateOnly, form.From); err != nil {
			return f, StatusError(http.StatusBadRequest)
		}
	}
	if form.To != "" {
		if f.Before, err = time.Parse(time.DateOnly, form.To); err != nil {
			return f, StatusError(http.StatusBadRequest)
		}
		f.Before = f.Before.AddDate(0, 0, 1)
	}
	return f, nil
}

// auditExport sends all that the filter lets through as CSV. It is a POST: the
// export itself is recorded.
func (h *handlers) auditExport(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	form := auditForm(r.PostForm.Get)
	filter, err := h.auditFilter(form)
	if err != nil {
		return err
	}
	events, err := h.Store.ExportAudit(r.Context(), p, filter, fmt.Sprintf("action %q, person %q, from %q, to %q", form.Action, form.Person, form.From, form.To))
	if err != nil {
		return err
	}
	return Spreadsheet[store.AuditEvent]{
		Name: "audit.csv",
		Head: []string{"id", "at", "action", "actor", "subject", "address", "request_id", "detail"},
		Rows: events, Row: auditRow,
	}.Send(h.Server, w, r)
}

func auditRow(e store.AuditEvent) []string {
	return []string{fmt.Sprint(e.ID), e.At.UTC().Format(time.RFC3339), string(e.Action), e.Actor, e.Subject, e.Address, e.RequestID, e.Detail}
}
