package webtest

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// KeepsWhatIsGone saves the form of something that somebody has deleted meanwhile. All that
// was typed is shown as the form of a new one, at the path anew, and can be saved.
func (b *Browser) KeepsWhatIsGone(path, anew string, form url.Values) {
	t := b.I.T
	t.Helper()
	lang := "es"
	if b.Get(anew).HTML(t).Find("html[lang=pt-BR]").Length() == 1 {
		lang = "pt"
	}
	for _, preview := range []string{"", "yes"} {
		form.Set("preview", preview)
		res := b.Post(path, form)
		html := res.HTML(t)
		got := html.Find("[role=alert][autofocus]").Text()
		if res.StatusCode != http.StatusConflict || got != b.I.Says(lang, "form.gone") {
			t.Fatalf("%s: %d, %q", path, res.StatusCode, got)
		}
		fields := html.Find("form[action='" + anew + "']").Last().Find("input, textarea, select")
		for name, values := range form {
			if name == "version" || name == "preview" {
				continue
			}
			var got []string
			fields.Filter("[name=" + name + "]").Each(func(_ int, e *goquery.Selection) {
				switch {
				case e.Is("textarea"):
					got = append(got, strings.TrimPrefix(e.Text(), "\n"))
				case e.Is("select"):
					got = append(got, e.Find("[selected]").AttrOr("value", ""))
				case !e.Is("[type=checkbox], [type=radio]") || e.Is("[checked]"):
					got = append(got, e.AttrOr("value", ""))
				}
			})
			if strings.Join(got, ", ") != strings.Join(values, ", ") {
				t.Errorf("%s: %s is %q, not %q", path, name, got, values)
			}
		}
	}
	form.Del("preview")
	if res := b.Post(anew, form); res.StatusCode != http.StatusSeeOther {
		t.Errorf("saved anew: %d", res.StatusCode)
	}
}
