package features_test

import (
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// One page, from the socket to the last byte, as often as REQUESTS says: make count
// finds the files that such a request runs through.
func TestOneRequest(t *testing.T) {
	t.Parallel()
	times := 1
	if n, err := strconv.Atoi(os.Getenv("REQUESTS")); err == nil {
		times = n
	}
	i := webtest.New(t, features.All()...)
	path := paths.Home
	if slices.ContainsFunc(features.All(), func(f web.Feature) bool { return f.Name == "news" }) {
		i.Exec(`WITH n AS (INSERT INTO news (slug, lang, published_at) VALUES ('open-day', 'en', now()) RETURNING id)
			INSERT INTO news_texts (news_id, lang, title, summary, body)
			SELECT id, 'en', 'Open day', 'Come.', 'All day.' FROM n`)
		path = "/news/open-day"
	}
	bea := i.As("bea")
	for range times {
		if res := bea.Get(path); res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d", path, res.StatusCode)
		}
	}
}
