package web

import (
	"encoding/csv"
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

var policiesNoun = aNoun{
	company: func(c *store.Company) {
		c.PolicyCategories = []store.NewPolicyCategory{{Slug: "work", Names: store.Texts{"en": `Work <i>"x"</i>`}}, {Slug: "empty", Names: store.Texts{"en": "Empty"}}}
		c.Policies = []store.NewPolicy{{
			Slug: "hello", Category: "work", Lang: "pt", OwnerEmail: "caio@aroeira.example", ReviewOn: time.Now().AddDate(0, 0, -9), MustRead: true, PublishedAt: time.Now().Add(-time.Hour), UpdatedAt: time.Now(),
			Texts: []store.Written{{Lang: "pt", Title: `Rule <i>"x"</i> </script><b>`, Summary: `<i>"s"</i>`, Body: "<script>alert(1)</script>\n\n| a | b |\n|:-|-:|\n| <i onclick=x>c</i> | [d](javascript:alert(1)) |\n\n<div><table class=x><caption>z</caption></table></div>"}},
		}}
	},
	pages: func(*intranet) []string {
		return []string{paths.Policies, paths.PoliciesList("work", false, ""), paths.PoliciesList("", true, ""), paths.PoliciesNew, paths.Policy.Of("hello"),
			paths.PolicyEdit.Of("hello"), paths.PolicyEdit.Of("hello", "lang", "en"), paths.PolicyAcknowledgements.Of("hello"), paths.PolicyCategories}
	},
	changes: func(*intranet) map[string]url.Values {
		changed := policyFields()
		changed.Set("version", "1")
		return map[string]url.Values{
			paths.Policies: policyFields(), paths.Policy.Of("hello"): changed, paths.PolicyUnpublish.Of("hello"): {"version": {"1"}}, paths.PolicyDelete.Of("hello"): {"version": {"1"}},
			paths.PolicyReview.Of("hello"): {"version": {"1"}, "review_on": {"2100-01-01"}}, paths.PolicyAcknowledgementsExport.Of("hello"): nil,
			paths.PolicyCategories: {"name_en": {"Money"}}, paths.PolicyCategory.Of("work"): {"name_en": {"Work"}, "version": {"1"}}, paths.PolicyCategoryDelete.Of("empty"): {"version": {"1"}},
		}
	},
	seeds: func(_ *intranet, add func(pattern paths.Pattern, id, body string)) {
		add(paths.Policies, "", policyFields().Encode()+"&body=%0d%0a%00")
		add(paths.Policies, "", "lang=pt&title=%ff&owner=@&category=work&review_on=0000-00-00&preview=yes")
		add(paths.Policy, "hello", policyFields().Encode()+"&version=1&must_read=1&again=1")
		add(paths.Policy, "hello", "lang=fr&version=%2b1&preview=1")
		add(paths.PolicyReview, "hello", "version=1&review_on=2199-12-31")
		add(paths.PolicyPublish, "hello", "version=1")
		add(paths.PolicyTranslationDelete, "hello", "version=1&lang=%00")
		add(paths.PolicyAcknowledgement, "hello", "edition=1")
		add(paths.PolicyCategories, "", "name_en=x%00&name_pt=%ff")
		add(paths.PolicyCategory, "work", "name_en=&name_es=%0a")
		add(paths.PolicyCategoryDelete, "empty", "version=1")
		add(paths.PolicyDelete, "hello", "version=1")
	},
	again: func(_ *intranet, batch *pgx.Batch) {
		batch.Queue(`DELETE FROM policies`)
		batch.Queue(`DELETE FROM policy_categories WHERE slug <> 'work'`)
		batch.Queue(`INSERT INTO policy_categories (slug, names) VALUES ('work', '{"en": "Work"}'), ('empty', '{"en": "Empty"}') ON CONFLICT DO NOTHING`)
		batch.Queue(`INSERT INTO policies (slug, category, lang, review_on, must_read, published_at) VALUES ('hello', 'work', 'en', '2100-01-01', true, now())`)
		batch.Queue(`INSERT INTO policies_texts (policy_id, lang, title, summary, body) SELECT id, 'en', 'Hello', 's', 'b' FROM policies`)
	},
}

// policyFields is the form of a policy.
func policyFields() url.Values {
	return url.Values{
		"lang": {"en"}, "title": {"Expenses"}, "summary": {"What we\n pay back."}, "body": {"Keep the **receipt**."},
		"category": {"work"}, "owner": {"bea@aroeira.example"}, "review_on": {"2100-03-31"},
	}
}

// wrote posts the form of a new policy and returns its slug.
func (b *browser) wrote(form url.Values) (slug string) {
	b.i.t.Helper()
	res := b.post(paths.Policies, form)
	if res.StatusCode != http.StatusSeeOther {
		b.i.t.Fatalf("%d: %s", res.StatusCode, res.html(b.i.t).Find(".field-error").Text())
	}
	return strings.TrimPrefix(res.Header.Get("Location"), paths.Policies+"/")
}

// policyVersion is the version that the page of a policy was made from.
func (b *browser) policyVersion(slug string) url.Values {
	b.i.t.Helper()
	return url.Values{"version": {b.get(paths.PolicyEdit.Of(slug)).html(b.i.t).Find("input[name=version]").AttrOr("value", "")}}
}

// From the form to its readers: a draft, published, confirmed, reviewed, taken
// back and deleted.
func TestThePolicysWay(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	caio, bea := i.enter("caio", 0), i.enter("bea", 0)
	form := policyFields()
	form.Set("must_read", "yes")
	slug := caio.wrote(form)
	page := caio.get(paths.Policy.Of(slug)).html(t)
	if slug != "expenses" || page.Find("[role=status]").Length() != 1 || page.Find(".prose strong").Text() != "receipt" || page.Find(".tag-warn").Length() != 1 || page.Find(".lead").Text() != "What we pay back." || page.Find(".acknowledgement").Length() != 0 {
		t.Errorf("%s: %s", slug, page.Find("main").Text())
	}
	for _, path := range []string{paths.Policy.Of(slug), paths.Policy.Of("none"), paths.Policy.Of("%00")} {
		if res := bea.get(path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s, to a reader: %d", path, res.StatusCode)
		}
	}
	if res := bea.post(paths.PolicyAcknowledgement.Of(slug), url.Values{"edition": {"1"}}); res.StatusCode != http.StatusNotFound || strings.Contains(bea.get(paths.Policies).body, slug) {
		t.Errorf("a draft is confirmed, or listed: %d", res.StatusCode)
	}

	caio.post(paths.PolicyPublish.Of(slug), caio.policyVersion(slug))
	read := bea.get(paths.Policy.Of(slug)).html(t)
	if facts := read.Find(".policy-facts").Text(); read.Find(".policy-facts a[href='"+paths.Person.Of(i.ids["bea"])+"']").Length() != 1 || !strings.Contains(facts, "31 March 2100") || !strings.Contains(facts, "Work") || read.Find(".editors").Length() != 0 {
		t.Errorf("%q", facts)
	}
	if read.Find("form[action='"+paths.PolicyAcknowledgement.Of(slug)+"'] input[value='1']").Length() != 1 {
		t.Error("it does not ask to be confirmed")
	}
	bea.post(paths.PolicyAcknowledgement.Of(slug), url.Values{"edition": {"1"}, "person": {i.ids["ana"]}})
	if read := bea.get(paths.Policy.Of(slug)).html(t); read.Find(".acknowledgement time").Length() != 1 || read.Find(".acknowledgement form").Length() != 0 || i.count(`policies_acknowledgements WHERE person_id = '`+i.ids["bea"]+`'`) != 1 {
		t.Error("it is not confirmed")
	}
	if missing := caio.get(paths.PolicyAcknowledgements.Of(slug)).html(t); missing.Find(".person-row").Length() != 2 || missing.Find("a[href='"+paths.Person.Of(i.ids["bea"])+"']").Length() != 0 {
		t.Errorf("%s", missing.Find("main").Text())
	}

	for day, done := range map[string]bool{"": false, "soon": false, "2020-01-01": false, "2200-01-01": false, "2099-02-28": true} {
		form := caio.policyVersion(slug)
		form.Set("review_on", day)
		caio.post(paths.PolicyReview.Of(slug), form)
		if page := caio.get(paths.Policy.Of(slug)).html(t); page.Find("[role=status]").Length() != 1 || strings.Contains(page.Find(".policy-facts").Text(), "2099") != done {
			t.Errorf("the next review on %q: %s", day, page.Find("[role=status]").Text())
		}
		i.exec(`UPDATE policies SET review_on = '2100-03-31' WHERE slug = $1`, slug)
	}
	old := caio.policyVersion(slug)
	caio.post(paths.PolicyUnpublish.Of(slug), old)
	if res := bea.get(paths.Policy.Of(slug)); res.StatusCode != http.StatusNotFound {
		t.Errorf("taken back: %d", res.StatusCode)
	}
	for _, path := range []string{paths.PolicyPublish.Of(slug), paths.PolicyDelete.Of(slug), paths.PolicyReview.Of(slug) + "?review_on=2100-01-01"} {
		caio.post(path, old)
		if page := caio.get(paths.Policy.Of(slug)).html(t); page.Find("[role=status]").Length() != 1 || page.Find("form[action='"+paths.PolicyPublish.Of(slug)+"']").Length() != 1 {
			t.Errorf("%s from an old version: %s", path, page.Find("[role=status]").Text())
		}
	}
	caio.post(paths.PolicyDelete.Of(slug), caio.policyVersion(slug))
	for _, res := range []answer{caio.get(paths.Policy.Of(slug)), caio.get(paths.PolicyEdit.Of(slug)), caio.get(paths.PolicyAcknowledgements.Of(slug)), caio.post(paths.PolicyAcknowledgementsExport.Of(slug), nil), caio.post(paths.PolicyDelete.Of(slug), nil)} {
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%s %s, deleted: %d", res.Request.Method, res.Request.URL.Path, res.StatusCode)
		}
	}
	form.Set("summary", "What we pay back.")
	caio.keepsWhatIsGone(paths.Policy.Of(slug), paths.Policies, form)
	if got := i.events(); !slices.Equal(got, []string{"policy.created Expenses", "policy.published Expenses", "policy.reviewed Expenses, next on 2099-02-28", "policy.unpublished Expenses", "policy.deleted Expenses", "policy.created Expenses"}) {
		t.Errorf("recorded %q", got)
	}
}

// What does not fit comes back with what was typed, and a word at each field; what
// is looked at first is not stored.
func TestAPolicysFormKeepsWhatWasTypedAndSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	caio := i.enter("caio", 0)
	hostile := `</textarea><script>alert(1)</script>`
	i.exec(`UPDATE people SET active = false WHERE id = $1`, i.ids["bea"])
	before := i.dump()
	for _, path := range []string{paths.Policies, paths.Policy.Of("hello")} {
		for _, test := range []struct{ field, value string }{
			{"title", ""}, {"title", "  "}, {"title", strings.Repeat("t", 201)}, {"title", "two\nlines"}, {"summary", ""}, {"summary", strings.Repeat("s", 501)},
			{"body", strings.Repeat("b", 20001)}, {"body", "a\x00b"}, {"category", ""}, {"category", "none"}, {"category", hostile},
			{"owner", ""}, {"owner", "ana"}, {"owner", hostile}, {"owner", "nobody@aroeira.example"}, {"owner", "bea@aroeira.example"}, // who works here no more
			{"review_on", ""}, {"review_on", "soon"}, {"review_on", "2030-02-30"}, {"review_on", "0203-03-04"}, {"review_on", "2200-01-01"}, {"review_on", hostile},
		} {
			form := policyFields()
			form.Set("version", "1")
			form.Set("owner", "ana@aroeira.example")
			form.Set("body", "First\r\n"+hostile)
			form.Set(test.field, test.value)
			res := caio.post(path, form)
			html := res.html(t)
			if res.StatusCode != http.StatusUnprocessableEntity || html.Find("#"+test.field+"-error").Length() != 1 || html.Find("[role=alert][autofocus]").Length() != 1 || html.Find("#"+test.field).AttrOr("aria-invalid", "") != "true" || !strings.Contains(res.body, chatToken) {
				t.Errorf("%s, %s %.40q: %d, %q", path, test.field, test.value, res.StatusCode, html.Find(".field-error").Text())
			}
			if test.field != "title" && html.Find("#title").AttrOr("value", "") != "Expenses" || test.field != "body" && strings.TrimPrefix(html.Find("#body").Text(), "\n") != "First\n"+hostile || strings.Contains(res.body, "<script>alert") {
				t.Errorf("%s %.40q: what was typed is gone, or not escaped: %q", test.field, test.value, html.Find("#body").Text())
			}
		}
		form := url.Values{"lang": {"en"}, "title": {"Half"}, "body": {"| a |\n|---|\n| **b** |\n\n" + hostile}, "preview": {"yes"}, "version": {"1"}}
		res := caio.post(path, form)
		html := res.html(t)
		if res.StatusCode != http.StatusOK || html.Find(".preview td strong").Text() != "b" || html.Find(".preview script, .field-error").Length() != 0 || html.Find("#title").AttrOr("value", "") != "Half" {
			t.Errorf("%s, looked at first: %d", path, res.StatusCode)
		}
		for _, lang := range []string{"", "fr"} {
			form := policyFields()
			form.Set("lang", lang)
			if res := caio.post(path, form); res.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("%s in %q: %d", path, lang, res.StatusCode)
			}
		}
	}
	for _, form := range []url.Values{nil, {"name_en": {" "}, "name_pt": {"x"}}, {"name_en": {"two\nlines"}}, {"name_en": {"x"}, "name_es": {strings.Repeat("x", 101)}}} {
		for _, path := range []string{paths.PolicyCategories, paths.PolicyCategory.Of("work")} {
			if res := caio.post(path, form); res.StatusCode != http.StatusUnprocessableEntity || res.html(t).Find("[aria-invalid]").Length() != 1 {
				t.Errorf("%s %v: %d", path, form, res.StatusCode)
			}
		}
	}
	if res := caio.post(paths.PolicyCategories, url.Values{"name_en": {"Work!"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a second category of a name: %d", res.StatusCode)
	}
	if res := caio.post(paths.PolicyCategory.Of("work"), url.Values{"name_en": {"Work"}, "name_es": {"EMPTY"}, "version": {"1"}}); res.StatusCode != http.StatusUnprocessableEntity || res.html(t).Find("#name_es-work-error").Length() != 1 {
		t.Errorf("a name that another category has: %d", res.StatusCode)
	}
	if i.dump() != before {
		t.Error("something was stored")
	}
}

func TestASecondEditorsNameOfACategoryIsNotLost(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	caio := i.enter("caio", 0)
	form := func(name, version string) url.Values { return url.Values{"name_en": {name}, "version": {version}} }
	if res := caio.post(paths.PolicyCategory.Of("work"), form("First", "1")); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.StatusCode)
	}
	res := caio.post(paths.PolicyCategory.Of("work"), form("Second", "1"))
	html := res.html(t)
	if said := html.Find("[role=alert]").Text(); res.StatusCode != http.StatusConflict || !strings.Contains(said, "First") || html.Find("input[value=Second]").Length() != 1 {
		t.Errorf("%d, %q", res.StatusCode, said)
	}
	version := html.Find(`form[action="`+paths.PolicyCategory.Of("work")+`"] input[name=version]`).AttrOr("value", "")
	if res := caio.post(paths.PolicyCategory.Of("work"), form("Second", version)); res.StatusCode != http.StatusSeeOther {
		t.Errorf("saved once more: %d", res.StatusCode)
	}
}

func TestACategoryWithoutPoliciesCanBeDeleted(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	caio := i.enter("caio", 0)
	html := caio.get(paths.PolicyCategories).html(t)
	if html.Find(`form[action="`+paths.PolicyCategoryDelete.Of("empty")+`"]`).Length() != 1 || html.Find(`form[action="`+paths.PolicyCategoryDelete.Of("work")+`"]`).Length() != 0 {
		t.Error("what can be deleted is not offered, or what cannot is")
	}
	// Somebody renamed it meanwhile: who deletes it has to see that.
	old := url.Values{"version": {html.Find(`form[action="`+paths.PolicyCategoryDelete.Of("empty")+`"] [name=version]`).AttrOr("value", "")}}
	caio.post(paths.PolicyCategory.Of("empty"), url.Values{"name_en": {"Not so empty"}, "version": {"1"}})
	caio.post(paths.PolicyCategoryDelete.Of("empty"), old)
	html = caio.get(paths.PolicyCategories).html(t)
	if html.Find("input[value='Not so empty']").Length() != 1 || !strings.Contains(html.Find("[role=status]").Text(), "mientras tanto") {
		t.Error("an old page deletes what was renamed")
	}
	version := map[string]string{"work": "1", "empty": html.Find(`form[action="`+paths.PolicyCategoryDelete.Of("empty")+`"] [name=version]`).AttrOr("value", "")}
	for _, slug := range []string{"work", "empty"} { // one that somebody has put a policy into meanwhile, and an empty one
		if res := caio.post(paths.PolicyCategoryDelete.Of(slug), url.Values{"version": {version[slug]}}); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d", slug, res.StatusCode)
		}
	}
	html = caio.get(paths.PolicyCategories).html(t)
	if html.Find(`form[action="`+paths.PolicyCategory.Of("empty")+`"]`).Length() != 0 || html.Find(`form[action="`+paths.PolicyCategory.Of("work")+`"]`).Length() != 1 {
		t.Error("the wrong one is gone")
	}
	caio.keepsWhatIsGone(paths.PolicyCategory.Of("empty"), paths.PolicyCategories, url.Values{"name_en": {"Empty"}, "name_pt": {"Vazia"}, "name_es": {""}})
	if res := caio.post(paths.PolicyCategory.Of("none"), nil); res.StatusCode != http.StatusConflict || res.html(t).Find("#name_en--error").Length() != 1 {
		t.Errorf("an empty form of what was deleted: %d", res.StatusCode)
	}
}

func TestASecondEditorsChangeToAPolicyIsNotLost(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	caio, ana, bea := i.enter("caio", 0), i.enter("ana", 0), i.enter("bea", 0)
	first, second := policyFields(), policyFields()
	for _, form := range []url.Values{first, second} {
		form.Set("lang", "pt")
		form.Set("version", caio.policyVersion("hello").Get("version"))
	}
	first.Set("title", "Of the first")
	first.Set("body", "Theirs, *as it is stored*")
	second.Set("title", "Of the second")
	if res := caio.post(paths.Policy.Of("hello"), first); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.StatusCode)
	}
	for range 2 { // to reload the answer is not to know of it
		res := ana.post(paths.Policy.Of("hello"), second)
		html := res.html(t)
		if res.StatusCode != http.StatusConflict || html.Find("[role=alert][autofocus]").Length() != 1 || html.Find("#title").AttrOr("value", "") != "Of the second" || !strings.Contains(res.body, chatToken) {
			t.Fatalf("%d", res.StatusCode)
		}
		if stored := html.Find(".stored").Text(); !strings.Contains(stored, "Of the first") || !strings.Contains(stored, "Theirs, *as it is stored*") {
			t.Errorf("the stored one is not beside it: %q", stored)
		}
		if title := bea.get(paths.Policy.Of("hello")).html(t).Find("h1").Text(); title != "Of the first" {
			t.Errorf("it was replaced: %q", title)
		}
		if got := html.Find("input[name=version]").AttrOr("value", ""); got != "2" {
			t.Fatalf("the form is of version %q", got)
		}
	}
	for _, version := range []string{"", "x", "-1", "99999999999999999999"} {
		second.Set("version", version)
		if res := ana.post(paths.Policy.Of("hello"), second); res.StatusCode != http.StatusConflict {
			t.Errorf("version %q: %d", version, res.StatusCode)
		}
	}
	second.Set("version", "2")
	second.Set("lang", "en") // knowingly, and as a translation
	if res := ana.post(paths.Policy.Of("hello"), second); res.StatusCode != http.StatusSeeOther {
		t.Errorf("%d", res.StatusCode)
	}
	for b, want := range map[*browser]string{ana: "Of the first", bea: "Of the second", caio: "Of the first"} { // who read Portuguese, English and Spanish
		if title := b.get(paths.Policy.Of("hello")).html(t).Find("h1").Text(); title != want {
			t.Errorf("%q, want %q", title, want)
		}
	}
	if caio.get(paths.Policy.Of("hello")).html(t).Find(".tags [lang='pt-BR']").Length() != 1 {
		t.Error("a reader of Spanish is not told which language it is")
	}
	translation := caio.policyVersion("hello")
	translation.Set("lang", "en")
	caio.post(paths.PolicyTranslationDelete.Of("hello"), translation)
	if title := bea.get(paths.Policy.Of("hello")).html(t).Find("h1").Text(); title != "Of the first" {
		t.Errorf("without its translation: %q", title)
	}
}

func TestPoliciesAreListedByCategoryPageByPage(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.exec(`WITH p AS (INSERT INTO policies (slug, category, lang, review_on, published_at) SELECT 'rule-' || n, 'work', 'en', '2100-01-01', now() FROM generate_series(100, 219) n RETURNING id, slug)
		INSERT INTO policies_texts (policy_id, lang, title, summary, body) SELECT id, 'en', slug, 's', '' FROM p`)
	bea := i.enter("bea", 0)
	var got []string
	pages := 0
	for path := paths.PoliciesList("work", false, ""); path != ""; pages++ {
		html := bea.get(path).html(t)
		got = append(got, html.Find(".policy-row h3").Map(func(_ int, s *goquery.Selection) string { return s.Text() })...)
		if html.Find(".tabs [aria-current]").Text() != `Work <i>"x"</i>` || html.Find("h2.policies-category").Length() != 1 || pages > 10 {
			t.Fatal("no tab is current, no category is named, or no page is the last")
		}
		path = html.Find("a[rel=next]").AttrOr("href", "")
	}
	if len(got) != 121 || pages != 3 || got[1] != "rule-100" || got[120] != "rule-219" {
		t.Errorf("%d on %d pages: %q", len(got), pages, got)
	}
	for _, after := range []string{"x", "e30", "%00"} {
		if res := bea.get(paths.Policies + "?after=" + after); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", after, res.StatusCode)
		}
	}
	if html := bea.get(paths.PoliciesList("no-such", false, "")).html(t); html.Find(".empty").Length() != 1 || html.Find(".tabs a[href='"+paths.Policies+"']").Length() != 1 {
		t.Error("no such category is a dead end")
	}
}

// The rules of the routes, said a second time: who only reads changes nothing.
func TestReadersChangeNoPolicy(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	bea, before := i.enter("bea", 0), i.dump()
	for path, form := range policiesNoun.changes(i) {
		if res := bea.post(path, form); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	for _, path := range []string{paths.PolicyPublish.Of("hello"), paths.PolicyTranslationDelete.Of("hello")} {
		if res := bea.post(path, url.Values{"version": {"1"}, "lang": {"en"}}); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	for _, path := range []string{paths.PoliciesNew, paths.PolicyEdit.Of("hello"), paths.PolicyAcknowledgements.Of("hello"), paths.PolicyCategories} {
		if res := bea.get(path); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if i.dump() != before {
		t.Error("something was changed")
	}
}

// Reviews are the editors' business: what is late is marked for them alone.
func TestOnlyEditorsAreOfferedToChangeAndReviewPolicies(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	for name, want := range map[string]int{"bea": 0, "caio": 1, "ana": 1} {
		b := i.enter(name, 0)
		list := b.get(paths.Policies).html(t)
		if n, m, o := list.Find("main a[href='"+paths.PoliciesNew+"']").Length(), list.Find(".tabs a[href='"+paths.PoliciesList("", true, "")+"']").Length(), list.Find(".tag-bad").Length(); n != want || m != want || o != want {
			t.Errorf("%s: %d, %d and %d ways to more", name, n, m, o)
		}
		if n := b.get(paths.PoliciesList("", true, "")).html(t).Find("h2.visually-hidden").Length(); n != want {
			t.Errorf("%s sees what is to be reviewed", name)
		}
		page := b.get(paths.Policy.Of("hello")).html(t)
		for _, path := range []string{paths.PolicyReview.Of("hello"), paths.PolicyDelete.Of("hello"), paths.PolicyUnpublish.Of("hello")} {
			if n := page.Find("form[action='" + path + "']").Length(); n != want {
				t.Errorf("%s: %d × %s", name, n, path)
			}
		}
	}
}

func TestWhoHasConfirmedAPolicyIsExported(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.exec(`UPDATE people SET name = '=1+1' WHERE id = $1`, i.ids["bea"])
	i.exec(`INSERT INTO policies_acknowledgements (policy_id, edition, person_id, at) SELECT id, 1, $1, '2026-01-02T03:04:05Z' FROM policies`, i.ids["ana"])
	calls := i.calls.Load()
	res := i.enter("caio", 0).post(paths.PolicyAcknowledgementsExport.Of("hello"), nil)
	rows, err := csv.NewReader(strings.NewReader(res.body)).ReadAll()
	if err != nil || len(rows) != 4 || rows[1][0] != "'=1+1" || rows[1][3] != "" || rows[2][1] != "ana@aroeira.example" || rows[2][3] != "2026-01-02T03:04:05Z" {
		t.Errorf("%q, %v", rows, err)
	}
	if res.Header.Get("Content-Disposition") != `attachment; filename="acknowledgements-hello.csv"` || i.calls.Load() != calls || !slices.Equal(i.events(), []string{`policy.exported Rule <i>"x"</i> </script><b>`}) {
		t.Errorf("%v, %q", res.Header, i.events())
	}
}

// Tables are all that Markdown has beyond its basics here, and they are bare.
func TestTheTablesOfAPolicyCannotRun(t *testing.T) {
	t.Parallel()
	prose := newIntranet(t).as("bea").get(paths.Policy.Of("hello")).html(t).Find(".prose")
	if prose.Find("table > thead > tr > th").Length() != 2 || prose.Find("table > tbody > tr > td").Length() != 2 || prose.Find("td[data-align=right]").Text() != "d" {
		html, _ := prose.Html()
		t.Errorf("it is no table: %s", html)
	}
	if prose.Find("script, i, div, caption, a, [class], [style], [onclick]").Length() != 0 {
		html, _ := prose.Html()
		t.Error(html)
	}
}

func TestExtraFieldsOfAPolicysFormChangeNothing(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	form := policyFields()
	form["id"], form["slug"], form["version"], form["edition"], form["published"], form["published_at"], form["owner_id"] = []string{nobodysID}, []string{"mine"}, []string{"9"}, []string{"9"}, []string{"yes"}, []string{"2020-01-01"}, []string{i.ids["ana"]}
	if slug := i.enter("caio", 0).wrote(form); slug != "expenses" || i.count(`policies WHERE slug = 'expenses' AND owner_id = '`+i.ids["bea"]+`' AND version = 1 AND edition = 1 AND published_at IS NULL`) != 1 {
		t.Error("a policy is published, somebody else's, or of another version")
	}
}
