package news

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/webtest"
)

// What may not be seen is not there; for those who write news it is, and says why
// nobody else sees it.
func TestReadersFindOnlyWhatIsPublishedAndForThem(t *testing.T) {
	t.Parallel()
	i := start(t)
	bea, caio := i.As("bea"), i.As("caio")
	for slug, tag := range map[string]string{
		"draft": "Borrador", "later": "Aparece el", "others": "Para Sales", "no-such": "", "%00": "", "x%2fy": "",
	} {
		res := bea.Get(Index + "/" + slug)
		if res.StatusCode != http.StatusNotFound || strings.Contains(res.Body, "Hello") {
			t.Errorf("%s: %d", slug, res.StatusCode)
		}
		res = caio.Get(Index + "/" + slug)
		got := res.HTML(t).Find(".byline .tag").First().Text()
		if tag != "" && !strings.HasPrefix(got, tag) || (res.StatusCode == http.StatusOK) != (tag != "") {
			t.Errorf("%s, for an editor: %d, %q", slug, res.StatusCode, got)
		}
	}
	for path, want := range map[string][2]string{
		Index:                         {"hello must", "hello must"},
		listPath(ForEveryone, ""):     {"hello must", "hello must"},
		listPath(ForMine, ""):         {"", ""},
		listPath(ForOthers, ""):       {"hello must", "others"},
		listPath(NotYetPublished, ""): {"hello must", "draft later"},
		listPath("x", ""):             {"hello must", "hello must"},
	} {
		for n, b := range []*webtest.Browser{bea, caio} {
			html := b.Get(path).HTML(t)
			got := html.Find(".teaser a").Map(func(_ int, s *goquery.Selection) string {
				return strings.TrimPrefix(s.AttrOr("href", ""), Index+"/")
			})
			slices.Sort(got)
			if strings.Join(got, " ") != want[n] || html.Find(".tabs [aria-current]").Length() != 1 ||
				len(got) == 0 && html.Find(".empty").Length() != 1 {
				t.Errorf("%s: %q, want %q", path, got, want[n])
			}
			if lists := html.Find(".tabs a").Length(); lists != 3+2*n { // drafts and other departments' are for editors
				t.Errorf("%d lists to choose from", lists)
			}
		}
	}
	i.Exec(`UPDATE news SET published_at = now() WHERE slug = 'later'`)
	res := bea.Get(Show.Of("later"))
	if res.StatusCode != http.StatusOK || !strings.Contains(bea.Get(Index).Body, `/news/later"`) {
		t.Errorf("at its time: %d", res.StatusCode)
	}
	for _, slug := range []string{"later", "others", "draft"} {
		want := map[string]int{"later": http.StatusSeeOther}[slug]
		i.Exec(`UPDATE news SET must_read = true`)
		res := bea.Post(Acknowledgement.Of(slug), url.Values{"edition": {"1"}})
		if res.StatusCode != cmp.Or(want, http.StatusNotFound) {
			t.Errorf("confirming %s: %d", slug, res.StatusCode)
		}
	}
	for _, after := range []string{"x", "e30", "%00"} {
		if res := bea.Get(Index + "?after=" + after); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", after, res.StatusCode)
		}
	}
}

func TestNewsIsListedPageByPage(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`
		WITH n AS (
			INSERT INTO news (slug, lang, published_at, pinned)
			SELECT 'n' || i, 'en', now() - i * interval '1 day', i = 45 FROM generate_series(1, 45) i RETURNING id, slug
		)
		INSERT INTO news_texts (news_id, lang, title, summary, body, plain)
		SELECT id, 'en', slug, 's', 'b', 'b' FROM n`)
	bea := i.As("bea")
	var got []string
	pages, path := 0, Index
	for path != "" {
		html := bea.Get(path).HTML(t)
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

// An article goes from a draft to its readers, back, and away. What is published is
// recorded beside the change.
func TestTheWayOfAnArticle(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio, bea := i.As("caio"), i.As("bea")
	form := fields()
	form.Set("title", "Almoço às 11h")
	form.Set("publish", "draft")
	slug := made(caio, form)
	seen := func() bool { return bea.Get(Show.Of(slug)).StatusCode == http.StatusOK }
	if slug != "almoco-as-11h" || seen() {
		t.Errorf("%s, or a draft is shown", slug)
	}
	form.Set("publish", "now")
	caio.Post(Show.Of(slug), version("1", form))
	page := caio.Get(Show.Of(slug)).HTML(t)
	if page.Find("[role=status]").Length() != 1 || page.Find(".prose strong").Text() != "Monday" || !seen() {
		t.Error("the page lacks what was written, or nobody sees it")
	}
	was := i.First(`SELECT published_at::text FROM news WHERE slug = $1`, slug)
	caio.Post(Show.Of(slug), version("2", form)) // published already: it stays so, since it was
	if is := i.First(`SELECT published_at::text FROM news WHERE slug = $1`, slug); is != was {
		t.Errorf("it was published %s, and is %s", was, is)
	}
	caio.Post(Unpublish.Of(slug), version("2", nil)) // somebody has changed it since
	if !seen() {
		t.Error("it was unpublished from an old version")
	}
	caio.Post(Unpublish.Of(slug), version("3", nil))
	if seen() {
		t.Error("it was not unpublished")
	}
	caio.Post(Delete.Of(slug), version("3", nil))
	if i.Count(`news WHERE slug = '`+slug+`'`) != 1 {
		t.Error("it was deleted from an old version")
	}
	caio.Post(Delete.Of(slug), version("4", nil))
	want := []string{
		"news.created Almoço às 11h", "news.changed Almoço às 11h", "news.published Almoço às 11h",
		"news.changed Almoço às 11h", "news.unpublished Almoço às 11h", "news.deleted Almoço às 11h",
	}
	if got := i.Recorded(); !slices.Equal(got, want) {
		t.Errorf("recorded %q", got)
	}
}

// The time is that of the writer's clock, and shown by the reader's.
func TestAnArticleAppearsAtTheTimeOfItsWritersClock(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio, ana := i.As("caio"), i.As("ana")
	i.Lives("caio", "America/Bogota")
	i.Lives("ana", "Asia/Tokyo")
	form := fields()
	form.Set("publish", "at")
	form.Set("day", "2031-03-04")
	form.Set("time", "21:00")
	slug := made(caio, form)
	if i.Count(`news WHERE published_at = '2031-03-05T02:00:00Z'`) != 1 {
		t.Error("it is another moment")
	}
	got := ana.Get(Show.Of(slug)).HTML(t).Find(".byline .tag").First().Text()
	if got != "Aparece em 5 de março de 2031, às 11:00" {
		t.Errorf("in Tokyo: %q", got)
	}
	html := ana.Get(Edit.Of(slug)).HTML(t)
	if html.Find("#day").AttrOr("value", "") != "2031-03-05" || html.Find("#time").AttrOr("value", "") != "11:00" ||
		html.Find("#publish-at[checked]").Length() != 1 {
		t.Error("the form shows another time")
	}
	if got := i.Recorded(); !slices.Contains(got, "news.published Lunch, at 2031-03-05T02:00:00Z") {
		t.Errorf("recorded %q", got)
	}
}

// The settings come back as they were chosen, and what is none of the choices is
// refused.
func TestAnArticlesSettingsAreKeptAndChecked(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio := i.As("caio")
	i.Lives("caio", "Europe/London")
	before := i.Dump()
	chosen := "#publish-at[checked], #department-sales[checked], #department-finance[checked], #must_read-yes[checked]"
	for _, path := range []string{Index, Show.Of("must")} {
		form := version("1", fields())
		form.Set("publish", "at")
		form.Set("must_read", "yes")
		form["department"] = []string{"sales", "finance"}
		for _, button := range []string{"preview", "save"} { // without a day
			form.Set(button, "yes")
			html := caio.Post(path, form).HTML(t)
			if html.Find(chosen).Length() != 4 || html.Find("#pinned-yes[checked]").Length() != 0 {
				t.Errorf("%s, %s: what was chosen is gone", path, button)
			}
		}
		for _, test := range [][2]string{{"department", "no-such"}, {"publish", ""}, {"publish", "soon"}} {
			form := fields()
			form.Set(test[0], test[1])
			if res := caio.Post(path, form); res.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("%s, %q: %d", path, test, res.StatusCode)
			}
		}
		form = fields()
		form.Set("publish", "at")
		form.Set("day", "2031-03-30") // an hour that the clocks leave out
		form.Set("time", "01:30")
		res := caio.Post(path, form)
		said := res.HTML(t).Find("#time-error").Text()
		if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(said, "relojes") {
			t.Errorf("an hour that does not exist: %d, %q", res.StatusCode, said)
		}
	}
	if i.Dump() != before {
		t.Error("something was stored")
	}
}

// The home page has the pinned announcements, then the newest, in the reader's
// language where they are translated; the first is the lead.
func TestTheHomePageHasTheNews(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`UPDATE news SET pinned = true WHERE slug = 'must'`)
	i.Exec(`INSERT INTO news_texts (news_id, lang, title, summary, body, plain)
		SELECT id, 'pt', 'Olá', 's', 'b', 'b' FROM news WHERE slug = 'hello'`)
	html := i.As("ana").Get(paths.Home).HTML(t)
	titles := html.Find(".news article h3").Map(func(_ int, e *goquery.Selection) string { return e.Text() })
	if !slices.Equal(titles, []string{`Hello <world> <i>"x"</i> must`, "Olá"}) ||
		html.Find("article.teaser-lead").Length() != 1 {
		t.Errorf("%q", titles)
	}
	// What is in another language than the page says so.
	if html.Find("article:nth-of-type(1) [lang=en] h3").Length() != 1 ||
		html.Find("article:nth-of-type(2) [lang]").Length() != 0 {
		t.Error("an English title does not say so, or a Portuguese one does")
	}
}
