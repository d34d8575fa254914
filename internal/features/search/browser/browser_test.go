package browser_test

import (
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/e2e"
	"github.com/carameloai/intranet/internal/features/search"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

func TestASearchFollowsWhatIsTyped(t *testing.T) {
	in := e2e.Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(e2e.Employee(t, "pt"))
	b.Visit(paths.Home)
	// From any page, with the keyboard.
	b.TabTo(`$("#site-search")`)
	b.Write("torrefacao\r")
	b.Until(`location.pathname === "` + search.Index + `" && document.readyState === "complete" &&
		$("#results") && $("#q").value === "torrefacao"`)

	b.Click(`$("#q")`)
	b.Do(`document.querySelector("#q").select(); window.stays = true`)
	b.Write("ferias")
	b.Until(`location.search === "?q=ferias" && $(".found mark") && /F[eé]ria/i.test(text(".found mark"))`)
	b.Until(`/\d/.test(text("#results-said"))`) // it is announced
	if !e2e.Ask[bool](b, `window.stays === true && document.activeElement === $("#q") && $("#q").value === "ferias"`) {
		t.Error("the page was loaded anew, or the field lost the focus")
	}
	b.Write("xyzq")
	b.Until(`$("#results .empty") && text("#results-said").includes("feriasxyzq")`)
	b.Do(`location.reload()`)
	b.Until(`window.stays === undefined && document.readyState === "complete" &&
		$("#results .empty") && $("#q").value === "feriasxyzq"`)
}

// A search offers questions while it finds nothing. They say what was searched for.
func TestASearchThatFindsNothingOffersQuestions(t *testing.T) {
	in := e2e.Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(e2e.Employee(t, "pt"))
	b.Visit(search.Index + "?q=guadalupe")
	b.Until(`online() && $$(".person-row").length > 0 && $(".questions button") && !visible($(".page-questions"))`)
	b.Do(`document.querySelector("#q").select()`)
	b.Write("xyzqwvkjhzxq")
	b.Until(`$("#results .empty") && visible($(".page-questions"))`)
	searched := e2e.Ask[string](b, `location.href`)
	b.Click(`$(".questions button")`)
	b.Until(`chat("#input").value.endsWith(" " + ` + e2e.Quoted(searched) + `)`)
	if !strings.HasSuffix(searched, "xyzqwvkjhzxq") {
		t.Errorf("the question is about %s", searched)
	}
}

// Once the session has ended nothing stays that was found for other words, and the
// form leads to the sign-in page and back.
func TestASearchWithoutASessionKeepsNoOldResults(t *testing.T) {
	in := e2e.Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(e2e.Employee(t, "pt"))
	b.Visit(search.Index + "?q=ferias")
	b.Until(`$(".found mark")`)
	in.SQL(t, `DELETE FROM sessions`)
	b.Click(`$("#q")`)
	b.Write(" 2")
	b.Until(`!$(".found") && text("#results").includes("Enter") && text("#results-said").includes("Enter")`)
	b.Write("\r")
	b.Until(`location.pathname === "` + paths.Login + `" && location.search.includes("ferias")`)
}
