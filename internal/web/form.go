package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
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
