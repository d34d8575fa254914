// Package wire is how pages and files go to browsers: compressed where they say that they can
// read it, and pages in two parts, of which the first does not wait for the second. It does
// not know what is in them.
package wire

import (
	"net/http"
	"strconv"
	"strings"
)

// Choose returns the content coding that fits the header Accept-Encoding of a request best
// (RFC 9110, 12.5.3), among those on offer, the best first; "" is none. Who refuses all of
// them and the content as it is, too, gets it as it is.
func Choose(r *http.Request, offers ...string) string {
	accepted := strings.Join(r.Header["Accept-Encoding"], ",")
	best, weight := "", 0.0
	for _, offer := range offers {
		if q, listed := quality(accepted, offer); listed && q > weight {
			best, weight = offer, q
		} else if q, all := quality(accepted, "*"); !listed && all && q > weight {
			best, weight = offer, q
		}
	}
	if q, _ := quality(accepted, "identity"); q > weight {
		return ""
	}
	return best
}

// quality is the weight of a coding in the header, from 0, which refuses it, to 1.
func quality(accepted, coding string) (q float64, listed bool) {
	for entry := range strings.SplitSeq(accepted, ",") {
		name, parameters, weighted := strings.Cut(entry, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		if !weighted {
			return 1, true
		}
		key, value, _ := strings.Cut(parameters, "=")
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !strings.EqualFold(strings.TrimSpace(key), "q") || q < 0 || q > 1 {
			return 0, true // nobody knows what is meant
		}
		return q, true
	}
	return 0, false
}
