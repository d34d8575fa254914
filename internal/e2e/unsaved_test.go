package e2e

import (
	"testing"

	"github.com/carameloai/intranet/internal/paths"
)

func TestLeavingUnsavedInputAsksFirst(t *testing.T) {
	in := Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(Employee(t, "en"))

	b.Begin(paths.Account)
	b.Away()
	b.WasAsked("a clean form", 0)

	b.Begin(paths.Account)
	b.Click(`$("#skills")`)
	b.Write("x\b")
	b.Away()
	b.WasAsked("what was taken back", 0)

	b.Begin(paths.AccountPassword)
	b.Fill("#password", "typed")
	b.Away()
	b.WasAsked("a password", 0)

	b.Begin(paths.Account)
	b.Fill("#phone", "typed")
	b.Away()
	b.WasAsked("a link", 1)

	b.Begin(paths.Account)
	b.Fill("#phone", "typed")
	in.kept(t, b, paths.AccountProfile)
	b.Do(`window.old = true`)
	b.Click(`$("section[aria-labelledby=preferences] button")`)
	b.Until(`!window.old && visible($(".notice:not(.draft)")) && document.readyState === "complete"`)
	b.givenBack("en", "#phone", "typed") // what comes later would be put before what is typed next
	b.WasAsked("another form", 1)
	b.Fill("#phone", "11 5555")
	b.Do(`window.old = true`)
	b.Click(`$("section:has(#phone) form.stack button")`)
	b.Until(`!window.old && visible($(".notice:not(.draft)")) && document.readyState === "complete" &&
		$("#phone").value === "11 5555"`)
	b.WasAsked("that form", 0)

	b.Begin(paths.People)
	b.Fill("#q", "typed")
	b.Away()
	b.WasAsked("a search", 0)

	// Who signs out in another tab is not kept from it.
	b.Begin(paths.Account)
	b.Fill("#phone", "typed")
	other := b.another()
	other.Visit(paths.People)
	other.signOut()
	b.Until(`location.pathname === "` + paths.Login + `"`)
	b.WasAsked("signed out elsewhere", 0)
}

// What was typed is for whoever typed it: on a computer that people share, the
// next one who goes back does not find it.
func TestGoingBackFindsNothingOfSomebodyElses(t *testing.T) {
	in := Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(Employee(t, "en"))
	b.Visit(paths.Account)
	b.Until(`history.state.person`)
	b.Fill("#phone", "typed")
	b.Away()
	b.signOut()
	b.signIn(Employee(t, "es"))
	b.Leave(`history.go(-3)`)
	b.Complete(paths.Account)
	b.Until(`visible($("#phone")) && $("#phone").value === $("#phone").defaultValue &&
		history.state.person === $(".account").dataset.person`)
	b.Fill("#phone", "mine")
	b.Away()
	b.Leave(`history.back()`)
	b.Complete(paths.Account)
	b.Until(`$("#phone").value === "mine"`)
}
