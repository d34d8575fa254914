package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// parseForm reads a posted form. One that is too large, or no form at all, is
// the sender's mistake.
func parseForm(r *http.Request) error {
	err := r.ParseForm()
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return err
	}
	if err != nil {
		return statusError(http.StatusBadRequest)
	}
	return nil
}

// text makes what somebody sent fit to be shown and searched: valid UTF-8, at
// most limit bytes.
func text(s string, limit int) string {
	return strings.ToValidUTF8(s[:min(len(s), limit)], "")
}

// posted is a form as it was sent, fit to be shown.
func posted(r *http.Request) url.Values {
	fields := url.Values{}
	for name, values := range r.PostForm {
		for _, value := range values {
			fields.Add(text(name, len(name)), text(value, len(value)))
		}
	}
	return fields
}

// field reads a field of one line: see store.Line.
func field(r *http.Request, name string) string {
	return store.Line(text(r.PostForm.Get(name), maxBodyBytes))
}

// prose reads a field of many lines.
func prose(r *http.Request, name string) string {
	return strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text(r.PostForm.Get(name), maxBodyBytes)))
}

// typedNames reads a name in each language, with the text key wrong for each that
// does not fit. A language without one is left out: English stands in.
func typedNames(r *http.Request, key string) (names store.Texts, wrong views.FieldErrors) {
	names, wrong = store.Texts{}, views.FieldErrors{}
	for _, lang := range i18n.Languages {
		if name := field(r, "name_"+lang); name != "" {
			names[lang] = name
		}
	}
	for _, lang := range store.InvalidNames(names) {
		wrong["name_"+lang] = key
	}
	return names, wrong
}

// markTaken notes the names that another one has already, if err says so.
func markTaken(problems views.FieldErrors, err error, key string) bool {
	taken, ok := errors.AsType[store.NamesTaken](err)
	for _, lang := range taken {
		problems["name_"+lang] = key
	}
	return ok
}

// orNew is update, unless what it is to change is not there: somebody deleted it
// meanwhile, and gone shows the form of a new one, with all that was typed.
func orNew(update, gone handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := update(w, r)
		if errors.Is(err, store.ErrNotFound) {
			return gone(w, r)
		}
		return err
	}
}

// number reads a version. One that is none is an old one.
func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// clockTime is what a day and a time of a form mean in a zone. The problem is
// "day" or "time" where that cannot be read, and "gap" for an hour that the
// clocks leave out there.
func clockTime(day, clock string, zone *time.Location) (at time.Time, problem string) {
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return at, "day"
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", day+" "+clock, zone)
	switch {
	case err != nil:
		return at, "time"
	case i18n.Clock(at) != clock: // Go moves on over the hour
		return at, "gap"
	}
	return at, ""
}
