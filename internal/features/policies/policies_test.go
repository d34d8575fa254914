package policies

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
)

// A day that there is not is said to be none.
func TestAPolicyIsReviewedOnADayThatExists(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio := i.As("caio")
	for day, key := range map[string]string{
		"2031-02-31": i18n.NoDay, "": i18n.NoDay, "soon": i18n.NoDay, "2200-01-01": "policy.error.review_on",
	} {
		form := fields()
		form.Set("review_on", day)
		if said := caio.Post(Index, form).HTML(t).Find("#review_on-error").Text(); said != i.Says("es", key) {
			t.Errorf("%s: %q", day, said)
		}
	}
}

// A policy goes from a draft to its readers, is reviewed, taken back, and deleted.
func TestTheWayOfAPolicy(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio, bea := i.As("caio"), i.As("bea")
	slug := made(caio, fields())
	seen := func() bool { return bea.Get(Show.Of(slug)).StatusCode == http.StatusOK }
	page := caio.Get(Show.Of(slug)).HTML(t)
	if slug != "expenses" || page.Find("[role=status]").Length() != 1 ||
		page.Find(".prose strong").Text() != "receipt" ||
		page.Find(".tag-warn").Length() != 1 || page.Find(".lead").Text() != "What we pay back." {
		t.Errorf("%s: %s", slug, page.Find("main").Text())
	}
	if seen() || strings.Contains(bea.Get(Index).Body, slug) {
		t.Error("a draft is shown, or listed")
	}
	for _, path := range []string{Show.Of("none"), Show.Of("%00"), Show.Of("x%2fy")} {
		if res := bea.Get(path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	caio.Post(Publish.Of(slug), version(caio, slug))
	caio.Post(Publish.Of(slug), version(caio, slug)) // it is published already: nothing is recorded
	facts := bea.Get(Show.Of(slug)).HTML(t).Find(".policy-facts")
	if owner := facts.Find("a[href='" + paths.Person.Of(i.IDs["bea"]) + "']").Length(); owner != 1 ||
		!strings.Contains(facts.Text(), "31 March 2100") || !strings.Contains(facts.Text(), "Work") {
		t.Errorf("%q", facts.Text())
	}
	for day, done := range map[string]bool{
		"": false, "soon": false, "2020-01-01": false, "2200-01-01": false, "2099-02-28": true,
	} {
		form := version(caio, slug)
		form.Set("review_on", day)
		caio.Post(Review.Of(slug), form)
		page := caio.Get(Show.Of(slug)).HTML(t)
		said := page.Find("[role=status]").Text()
		if said == "" || strings.Contains(page.Find(".policy-facts").Text(), "2099") != done {
			t.Errorf("the next review on %q: %q", day, said)
		}
		i.Exec(`UPDATE policies SET review_on = '2100-03-31' WHERE slug = $1`, slug)
	}
	old := version(caio, slug)
	caio.Post(Unpublish.Of(slug), old)
	if seen() {
		t.Error("it was not taken back")
	}
	old.Set("review_on", "2100-01-01")
	for _, path := range []string{Publish.Of(slug), Delete.Of(slug), Review.Of(slug)} {
		caio.Post(path, old)
		page := caio.Get(Show.Of(slug)).HTML(t)
		said := page.Find("[role=status]").Text()
		if !strings.Contains(said, "No se hizo nada") ||
			page.Find("form[action='"+Publish.Of(slug)+"']").Length() != 1 {
			t.Errorf("%s from an old version: %q", path, said)
		}
	}
	caio.Post(Delete.Of(slug), version(caio, slug))
	want := []string{
		"policy.created Expenses", "policy.published Expenses", "policy.reviewed Expenses, next on 2099-02-28",
		"policy.unpublished Expenses", "policy.deleted Expenses",
	}
	if got := i.Recorded(); !slices.Equal(got, want) {
		t.Errorf("recorded %q", got)
	}
}

// Who works here no more answers for nothing, and who has left is named without a
// link.
func TestTheOwnerOfAPolicyWorksHere(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`UPDATE people SET active = false WHERE id = $1`, i.IDs["caio"])
	ana, form := i.As("ana"), fields()
	form.Set("owner", "CAIO@company.example")
	res := ana.Post(Index, form)
	if res.StatusCode != http.StatusUnprocessableEntity || res.HTML(t).Find("#owner-error").Length() != 1 {
		t.Errorf("%d", res.StatusCode)
	}
	facts := ana.Get(Show.Of("hello")).HTML(t).Find(".policy-facts")
	if !strings.Contains(facts.Text(), "Caio") || facts.Find("a[href^='/people/']").Length() != 0 {
		t.Errorf("%q", facts.Text())
	}
	i.Exec(`DELETE FROM people WHERE id = $1`, i.IDs["caio"])
	got := ana.Get(Show.Of("hello")).HTML(t).Find(".policy-facts dd").First().Text()
	if strings.TrimSpace(got) != i.Says("pt", "policy.owner.none") {
		t.Errorf("%q", got)
	}
}

// Whose owner has left, or is nobody, can be changed: the form says so, and the owner stays
// as it is until somebody is named who works here.
func TestAPolicyWhoseOwnerLeftCanBeChanged(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	for _, test := range []struct{ happens, owner, says string }{
		{`UPDATE people SET active = false WHERE id = $1`, "caio@company.example", "Caio"},
		{`DELETE FROM people WHERE id = $1`, "", i.Says("pt", "policy.form.owner.none")},
	} {
		i.Exec(test.happens, i.IDs["caio"])
		page := ana.Get(Edit.Of("hello")).HTML(t)
		if owner := page.Find("#owner"); owner.AttrOr("value", "") != test.owner ||
			!strings.Contains(page.Find("#owner-hint").Text(), test.says) {
			t.Errorf("%s: %q, %q", test.happens, owner.AttrOr("value", ""), page.Find("#owner-hint").Text())
		}
		before := i.First(`SELECT coalesce(owner_id::text, 'nobody') FROM policies WHERE slug = 'hello'`)
		form := version(ana, "hello")
		for name, values := range fields() {
			form[name] = values
		}
		form.Set("owner", strings.ToUpper(test.owner))
		form.Set("title", "Without its typo")
		if res := ana.Post(Show.Of("hello"), form); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d, %s", test.happens, res.StatusCode, res.HTML(t).Find(".field-error").Text())
		}
		after := i.First(`SELECT coalesce(owner_id::text, 'nobody') FROM policies WHERE slug = 'hello'`)
		if before != after || i.Count(`policies_texts WHERE title = 'Without its typo'`) == 0 {
			t.Errorf("%s: the owner was %s and is %s", test.happens, before, after)
		}
		for _, owner := range []string{"gone@company.example", "caio"} { // others are still refused
			form := version(ana, "hello")
			for name, values := range fields() {
				form[name] = values
			}
			form.Set("owner", owner)
			if res := ana.Post(Show.Of("hello"), form); res.StatusCode != http.StatusUnprocessableEntity ||
				res.HTML(t).Find("#owner-error").Length() != 1 {
				t.Errorf("%s, %q: %d", test.happens, owner, res.StatusCode)
			}
		}
	}
	form := version(ana, "hello")
	for name, values := range fields() {
		form[name] = values
	}
	if res := ana.Post(Show.Of("hello"), form); res.StatusCode != http.StatusSeeOther {
		t.Errorf("somebody who works here: %d", res.StatusCode)
	}
	form.Set("owner", "")
	form.Set("version", version(ana, "hello").Get("version"))
	if res := ana.Post(Show.Of("hello"), form); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("nobody in place of somebody: %d", res.StatusCode)
	}
}

// Where there is no category yet, the form leads to them.
func TestAPolicyNeedsACategory(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio := i.As("caio")
	html := caio.Get(New).HTML(t)
	if html.Find(".policy-form").Length() != 1 || html.Find("#category option").First().AttrOr("value", "x") != "" {
		t.Error("a category is chosen already, or there is no form")
	}
	i.Exec(`DELETE FROM policies`)
	i.Exec(`DELETE FROM policy_categories`)
	html = caio.Get(New).HTML(t)
	if html.Find(".policy-form").Length() != 0 || html.Find("main a[href='"+Categories+"']").Length() != 1 {
		t.Error("there is a form without a category to choose")
	}
	res := caio.Post(Index, fields()) // what was typed is shown again in any case
	typed := res.HTML(t).Find("#title").AttrOr("value", "")
	if res.StatusCode != http.StatusUnprocessableEntity || typed != "Expenses" {
		t.Errorf("%d, %q", res.StatusCode, typed)
	}
}

func TestTheNamesOfACategoryAreChecked(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio, before := i.As("caio"), i.Dump()
	for _, form := range []url.Values{
		nil, {"name_en": {" "}, "name_pt": {"x"}}, {"name_en": {"two\nlines"}},
		{"name_en": {"x"}, "name_es": {strings.Repeat("x", 101)}},
	} {
		for _, path := range []string{Categories, RenameCategory.Of("work")} {
			res := caio.Post(path, form)
			if res.StatusCode != http.StatusUnprocessableEntity || res.HTML(t).Find("[aria-invalid]").Length() != 1 {
				t.Errorf("%s %v: %d", path, form, res.StatusCode)
			}
		}
	}
	for path, form := range map[string]url.Values{ // another one has the slug, or a name in another language
		Categories:                {"name_en": {"Empty!"}},
		RenameCategory.Of("work"): {"name_en": {"Work"}, "name_es": {"ÉMPTY"}, "version": {"1"}},
	} {
		res := caio.Post(path, form)
		if res.StatusCode != http.StatusUnprocessableEntity || res.HTML(t).Find("[aria-invalid]").Length() != 1 {
			t.Errorf("%s: a name that another category has: %d", path, res.StatusCode)
		}
	}
	if i.Dump() != before {
		t.Error("something was stored")
	}
	if label := i.As("ana").Get(Categories).HTML(t).Find("[for=name_es-work]").Text(); label != "Nome em espanhol" {
		t.Errorf("%q", label)
	}
}

func TestASecondEditorsNameOfACategoryIsNotLost(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio, work := i.As("caio"), RenameCategory.Of("work")
	form := func(name, version string) url.Values { return url.Values{"name_en": {name}, "version": {version}} }
	if res := caio.Post(work, form("First", "1")); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.StatusCode)
	}
	res := caio.Post(work, form("Second", "1"))
	html := res.HTML(t)
	said := html.Find("[role=alert]").Text()
	if res.StatusCode != http.StatusConflict || !strings.Contains(said, "First") ||
		html.Find("input[value=Second]").Length() != 1 {
		t.Errorf("%d, %q", res.StatusCode, said)
	}
	version := html.Find(`form[action="`+work+`"] input[name=version]`).AttrOr("value", "")
	if res := caio.Post(work, form("Second", version)); res.StatusCode != http.StatusSeeOther {
		t.Errorf("saved once more: %d", res.StatusCode)
	}
}

func TestACategoryWithoutPoliciesCanBeDeleted(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio := i.As("caio")
	html := caio.Get(Categories).HTML(t)
	forms := func(action string) int { return html.Find(`form[action="` + action + `"]`).Length() }
	if forms(DeleteCategory.Of("empty")) != 1 || forms(DeleteCategory.Of("work")) != 0 {
		t.Error("what can be deleted is not offered, or what cannot is")
	}
	// Somebody renamed it meanwhile: who deletes it has to see that.
	emptys := func() string {
		return html.Find(`form[action="`+DeleteCategory.Of("empty")+`"] [name=version]`).AttrOr("value", "")
	}
	old := url.Values{"version": {emptys()}}
	caio.Post(RenameCategory.Of("empty"), url.Values{"name_en": {"Not so empty"}, "version": {"1"}})
	caio.Post(DeleteCategory.Of("empty"), old)
	html = caio.Get(Categories).HTML(t)
	if html.Find("input[value='Not so empty']").Length() != 1 ||
		!strings.Contains(html.Find("[role=status]").Text(), "mientras tanto") {
		t.Error("an old page deletes what was renamed")
	}
	// One that somebody has put a policy into meanwhile, and an empty one.
	for slug, version := range map[string]string{"work": "1", "empty": emptys()} {
		res := caio.Post(DeleteCategory.Of(slug), url.Values{"version": {version}})
		if res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d", slug, res.StatusCode)
		}
	}
	html = caio.Get(Categories).HTML(t)
	if forms(RenameCategory.Of("empty")) != 0 || forms(RenameCategory.Of("work")) != 1 {
		t.Error("the wrong one is gone")
	}
	typed := url.Values{"name_en": {"Empty"}, "name_pt": {"Vazia"}, "name_es": {""}}
	caio.KeepsWhatIsGone(RenameCategory.Of("empty"), Categories, typed)
	res := caio.Post(RenameCategory.Of("none"), nil)
	if res.StatusCode != http.StatusConflict || res.HTML(t).Find("#name_en--error").Length() != 1 {
		t.Errorf("an empty form of what was deleted: %d", res.StatusCode)
	}
}

func TestPoliciesAreListedByCategoryPageByPage(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`
		WITH p AS (
			INSERT INTO policies (slug, category, lang, review_on, published_at)
			SELECT 'rule-' || n, 'work', 'en', '2100-01-01', now() FROM generate_series(100, 219) n RETURNING id, slug
		)
		INSERT INTO policies_texts (policy_id, lang, title, summary, body, plain)
		SELECT id, 'en', slug, 's', '', '' FROM p`)
	bea := i.As("bea")
	var got []string
	pages := 0
	for path := listPath(Filter{Category: "work"}); path != ""; pages++ {
		html := bea.Get(path).HTML(t)
		titles := html.Find(".policy-row h3")
		got = append(got, titles.Map(func(_ int, s *goquery.Selection) string { return s.Text() })...)
		current := html.Find(".tabs [aria-current]").Text()
		if current != `Work <i>"x"</i>` || html.Find("h2.policies-category").Length() != 1 || pages > 10 {
			t.Fatal("no tab is current, no category is named, or no page is the last")
		}
		path = html.Find("a[rel=next]").AttrOr("href", "")
	}
	if len(got) != 121 || pages != 3 || got[1] != "rule-100" || got[120] != "rule-219" {
		t.Errorf("%d on %d pages: %q", len(got), pages, got)
	}
	for _, after := range []string{"x", "e30", "%00"} {
		if res := bea.Get(Index + "?after=" + after); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", after, res.StatusCode)
		}
	}
	html := bea.Get(listPath(Filter{Category: "no-such"})).HTML(t)
	if html.Find(".empty").Length() != 1 || html.Find(".tabs a[href='"+Index+"']").Length() != 1 {
		t.Error("no such category is a dead end")
	}
}

// Reviews are the editors' business: what is late is marked for them alone.
func TestOnlyEditorsAreOfferedToReviewPolicies(t *testing.T) {
	t.Parallel()
	i := start(t)
	toReview := listPath(Filter{ToReview: true})
	for name, want := range map[string]int{"bea": 0, "caio": 1, "ana": 1} {
		b := i.As(name)
		list, page := b.Get(Index).HTML(t), b.Get(Show.Of("hello")).HTML(t)
		for what, got := range map[string]int{
			"the list of reviews": list.Find(".tabs a[href='" + toReview + "']").Length(),
			"late in the list":    list.Find(".tag-bad").Length(),
			"late on the page":    page.Find(".tag-bad").Length(),
			"reviews themselves":  b.Get(toReview).HTML(t).Find("h2.visually-hidden").Length(),
			"to review it":        page.Find("form[action='" + Review.Of("hello") + "']").Length(),
			"the categories":      list.Find("main a[href='" + Categories + "']").Length(),
		} {
			if got != want {
				t.Errorf("%s: %s %d times", name, what, got)
			}
		}
	}
}
