package links

import (
	"net/http"
	"strings"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// Form is a quick link as it was typed.
type Form struct {
	Details
	Version int // that it was made from
	Errors  views.FieldErrors
}

// formOf is a quick link as its form shows it.
func formOf(link Link) Form { return Form{Details: link.Details, Version: link.Version} }

// readForm reads the form of a quick link: as it was typed, with a text key for
// each field that is wrong.
func readForm(r *http.Request) Form {
	f := Form{
		Details: Details{URL: cleanURL(web.Text(r.PostForm.Get("url"), 20_000)), Labels: store.Texts{}},
		Version: web.Number(r.PostForm.Get("version")), Errors: views.FieldErrors{},
	}
	for _, lang := range i18n.Languages {
		f.Labels[lang] = web.Field(r, "label_"+lang)
	}
	for _, name := range f.Invalid() {
		if name == "url" {
			f.Errors.Mark(name, "link.error.url."+urlProblem(f.URL), f.URL)
		} else {
			f.Errors.Mark(name, "link.error.label", f.Labels[strings.TrimPrefix(name, "label_")])
		}
	}
	return f
}
