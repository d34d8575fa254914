package e2e

import (
	"fmt"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
)

const question = "Como eu marco minhas férias?"

func TestTheAssistantAnswersInThePersonsLanguageAndRemembersOnEveryPage(t *testing.T) {
	in := Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(Employee(t, "pt"))
	b.Until(`online()`)
	tokens := []string{b.token()}

	b.Click(`chat("#bubble")`)
	b.Until(`!chat("#panel").hidden && said("assistant")[0].startsWith("Olá, Átila Nogueira!")`)
	b.Write(question + "\r")
	b.Until(`said("person")[0] === "` + question + `" &&
		said("assistant")[1].startsWith("Férias e folgas em três passos")`)

	b.run(chromedp.Reload())
	b.Until(`online() && said("person").length === 1 && said("assistant").length === 2`)
	tokens = append(tokens, b.token())

	b.Click(`$(".site-nav a[href='` + paths.People + `']")`)
	b.Until(`location.pathname === "` + paths.People + `" && online() &&
		said("person")[0] === "` + question + `" && said("assistant").length === 2`)
	tokens = append(tokens, b.token())

	slices.Sort(tokens)
	if len(slices.Compact(tokens)) != 3 {
		t.Error("two pages carried the same token")
	}
}

func TestSigningOutLeavesNothingForTheNextPerson(t *testing.T) {
	in := Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(Employee(t, "pt"))
	b.Until(`online()`)
	b.Click(`chat("#bubble")`)
	b.Write(question + "\r")
	b.Until(`said("assistant").length === 2`)
	b.signOut()
	b.Until(`!host && !document.body.textContent.includes("Átila")`)

	// Back is no way in: wherever it leads, it ends at the sign-in page.
	b.Leave(`history.back()`)
	b.Until(`location.pathname === "` + paths.Login + `" && document.readyState === "complete" && $("#email")`)
	b.Until(`!host && !document.body.textContent.includes("Átila")`)

	b.signIn(Employee(t, "es"))
	b.Until(`online() && text("h1").endsWith("Guadalupe")`)
	b.Click(`chat("#bubble")`)
	b.Until(`said("assistant").length === 1 && said("assistant")[0].includes("Guadalupe Ortiz Zamora") &&
		said("person").length === 0`)
	b.Until(`!host.shadowRoot.textContent.includes("férias") && !document.body.textContent.includes("Átila")`)
	b.Write("gracias\r")
	b.Until(`said("assistant").length === 2`)

	// The first one finds what is theirs, and only that.
	b.signOut()
	b.signIn(Employee(t, "pt"))
	b.Until(`online() && said("person").join() === "` + question + `" && said("assistant").length === 2`)
}

// What the page suggests to ask has an answer of its own: the demo's first
// question is not one that nobody can answer.
func TestTheSandboxHasAnswersToTheSuggestedQuestions(t *testing.T) {
	in := Start(t)
	for _, lang := range i18n.Languages {
		b := in.NewTab(t, 1280, 800)
		b.Enter(Employee(t, lang))
		b.Visit(paths.Assistant)
		b.Until(`online()`)
		questions := Ask[[]string](b, `$$(".questions li").map((e) => e.textContent.trim())`)
		for n := range questions {
			b.ask(n)
			b.Until(`!chat("#panel").hidden && chat("#input").value !== ""`)
			b.Write("\r")
			b.Until(fmt.Sprintf(`said("assistant").length === %d`, n+2))
		}
		b.Write("?\r") // has no answer
		b.Until(fmt.Sprintf(`said("assistant").length === %d`, len(questions)+2))
		said := Ask[[]string](b, `said("assistant").slice(1)`)
		none := said[len(said)-1]
		for n, question := range questions {
			if len(questions) < 4 || said[n] == none {
				t.Errorf("%s: %q is answered %q", lang, question, said[n])
			}
		}
		b.signOut()
	}
}
