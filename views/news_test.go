package views_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

func article(i int, lang string) store.Article {
	return store.Article{
		Slug: fmt.Sprintf("news-%d", i), Lang: lang, Title: fmt.Sprintf("Férias coletivas de julho, parte %d", i),
		Summary: "As datas já estão fechadas. Veja como ficam os plantões e quem precisa avisar a liderança.",
		Author:  "Íris Muñoz", Pinned: i == 0, PublishedAt: time.Date(2026, 3, 17-i, 9, 0, 0, 0, time.UTC),
	}
}

func someNews() (all []store.Article) {
	for i := range 6 {
		all = append(all, article(i, []string{"pt", "en", "es"}[i%3]))
	}
	return all
}

func newsPages() map[string]templ.Component {
	return map[string]templ.Component{
		"article":       views.Article(views.ArticleProps{Article: article(0, "pt"), Body: templ.Raw("<p>Body</p>")}),
		"article, bare": views.Article(views.ArticleProps{Article: store.Article{Lang: "en", Title: "Bare"}}),
	}
}

func TestHomeHasTheNews(t *testing.T) {
	doc := page(t, "pt", views.Home(fullHome()))
	if doc.Find("article").Length() != 6 || doc.Find("article.teaser-lead").Length() != 1 {
		t.Error("there are not six announcements, one of them the lead")
	}
	if doc.Find(`article a[href="/news/news-3"]`).Length() != 1 {
		t.Error("an announcement is not linked")
	}
	// The second announcement is in English, so are its title and summary.
	if got := doc.Find(`article:nth-of-type(2) [lang=en] h3`).Length(); got != 1 {
		t.Error("an English title on a Portuguese page does not say so")
	}
	if doc.Find(`article:nth-of-type(1) [lang]`).Length() != 0 {
		t.Error("a Portuguese title on a Portuguese page has a language of its own")
	}
}
