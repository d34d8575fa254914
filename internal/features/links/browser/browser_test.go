package browser_test

import (
	"testing"

	"github.com/carameloai/intranet/internal/e2e"
	"github.com/carameloai/intranet/internal/features/links"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// An editor adds a link and moves it to the top, with the keyboard alone.
func TestAnEditorKeepsTheQuickLinks(t *testing.T) {
	in := e2e.Start(t)
	b := in.NewTab(t, 390, 800)
	b.Enter(e2e.Editor(t))
	b.Visit(links.New)
	b.Fill("#url", "https://canteen.aroeira.example")
	b.Fill("#label_en", "Canteen")
	b.Fill("#label_pt", "Cardápio do refeitório\r")
	b.Until(`location.pathname === "` + links.Index + `" && document.readyState === "complete" &&
		visible($("[role=status]"))`)
	last := e2e.Ask[string](b, `$$(".kept-links li").at(-1).querySelector("a").textContent`)
	if last != "Cardápio do refeitório" {
		t.Errorf("%q is the last one", last)
	}
	rows := e2e.Ask[int](b, `$$(".kept-links li").length`)
	b.TabTo(`$$(".kept-links li").at(-1).querySelector("button")`)
	b.Write("\r")
	b.Until(`document.readyState === "complete" &&
		$$(".kept-links li").at(-2)?.querySelector("a").textContent === "Cardápio do refeitório"`)
	if got := e2e.Ask[int](b, `$$(".kept-links li").length`); got != rows {
		t.Errorf("%d links became %d", rows, got)
	}
}
