package contenttest

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/webtest"
)

const hostileBody = "<script>alert(1)</script>\n\n## Heading\n\n[bad](javascript:alert(1)) [good](/people) " +
	"<b onclick=x>**bold**</b>\n\n| a | b |\n|---|--:|\n| <i>x</i> | <img src=x onerror=alert(1)> |\n\n" +
	"<div><table class=x><caption>z</caption></table></div>"

// checkForm sends what does not fit: it comes back with what was typed, and a word
// at each field.
func checkForm(t *testing.T, k Kind) {
	i := k.start(t)
	caio := i.As("caio")
	slug := k.write(caio, k.fields())
	hostile := `</textarea><script>alert(1)</script>`
	wrong := append([]Wrong{
		{"title", "", "title"}, {"title", " ", "title"}, {"title", strings.Repeat("t", 201), "title"},
		{"title", "two\nlines", "title"}, {"title", "\u202e", "title"},
		{"summary", "", "summary"}, {"summary", strings.Repeat("s", 501), "summary"}, {"summary", "a\x00b", "summary"},
		{"body", strings.Repeat("b", store.MaxWritten+1), "body"}, {"body", "a\x00b", "body"},
		{"body", "\x1b[31m", "body"},
	}, k.Wrong...)
	before := i.Dump()
	for _, path := range []string{k.Kind.List, k.Kind.Show.Of(slug)} {
		for _, test := range wrong {
			form := at(k.version(i, slug), k.fields("body", "First\r\n"+hostile))
			maps.Copy(form, k.Filled)
			form.Set(test.Field, test.Value)
			res := caio.Post(path, form)
			html := res.HTML(t)
			field := html.Find("#" + test.At)
			if res.StatusCode != http.StatusUnprocessableEntity || html.Find("#"+test.At+"-error").Length() != 1 ||
				html.Find("[role=alert][autofocus]").Length() != 1 || field.AttrOr("aria-invalid", "") != "true" ||
				!strings.Contains(res.Body, webtest.ChatToken) {
				said := html.Find(".field-error").Text()
				t.Errorf("%s, %s %.40q: %d, %q", path, test.Field, test.Value, res.StatusCode, said)
			}
			typed := strings.TrimPrefix(html.Find("#body").Text(), "\n")
			if test.Field != "title" && html.Find("#title").AttrOr("value", "") != "Lunch" ||
				test.Field != "body" && typed != "First\n"+hostile || strings.Contains(res.Body, "<script>alert") {
				t.Errorf("%s, %s %.40q: what was typed is gone, or not escaped", path, test.Field, test.Value)
			}
		}
		for _, lang := range []string{"", "fr"} {
			res := caio.Post(path, at("1", k.fields("lang", lang)))
			if res.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("%s in %q: %d", path, lang, res.StatusCode)
			}
		}
	}
	if i.Dump() != before {
		t.Error("something was stored")
	}
}

// growing are short texts that would be large pages.
var growing = map[string]string{
	"columns": strings.Repeat("|a", 400) + "|\n" + strings.Repeat("|-", 400) + "|\n" +
		strings.Repeat("|\n", 9000),
	"one address for many links": "[a]: /" + strings.Repeat("x", 9000) + "\n\n" + strings.Repeat("[a] ", 800),
	"list items":                 strings.Repeat("- a\n", 5000),
	"marks":                      strings.Repeat("[](", 6000),
}

// checkGrowing sends what would be a large page: it comes back with a word at the field, also
// from a preview, and one that is stored from before is shown as it was typed.
func checkGrowing(t *testing.T, k Kind) {
	i := k.start(t)
	caio := i.As("caio")
	slug := k.write(caio, k.fields())
	before := i.Dump()
	for name, body := range growing {
		for _, preview := range []string{"", "yes"} {
			for _, path := range []string{k.Kind.List, k.Kind.Show.Of(slug)} {
				res := caio.Post(path, at(k.version(i, slug), k.fields("body", body, "preview", preview)))
				html := res.HTML(t)
				if res.StatusCode != http.StatusUnprocessableEntity || len(res.Body) > 200_000 ||
					html.Find("#body-error").Length() != 1 || html.Find(".field-error").Length() != 1 {
					said := html.Find(".field-error").Text()
					t.Errorf("%s to %s, preview %q: %d, %d bytes, %q", name, path, preview,
						res.StatusCode, len(res.Body), said)
				}
				if typed := strings.TrimPrefix(html.Find("#body").Text(), "\n"); typed != strings.TrimSpace(body) {
					t.Errorf("%s to %s: what was typed is gone", name, path)
				}
			}
		}
	}
	if i.Dump() != before {
		t.Error("something was stored")
	}
	for name, body := range growing {
		i.Exec(`UPDATE `+k.Texts+` SET body = $1`, body)
		res := caio.Get(k.Kind.Show.Of(slug))
		shown := res.HTML(t).Find("main .prose")
		if shown.Find("p").Length() != 1 || shown.Find("p").Children().Not("br").Length() > 0 ||
			len(res.Body) > 200_000 {
			t.Errorf("%s, from before: %d bytes", name, len(res.Body))
		}
	}
}

// checkLongest sends a text as long as it may be: it is taken in every script,
// whatever a form makes of it.
func checkLongest(t *testing.T, k Kind) {
	i := k.start(t)
	caio := i.As("caio")
	body := strings.Repeat("\U00020000", store.MaxWritten)
	slug := k.draft(caio, k.fields("summary", strings.Repeat("\U00020000", 500), "body", body))
	if got := caio.Get(k.Kind.Edit.Of(slug)).HTML(t).Find("[name=body]").Text(); strings.TrimPrefix(got, "\n") != body {
		t.Errorf("%d of %d bytes are there", len(got), len(body))
	}
}

func checkConflict(t *testing.T, k Kind) {
	i := k.start(t)
	caio, ana, bea := i.As("caio"), i.As("ana"), i.As("bea")
	slug := k.write(caio, k.fields())
	show, old := k.Kind.Show.Of(slug), k.version(i, slug)
	first := at(old, k.fields("title", "Of the first", "body", "Theirs, *as it is stored*"))
	second := at(old, k.mustRead("title", "Of the second", "body", "Mine"))
	if res := caio.Post(show, first); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.StatusCode)
	}
	now := k.version(i, slug)
	for range 2 { // to reload the answer is not to know of it
		res := ana.Post(show, second)
		html := res.HTML(t)
		if res.StatusCode != http.StatusConflict || html.Find("[role=alert][autofocus]").Length() != 1 ||
			html.Find("#title").AttrOr("value", "") != "Of the second" ||
			strings.TrimSpace(html.Find("#body").Text()) != "Mine" ||
			html.Find("[name=must_read][checked]").Length() != 1 {
			t.Fatalf("%d: %s", res.StatusCode, html.Find("main").Text())
		}
		if stored := html.Find(".stored").Text(); !strings.Contains(stored, "Of the first") ||
			!strings.Contains(stored, "Theirs, *as it is stored*") {
			t.Errorf("the stored one is not beside it: %q", stored)
		}
		form := html.Find("form." + k.Kind.FormClass)
		got := form.Find("input[name=version]").AttrOr("value", "")
		if got != now || !strings.Contains(res.Body, webtest.ChatToken) {
			t.Fatalf("the form is of version %q, or the page has no token", got)
		}
	}
	for _, old := range []string{"", "x", old, "-1", "99999999999999999999"} {
		res := ana.Post(k.Kind.DeleteTranslation.Of(slug), at(old, url.Values{"lang": {"en"}}))
		said := ana.Get(show).HTML(t).Find("[role=status]").Text()
		if res.Header.Get("Location") != show || !strings.Contains(said, "Nada foi feito") {
			t.Errorf("a translation of version %q: %d, %q", old, res.StatusCode, said)
		}
		if res := ana.Post(show, at(old, second)); res.StatusCode != http.StatusConflict {
			t.Errorf("version %q: %d", old, res.StatusCode)
		}
	}
	if got := k.title(bea, slug); got != "Of the first" {
		t.Errorf("it was replaced: %q", got)
	}
	res := ana.Post(show, at(now, second))
	if res.StatusCode != http.StatusSeeOther || k.title(bea, slug) != "Of the second" {
		t.Errorf("knowingly: %d, %q", res.StatusCode, k.title(bea, slug))
	}
}

// checkTranslations: a translation is what its readers see, until it is removed.
func checkTranslations(t *testing.T, k Kind) {
	i := k.start(t)
	caio, ana, bea := i.As("caio"), i.As("ana"), i.As("bea")
	slug := k.write(caio, k.mustRead("lang", "pt", "title", "Almoço"))
	res := caio.Post(k.Kind.Show.Of(slug), at(k.version(i, slug), k.mustRead("lang", "es", "title", "El almuerzo")))
	if res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.StatusCode)
	}
	for b, want := range map[*webtest.Browser]string{caio: "El almuerzo", ana: "Almoço", bea: "Almoço"} {
		if got := k.title(b, slug); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if bea.Get(k.Kind.Show.Of(slug)).HTML(t).Find("main .tag[lang='pt-BR']").Length() != 1 {
		t.Error("a reader of English is not told which language it is")
	}
	page := func(lang string) (title, form string, tabs string, remove int) {
		html := ana.Get(k.Kind.Edit.Of(slug, "lang", lang)).HTML(t)
		return html.Find("#title").AttrOr("value", ""), html.Find("input[name=lang]").AttrOr("value", ""),
			html.Find(".text-languages").Text() + html.Find("#translation").Text(),
			html.Find("form[action='" + k.Kind.DeleteTranslation.Of(slug) + "']").Length()
	}
	if title, lang, text, remove := page("es"); title != "El almuerzo" || lang != "es" || remove != 1 ||
		!strings.Contains(text, "Adicionar tradução em inglês") || !strings.Contains(text, "Tradução em espanhol") {
		t.Errorf("the form in Spanish: %q, %q, %q, %d", title, lang, text, remove)
	}
	if title, lang, _, remove := page(""); title != "Almoço" || lang != "pt" || remove != 0 {
		t.Errorf("the original: %q, %q, %d", title, lang, remove)
	}
	if title, lang, _, remove := page("en"); title != "" || lang != "en" || remove != 0 {
		t.Errorf("a new translation: %q, %q, %d", title, lang, remove)
	}
	if ana.Get(k.Kind.Edit.Of(slug, "lang", "en")).HTML(t).Find("[name=must_read][checked]").Length() != 1 {
		t.Error("a new translation begins with other settings")
	}
	remove := k.Kind.DeleteTranslation.Of(slug)
	caio.Post(remove, at(k.version(i, slug), url.Values{"lang": {"es"}}))
	for _, lang := range []string{"es", "pt", "\x00"} { // gone, the original, nothing
		res := caio.Post(remove, at(k.version(i, slug), url.Values{"lang": {lang}}))
		if res.StatusCode != http.StatusNotFound || k.title(caio, slug) != "Almoço" {
			t.Errorf("removing %q: %d, %q", lang, res.StatusCode, k.title(caio, slug))
		}
	}
	recorded := strings.Join(i.Recorded(), "\n")
	if !strings.Contains(recorded, string(k.Kind.Changed)+" El almuerzo\n") ||
		!strings.HasSuffix(recorded, string(k.Kind.Changed)+" El almuerzo (es)") {
		t.Errorf("recorded %q", recorded)
	}
}

func checkGone(t *testing.T, k Kind) {
	i := k.start(t)
	caio := i.As("caio")
	slug := k.write(caio, k.fields())
	show := k.Kind.Show.Of(slug)
	caio.Post(show+"/delete", at(k.version(i, slug), nil))
	for _, res := range []webtest.Answer{
		caio.Get(show), caio.Get(k.Kind.Edit.Of(slug)), caio.Get(k.Kind.Acknowledgements.Of(slug)),
		caio.Post(show+"/delete", nil), caio.Post(show+"/unpublish", nil), caio.Post(k.Kind.Export.Of(slug), nil),
	} {
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%s %s: %d", res.Request.Method, res.Request.URL.Path, res.StatusCode)
		}
	}
	res := caio.Post(show, nil)
	if res.StatusCode != http.StatusConflict || res.HTML(t).Find("#title-error").Length() != 1 {
		t.Errorf("an empty form of what was deleted: %d", res.StatusCode)
	}
	caio.KeepsWhatIsGone(show, k.Kind.List, at("1", k.fields("summary", "In short")))
}

func checkExtra(t *testing.T, k Kind) {
	i := k.start(t)
	form := at("9", k.fields())
	for _, name := range []string{"id", "author_id", "owner_id", "person", "author", "person_id"} {
		form.Set(name, i.IDs["ana"])
	}
	for name, value := range map[string]string{
		"slug": "hello", "edition": "9", "published": "yes", "published_at": "2020-01-01",
	} {
		form.Set(name, value)
	}
	slug := k.draft(i.As("caio"), form)
	if i.Count(k.Table+` WHERE slug = 'lunch' AND version = 1 AND edition = 1
		AND id <> '`+i.IDs["ana"]+`' AND `+k.Extra) != 1 {
		t.Errorf("%s is somebody else's, of another version, or of another time", slug)
	}
}
