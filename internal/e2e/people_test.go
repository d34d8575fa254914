package e2e

import (
	"net/http"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
)

var directoryNoun = aNoun{
	places: func(b *tab) []place {
		b.visit(paths.PeopleList("helena", "", ""))
		head := ask[string](b, `$(".person-name").pathname`)
		b.visit(head)
		return []place{
			{"a typing error", paths.PeopleList("conceisao", "", ""), http.StatusOK},
			{"profile of a manager", head, http.StatusOK},
			{"who reports to somebody", paths.PeopleReports(head[len(paths.People)+1:], ""), http.StatusOK},
		}
	},
	forms: func(b *tab, arrived func(name, sign string)) {
		b.visit(paths.Account)
		b.do(`document.querySelector("#skills").maxLength = 1000; document.querySelector("#skills").value = "Wolfeschlegelsteinhausenbergerdorff".repeat(10)`)
		b.click(`$("form[action='` + paths.AccountProfile + `'] button")`)
		arrived("a profile that is too long", `$("#skills-error")`)
		b.visit(paths.Account)
		b.do(`document.querySelector("[name=version]").value = "0"; document.querySelector("#skills").value = "Wolfeschlegelsteinhausenbergerdorff".repeat(8)`)
		b.click(`$("form[action='` + paths.AccountProfile + `'] button")`)
		arrived("a profile that somebody changed meanwhile", `$(".stored")`)
	},
}

// However a colleague is typed, they are found, and a link leads on.
func TestAColleagueIsFound(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 390, 800)
	b.enter(employee(t, "pt"))
	b.visit(paths.People)
	b.fill("#q", "CONCEISAO amaral\r")
	b.until(`document.readyState === "complete" && $$(".person-row").length === 1 && text(".meant strong") === "conceicao amaral" && text(".person-name").startsWith("Conceição")`)
	b.fill("#q", "qualidade catacion\r") // a department and a skill
	b.until(`document.readyState === "complete" && $$(".person-row").length > 1 && $(".meant") === null && text(".person-skills").includes("catación")`)
	b.click(`$(".person-name")`)
	b.until(`document.readyState === "complete" && $(".chain")`)
	b.click(`$(".chain a")`)
	b.until(`document.readyState === "complete" && text("h1") === "Helena Sampaio Duarte" && $("section[aria-labelledby=reports]")`)
	b.click(`$("section[aria-labelledby=reports] .person-name")`)
	b.until(`document.readyState === "complete" && text(".chain a") === "Helena Sampaio Duarte"`)
	b.click(`$(".tag-link")`)
	b.until(`document.readyState === "complete" && location.search.startsWith("?q=") && $$(".person-row").length > 0`)
}
