package webtest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/web"
)

// Whoever reads one thing is offered two or three questions about it: a page for everybody
// whose path ends with the thing's id. Where there is no chat, no page offers any.
func (f Fixture) checkQuestions(t *testing.T) {
	i := f.Start(t, Options{})
	for _, route := range f.routes(i) {
		path, there := f.path(i, route)
		if !there || route.Method != http.MethodGet || route.Access != web.Employees ||
			!strings.HasSuffix(route.Path, "}") || strings.HasSuffix(route.Path, "{$}") {
			continue
		}
		for name, lang := range map[string]string{"ana": "pt", "bea": "en", "caio": "es"} {
			page := i.As(name).Get(path).HTML(t)
			place := page.Find("main .page-questions[data-ask]")
			title, _, _ := strings.Cut(page.Find("title").Text(), " · ")
			if place.Length() != 1 || place.AttrOr("data-path", "") != path || place.AttrOr("data-title", "") != title {
				t.Errorf("%s has %d places for questions about %q at %q, want one about %q", path, place.Length(),
					place.AttrOr("data-title", ""), place.AttrOr("data-path", ""), title)
			}
			if n := place.Find(".questions li > span").Length(); n < 2 || n > 3 {
				t.Errorf("%s has %d questions", path, n)
			}
			if says := place.Find("h2").Text(); says != i.Says(lang, "questions.title") {
				t.Errorf("%s says %q", path, says)
			}
		}
	}
	without := f.Start(t, Options{NoChat: true})
	ana := without.As("ana")
	for _, path := range append(f.pages(without), "/") {
		if strings.Contains(ana.Get(path).Body, "data-ask") {
			t.Errorf("%s invites to an assistant that is not there", path)
		}
	}
}
