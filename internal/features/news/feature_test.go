package news

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/content/contenttest"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// fixture is what the tests of every feature need to know of news. There are hello
// and must, which must be read; later and draft, which nobody sees yet; and others,
// which is for another department than that of the company of the tests.
//
// Everybody has confirmed must.
var fixture = webtest.Fixture{
	Feature: Feature,
	Fill: func(i *webtest.Intranet) {
		i.Exec(`INSERT INTO departments (slug, names) VALUES ('sales', '{"en": "Sales"}')`)
		soon := time.Now().Add(time.Hour)
		for _, a := range []newArticle{
			{Slug: "hello", PublishedAt: soon.Add(-2 * time.Hour)},
			{Slug: "must", PublishedAt: soon.Add(-3 * time.Hour), MustRead: true, Acknowledged: everybody},
			{Slug: "later", PublishedAt: soon}, {Slug: "draft"},
			{Slug: "others", PublishedAt: soon.Add(-2 * time.Hour), Departments: []string{"sales"}},
		} {
			a.Lang, a.AuthorEmail = "en", "ana@company.example"
			a.Texts = []content.Text{{
				Lang: "en", Title: `Hello <world> <i>"x"</i> ` + a.Slug, Summary: "Summary </script><b>",
				Body: "<script>alert(1)</script>\n\n[bad](javascript:alert(1)) **bold**",
			}}
			insert(i, a)
		}
	},
	Params: func(*webtest.Intranet) map[string]string { return map[string]string{string(Show): "must"} },
	Pages: func(*webtest.Intranet) []string {
		return []string{
			listPath(NotYetPublished, ""), listPath(ForOthers, ""), Show.Of("hello"), Edit.Of("must", "lang", "pt"),
		}
	},
	Forms: func(*webtest.Intranet) map[string]url.Values {
		return map[string]url.Values{
			Index: fields(), Show.Of("hello"): version("1", fields()), Delete.Of("must"): version("1", nil),
			Unpublish.Of("later"): version("1", nil), Export.Of("must"): {},
		}
	},
	Searchable: `
		WITH x AS (SELECT gen_random_uuid() AS id, title, word FROM unnest($2::text[], $3::text[]) AS x (title, word)),
			n AS (INSERT INTO news (id, slug, lang, published_at) SELECT id, left(md5(id::text), 16), $1, now() FROM x)
		INSERT INTO news_texts (news_id, lang, title, summary, body, plain)
		SELECT id, $1, title, 'Summary.', word, word FROM x`,
}

func TestNews(t *testing.T) { webtest.Check(t, fixture) }

func TestNewsAsTexts(t *testing.T) {
	contenttest.Check(t, contenttest.Kind{
		Fixture: fixture, Kind: kind, Fields: fields,
		Filled: url.Values{"publish": {"at"}, "day": {"2031-03-04"}, "time": {"15:00"}},
		Wrong: []contenttest.Wrong{
			{Field: "day", Value: "", At: "day"}, {Field: "day", Value: "4 March", At: "day"},
			{Field: "day", Value: "2031-02-30", At: "day"}, {Field: "day", Value: "9999-12-31", At: "day"},
			{Field: "day", Value: `</textarea><script>alert(1)</script>`, At: "day"},
			{Field: "time", Value: "", At: "time"}, {Field: "time", Value: "25:00", At: "time"},
			{Field: "time", Value: `</textarea><script>alert(1)</script>`, At: "time"},
			{Field: "day", Value: "2020-01-01", At: "time"},
		},
		Extra: `author_id = (SELECT id FROM people WHERE email = 'caio@company.example')
			AND published_at > now() - interval '1 hour'`,
		Table: "news", Texts: "news_texts", Acknowledgements: "news_acknowledgements", Key: "news_id",
	})
}

// everybody in the company of the tests.
var everybody = []string{"ana@company.example", "bea@company.example", "caio@company.example"}

// start runs an intranet with news in it.
func start(t testing.TB) *webtest.Intranet { return fixture.Start(t, webtest.Options{}) }

// insert adds articles as the demo does.
func insert(i *webtest.Intranet, all ...newArticle) {
	i.T.Helper()
	for _, a := range all {
		batch := &pgx.Batch{}
		a.queue(batch)
		if err := i.Pool.SendBatch(i.T.Context(), batch).Close(); err != nil {
			i.T.Fatal(err)
		}
	}
}

// fields is the form of an article that is published at once.
func fields() url.Values {
	return url.Values{
		"lang": {"en"}, "title": {"Lunch"}, "summary": {"New hours"}, "body": {"From **Monday**."},
		"publish": {"now"}, "day": {""}, "time": {""},
	}
}

// version is a form that was made from that version.
func version(of string, form url.Values) url.Values {
	if form == nil {
		form = url.Values{}
	}
	form.Set("version", of)
	return form
}

// made posts the form of a new article and returns its slug.
func made(b *webtest.Browser, form url.Values) (slug string) {
	b.I.T.Helper()
	res := b.Post(Index, form)
	if res.StatusCode != http.StatusSeeOther {
		b.I.T.Fatalf("%d: %s", res.StatusCode, res.HTML(b.I.T).Find(".field-error").Text())
	}
	return strings.TrimPrefix(res.Header.Get("Location"), Index+"/")
}
