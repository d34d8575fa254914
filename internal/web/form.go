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
		return StatusError(http.StatusBadRequest)
	}
	return nil
}

// MaxQuery is how many bytes of a search count. What is longer is cut: nobody has a
// name of that length.
const MaxQuery = 200

// Text makes what somebody sent fit to be shown and searched: valid UTF-8, at
// most limit bytes.
func Text(s string, limit int) string {
	return strings.ToValidUTF8(s[:min(len(s), limit)], "")
}

// Posted is a form as it was sent, fit to be shown.
func Posted(r *http.Request) url.Values {
	fields := url.Values{}
	for name, values := range r.PostForm {
		for _, value := range values {
			fields.Add(Text(name, len(name)), Text(value, len(value)))
		}
	}
	return fields
}

// Field reads a field of one line: see store.Line.
func Field(r *http.Request, name string) string {
	return store.Line(Text(r.PostForm.Get(name), maxBodyBytes))
}

// Prose reads a field of many lines.
func Prose(r *http.Request, name string) string {
	return strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(Text(r.PostForm.Get(name), maxBodyBytes)))
}

// TypedNames reads a name in each language, with the text key wrong for each that
// does not fit. A language without one is left out: English stands in.
func TypedNames(r *http.Request, key string) (names store.Texts, wrong views.FieldErrors) {
	names, wrong = store.Texts{}, views.FieldErrors{}
	for _, lang := range i18n.Languages {
		if name := Field(r, "name_"+lang); name != "" {
			names[lang] = name
		}
	}
	for _, lang := range store.InvalidNames(names) {
		wrong["name_"+lang] = key
	}
	return names, wrong
}

// MarkTaken notes the names that another one has already, if err says so.
func MarkTaken(problems views.FieldErrors, err error, key string) bool {
	taken, ok := errors.AsType[store.NamesTaken](err)
	for _, lang := range taken {
		problems["name_"+lang] = key
	}
	return ok
}

// OrNew is update, unless what it is to change is not there: somebody deleted it
// meanwhile, and gone shows the form of a new one, with all that was typed.
func OrNew(update, gone Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request, p *store.Person) error {
		err := update(w, r, p)
		if errors.Is(err, store.ErrNotFound) {
			return gone(w, r, p)
		}
		return err
	}
}

// Number reads a version. One that is none is an old one.
func Number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// ClockTime is what a day and a time of a form mean in a zone. The problem is
// "day" or "time" where that cannot be read, and "gap" for an hour that the
// clocks leave out there.
func ClockTime(day, clock string, zone *time.Location) (at time.Time, problem string) {
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
