package browser_test

import (
	"testing"

	"github.com/carameloai/intranet/internal/e2e"
	"github.com/carameloai/intranet/internal/features/policies"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// An editor writes a policy with the keyboard alone, looks at it before it is
// saved, publishes it, and a reader confirms it with the keyboard, too.
func TestAnEditorWritesAPolicyAndAReaderConfirmsIt(t *testing.T) {
	in := e2e.Start(t)
	who, reader := e2e.Editor(t), e2e.Employee(t, "en")
	b, other := in.NewTab(t, 1280, 800), in.NewTab(t, 390, 800)
	b.Enter(who)
	b.Until(`online()`)
	b.TabTo(`$(".site-nav a[href='` + policies.Index + `']")`)
	b.Write("\r")
	b.Until(`location.pathname === "` + policies.Index + `" && online() &&
		$$(".policy-row").length === 25 && $$(".policies-category").length === 5`)
	b.TabTo(`$("main a[href='` + policies.New + `']")`)
	b.Write("\r")
	b.Until(`location.pathname === "` + policies.New + `" && online()`)

	b.TabTo(`$("#title")`)
	b.Write("Bicicletas no escritório")
	b.TabTo(`$("#summary")`)
	b.Write("Onde guardar a sua.")
	b.TabTo(`$("#body")`)
	b.Write("## Onde\r\r| Cidade | Lugar |\r|---|---|\r| Recife | **Garagem** |")
	b.TabTo(`$("main form [name=preview]")`)
	b.Write("\r")
	// Readers' view of it first, with everything kept.
	b.Until(`document.activeElement === $(".preview") && text(".preview td strong") === "Garagem" &&
		$("#title").value === "Bicicletas no escritório" && online()`)
	b.TabTo(`$("#must_read")`)
	b.Write(" ")
	b.TabTo(`$("main form .actions button")`)
	b.Write("\r")
	// There is no category yet: said at the field.
	b.Until(`document.activeElement === $(".alert") &&
		text("#category-error") === ` + e2e.Quoted(in.Says(t, who.Lang, "policy.error.category")) + ` &&
		$("#must_read").checked && $("#body").value.includes("Garagem")`)
	b.TabTo(`$("#category")`)
	b.Set("#category", "working-here")
	b.TabTo(`$("main form .actions button")`)
	b.Write("\r")
	b.Told(who.Lang, "notice.policy.created")
	policy := e2e.Ask[string](b, `location.pathname`)
	if policy != policies.Show.Of("bicicletas-no-escritorio") {
		t.Errorf("it is at %s", policy)
	}
	other.Enter(reader)
	other.Visit(policy)
	other.Until(`text(".error-status") === "404"`)

	b.TabTo(`$("form[action$='/publish'] button")`)
	b.Write("\r")
	b.Told(who.Lang, "notice.policy.published")
	other.Visit(policy)
	other.Until(`online() && text("h1") === "Bicicletas no escritório" && $("h1").lang === "pt-BR" &&
		text(".policy-facts a") === "` + who.Name + `"`)
	other.TabTo(`$(".acknowledgement button")`)
	other.Write("\r")
	other.Told("en", "notice.acknowledged")
	other.Until(`$(".acknowledgement time") && !$(".acknowledgement button")`)

	b.Visit(policy + "/acknowledgements")
	b.Until(`online() && text(".lead").startsWith("Confirmações: 1 de ")`)
	b.Visit(policy)
	b.Click(`$(".ask form[action$='/delete']").parentElement.querySelector("summary")`)
	b.Click(`$("form[action$='/delete'] button")`)
	b.Told(who.Lang, "notice.policy.deleted")
}
