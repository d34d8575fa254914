package policies

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

// fixture is what the tests of every feature need to know of policies. There are two
// categories, work and empty, and in work hello: a policy in Portuguese of Caio's,
// which must be read, was confirmed by everybody, and should have been reviewed.
var fixture = webtest.Fixture{
	Feature: Feature,
	Fill: func(i *webtest.Intranet) {
		i.Exec(`INSERT INTO policy_categories (slug, names) VALUES ('work', $1), ('empty', '{"en": "Empty"}')`,
			map[string]string{"en": `Work <i>"x"</i>`})
		insert(i, newPolicy{
			Slug: "hello", Category: "work", Lang: "pt", OwnerEmail: "caio@company.example", MustRead: true,
			Acknowledged: []string{"ana@company.example", "bea@company.example", "caio@company.example"},
			ReviewOn:     time.Now().AddDate(0, 0, -9), PublishedAt: time.Now().Add(-time.Hour), UpdatedAt: time.Now(),
			Texts: []content.Text{{
				Lang: "pt", Title: `Rule <i>"x"</i> </script><b>`, Summary: `<i>"s"</i>`,
				Body: "<script>alert(1)</script>\n\n[bad](javascript:alert(1)) **bold**",
			}},
		})
	},
	Params: func(*webtest.Intranet) map[string]string { return map[string]string{string(Show): "hello"} },
	Pages: func(*webtest.Intranet) []string {
		return []string{
			listPath(Filter{Category: "work"}), listPath(Filter{ToReview: true}), Edit.Of("hello", "lang", "en"),
		}
	},
	Forms: func(*webtest.Intranet) map[string]url.Values {
		one := url.Values{"version": {"1"}}
		changed := fields()
		changed.Set("version", "1")
		return map[string]url.Values{
			Index: fields(), Show.Of("hello"): changed, Unpublish.Of("hello"): one, Delete.Of("hello"): one,
			Review.Of("hello"): {"version": {"1"}, "review_on": {"2100-01-01"}}, Export.Of("hello"): {},
			Categories: {"name_en": {"Money"}}, RenameCategory.Of("work"): {"name_en": {"Work"}, "version": {"1"}},
			DeleteCategory.Of("empty"): one,
		}
	},
	Searchable: `
		WITH x AS (SELECT gen_random_uuid() AS id, title, word FROM unnest($2::text[], $3::text[]) AS x (title, word)),
			c AS (
				INSERT INTO policy_categories (slug, names) VALUES (left(md5(random()::text), 16), '{"en": "Work"}')
				RETURNING slug
			),
			n AS (
				INSERT INTO policies (id, slug, category, lang, review_on, published_at)
				SELECT id, left(md5(id::text), 16), c.slug, $1, now(), now() FROM x, c
			)
		INSERT INTO policies_texts (policy_id, lang, title, summary, body, plain)
		SELECT id, $1, title, 'Summary.', word, word
		FROM x`,
}

func TestPolicies(t *testing.T) { webtest.Check(t, fixture) }

func TestPoliciesAsTexts(t *testing.T) {
	hostile := `</textarea><script>alert(1)</script>`
	contenttest.Check(t, contenttest.Kind{
		Fixture: fixture, Kind: kind,
		Fields: func() url.Values {
			form := fields()
			form.Set("title", "Lunch")
			form.Set("body", "From **Monday**.")
			return form
		},
		Publish: func(b *webtest.Browser, slug string) { b.Post(Publish.Of(slug), version(b, slug)) },
		Wrong: []contenttest.Wrong{
			{Field: "category", Value: "", At: "category"}, {Field: "category", Value: "none", At: "category"},
			{Field: "category", Value: hostile, At: "category"},
			{Field: "owner", Value: "", At: "owner"}, {Field: "owner", Value: "ana", At: "owner"},
			{Field: "owner", Value: hostile, At: "owner"},
			{Field: "owner", Value: "nobody@company.example", At: "owner"},
			{Field: "review_on", Value: "", At: "review_on"}, {Field: "review_on", Value: "soon", At: "review_on"},
			{Field: "review_on", Value: "2030-02-30", At: "review_on"},
			{Field: "review_on", Value: "0203-03-04", At: "review_on"},
			{Field: "review_on", Value: "2200-01-01", At: "review_on"},
			{Field: "review_on", Value: hostile, At: "review_on"},
		},
		Extra: `published_at IS NULL AND owner_id = (SELECT id FROM people WHERE email = 'bea@company.example')`,
		Table: "policies", Texts: "policies_texts", Acknowledgements: "policies_acknowledgements", Key: "policy_id",
	})
}

// start runs an intranet with a policy in it.
func start(t testing.TB) *webtest.Intranet { return fixture.Start(t, webtest.Options{}) }

// insert adds policies as the demo does.
func insert(i *webtest.Intranet, all ...newPolicy) {
	i.T.Helper()
	for _, p := range all {
		batch := &pgx.Batch{}
		p.queue(batch)
		if err := i.Pool.SendBatch(i.T.Context(), batch).Close(); err != nil {
			i.T.Fatal(err)
		}
	}
}

// fields is the form of a policy.
func fields() url.Values {
	return url.Values{
		"lang": {"en"}, "title": {"Expenses"}, "summary": {"What we\n pay back."}, "body": {"Keep the **receipt**."},
		"category": {"work"}, "owner": {"bea@company.example"}, "review_on": {"2100-03-31"},
	}
}

// made posts the form of a new policy and returns its slug.
func made(b *webtest.Browser, form url.Values) (slug string) {
	b.I.T.Helper()
	res := b.Post(Index, form)
	if res.StatusCode != http.StatusSeeOther {
		b.I.T.Fatalf("%d: %s", res.StatusCode, res.HTML(b.I.T).Find(".field-error").Text())
	}
	return strings.TrimPrefix(res.Header.Get("Location"), Index+"/")
}

// version is a form with the version that the page of a policy was made from.
func version(b *webtest.Browser, slug string) url.Values {
	b.I.T.Helper()
	return url.Values{"version": {b.Get(Edit.Of(slug)).HTML(b.I.T).Find("input[name=version]").AttrOr("value", "")}}
}
