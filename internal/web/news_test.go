package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

var newsNoun = aNoun{
	company: func(c *store.Company) {
		article := func(slug string, from time.Duration) store.NewArticle {
			return store.NewArticle{Slug: slug, Lang: "en", AuthorEmail: "ana@aroeira.example", PublishedAt: time.Now().Add(from), Texts: []store.Written{{
				Lang: "en", Title: `Hello <world> <i>"x"</i> ` + slug, Summary: "Summary </script><b>",
				Body: "## Heading\n\n<script>alert(1)</script>\n\n[bad](javascript:alert(1)) [good](/people) <b onclick=x>**bold**</b>\n\n| a | b |\n|---|--:|\n| <i>\"x\"</i> | <script>alert(1)</script> |",
			}}}
		}
		must, later, draft, others := article("must", -2*time.Hour), article("later", time.Hour), article("draft", 0), article("others", -time.Hour)
		must.MustRead, draft.PublishedAt, others.Departments = true, time.Time{}, []string{"sales"}
		c.Departments = append(c.Departments, store.NewDepartment{Slug: "sales", Names: store.Texts{"en": "Sales"}})
		c.News = []store.NewArticle{article("hello", -time.Hour), must, later, draft, others}
	},
	pages: func(*intranet) []string {
		return []string{
			paths.News, paths.NewsList("unpublished", ""), paths.NewsList("others", ""), paths.Article.Of("hello"), paths.Article.Of("must"), paths.Article.Of("later"), paths.Article.Of("draft"), paths.Article.Of("others"),
			paths.NewsNew, paths.ArticleEdit.Of("must"), paths.ArticleEdit.Of("must", "lang", "pt"), paths.ArticleAcknowledgements.Of("must"),
		}
	},
	changes: func(*intranet) map[string]url.Values {
		return map[string]url.Values{
			paths.News: newsFields(), paths.Article.Of("hello"): version("1", newsFields()), paths.ArticleDelete.Of("must"): version("1", nil), paths.ArticleUnpublish.Of("later"): version("1", nil),
		}
	},
	seeds: func(_ *intranet, add func(pattern paths.Pattern, id, body string)) {
		add(paths.News, "", "lang=en&title=T&summary=S&body=%0d%0a%00&publish=at&day=2030-03-04&time=15:00&department=finance")
		add(paths.News, "", "lang=pt&title=%ff&summary=%0a%00&publish=now&preview=1&body=|a|%0a|-|%0a|b|")
		add(paths.News, "", "lang=pt&title=new&summary=S&publish=now&pinned=1&must_read=1&again=1")
		add(paths.Article, "must", "lang=es&title=T&summary=S&publish=draft&version=1&must_read=1&again=1")
		add(paths.Article, "must", "lang=fr&title=T&summary=S&publish=at&day=9999-12-31&time=24:00&version=1")
		add(paths.ArticleAcknowledgement, "must", "edition=1")
		add(paths.ArticleAcknowledgement, "must", "edition=%2b9999999999")
		add(paths.ArticleAcknowledgementsExport, "must", "")
		add(paths.ArticleTranslationDelete, "must", "lang=en&version=1")
		add(paths.ArticleUnpublish, "must", "version=1")
		add(paths.ArticleDelete, "\x00", "version=1")
	},
	again: func(_ *intranet, batch *pgx.Batch) {
		batch.Queue(`DELETE FROM news WHERE slug <> 'must'`)
		batch.Queue(`DELETE FROM news_departments`)
		batch.Queue(`INSERT INTO news (slug, lang) VALUES ('must', 'en') ON CONFLICT (slug) DO UPDATE SET version = 1, edition = 1, must_read = true, published_at = '2026-01-01Z'`)
		batch.Queue(`INSERT INTO news_texts (news_id, lang, title, summary, body) SELECT id, 'en', 'T', 'S', 'B' FROM news ON CONFLICT DO NOTHING`)
	},
}

// newsFields is the form of an article that is published at once.
func newsFields() url.Values {
	return url.Values{"lang": {"en"}, "title": {"Lunch"}, "summary": {"New hours"}, "body": {"From **Monday**."}, "publish": {"now"}, "day": {""}, "time": {""}}
}

// version is a form that was made from that version.
func version(of string, form url.Values) url.Values {
	if form == nil {
		form = url.Values{}
	}
	form.Set("version", of)
	return form
}

// writes posts the form of a new article and returns its slug.
func (b *browser) writes(form url.Values) (slug string) {
	b.i.t.Helper()
	res := b.post(paths.News, form)
	if res.StatusCode != http.StatusSeeOther {
		b.i.t.Fatalf("%d: %s", res.StatusCode, res.html(b.i.t).Find(".field-error").Text())
	}
	return strings.TrimPrefix(res.Header.Get("Location"), paths.News+"/")
}

func TestTheMarkdownOfAnArticleCannotRun(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	preview := newsFields()
	preview.Set("preview", "yes")
	preview.Set("body", "<script>alert(1)</script>\n\n## Heading\n\n[bad](javascript:alert(1)) [good](/people) <b onclick=x>**bold**</b>\n\n| a | b |\n|---|--:|\n| x | <img src=x onerror=alert(1)> |")
	for what, res := range map[string]answer{"an article": i.enter("bea", 0).get(paths.Article.Of("hello")), "a preview": i.enter("caio", 0).post(paths.News, preview)} {
		body := res.html(t).Find("main .prose")
		if body.Find("a[href^='javascript'], script, b, i, img, [onclick], [style]").Length() != 0 || body.Find("a[href='/people']").Length() != 1 || body.Find("h2").Length() != 1 || body.Find("td[data-align=right]").Length() != 1 || body.Find("thead th").Length() != 2 {
			html, _ := body.Html()
			t.Errorf("%s: %d, %s", what, res.StatusCode, html)
		}
	}
}

// What may not be seen is not there; for those who write news it is, and says why
// nobody else sees it.
func TestReadersFindOnlyWhatIsPublishedAndForThem(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	bea, caio := i.enter("bea", 0), i.enter("caio", 0)
	for slug, tag := range map[string]string{"draft": "Borrador", "later": "Aparece el", "others": "Para Sales", "no-such": "", "%00": "", "x%2fy": ""} {
		if res := bea.get(paths.News + "/" + slug); res.StatusCode != http.StatusNotFound || strings.Contains(res.body, "Hello") {
			t.Errorf("%s: %d", slug, res.StatusCode)
		}
		res := caio.get(paths.News + "/" + slug)
		if got := res.html(t).Find(".byline .tag").First().Text(); tag != "" && !strings.HasPrefix(got, tag) || (res.StatusCode == http.StatusOK) != (tag != "") {
			t.Errorf("%s, for an editor: %d, %q", slug, res.StatusCode, got)
		}
	}
	for path, want := range map[string][2]string{
		paths.News: {"hello must", "hello must"}, paths.NewsList("everyone", ""): {"hello must", "hello must"}, paths.NewsList("department", ""): {"", ""},
		paths.NewsList("others", ""): {"hello must", "others"}, paths.NewsList("unpublished", ""): {"hello must", "draft later"}, paths.NewsList("x", ""): {"hello must", "hello must"},
	} {
		for n, b := range []*browser{bea, caio} {
			html := b.get(path).html(t)
			got := html.Find(".teaser a").Map(func(_ int, s *goquery.Selection) string {
				return strings.TrimPrefix(s.AttrOr("href", ""), paths.News+"/")
			})
			slices.Sort(got)
			if strings.Join(got, " ") != want[n] || html.Find(".tabs [aria-current]").Length() != 1 || len(got) == 0 && html.Find(".empty").Length() != 1 {
				t.Errorf("%s: %q, want %q", path, got, want[n])
			}
		}
	}
	i.exec(`UPDATE news SET published_at = now() WHERE slug = 'later'`)
	if res := bea.get(paths.Article.Of("later")); res.StatusCode != http.StatusOK || !strings.Contains(bea.get(paths.News).body, `/news/later"`) {
		t.Errorf("at its time: %d", res.StatusCode)
	}
	for _, after := range []string{"x", "e30", "%00"} {
		if res := bea.get(paths.News + "?after=" + after); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", after, res.StatusCode)
		}
	}
}

func TestNewsIsListedPageByPage(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.exec(`WITH n AS (INSERT INTO news (slug, lang, published_at, pinned) SELECT 'n' || i, 'en', now() - i * interval '1 day', i = 45 FROM generate_series(1, 45) i RETURNING id, slug)
		INSERT INTO news_texts (news_id, lang, title, summary, body) SELECT id, 'en', slug, 's', 'b' FROM n`)
	bea := i.enter("bea", 0)
	var got []string
	pages, path := 0, paths.News
	for path != "" {
		html := bea.get(path).html(t)
		got = append(got, html.Find(".teaser h3").Map(func(_ int, s *goquery.Selection) string { return s.Text() })...)
		if pages++; pages > 10 {
			t.Fatal("no page is the last")
		}
		path = html.Find("a[rel=next]").AttrOr("href", "")
	}
	got = slices.DeleteFunc(got, func(title string) bool { return strings.HasPrefix(title, "Hello") })
	if len(got) != 45 || got[0] != "n45" || got[1] != "n1" || got[44] != "n44" || pages != 3 {
		t.Errorf("%d on %d pages: %q", len(got), pages, got)
	}
}

func TestAnArticleIsWrittenPreviewedAndPublished(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	caio, bea := i.enter("caio", 0), i.enter("bea", 0)
	before := i.dump()
	form := newsFields()
	form.Set("preview", "yes")
	form.Set("publish", "at")
	form["department"] = []string{"finance"}
	form.Set("must_read", "yes")
	form.Set("title", "")
	for _, path := range []string{paths.News, paths.Article.Of("hello")} {
		res := caio.post(path, form)
		html := res.html(t)
		if res.StatusCode != http.StatusOK || html.Find(".preview strong").Text() != "Monday" || html.Find(".field-error, .alert").Length() != 0 || !strings.Contains(res.body, chatToken) {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
		if strings.TrimSpace(html.Find("#body").Text()) != "From **Monday**." || strings.TrimSpace(html.Find("#summary").Text()) != "New hours" || html.Find("#publish-at[checked], #department-finance[checked], #must_read-yes[checked]").Length() != 3 || html.Find("#department-sales[checked], #pinned-yes[checked]").Length() != 0 {
			t.Errorf("%s: what was typed is gone", path)
		}
	}
	if i.dump() != before {
		t.Error("a preview saved something")
	}
	form.Del("preview")
	form.Set("title", "Almoço às 11h")
	form.Set("publish", "draft")
	form.Del("department")
	slug := caio.writes(form)
	if res := bea.get(paths.Article.Of(slug)); slug != "almoco-as-11h" || res.StatusCode != http.StatusNotFound {
		t.Errorf("%s: %d", slug, res.StatusCode)
	}
	form.Set("publish", "now")
	if res := caio.post(paths.Article.Of(slug), version("1", form)); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.StatusCode)
	}
	if page := caio.get(paths.Article.Of(slug)).html(t); page.Find("[role=status]").Length() != 1 || page.Find(".prose strong").Text() != "Monday" || page.Find(".acknowledgement form").Length() != 1 {
		t.Error("the page lacks what was written, or what to confirm")
	}
	// A translation is what its readers see, until it is removed.
	form.Set("lang", "es")
	form.Set("title", "El almuerzo")
	caio.post(paths.Article.Of(slug), version("2", form))
	title := func(b *browser) string {
		t.Helper()
		return b.get(paths.Article.Of(slug)).html(t).Find("h1").Text()
	}
	if title(caio) != "El almuerzo" || title(bea) != "Almoço às 11h" {
		t.Errorf("%q and %q", title(caio), title(bea))
	}
	edit := caio.get(paths.ArticleEdit.Of(slug, "lang", "es")).html(t)
	if edit.Find("#title").AttrOr("value", "") != "El almuerzo" || edit.Find("form[action='"+paths.ArticleTranslationDelete.Of(slug)+"']").Length() != 1 || caio.get(paths.ArticleEdit.Of(slug)).html(t).Find("form[action='"+paths.ArticleTranslationDelete.Of(slug)+"']").Length() != 0 {
		t.Error("the form is of another language, or the original can be removed")
	}
	if empty := caio.get(paths.ArticleEdit.Of(slug, "lang", "pt")).html(t); empty.Find("#title").AttrOr("value", "") != "" || empty.Find("input[name=lang]").AttrOr("value", "") != "pt" || empty.Find("#must_read-yes[checked]").Length() != 1 {
		t.Error("a new translation begins with another text, or other settings")
	}
	caio.post(paths.ArticleTranslationDelete.Of(slug), version("3", url.Values{"lang": {"es"}}))
	if res := caio.post(paths.ArticleTranslationDelete.Of(slug), version("4", url.Values{"lang": {"en"}})); res.StatusCode != http.StatusNotFound || title(caio) != "Almoço às 11h" {
		t.Errorf("%d, %q", res.StatusCode, title(caio))
	}
	caio.post(paths.ArticleUnpublish.Of(slug), version("4", nil))
	if res := bea.get(paths.Article.Of(slug)); res.StatusCode != http.StatusNotFound {
		t.Errorf("unpublished: %d", res.StatusCode)
	}
	caio.post(paths.ArticleDelete.Of(slug), version("5", nil))
	for _, res := range []answer{caio.get(paths.Article.Of(slug)), caio.get(paths.ArticleEdit.Of(slug)), caio.post(paths.ArticleDelete.Of(slug), nil), caio.post(paths.ArticleUnpublish.Of(slug), nil), caio.get(paths.ArticleAcknowledgements.Of(slug)), caio.post(paths.ArticleAcknowledgementsExport.Of(slug), nil)} {
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%s %s: %d", res.Request.Method, res.Request.URL.Path, res.StatusCode)
		}
	}
	caio.keepsWhatIsGone(paths.Article.Of(slug), paths.News, form)
	want := []string{
		"news.created Almoço às 11h", "news.changed Almoço às 11h", "news.published Almoço às 11h", "news.changed El almuerzo", "news.changed El almuerzo (es)", "news.unpublished Almoço às 11h", "news.deleted Almoço às 11h",
		"news.created El almuerzo", "news.published El almuerzo",
	}
	if got := i.events(); !slices.Equal(got, want) {
		t.Errorf("recorded %q", got)
	}
}

// The time is that of the writer's clock, and shown by the reader's.
func TestAnArticleAppearsAtTheTimeOfItsWritersClock(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	caio, ana := i.enter("caio", 0), i.enter("ana", 0)
	i.lives("caio", "America/Bogota")
	i.lives("ana", "Asia/Tokyo")
	form := newsFields()
	form.Set("publish", "at")
	form.Set("day", "2031-03-04")
	form.Set("time", "21:00")
	slug := caio.writes(form)
	if i.count(`news WHERE published_at = '2031-03-05T02:00:00Z'`) != 1 {
		t.Error("it is another moment")
	}
	if got := ana.get(paths.Article.Of(slug)).html(t).Find(".byline .tag").First().Text(); got != "Aparece em 5 de março de 2031, às 11:00" {
		t.Errorf("in Tokyo: %q", got)
	}
	html := ana.get(paths.ArticleEdit.Of(slug)).html(t)
	if html.Find("#day").AttrOr("value", "") != "2031-03-05" || html.Find("#time").AttrOr("value", "") != "11:00" || html.Find("#publish-at[checked]").Length() != 1 {
		t.Error("the form shows another time")
	}
	if got := i.events(); !slices.Contains(got, "news.published Lunch, at 2031-03-05T02:00:00Z") {
		t.Errorf("recorded %q", got)
	}
}

// What does not fit comes back with what was typed, and a word at each field.
func TestAnArticlesFormKeepsWhatWasTypedAndSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	caio := i.enter("caio", 0)
	i.lives("caio", "Europe/London")
	hostile := `</textarea><script>alert(1)</script>`
	before := i.dump()
	for _, path := range []string{paths.News, paths.Article.Of("must")} {
		for _, test := range []struct{ field, value, at string }{ // at: the field that is wrong
			{"title", "", "title"}, {"title", " ", "title"}, {"title", strings.Repeat("t", 201), "title"}, {"title", "two\nlines", "title"}, {"title", "\u202e", "title"},
			{"summary", "", "summary"}, {"summary", strings.Repeat("s", 501), "summary"}, {"summary", "a\x00b", "summary"},
			{"body", strings.Repeat("b", store.MaxWritten+1), "body"}, {"body", "a\x00b", "body"}, {"body", "\x1b[31m", "body"},
			{"day", "", "day"}, {"day", "4 March", "day"}, {"day", "2031-02-30", "day"}, {"day", "9999-12-31", "day"}, {"day", hostile, "day"},
			{"time", "", "time"}, {"time", "25:00", "time"}, {"time", hostile, "time"}, {"day", "2020-01-01", "time"},
		} {
			form := newsFields()
			form.Set("body", "First\r\n"+hostile)
			form.Set("publish", "at")
			form.Set("day", "2031-03-04")
			form.Set("time", "15:00")
			form["department"] = []string{"sales", "finance"}
			form.Set(test.field, test.value)
			res := caio.post(path, form)
			html := res.html(t)
			if res.StatusCode != http.StatusUnprocessableEntity || html.Find("#"+test.at+"-error").Length() != 1 || html.Find("[role=alert][autofocus]").Length() != 1 || html.Find("#"+test.at).AttrOr("aria-invalid", "") != "true" {
				t.Errorf("%s, %s %.40q: %d, %q", path, test.field, test.value, res.StatusCode, html.Find(".field-error").Text())
			}
			if test.field != "title" && html.Find("#title").AttrOr("value", "") != "Lunch" || test.field != "body" && strings.TrimPrefix(html.Find("#body").Text(), "\n") != "First\n"+hostile || html.Find("#department-sales[checked], #department-finance[checked], #publish-at[checked]").Length() != 3 {
				t.Errorf("%s %.40q: what was typed is gone", test.field, test.value)
			}
			if strings.Contains(res.body, "<script>alert") {
				t.Errorf("%s: not escaped", test.field)
			}
		}
		for _, test := range [][2]string{{"department", "no-such"}, {"publish", ""}, {"publish", "soon"}, {"lang", ""}, {"lang", "fr"}} {
			form := newsFields()
			form.Set(test[0], test[1])
			if res := caio.post(path, form); res.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("%s, %q: %d", path, test, res.StatusCode)
			}
		}
		form := newsFields()
		form.Set("publish", "at")
		form.Set("day", "2031-03-30") // an hour that the clocks leave out
		form.Set("time", "01:30")
		if res := caio.post(path, form); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(res.html(t).Find("#time-error").Text(), "relojes") {
			t.Errorf("an hour that does not exist: %d", res.StatusCode)
		}
	}
	if i.dump() != before {
		t.Error("something was stored")
	}
}

func TestASecondEditorsTextIsNotLost(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	caio, ana, bea := i.enter("caio", 0), i.enter("ana", 0), i.enter("bea", 0)
	slug := caio.writes(newsFields())
	first, second := version("1", newsFields()), version("1", newsFields())
	first.Set("title", "Lunch of the first")
	first.Set("body", "Theirs, *as it is stored*")
	second.Set("title", "Lunch of the second")
	second.Set("body", "Mine")
	second.Set("pinned", "yes")
	if res := caio.post(paths.Article.Of(slug), first); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.StatusCode)
	}
	for range 2 { // to reload the answer is not to know of it
		res := ana.post(paths.Article.Of(slug), second)
		html := res.html(t)
		if res.StatusCode != http.StatusConflict || html.Find("[role=alert][autofocus]").Length() != 1 || html.Find("#title").AttrOr("value", "") != "Lunch of the second" || strings.TrimSpace(html.Find("#body").Text()) != "Mine" || html.Find("#pinned-yes[checked]").Length() != 1 {
			t.Fatalf("%d", res.StatusCode)
		}
		if stored := html.Find(".stored").Text(); !strings.Contains(stored, "Lunch of the first") || !strings.Contains(stored, "Theirs, *as it is stored*") {
			t.Errorf("the stored one is not beside it: %q", stored)
		}
		if got := html.Find(".news-form input[name=version]").AttrOr("value", ""); got != "2" || !strings.Contains(res.body, chatToken) {
			t.Fatalf("the form is of version %q, or the page has no token", got)
		}
	}
	for _, old := range []string{"", "x", "1", "-1", "99999999999999999999"} {
		for _, path := range []string{paths.ArticleUnpublish.Of(slug), paths.ArticleDelete.Of(slug), paths.ArticleTranslationDelete.Of(slug)} {
			if res := ana.post(path, version(old, url.Values{"lang": {"en"}})); res.Header.Get("Location") != paths.Article.Of(slug) {
				t.Errorf("%s of version %q: %d to %q", path, old, res.StatusCode, res.Header.Get("Location"))
			}
			if html := ana.get(paths.Article.Of(slug)).html(t); !strings.Contains(html.Find("[role=status]").Text(), "Nada foi feito") {
				t.Errorf("%s of version %q does not say that nothing was done", path, old)
			}
		}
		if res := ana.post(paths.Article.Of(slug), version(old, second)); res.StatusCode != http.StatusConflict {
			t.Errorf("version %q: %d", old, res.StatusCode)
		}
	}
	if title := bea.get(paths.Article.Of(slug)).html(t).Find("h1").Text(); title != "Lunch of the first" {
		t.Errorf("it was replaced: %q", title)
	}
	if res := ana.post(paths.Article.Of(slug), version("2", second)); res.StatusCode != http.StatusSeeOther {
		t.Errorf("knowingly: %d", res.StatusCode)
	}
	if title := bea.get(paths.Article.Of(slug)).html(t).Find("h1").Text(); title != "Lunch of the second" {
		t.Errorf("%q", title)
	}
}

// A text as long as it may be is taken in every script, whatever a form makes of it.
func TestTheLongestTextIsTaken(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	caio := i.enter("caio", 0)
	body := strings.Repeat("\U00020000", store.MaxWritten)
	slug := caio.writes(url.Values{"lang": {"en"}, "title": {"Long"}, "summary": {strings.Repeat("\U00020000", 500)}, "body": {body}, "publish": {"draft"}})
	if got := caio.get(paths.ArticleEdit.Of(slug)).html(t).Find("[name=body]").Text(); got != body {
		t.Errorf("%d of %d bytes are there", len(got), len(body))
	}
}

func TestOnlyEditorsAreOfferedToWriteNews(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	for name, want := range map[string]int{"bea": 0, "caio": 1, "ana": 1} {
		b := i.enter(name, 0)
		if html := b.get(paths.News).html(t); html.Find("main a[href='"+paths.NewsNew+"']").Length() != want || html.Find(".tabs a").Length() != 3+2*want {
			t.Errorf("%s: %d ways to write, %d lists", name, html.Find("main a[href='"+paths.NewsNew+"']").Length(), html.Find(".tabs a").Length())
		}
		page := b.get(paths.Article.Of("must")).html(t)
		for _, offered := range []string{"a[href='" + paths.ArticleEdit.Of("must") + "']", "a[href='" + paths.ArticleAcknowledgements.Of("must") + "']", "form[action='" + paths.ArticleUnpublish.Of("must") + "']", "form[action='" + paths.ArticleDelete.Of("must") + "']"} {
			if n := page.Find("main " + offered).Length(); n != want {
				t.Errorf("%s: %d × %s", name, n, offered)
			}
		}
	}
}

// Said here once more, apart from the route table: who only reads changes nothing
// and learns nothing of what others have read.
func TestReadersCannotWriteNews(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	bea, before := i.enter("bea", 0), i.dump()
	form := version("1", newsFields())
	for _, res := range []answer{
		bea.get(paths.NewsNew), bea.post(paths.News, form), bea.get(paths.ArticleEdit.Of("must")), bea.post(paths.Article.Of("must"), form), bea.post(paths.ArticleTranslationDelete.Of("must"), form),
		bea.post(paths.ArticleUnpublish.Of("must"), form), bea.post(paths.ArticleDelete.Of("must"), form), bea.get(paths.ArticleAcknowledgements.Of("must")), bea.post(paths.ArticleAcknowledgementsExport.Of("must"), nil),
	} {
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s %s: %d", res.Request.Method, res.Request.URL.Path, res.StatusCode)
		}
	}
	if i.dump() != before {
		t.Error("something was changed")
	}
}

func TestExtraFieldsOfAnArticlesFormChangeNothing(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	form := version("9", newsFields())
	for name, value := range map[string]string{"id": nobodysID, "slug": "hello", "author": i.ids["ana"], "author_id": i.ids["ana"], "edition": "9", "published_at": "2020-01-01", "person": i.ids["ana"]} {
		form.Set(name, value)
	}
	if slug := i.enter("caio", 0).writes(form); slug != "lunch" || i.count(`news WHERE slug = 'lunch' AND (author_id <> '`+i.ids["caio"]+`' OR version <> 1 OR edition <> 1 OR published_at < now() - interval '1 hour' OR id = '`+nobodysID+`')`) != 0 {
		t.Error("an article is somebody else's, of another version, or of another time")
	}
}
