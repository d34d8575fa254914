package views_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/a-h/templ"

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
	props := []store.Link{{URL: "javascript:alert(1)", Label: "x"}, {URL: "mailto:a@b.example", Label: "m"}, {URL: "/people", Label: "l"}}
	doc := page(t, "en", views.HomeLinks(props, false))
	if html, _ := doc.Html(); strings.Contains(html, "javascript:") {
		t.Error("a link carries a script")
	}
	if doc.Find(`.links a[href="mailto:a@b.example"]`).Length() != 1 || doc.Find(`.links a[href="/people"]`).Length() != 1 {
		t.Error("a good link was lost")
	}
}

// The languages have their names in the reader's, and so has the link.
func TestAQuickLinksFormSpeaksTheReadersLanguage(t *testing.T) {
	labels := store.Texts{"en": "Canteen", "pt": "Refeitório"}
	for lang, want := range map[string][2]string{"en": {"Text in Spanish", "Canteen"}, "pt": {"Texto em espanhol", "Refeitório"}, "es": {"Texto en español", "Canteen"}} {
		doc := page(t, lang, views.Link(views.LinkForm{ID: "x", Labels: labels}))
		label, sure := doc.Find("[for=label_es]").Text(), doc.Find("[aria-labelledby=delete]").Text()
		if label != want[0] || !strings.Contains(sure, want[1]) {
			t.Errorf("%s: %q, %q, want %q", lang, label, sure, want)
		}
	}
}

func linkPages() map[string]templ.Component {
	kept := store.KeptLink{ID: "x", Version: 2, LinkDetails: store.LinkDetails{URL: `/x?"<b>`, Labels: store.Texts{"en": "X", "pt": `<b>"`}}}
	full := make([]store.KeptLink, store.MaxLinks)
	for i := range full {
		full[i] = kept
	}
	wrong := views.FieldErrors{"url": "link.error.url", "label_en": "link.error.label"}
	return map[string]templ.Component{
		"links":         views.Links([]store.KeptLink{kept, kept}),
		"links, none":   views.Links(nil),
		"links, full":   views.Links(full),
		"link":          views.Link(views.LinkForm{ID: "x", URL: kept.URL, Labels: kept.Labels, Version: 2}),
		"link, new":     views.Link(views.LinkForm{Full: true}),
		"link, wrong":   views.Link(views.LinkForm{URL: `"><b>`, Labels: store.Texts{"pt": `"><b>`}, Errors: wrong}),
		"link, changed": views.Link(views.LinkForm{ID: "x", Labels: kept.Labels, Stored: &kept}),
	}
}
