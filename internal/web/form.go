package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/forms"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/wire"
	"github.com/carameloai/intranet/views"
)

// parseForm reads a posted form into r. Where it cannot, the error has the status of a
// mistake of the sender's: 413 for a form that is too large, else 400. What stands in the
// address of a POST is no part of its form, by whichever of net/http's ways it is read.
func parseForm(r *http.Request) error {
	began := time.Now()
	err := r.ParseForm()
	wire.AnswerOf(r.Context()).Read += time.Since(began)
	r.Form = maps.Clone(r.PostForm)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return err
	}
	if err != nil {
		return StatusError(http.StatusBadRequest)
	}
	return nil
}

// withForm reads the form into r itself, so that the middleware recovered has it, too. What
// is wrong with it is in the context of the request that it returns.
func withForm(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), formErrorKey{}, parseForm(r)))
}

// MaxQuery is how many bytes of a search count. What is longer is cut: nobody has a
// name of that length.
const MaxQuery = 200

// Text makes text that somebody sent fit to be shown and searched: valid UTF-8 of at
// most limit bytes.
func Text(s string, limit int) string {
	return strings.ToValidUTF8(s[:min(len(s), limit)], "")
}

// Posted returns the form as it was sent, fit to be shown. It has a key in any case.
func Posted(r *http.Request) url.Values {
	fields := url.Values{}
	for name, values := range r.PostForm {
		if name == forms.DoubtField {
			continue
		}
		for _, value := range values {
			fields.Add(Text(name, len(name)), Text(value, len(value)))
		}
	}
	if _, ok := forms.ParseKey(fields); !ok {
		fields.Set(forms.KeyField, forms.NewKey(r.Context()))
	}
	return fields
}

// Field returns a field of one line: see store.Line.
func Field(r *http.Request, name string) string {
	return store.Line(Text(r.PostForm.Get(name), maxBodyBytes))
}

// Prose returns a field of many lines.
func Prose(r *http.Request, name string) string {
	typed := Text(r.PostForm.Get(name), maxBodyBytes)
	return strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(typed))
}

// TypedNames returns the names that were typed, by language, and the text key for each
// field that is wrong. A language without a name is left out, because the English name
// is used for it.
func TypedNames(r *http.Request, key string) (names store.Texts, wrong views.FieldErrors) {
	names, wrong = store.Texts{}, views.FieldErrors{}
	for _, lang := range i18n.Languages {
		if name := Field(r, "name_"+lang); name != "" {
			names[lang] = name
		}
	}
	for _, lang := range store.InvalidNames(names) {
		wrong.Mark("name_"+lang, key, names[lang])
	}
	return names, wrong
}

// MarkTaken notes in problems which names are taken, and reports whether err says that
// some are.
func MarkTaken(problems views.FieldErrors, err error, key string) bool {
	taken, ok := errors.AsType[store.NamesTaken](err)
	for _, lang := range taken {
		problems["name_"+lang] = key
	}
	return ok
}

// OrNew calls update. If what it should change is not there, somebody has deleted it
// meanwhile; then it calls gone, which shows the form of a new one with what was typed.
func OrNew(update, gone Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request, p *store.Person) error {
		err := update(w, r, p)
		if errors.Is(err, store.ErrNotFound) {
			return gone(w, r, p)
		}
		return err
	}
}

// Number reads the version in a form. What is no number is 0, which is older than any.
func Number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
