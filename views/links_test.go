package views_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

func someLinks() (all []store.Link) {
	for i := range 8 {
		all = append(all, store.Link{URL: fmt.Sprintf("https://tool%d.example/start", i), Label: "Registro de ponto"})
	}
	return all
}

func TestLinksCannotCarryScripts(t *testing.T) {
	props := views.HomeProps{Person: conceicao, Home: store.Home{Links: []store.Link{{URL: "javascript:alert(1)", Label: "x"}, {URL: "mailto:a@b.example", Label: "m"}, {URL: "/people", Label: "l"}}}}
	doc := page(t, "en", views.Home(props))
	if html, _ := doc.Html(); strings.Contains(html, "javascript:") {
		t.Error("a link carries a script")
	}
	if doc.Find(`.links a[href="mailto:a@b.example"]`).Length() != 1 || doc.Find(`.links a[href="/people"]`).Length() != 1 {
		t.Error("a good link was lost")
	}
}
