package imports

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

func (h handlers) new(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
	return h.render(w, r, http.StatusOK, pageProps{})
}

func (h handlers) render(w http.ResponseWriter, r *http.Request, status int, props pageProps) error {
	return h.Render(w, r, web.Page{
		Status: status, Title: i18n.T(r.Context(), "people.import"), Current: paths.AdminPeople, Body: page(props),
	})
}

// try says what a file would do, and changes nothing.
func (h handlers) try(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	file, err := sentFile(r)
	if err != nil {
		return err
	}
	tried, err := h.people.importFile(r.Context(), p, file, func(Import) bool { return false })
	if err != nil {
		return err
	}
	status := http.StatusOK
	if len(tried.Problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return h.render(w, r, status, pageProps{File: file, Tried: &tried})
}

// apply imports what was shown, and nothing else: where somebody changed the people
// meanwhile it shows what the file would do now.
func (h handlers) apply(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	file, err := sentFile(r)
	if err != nil {
		return err
	}
	done := false
	tried, err := h.people.importFile(r.Context(), p, file, func(i Import) bool {
		done = i.Digest() == r.PostForm.Get("shown")
		return done
	})
	if err != nil {
		return err
	}
	if !done {
		return h.render(w, r, http.StatusConflict, pageProps{File: file, Tried: &tried, Changed: true})
	}
	return h.Done(w, r, web.Flash{Text: "notice.people.imported", Next: paths.AdminPeople})
}

// sentFile is the file that was chosen or, without one, the text that was typed. It
// stays in memory; its name and its type count for nothing.
func sentFile(r *http.Request) (string, error) {
	// More than the body may have, so that nothing goes to the disk.
	err := r.ParseMultipartForm(maxBody) // #nosec G120 -- the middleware bounds the body
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return "", err
	}
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return "", web.StatusError(http.StatusBadRequest)
	}
	if chosen, _, err := r.FormFile("file"); err == nil {
		defer func() { _ = chosen.Close() }()
		content, err := io.ReadAll(io.LimitReader(chosen, maxBytes+1))
		if err != nil {
			return "", web.StatusError(http.StatusBadRequest)
		}
		if len(content) > 0 {
			return string(content), nil
		}
	}
	return strings.TrimPrefix(r.PostForm.Get("csv"), "\n"), nil
}
