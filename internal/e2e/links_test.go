package e2e

import (
	"testing"

	"github.com/carameloai/intranet/internal/features/links"
)

// An editor adds a link and moves it to the top, with the keyboard alone.
func TestAnEditorKeepsTheQuickLinks(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 390, 800)
	b.enter(editor(t))
	b.visit(links.New)
	b.fill("#url", "https://canteen.aroeira.example")
	b.fill("#label_en", "Canteen")
	b.fill("#label_pt", "Cardápio do refeitório\r")
	b.until(`location.pathname === "` + links.Index + `" && document.readyState === "complete" &&
		visible($("[role=status]"))`)
	last := ask[string](b, `$$(".kept-links li").at(-1).querySelector("a").textContent`)
	if last != "Cardápio do refeitório" {
		t.Errorf("%q is the last one", last)
	}
	rows := ask[int](b, `$$(".kept-links li").length`)
	b.tabTo(`$$(".kept-links li").at(-1).querySelector("button")`)
	b.write("\r")
	b.until(`document.readyState === "complete" &&
		$$(".kept-links li").at(-2)?.querySelector("a").textContent === "Cardápio do refeitório"`)
	if got := ask[int](b, `$$(".kept-links li").length`); got != rows {
		t.Errorf("%d links became %d", rows, got)
	}
}
