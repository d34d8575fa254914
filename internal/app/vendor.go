package app

import (
	"net/http"

	"github.com/carameloai/intranet/internal/web"
)

// withRequestID makes calls to Caramelo say in X-Request-Id which request of ours they are for, so
// that both sides can speak of one call. It is random, and says nothing of the person.
func withRequestID(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if id := web.RequestID(r.Context()); id != "" {
			r.Header.Set("X-Request-Id", id) // of a request that nobody else has
		}
		return next.RoundTrip(r)
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
