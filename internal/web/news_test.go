package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

var newsNoun = aNoun{
	company: func(c *store.Company) {
		c.News = []store.NewArticle{{Slug: "hello", Lang: "en", AuthorEmail: "ana@aroeira.example", PublishedAt: time.Now().Add(-time.Hour), Texts: []store.ArticleText{
			{Lang: "en", Title: "Hello <world>", Summary: "Summary", Body: "## Heading\n\n<script>alert(1)</script>\n\n[bad](javascript:alert(1)) [good](/people) <b onclick=x>**bold**</b>"},
		}}}
	},
	pages:   func(*intranet) []string { return []string{paths.Article("hello")} },
	changes: func(*intranet) map[string]url.Values { return nil },
	seeds:   func(*intranet, func(pattern, id, body string)) {},
	again:   func(*intranet, *pgx.Batch) {},
}

func TestTheMarkdownOfAnArticleCannotRun(t *testing.T) {
	t.Parallel()
	b := newIntranet(t).as("bea")
	if res := b.get(paths.Article("no-such")); res.StatusCode != http.StatusNotFound {
		t.Errorf("%d", res.StatusCode)
	}
	body := b.get(paths.Article("hello")).html(t).Find("main")
	if body.Find("a[href^='javascript']").Length() != 0 || body.Find("a[href='/people']").Length() == 0 || body.Find("h2").Length() == 0 || strings.Contains(body.Text(), "alert(1)</script>") {
		html, _ := body.Html()
		t.Error(html)
	}
}
