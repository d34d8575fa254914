package contenttest

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/carameloai/intranet/internal/webtest"
)

func checkMarkdown(t *testing.T, k Kind) {
	i := k.start(t)
	caio := i.As("caio")
	slug := k.write(caio, k.fields("body", hostileBody))
	for what, res := range map[string]webtest.Answer{
		"the page":  i.As("bea").Get(k.Kind.Show.Of(slug)),
		"a preview": caio.Post(k.Kind.List, k.fields("body", hostileBody, "preview", "yes")),
	} {
		body := res.HTML(t).Find("main .prose")
		active := body.Find("a[href^='javascript'], script, b, i, img, div, caption").Length() +
			body.Find("[class], [onclick], [style]").Length()
		if active != 0 || body.Find("a[href='/people']").Length() != 1 || body.Find("h2").Length() != 1 ||
			body.Find("table > tbody > tr > td[data-align=right]").Length() != 1 ||
			body.Find("thead th").Length() != 2 {
			html, _ := body.Html()
			t.Errorf("%s: %d, %s", what, res.StatusCode, html)
		}
	}
}

func checkPreview(t *testing.T, k Kind) {
	i := k.start(t)
	caio := i.As("caio")
	slug, before := k.write(caio, k.fields()), i.Dump()
	// It is asked for before all is filled in.
	form := at("1", k.mustRead("title", "", "preview", "yes", "summary", "New\n hours"))
	for _, path := range []string{k.Kind.List, k.Kind.Show.Of(slug)} {
		res := caio.Post(path, form)
		html := res.HTML(t)
		if res.StatusCode != http.StatusOK || html.Find(".preview .prose strong").Text() != "Monday" ||
			html.Find(".field-error, .alert").Length() != 0 || !strings.Contains(res.Body, webtest.ChatToken) {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
		if strings.TrimSpace(html.Find("#body").Text()) != "From **Monday**." ||
			strings.TrimSpace(html.Find("#summary").Text()) != "New hours" ||
			html.Find("[name=must_read][checked]").Length() != 1 {
			t.Errorf("%s: what was typed is gone", path)
		}
	}
	if i.Dump() != before {
		t.Error("a preview saved something")
	}
}

// checkSlugs: a slug is the title's, one text's alone, and no page of ours.
func checkSlugs(t *testing.T, k Kind) {
	i := k.start(t)
	caio, noun := i.As("caio"), k.Kind.Noun
	long := "a" + strings.Repeat("0", 150)
	for _, test := range [][2]string{
		{"Ação & emoção: 50% já!", "acao-emocao-50-ja"}, {"ação  emoção 50 já", "acao-emocao-50-ja-2"},
		{"AÇÃO, EMOÇÃO, 50, JÁ", "acao-emocao-50-ja-3"}, {"New", "new-2"}, {"¡new!", "new-3"}, {"New 2", "new-2-2"},
		{"新闻", noun}, {"---", noun + "-2"}, {long, long[:80]}, {long + " x", long[:80] + "-2"},
		{strings.TrimSpace(strings.Repeat("long word ", 15)), strings.Repeat("long-word-", 7) + "long-word"},
		{"Straße ﬁn Ⅳ", "strasse-fin-iv"}, {"../edit", "edit"},
	} {
		if slug := k.draft(caio, k.fields("title", test[0])); slug != test[1] {
			t.Errorf("%q: %q, want %q", test[0], slug, test[1])
		}
	}
	caio.Post(k.Kind.Show.Of("new-2"), at(k.version(i, "new-2"), k.fields("title", "Another title")))
	if k.title(caio, "new-2") != "Another title" {
		t.Error("another title is at another address")
	}
	var wait sync.WaitGroup
	var taken sync.Map
	for range 4 {
		wait.Go(func() {
			res := caio.Post(k.Kind.List, k.fields("title", "At once"))
			if _, twice := taken.LoadOrStore(res.Header.Get("Location"), true); twice ||
				res.StatusCode != http.StatusSeeOther {
				t.Errorf("at once: %d to %q", res.StatusCode, res.Header.Get("Location"))
			}
		})
	}
	wait.Wait()
}

func checkOffers(t *testing.T, k Kind) {
	i := k.start(t)
	slug := k.write(i.As("caio"), k.mustRead())
	for name, want := range map[string]int{"bea": 0, "caio": 1, "ana": 1} {
		b := i.As(name)
		if n := b.Get(k.Kind.List).HTML(t).Find("main a[href='" + k.Kind.List + "/new']").Length(); n != want {
			t.Errorf("%s: %d ways to write one", name, n)
		}
		page, show := b.Get(k.Kind.Show.Of(slug)).HTML(t), k.Kind.Show.Of(slug)
		for _, offered := range []string{
			"a[href='" + k.Kind.Edit.Of(slug) + "']", "a[href='" + k.Kind.Acknowledgements.Of(slug) + "']",
			"form[action='" + show + "/unpublish']", "form[action='" + show + "/delete']",
		} {
			if n := page.Find("main " + offered).Length(); n != want {
				t.Errorf("%s: %d × %s", name, n, offered)
			}
		}
	}
}

// checkReaders says the rules of the routes a second time, without the table: whoever only
// reads lists, opens and confirms texts, and learns and changes nothing else.
func checkReaders(t *testing.T, k Kind) {
	i := k.start(t)
	slug := k.write(i.As("caio"), k.mustRead())
	bea, form, before := i.As("bea"), at(k.version(i, slug), k.fields()), i.Dump()
	readers := map[string]bool{
		"GET " + k.Kind.List: true, "GET " + string(k.Kind.Show): true, "POST " + string(k.Kind.Acknowledgement): true,
		"GET " + string(k.Kind.Acknowledgement): true,
	}
	for _, route := range i.Server.Features()[0].Routes(i.Server) {
		if what := route.Method + " " + route.Path; readers[what] {
			delete(readers, what)
			continue
		}
		path := strings.Replace(route.Path, "{slug}", slug, 1)
		res := bea.Post(path, form)
		if route.Method == http.MethodGet {
			res = bea.Get(path)
		}
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s %s: %d", route.Method, path, res.StatusCode)
		}
	}
	if i.Dump() != before || len(readers) > 0 {
		t.Errorf("something was changed, or these were not among the routes: %v", readers)
	}
}

func checkOnPage(t *testing.T, k Kind) {
	i := webtest.New(t, k.Feature())
	k.Fill(i)
	caio := i.As("caio")
	slug := k.write(caio, k.fields())
	i.CheckOnPage(t, func(body string) {
		res := caio.Post(k.Kind.Show.Of(slug), at(k.version(i, slug), k.fields("body", body)))
		if res.StatusCode != http.StatusSeeOther {
			t.Fatal(res.StatusCode)
		}
	})
}
