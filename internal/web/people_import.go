package web

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// maxImportBody is the body of a form that carries a whole file: its commas, line
// breaks and accents take three bytes each.
const maxImportBody = 3*store.MaxImportBytes + maxBodyBytes

func (h *handlers) importNew(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderImport(w, r, http.StatusOK, views.ImportProps{})
}

func (h *handlers) renderImport(w http.ResponseWriter, r *http.Request, status int, props views.ImportProps) error {
	return h.Render(w, r, Page{
		Status: status, Title: i18n.T(r.Context(), "people.import"), Current: paths.AdminPeople,
		Body: views.Import(props),
	})
}

// importTry says what a file would do, and changes nothing.
func (h *handlers) importTry(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	file, err := importFile(r)
	if err != nil {
		return err
	}
	tried, err := h.Store.ImportPeople(r.Context(), p, file, func(store.Import) bool { return false })
	if err != nil {
		return err
	}
	status := http.StatusOK
	if len(tried.Problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return h.renderImport(w, r, status, views.ImportProps{File: file, Tried: &tried})
}

// importApply imports what was shown, and nothing else: where somebody changed the
// people meanwhile it shows what the file would do now.
func (h *handlers) importApply(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	file, err := importFile(r)
	if err != nil {
		return err
	}
	done := false
	tried, err := h.Store.ImportPeople(r.Context(), p, file, func(i store.Import) bool {
		done = i.Digest() == r.PostForm.Get("shown")
		return done
	})
	if err != nil {
		return err
	}
	if !done {
		return h.renderImport(w, r, http.StatusConflict, views.ImportProps{File: file, Tried: &tried, Changed: true})
	}
	return h.Done(w, r, Flash{Text: "notice.people.imported", Next: paths.AdminPeople})
}

// importFile is the file that was chosen or, without one, the text that was
// typed. It stays in memory; its name and its type count for nothing.
func importFile(r *http.Request) (string, error) {
	// More than the body may have, so that nothing goes to the disk.
	err := r.ParseMultipartForm(maxImportBody) // #nosec G120 -- the middleware bounds the body
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return "", err
	}
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return "", StatusError(http.StatusBadRequest)
	}
	if chosen, _, err := r.FormFile("file"); err == nil {
		defer func() { _ = chosen.Close() }()
		content, err := io.ReadAll(io.LimitReader(chosen, store.MaxImportBytes+1))
		if err != nil {
			return "", StatusError(http.StatusBadRequest)
		}
		if len(content) > 0 {
			return string(content), nil
		}
	}
	return strings.TrimPrefix(r.PostForm.Get("csv"), "\n"), nil
}
