package e2e

import (
	"testing"

	"github.com/carameloai/intranet/internal/features/policies"
)

// An editor writes a policy with the keyboard alone, looks at it before it is
// saved, publishes it, and a reader confirms it with the keyboard, too.
func TestAnEditorWritesAPolicyAndAReaderConfirmsIt(t *testing.T) {
	in := start(t)
	who, reader := editor(t), employee(t, "en")
	b, other := in.newTab(t, 1280, 800), in.newTab(t, 390, 800)
	b.enter(who)
	b.until(`online()`)
	b.tabTo(`$(".site-nav a[href='` + policies.Index + `']")`)
	b.write("\r")
	b.until(`location.pathname === "` + policies.Index + `" && online() &&
		$$(".policy-row").length === 25 && $$(".policies-category").length === 5`)
	b.tabTo(`$("main a[href='` + policies.New + `']")`)
	b.write("\r")
	b.until(`location.pathname === "` + policies.New + `" && online()`)

	b.tabTo(`$("#title")`)
	b.write("Bicicletas no escritório")
	b.tabTo(`$("#summary")`)
	b.write("Onde guardar a sua.")
	b.tabTo(`$("#body")`)
	b.write("## Onde\r\r| Cidade | Lugar |\r|---|---|\r| Recife | **Garagem** |")
	b.tabTo(`$("main form [name=preview]")`)
	b.write("\r")
	// Readers' view of it first, with everything kept.
	b.until(`document.activeElement === $(".preview") && text(".preview td strong") === "Garagem" &&
		$("#title").value === "Bicicletas no escritório" && online()`)
	b.tabTo(`$("#must_read")`)
	b.write(" ")
	b.tabTo(`$("main form .actions button")`)
	b.write("\r")
	// There is no category yet: said at the field.
	b.until(`document.activeElement === $(".alert") &&
		text("#category-error") === ` + quoted(in.says(t, who.Lang, "policy.error.category")) + ` &&
		$("#must_read").checked && $("#body").value.includes("Garagem")`)
	b.tabTo(`$("#category")`)
	b.set("#category", "working-here")
	b.tabTo(`$("main form .actions button")`)
	b.write("\r")
	b.told(who.Lang, "notice.policy.created")
	policy := ask[string](b, `location.pathname`)
	if policy != policies.Show.Of("bicicletas-no-escritorio") {
		t.Errorf("it is at %s", policy)
	}
	other.enter(reader)
	other.visit(policy)
	other.until(`text(".error-status") === "404"`)

	b.tabTo(`$("form[action$='/publish'] button")`)
	b.write("\r")
	b.told(who.Lang, "notice.policy.published")
	other.visit(policy)
	other.until(`online() && text("h1") === "Bicicletas no escritório" && $("h1").lang === "pt-BR" &&
		text(".policy-facts a") === "` + who.Name + `"`)
	other.tabTo(`$(".acknowledgement button")`)
	other.write("\r")
	other.told("en", "notice.acknowledged")
	other.until(`$(".acknowledgement time") && !$(".acknowledgement button")`)

	b.visit(policy + "/acknowledgements")
	b.until(`online() && text(".lead").startsWith("Confirmações: 1 de ")`)
	b.visit(policy)
	b.click(`$(".ask form[action$='/delete']").parentElement.querySelector("summary")`)
	b.click(`$("form[action$='/delete'] button")`)
	b.told(who.Lang, "notice.policy.deleted")
}
