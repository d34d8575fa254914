package e2e

import (
	"net/http"
	"testing"

	"github.com/carameloai/intranet/internal/features/links"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
)

var linksNoun = aNoun{
	places: func(b *tab) (all []place) {
		b.visit(paths.Home)
		if ask[bool](b, `$("main a[href='`+links.Index+`']") !== null`) {
			b.visit(links.Index)
			all = append(all, place{"quick links", links.Index, http.StatusOK}, place{"new quick link", links.New, http.StatusOK},
				place{"changing a quick link", ask[string](b, `$(".kept-links a").pathname`), http.StatusOK})
		}
		return all
	},
	forms: func(b *tab, arrived func(name, sign string)) {
		b.visit(links.New)
		b.fill("#url", "nowhere")
		b.fill("#label_en", "Wolfeschlegelsteinhausenbergerdorff\r")
		arrived("a quick link to nowhere", `$("#url-error")`)
	},
}

// An editor adds a link and moves it to the top, with the keyboard alone.
func TestAnEditorKeepsTheQuickLinks(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 390, 800)
	var editor seed.Persona
	for _, p := range seed.Personas() {
		if p.Role == "editor" {
			editor = p
		}
	}
	b.enter(editor)
	b.visit(links.New)
	b.fill("#url", "https://canteen.aroeira.example")
	b.fill("#label_en", "Canteen")
	b.fill("#label_pt", "Cardápio do refeitório\r")
	b.until(`location.pathname === "` + links.Index + `" && document.readyState === "complete" && visible($("[role=status]"))`)
	if got := ask[string](b, `$$(".kept-links li").at(-1).querySelector("a").textContent`); got != "Cardápio do refeitório" {
		t.Errorf("%q is the last one", got)
	}
	rows := ask[int](b, `$$(".kept-links li").length`)
	b.tabTo(`$$(".kept-links li").at(-1).querySelector("button")`)
	b.write("\r")
	b.until(`document.readyState === "complete" && $$(".kept-links li").at(-2)?.querySelector("a").textContent === "Cardápio do refeitório"`)
	if got := ask[int](b, `$$(".kept-links li").length`); got != rows {
		t.Errorf("%d links became %d", rows, got)
	}
}
