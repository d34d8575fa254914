package browser_test

import (
	"testing"

	"github.com/carameloai/intranet/internal/e2e"
	"github.com/carameloai/intranet/internal/features/imports"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

func TestAnAdminImportsPeople(t *testing.T) {
	in := e2e.Start(t)
	boss := e2e.Admin(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(boss)
	b.Visit(paths.AdminPeople)
	b.Click(`$("main a[href='` + imports.Index + `']")`)
	b.Until(`$("#csv") && document.readyState === "complete"`)

	choose := func(content string) {
		t.Helper()
		b.Do(`const d = new DataTransfer();
			d.items.add(new File([` + e2e.Quoted(content) + `], "people.csv"));
			document.querySelector("#file").files = d.files`)
		b.Click(`$(".import-form button")`)
	}
	choose("name;email;department\n" +
		"Wolfeschlegelsteinhausenbergerdorff;wolfeschlegelsteinhausenbergerdorff.@company.example;Nowhere\n" +
		";x;\n")
	b.Until(`document.activeElement === $(".alert") && $$(".import-table tbody tr").length === 4 &&
		$("#csv").value.includes("Wolfe")`)
	choose("\uFEFFname;email;department;manager\r\n" +
		"Rosa Import;rosa.import@company.example;Qualidade;" + boss.Email + "\r\n")
	b.Until(`document.activeElement === $("#tried") && $$(".import-lines > li").length === 1 &&
		$(".import-table") === null`)
	in.ForgetProof(t, boss)
	b.Click(`$("form[action='` + imports.Apply + `'] button")`)
	b.Until(`document.activeElement === $("#confirm_password")`)
	b.Answer(in.Passwords[boss.Email] + "\r")
	b.Told(boss.Lang, "notice.people.imported")
	b.Visit(paths.PeopleList("rosa import", "quality", ""))
	b.Click(`$(".person-name")`)
	b.Until(`document.readyState === "complete" && text("h1") === "Rosa Import" &&
		text(".chain li:nth-last-child(2) a") === ` + e2e.Quoted(boss.Name))
}

// A file as Excel saves it on Windows is taken once its names were looked at. Before that
// pressing Check again imports nothing, and while a file is on its way the page says so.
func TestAFileOfWindowsIsLookedAtFirst(t *testing.T) {
	in := e2e.Start(t)
	boss := e2e.Admin(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(boss)
	b.Visit(imports.Index)
	b.Until(`$("#csv") && document.readyState === "complete"`)
	choose := func() {
		t.Helper()
		b.Do(`const d = new DataTransfer();
			const text = "name;email\r\nJo\u00e3o Gon\u00e7alves Teste;joao.teste@company.example\r\n";
			const bytes = Uint8Array.from([...text].map((c) => c.charCodeAt(0)));
			d.items.add(new File([bytes], "people.csv"));
			document.querySelector("#file").files = d.files`)
	}
	choose()
	b.Do(`window.hold = (event) => event.preventDefault(); addEventListener("submit", window.hold, true)`)
	b.Click(`$(".import-form button")`)
	b.Until(`$(".import-form [data-busy]").checkVisibility() && $(".import-form progress") !== null`)
	b.Do(`removeEventListener("submit", window.hold, true)`)
	b.Click(`$(".import-form button")`)
	const asked = `document.activeElement === $("#older") && text(".import-names") === "João Gonçalves Teste" &&
		$("form[action='` + imports.Apply + `']") === null && !$("[data-busy]").checkVisibility()`
	b.Until(asked + ` && $("#csv").value === ""`)
	b.Do(`document.querySelector("input[name=right]").removeAttribute("required")`)
	b.Click(`$("input[name=raw] ~ .actions button")`)
	b.Until(asked + ` && $("input[name=right]").required`)
	b.Click(`$("input[name=right]")`)
	b.Click(`$("input[name=raw] ~ .actions button")`)
	b.Until(`document.activeElement === $("#tried") && text(".import-lines strong") === "João Gonçalves Teste" &&
		$("#csv").value.includes("João Gonçalves")`)
	b.Click(`$("form[action='` + imports.Apply + `'] button")`)
	b.Told(boss.Lang, "notice.people.imported")
}
