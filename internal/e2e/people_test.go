package e2e

import (
	"testing"

	"github.com/carameloai/intranet/internal/paths"
)

// However a colleague is typed, they are found, and a link leads on.
func TestAColleagueIsFound(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 390, 800)
	b.enter(employee(t, "pt"))
	b.visit(paths.People)
	b.fill("#q", "CONCEISAO amaral\r")
	b.until(`document.readyState === "complete" && $$(".person-row").length === 1 &&
		text(".meant strong") === "conceicao amaral" && text(".person-name").startsWith("Conceição")`)
	b.fill("#q", "qualidade catacion\r") // a department and a skill
	b.until(`document.readyState === "complete" && $$(".person-row").length > 1 &&
		$(".meant") === null && text(".person-skills").includes("catación")`)
	b.click(`$(".person-name")`)
	b.until(`document.readyState === "complete" && $(".chain")`)
	b.click(`$(".chain a")`)
	b.until(`document.readyState === "complete" && text("h1") === "Helena Sampaio Duarte" &&
		$("section[aria-labelledby=reports]")`)
	b.click(`$("section[aria-labelledby=reports] .person-name")`)
	b.until(`document.readyState === "complete" && text(".chain a") === "Helena Sampaio Duarte"`)
	b.click(`$(".tag-link")`)
	b.until(`document.readyState === "complete" && location.search.startsWith("?q=") && $$(".person-row").length > 0`)
}
