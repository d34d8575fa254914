package e2e

import (
	"testing"

	"github.com/carameloai/intranet/internal/features/search"
	"github.com/carameloai/intranet/internal/paths"
)

func TestASearchFollowsWhatIsTyped(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 1280, 800)
	b.enter(employee(t, "pt"))
	b.visit(paths.Home)
	// From any page, with the keyboard.
	b.tabTo(`$("#site-search")`)
	b.write("torrefacao\r")
	b.until(`location.pathname === "` + search.Index + `" && document.readyState === "complete" &&
		$("#results") && $("#q").value === "torrefacao"`)

	b.click(`$("#q")`)
	b.do(`document.querySelector("#q").select(); window.stays = true`)
	b.write("ferias")
	b.until(`location.search === "?q=ferias" && $(".found mark") && /F[eé]ria/i.test(text(".found mark"))`)
	b.until(`/\d/.test(text("#results-said"))`) // it is announced
	if !ask[bool](b, `window.stays === true && document.activeElement === $("#q") && $("#q").value === "ferias"`) {
		t.Error("the page was loaded anew, or the field lost the focus")
	}
	b.write("xyzq")
	b.until(`$("#results .empty") && text("#results-said").includes("feriasxyzq")`)
	b.do(`location.reload()`)
	b.until(`window.stays === undefined && document.readyState === "complete" &&
		$("#results .empty") && $("#q").value === "feriasxyzq"`)
}

// Once the session has ended nothing stays that was found for other words, and the
// form leads to the sign-in page and back.
func TestASearchWithoutASessionKeepsNoOldResults(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 1280, 800)
	b.enter(employee(t, "pt"))
	b.visit(search.Index + "?q=ferias")
	b.until(`$(".found mark")`)
	in.sql(t, `DELETE FROM sessions`)
	b.click(`$("#q")`)
	b.write(" 2")
	b.until(`!$(".found") && text("#results").includes("Enter") && text("#results-said").includes("Enter")`)
	b.write("\r")
	b.until(`location.pathname === "` + paths.Login + `" && location.search.includes("ferias")`)
}
