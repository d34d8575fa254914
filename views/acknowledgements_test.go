package views_test

import (
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
	}
}
