// Package request_test asks the whole intranet for one page of news.
package request_test

import (
	"net/http"
	"os"
	"strconv"
	"testing"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// One page, from the socket to the last byte, as often as REQUESTS says: make count
// finds the files that such a request runs through.
func TestOneRequest(t *testing.T) {
	t.Parallel()
	times := 1
	if n, err := strconv.Atoi(os.Getenv("REQUESTS")); err == nil {
		times = n
	}
	i := webtest.New(t, features.All()...)
	i.Exec(`
		WITH n AS (INSERT INTO news (slug, lang, published_at) VALUES ('open-day', 'en', now()) RETURNING id)
		INSERT INTO news_texts (news_id, lang, title, summary, body, plain)
		SELECT id, 'en', 'Open day', 'Come.', 'All day.', 'All day.' FROM n`)
	bea := i.As("bea")
	for range times {
		if res := bea.Get("/news/open-day"); res.StatusCode != http.StatusOK {
			t.Fatal(res.StatusCode)
		}
	}
}
