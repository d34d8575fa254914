package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
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
