package web

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
)

func TestAReaderConfirmsWhatMustBeRead(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	bea, ana := i.enter("bea", 0), i.enter("ana", 0)
	form := bea.get(paths.Article.Of("must")).html(t).Find(".acknowledgement form")
	fields := url.Values{"edition": {form.Find("input[name=edition]").AttrOr("value", "")}, "person": {i.ids["ana"]}, "person_id": {i.ids["ana"]}, "at": {"2020-01-01"}}
	if form.AttrOr("action", "") != paths.ArticleAcknowledgement.Of("must") || bea.get(paths.Article.Of("hello")).html(t).Find(".acknowledgement").Length() != 0 {
		t.Error("there is nothing to confirm, or for what need not be read")
	}
	for range 2 {
		if res := bea.post(paths.ArticleAcknowledgement.Of("must"), fields); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != paths.Article.Of("must") {
			t.Fatal(res.StatusCode)
		}
	}
	page := bea.get(paths.Article.Of("must")).html(t)
	if page.Find(".acknowledgement time").Length() != 1 || page.Find(".acknowledgement form").Length() != 0 || page.Find("[role=status]").Length() != 1 {
		t.Error("it does not say that it is confirmed")
	}
	if i.count(`news_acknowledgements WHERE person_id = '`+i.ids["bea"]+`' AND at > now() - interval '1 minute'`) != 1 || i.count(`news_acknowledgements`) != 1 || ana.get(paths.Article.Of("must")).html(t).Find(".acknowledgement form").Length() != 1 {
		t.Error("it is confirmed by somebody else, at another time, or twice")
	}
	for slug, want := range map[string]int{"hello": 404, "others": 404, "draft": 404, "later": 404, "no-such": 404} {
		if res := ana.post(paths.ArticleAcknowledgement.Of(slug), fields); res.StatusCode != want {
			t.Errorf("%s: %d", slug, res.StatusCode)
		}
	}
	// The text changes while it is read: what is confirmed is not what is there.
	edit := version("1", newsFields())
	edit.Set("must_read", "yes")
	edit.Set("again", "yes")
	i.enter("caio", 0).post(paths.Article.Of("must"), edit)
	ana.post(paths.ArticleAcknowledgement.Of("must"), fields)
	again := ana.get(paths.Article.Of("must")).html(t)
	if !strings.Contains(again.Find("[role=status]").Text(), "mudou") || again.Find(".acknowledgement input[name=edition]").AttrOr("value", "") != "2" || i.count(`news_acknowledgements`) != 1 {
		t.Errorf("%q", again.Find("[role=status]").Text())
	}
	if bea.get(paths.Article.Of("must")).html(t).Find(".acknowledgement form").Length() != 1 {
		t.Error("nobody is asked again")
	}
	if got := i.events(); slices.ContainsFunc(got, func(e string) bool { return strings.Contains(e, "acknowledge") }) {
		t.Errorf("who read what is in the trail: %q", got)
	}
}

func TestWhoHasYetToConfirmIsListedAndExported(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.exec(`INSERT INTO people (name, email) SELECT 'Guest ' || n, 'guest' || n || '@aroeira.example' FROM generate_series(100, 199) n`)
	i.exec(`INSERT INTO people (name, email) VALUES ('=1+1', 'formula@aroeira.example')`)
	i.exec(`INSERT INTO people (name, email, active) VALUES ('Gone', 'gone@aroeira.example', false)`)
	i.enter("bea", 0).post(paths.ArticleAcknowledgement.Of("must"), url.Values{"edition": {"1"}})
	caio := i.enter("caio", 0)
	names := map[string]bool{}
	pages := 0
	for path := paths.ArticleAcknowledgements.Of("must"); path != ""; pages++ {
		html := caio.get(path).html(t)
		for _, row := range html.Find(".person-name").EachIter() {
			if names[row.Text()] {
				t.Errorf("%s is there twice", row.Text())
			}
			names[row.Text()] = true
		}
		if lead := html.Find(".lead").Text(); pages == 0 && !strings.HasPrefix(lead, "1 de 104 ") {
			t.Errorf("%q", lead)
		}
		path = html.Find("a[rel=next]").AttrOr("href", "")
	}
	if len(names) != 103 || pages != 3 || names["Gone"] || names[`Bea <i>"O'Neill"</i>`] || !names["Guest 150"] {
		t.Errorf("%d on %d pages", len(names), pages)
	}
	for _, path := range []string{paths.ArticleAcknowledgements.Of("hello"), paths.ArticleAcknowledgements.Of("no-such")} {
		if res := caio.get(path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if res := caio.get(paths.ArticleAcknowledgements.Of("must", "after", "x")); res.StatusCode != http.StatusBadRequest {
		t.Errorf("a bad cursor: %d", res.StatusCode)
	}

	res := caio.post(paths.ArticleAcknowledgementsExport.Of("must"), nil)
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Disposition") != `attachment; filename="acknowledgements-must.csv"` || res.Header.Get("Content-Type") != "text/csv; charset=utf-8" || res.Header.Get("Cache-Control") != "no-store" || strings.Contains(res.body, chatToken) {
		t.Errorf("%d, %v", res.StatusCode, res.Header)
	}
	rows, err := csv.NewReader(strings.NewReader(res.body)).ReadAll()
	if err != nil || len(rows) != 105 || strings.Join(rows[0], ",") != "name,email,department,acknowledged_at" {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	at := map[string]string{}
	for _, row := range rows[1:] {
		if strings.HasPrefix(row[0], "=") {
			t.Errorf("a formula: %q", row)
		}
		at[row[1]] = row[3]
	}
	if at["bea@aroeira.example"] == "" || at["ana@aroeira.example"] != "" {
		t.Errorf("%v", at)
	}
	if got := i.events(); !slices.Equal(got, []string{`news.exported Hello <world> <i>"x"</i> must`}) {
		t.Errorf("recorded %q", got)
	}
	if res := caio.post(paths.ArticleAcknowledgementsExport.Of("hello"), nil); res.StatusCode != http.StatusNotFound || len(i.events()) != 1 {
		t.Errorf("of what need not be read: %d", res.StatusCode)
	}
}
