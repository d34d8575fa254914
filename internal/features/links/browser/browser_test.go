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
	b.Fill("#url", "https://canteen.company.example")
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

// Without scripts, who goes back to a form that was saved has a new page of it, which the browser
// fills in again. Saving it once more makes a second link only for who asks for it.
func TestGoingBackWithoutScriptsMakesNoSecondLinkUnasked(t *testing.T) {
	in := e2e.Start(t)
	b := in.NewTab(t, 1280, 800)
	b.WithoutScripts()
	who := e2e.Editor(t)
	b.Enter(who)
	b.Visit(links.New)
	b.Click(`$("#url")`)
	b.Write("https://bikes.company.example\tBikes\r")
	const (
		saved = `location.pathname === "` + links.Index + `" && document.readyState === "complete" &&
			visible($("[role=status]"))`
		again = `location.pathname === "` + links.New + `" && document.readyState === "complete" && $("#url")`
	)
	b.Until(saved)
	rows := e2e.Ask[int](b, `$$(".kept-links li").length`)
	b.Do(`history.back()`)
	b.Until(again)
	if e2e.Ask[string](b, `$("#url").value`) == "" { // not every browser fills it in again
		b.Click(`$("#url")`)
		b.Write("https://bikes.company.example\tBikes")
	}
	b.Click(`$("main form.stack .button")`)
	b.Until(`document.readyState === "complete" &&
		text("h1") === ` + e2e.Quoted(in.Says(t, who.Lang, "error.saved.title")) + ` &&
		$(".error-ways a").pathname === "` + links.Index + `"`)
	b.Click(`$(".error-ways form button")`)
	b.Until(saved + ` && $$(".kept-links li").length === ` + e2e.Quoted(rows+1))
}
