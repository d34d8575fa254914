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
		Author:  "Íris Muñoz", Pinned: i == 0, PublishedAt: time.Date(2026, 3, 17-i, 9, 0, 0, 0, time.UTC), Published: true, Version: 3,
	}
}

func someNews() (all []store.Article) {
	for i := range 6 {
		all = append(all, article(i, []string{"pt", "en", "es"}[i%3]))
	}
	return all
}

func newsPages() map[string]templ.Component {
	zone, editor, at := time.FixedZone("America/Nowhere", -3*3600), conceicao, time.Date(2026, 3, 17, 1, 30, 0, 0, time.UTC)
	reader := colleague(1)
	due, confirmed, draft, later := article(0, "pt"), article(1, "en"), article(2, "es"), article(3, "pt")
	due.Acknowledgement = store.Acknowledgement{MustRead: true, Asked: true, Edition: 2}
	confirmed.Acknowledgement = store.Acknowledgement{MustRead: true, Asked: true, Edition: 1, ConfirmedAt: &at}
	confirmed.Departments = []string{"Finanças", `Gente <b>"e" Cultura`}
	draft.PublishedAt, draft.Published, later.Published = time.Time{}, false, false
	list := func(who store.Person, which store.Which, after, next string, articles ...store.Article) templ.Component {
		return views.News(views.NewsProps{Filter: store.NewsFilter{Which: which, After: after}, Page: store.NewsPage{Articles: articles, Next: next}, Reader: who, Zone: zone})
	}
	show := func(a store.Article, editor bool) templ.Component {
		return views.Article(views.ArticleProps{Article: a, Body: templ.Raw("<p>Body</p>"), Zone: zone, Editor: editor})
	}
	departments := []store.Department{{Slug: "finance", Name: "Finanças"}, {Slug: "people", Name: "Gente e Cultura"}}
	form := views.ArticleForm{
		Written:         store.Written{Lang: "es", Title: `"><b>`, Summary: "</textarea>", Body: "</textarea><script>"},
		ArticleSettings: store.ArticleSettings{Pinned: true, MustRead: true, AskAgain: true, Departments: []string{"finance"}, Publish: store.At}, Day: "x", Time: "<", Version: 3,
	}
	wrong := form
	wrong.Errors = views.FieldErrors{}
	for _, name := range []string{"title", "summary", "lang", "body", "publish", "department", "day"} {
		wrong.Errors[name] = "news.error." + name
	}
	wrong.Errors["time"] = "news.error.past"
	edit := store.ArticleEdit{Article: due, Texts: []store.Written{{Lang: "pt", Title: due.Title, Summary: "s", Body: "b"}, {Lang: "es", Title: `Hola <i>`, Summary: "s", Body: "b"}}}
	edit.Article.Departments = []string{"Finanças"}
	scheduled := edit
	scheduled.Article.Published = false
	english := views.ArticleForm{Written: store.Written{Lang: "en"}, ArticleSettings: store.ArticleSettings{Publish: store.Now}}
	return map[string]templ.Component{
		"news":                         list(reader, store.AllNews, "", "next", due, confirmed, article(4, "pt")),
		"news, drafts":                 list(editor, store.UnpublishedNews, "", "", draft, later),
		"news, none":                   list(reader, store.AllNews, "", ""),
		"news, none for all":           list(reader, store.NewsForEveryone, "", ""),
		"news, none of mine":           list(reader, store.NewsForMine, "", ""),
		"news, none of others":         list(editor, store.NewsForOthers, "", ""),
		"news, no drafts":              list(editor, store.UnpublishedNews, "", ""),
		"news, after the end":          list(store.Person{Role: store.Employee}, store.AllNews, "a", ""),
		"article":                      show(due, true),
		"article, confirmed":           show(confirmed, true),
		"article, draft":               show(draft, true),
		"article, scheduled":           show(later, true),
		"article, bare":                views.Article(views.ArticleProps{Article: store.Article{Lang: "en", Title: "Bare"}, Zone: zone}),
		"article, new":                 views.ArticleNew(views.ArticleFormProps{Form: english, Departments: departments, Zone: zone}),
		"article, new again":           views.ArticleNew(views.ArticleFormProps{Form: wrong, Departments: departments, Zone: zone}),
		"article, new, preview":        views.ArticleNew(views.ArticleFormProps{Form: form, Departments: departments, Preview: templ.Raw("<h2>Body</h2><table><tr><td>x</td></tr></table>"), Zone: zone}),
		"article, edit":                views.ArticleEdit(views.ArticleFormProps{Form: form, Edit: edit, Departments: departments, Zone: zone}),
		"article, new translation":     views.ArticleEdit(views.ArticleFormProps{Form: english, Edit: scheduled, Departments: departments, Zone: zone}),
		"article, conflict":            views.ArticleEdit(views.ArticleFormProps{Form: form, Edit: edit, Departments: departments, Conflict: true, Zone: zone}),
		"article, conflict, scheduled": views.ArticleEdit(views.ArticleFormProps{Form: english, Edit: scheduled, Departments: departments, Conflict: true, Zone: zone}),
	}
}

func TestTranslationsOfNewsAreNamedInTheReadersLanguage(t *testing.T) {
	doc := page(t, "pt", newsPages()["article, edit"])
	tab, heading := doc.Find(".text-languages a").First().Text(), doc.Find("#translation").Text()
	if tab != "Adicionar tradução em inglês" || heading != "Tradução em espanhol" {
		t.Errorf("%q, %q", tab, heading)
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
