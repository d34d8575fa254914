package views_test

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

func acknowledgementPages() map[string]templ.Component {
	list := func(after, next string, asked, confirmed int, missing ...store.Person) templ.Component {
		return views.Acknowledgements(views.AcknowledgementsProps{
			Title: `Rules <b>"x"`, Back: "/news/x", Export: "/news/x/export", After: after,
			Page:    store.AcknowledgementsPage{Asked: asked, Confirmed: confirmed, Missing: missing, Next: next},
			Address: func(after string) string { return "/news/x?after=" + after },
		})
	}
	return map[string]templ.Component{
		"acknowledgements":                list("", "next", 200, 198, colleague(1), colleague(2)),
		"acknowledgements, last page":     list("a", "", 0, 0, colleague(1)),
		"acknowledgements, after the end": list("a", "", 0, 0),
		"acknowledgements, all":           list("", "", 1, 1),
		"acknowledgements, nobody":        list("", "", 0, 0),
		"acknowledgements, many":          list("", "next", store.MaxAsked+1, 3, colleague(1)),
	}
}

// A count that ended early is not shown as if it were the whole.
func TestACountThatEndedSaysThatThereAreMore(t *testing.T) {
	t.Parallel()
	for want, content := range map[string]templ.Component{
		"More than 1,000 people": acknowledgementPages()["acknowledgements, many"],
		"198 of 200 have":        acknowledgementPages()["acknowledgements"],
	} {
		if text := page(t, "en", content).Find("main").Text(); !strings.Contains(text, want) || strings.Contains(want, "More") != strings.Contains(text, "More than") {
			t.Errorf("want %q in %q", want, text)
		}
	}
}
