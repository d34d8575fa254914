package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/features/imports"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

const wrongFile = "name;email;department\nWolfeschlegelsteinhausenbergerdorff;wolfeschlegelsteinhausenbergerdorff.@aroeira.example;Nowhere\n;x;\n"

// imports are the answers to files: refused, checked, and with changes to somebody.
func (c *crawl) imports(lang string) {
	c.t.Helper()
	v := c.in.visitor(c.t, lang, store.Admin)
	const long = "Wolfeschlegelsteinhausenbergerdorff"
	for name, file := range map[string]string{
		"a file with problems":         wrongFile,
		"a file that was checked":      "name,email\n" + long + "," + strings.ToLower(long) + ".import@aroeira.example\n",
		"a file that changes somebody": "name,email,title,skills\n" + long + "," + admin(c.t).Email + ",," + longest + "\n",
	} {
		status := http.StatusOK
		if file == wrongFile {
			status = http.StatusUnprocessableEntity
		}
		c.add(name, v.post(imports.Index, url.Values{"csv": {file}}), status)
	}
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
