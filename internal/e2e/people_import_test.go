package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/features/imports"
	"github.com/carameloai/intranet/internal/paths"
)

const wrongFile = "name;email;department\nWolfeschlegelsteinhausenbergerdorff;wolfeschlegelsteinhausenbergerdorff.@aroeira.example;Nowhere\n;x;\n"

var importNoun = aNoun{
	places: func(b *tab) []place {
		b.visit(paths.Home)
		if !ask[bool](b, `$(".site-nav a[href='`+paths.AdminPeople+`']") !== null`) {
			return nil
		}
		return []place{{"import", imports.Index, http.StatusOK}}
	},
	forms: func(b *tab, arrived func(name, sign string)) {
		paste := func(file string) {
			b.visit(imports.Index)
			b.do(`document.querySelector("#csv").value = ` + quoted(file))
			b.click(`$(".import-form button")`)
		}
		paste(wrongFile)
		arrived("a file with problems", `$(".import-table")`)
		paste("name,email\nWolfeschlegelsteinhausenbergerdorff,wolfeschlegelsteinhausenbergerdorff.import@aroeira.example\n")
		arrived("a file that was checked", `$(".import-lines")`)
		paste("name,email,title,skills\nWolfeschlegelsteinhausenbergerdorff," + admin(b.t).Email + ",," + strings.Repeat("Wolfeschlegelsteinhausenbergerdorff", 8) + "\n")
		arrived("a file that changes somebody", `$(".import-fields")`)
	},
}

func TestAnAdminImportsPeople(t *testing.T) {
	in := start(t)
	boss := admin(t)
	b := in.newTab(t, 1280, 800)
	b.enter(boss)
	b.visit(paths.AdminPeople)
	b.click(`$("main a[href='` + imports.Index + `']")`)
	b.until(`$("#csv") && document.readyState === "complete"`)

	choose := func(content string) {
		t.Helper()
		b.do(`const d = new DataTransfer(); d.items.add(new File([` + quoted(content) + `], "people.csv")); document.querySelector("#file").files = d.files`)
		b.click(`$(".import-form button")`)
	}
	choose(wrongFile)
	b.until(`document.activeElement === $(".alert") && $$(".import-table tbody tr").length === 4 && $("#csv").value.includes("Wolfe")`)
	choose("\uFEFFname;email;department;manager\r\nRosa Import;rosa.import@aroeira.example;Qualidade;" + boss.Email + "\r\n")
	b.until(`document.activeElement === $("#tried") && $$(".import-lines > li").length === 1 && $(".import-table") === null`)
	in.forgetProof(t, boss)
	b.click(`$("form[action='` + imports.Apply + `'] button")`)
	b.until(`document.activeElement === $("#confirm_password")`)
	b.answer(in.passwords[boss.Email] + "\r")
	b.told(boss.Lang, "notice.people.imported")
	b.visit(paths.PeopleList("rosa import", "quality", ""))
	b.click(`$(".person-name")`)
	b.until(`document.readyState === "complete" && text("h1") === "Rosa Import" && text(".chain li:nth-last-child(2) a") === ` + quoted(boss.Name))
}
