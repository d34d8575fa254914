package webtest

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// unfit are characters that no line has, with the name that a refusal gives them.
var unfit = map[string]string{"a\u200db": "U+200D", "a\u202eb": "U+202E", "Jo\ufffdo": "U+FFFD", "a\u0007b": "U+0007"}

// checkLines puts a character that nobody sees into each field of one line, in every form.
// The answer names it at the field.
func (f Fixture) checkLines(t *testing.T) {
	i := f.Start(t, Options{NoChat: true})
	ana := i.As("ana")
	for path, form := range f.Forms(i) {
		send := func(values url.Values) (*goquery.Selection, int) {
			res := ana.Post(path, values)
			return res.HTML(t).Find("main"), res.StatusCode
		}
		if form.Has("body") {
			wrong := maps.Clone(form)
			wrong.Set("body", "two\nlines\u0008")
			if page, _ := send(wrong); !strings.Contains(page.Find("#body-error").Text(), "U+0008") {
				t.Errorf("%s: of a text of many lines it says %q", path, page.Find("#body-error").Text())
			}
		}
		for _, name := range lineFields(send, path, form) {
			for text, character := range unfit {
				wrong := maps.Clone(form)
				wrong.Set(name, text)
				page, status := send(wrong)
				field := page.Find("input[name='" + name + "'][aria-invalid]")
				said := page.Find("#" + field.AttrOr("id", "none") + "-error").Text()
				if status != http.StatusUnprocessableEntity || !strings.Contains(said, character) {
					t.Errorf("%s: %+q in %s: %d, %q", path, text, name, status, said)
				}
			}
		}
	}
}

// lineFields are those of a form's fields that are a line of text: the page that comes
// back where none of them fits has them.
func lineFields(send func(url.Values) (*goquery.Selection, int), path string, form url.Values) (names []string) {
	unfit := url.Values{}
	for name := range form {
		unfit.Set(name, "a\u200db")
	}
	page, _ := send(unfit)
	lines := page.Find("form[action='" + path + "'] input[type=text]").Not("[inputmode=email]")
	lines.Each(func(_ int, field *goquery.Selection) {
		if name := field.AttrOr("name", ""); form.Has(name) {
			names = append(names, name)
		}
	})
	return names
}
