package e2e

import (
	"testing"

	"github.com/carameloai/intranet/internal/features/imports"
	"github.com/carameloai/intranet/internal/paths"
)

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
		b.do(`const d = new DataTransfer();
			d.items.add(new File([` + quoted(content) + `], "people.csv"));
			document.querySelector("#file").files = d.files`)
		b.click(`$(".import-form button")`)
	}
	choose(wrongFile)
	b.until(`document.activeElement === $(".alert") && $$(".import-table tbody tr").length === 4 &&
		$("#csv").value.includes("Wolfe")`)
	choose("\uFEFFname;email;department;manager\r\n" +
		"Rosa Import;rosa.import@aroeira.example;Qualidade;" + boss.Email + "\r\n")
	b.until(`document.activeElement === $("#tried") && $$(".import-lines > li").length === 1 &&
		$(".import-table") === null`)
	in.forgetProof(t, boss)
	b.click(`$("form[action='` + imports.Apply + `'] button")`)
	b.until(`document.activeElement === $("#confirm_password")`)
	b.answer(in.passwords[boss.Email] + "\r")
	b.told(boss.Lang, "notice.people.imported")
	b.visit(paths.PeopleList("rosa import", "quality", ""))
	b.click(`$(".person-name")`)
	b.until(`document.readyState === "complete" && text("h1") === "Rosa Import" &&
		text(".chain li:nth-last-child(2) a") === ` + quoted(boss.Name))
}
