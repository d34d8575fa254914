package e2e

import (
	"testing"

	"github.com/carameloai/intranet/internal/paths"
)

// However a colleague is typed, they are found, and a link leads on.
func TestAColleagueIsFound(t *testing.T) {
	in := Start(t)
	b := in.NewTab(t, 390, 800)
	b.Enter(Employee(t, "pt"))
	b.Visit(paths.People)
	b.Fill("#q", "CONCEISAO amaral\r")
	b.Until(`document.readyState === "complete" && $$(".person-row").length === 1 &&
		text(".meant strong") === "conceicao amaral" && text(".person-name").startsWith("Conceição")`)
	b.Fill("#q", "qualidade catacion\r") // a department and a skill
	b.Until(`document.readyState === "complete" && $$(".person-row").length > 1 &&
		$(".meant") === null && text(".person-skills").includes("catación")`)
	b.Click(`$(".person-name")`)
	b.Until(`document.readyState === "complete" && $(".chain")`)
	b.Click(`$(".chain a")`)
	b.Until(`document.readyState === "complete" && text("h1") === "Helena Sampaio Duarte" &&
		$("section[aria-labelledby=reports]")`)
	b.Click(`$("section[aria-labelledby=reports] .person-name")`)
	b.Until(`document.readyState === "complete" && text(".chain a") === "Helena Sampaio Duarte"`)
	b.Click(`$(".tag-link")`)
	b.Until(`document.readyState === "complete" && location.search.startsWith("?q=") && $$(".person-row").length > 0`)
}
