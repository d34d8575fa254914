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
	in := start(t)
	b := in.newTab(t, 1280, 800)
	b.enter(employee(t, "pt"))
	b.until(`online()`)
	tokens := []string{b.token()}

	b.click(`chat("#bubble")`)
	b.until(`!chat("#panel").hidden && said("assistant")[0].startsWith("Olá, Átila Nogueira!")`)
	b.write(question + "\r")
	b.until(`said("person")[0] === "` + question + `" &&
		said("assistant")[1].startsWith("Férias e folgas em três passos")`)

	b.run(chromedp.Reload())
	b.until(`online() && said("person").length === 1 && said("assistant").length === 2`)
	tokens = append(tokens, b.token())

	b.click(`$(".site-nav a[href='` + paths.People + `']")`)
	b.until(`location.pathname === "` + paths.People + `" && online() &&
		said("person")[0] === "` + question + `" && said("assistant").length === 2`)
	tokens = append(tokens, b.token())

	slices.Sort(tokens)
	if len(slices.Compact(tokens)) != 3 {
		t.Error("two pages carried the same token")
	}
}

func TestSigningOutLeavesNothingForTheNextPerson(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 1280, 800)
	b.enter(employee(t, "pt"))
	b.until(`online()`)
	b.click(`chat("#bubble")`)
	b.write(question + "\r")
	b.until(`said("assistant").length === 2`)
	b.signOut()
	b.until(`!host && !document.body.textContent.includes("Átila")`)

	// Back is no way in: wherever it leads, it ends at the sign-in page.
	b.leave(`history.back()`)
	b.until(`location.pathname === "` + paths.Login + `" && document.readyState === "complete" && $("#email")`)
	b.until(`!host && !document.body.textContent.includes("Átila")`)

	b.signIn(employee(t, "es"))
	b.until(`online() && text("h1").endsWith("Guadalupe")`)
	b.click(`chat("#bubble")`)
	b.until(`said("assistant").length === 1 && said("assistant")[0].includes("Guadalupe Ortiz Zamora") &&
		said("person").length === 0`)
	b.until(`!host.shadowRoot.textContent.includes("férias") && !document.body.textContent.includes("Átila")`)
	b.write("gracias\r")
	b.until(`said("assistant").length === 2`)

	// The first one finds what is theirs, and only that.
	b.signOut()
	b.signIn(employee(t, "pt"))
	b.until(`online() && said("person").join() === "` + question + `" && said("assistant").length === 2`)
}

// What the page suggests to ask has an answer of its own: the demo's first
// question is not one that nobody can answer.
func TestTheSandboxHasAnswersToTheSuggestedQuestions(t *testing.T) {
	in := start(t)
	for _, lang := range i18n.Languages {
		b := in.newTab(t, 1280, 800)
		b.enter(employee(t, lang))
		b.visit(paths.Assistant)
		b.until(`online()`)
		questions := ask[[]string](b, `$$(".questions li").map((e) => e.textContent.trim())`)
		b.click(`chat("#bubble")`)
		for n, question := range append(questions, "?") { // the last one has none
			b.write(question + "\r")
			b.until(fmt.Sprintf(`said("assistant").length === %d`, n+2))
		}
		said := ask[[]string](b, `said("assistant").slice(1)`)
		none := said[len(said)-1]
		for n, question := range questions {
			if len(questions) < 4 || said[n] == none {
				t.Errorf("%s: %q is answered %q", lang, question, said[n])
			}
		}
		b.signOut()
	}
}
