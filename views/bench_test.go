package views_test

import (
	"io"
	"testing"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/views"
)

// BenchmarkLayout is the layout around nothing, with its token there already.
func BenchmarkLayout(b *testing.B) {
	person := colleague(1)
	page := views.Page{Title: "Home", Person: &person, Sandbox: true, Assistant: outcome(views.Assistant{
		Available: true, Token: "t", ProjectID: "p", SDKURL: "https://static.vendor.example/x.js",
	})}
	ctx := i18n.WithLang(b.Context(), "pt")
	b.ReportAllocs()
	for b.Loop() {
		// A context's children are rendered once, so each page gets a new one.
		if err := views.Layout(page).Render(templ.WithChildren(ctx, templ.NopComponent), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
