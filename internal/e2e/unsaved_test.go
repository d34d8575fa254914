package e2e

import (
	"testing"

	"github.com/carameloai/intranet/internal/paths"
)

// complete waits for a page of ours, its scripts included.
func (b *tab) complete(path string) {
	b.t.Helper()
	b.until(`location.pathname === "` + path + `" && document.readyState === "complete" && $("main h1")`)
}

// begin opens a page, and forgets what was asked on the way to it.
func (b *tab) begin(path string) {
	b.t.Helper()
	b.visit(path)
	b.complete(path)
	b.asked()
}

// away follows a link.
func (b *tab) away() {
	b.t.Helper()
	b.click(`$(".site-nav a[href='` + paths.People + `']")`)
	b.complete(paths.People)
}

// wasAsked checks how often the browser asked before it left unsaved input.
func (b *tab) wasAsked(what string, times int) {
	b.t.Helper()
	if got := b.asked(); got != times {
		b.t.Errorf("%s: asked %d times, want %d", what, got, times)
	}
}

func TestLeavingUnsavedInputAsksFirst(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 1280, 800)
	b.enter(employee(t, "en"))

	b.begin(paths.Account)
	b.away()
	b.wasAsked("a clean form", 0)

	b.begin(paths.Account)
	b.click(`$("#skills")`)
	b.write("x\b")
	b.fill("#password", "typed")
	b.away()
	b.wasAsked("what was taken back, and a password", 0)

	b.begin(paths.Account)
	b.fill("#phone", "typed")
	b.away()
	b.wasAsked("a link", 1)

	b.begin(paths.Account)
	b.fill("#phone", "typed")
	b.do(`window.old = true`)
	b.click(`$("section[aria-labelledby=preferences] button")`)
	b.until(`!window.old && visible($(".notice")) && document.readyState === "complete"`)
	b.wasAsked("another form", 1)
	b.fill("#phone", "11 5555")
	b.do(`window.old = true`)
	b.click(`$("section:has(#phone) form button")`)
	b.until(`!window.old && visible($(".notice")) && document.readyState === "complete" &&
		$("#phone").value === "11 5555"`)
	b.wasAsked("that form", 0)

	b.begin(paths.People)
	b.fill("#q", "typed")
	b.away()
	b.wasAsked("a search", 0)

	// Who signs out in another tab is not kept from it.
	b.begin(paths.Account)
	b.fill("#phone", "typed")
	other := b.another()
	other.visit(paths.People)
	other.signOut()
	b.until(`location.pathname === "` + paths.Login + `"`)
	b.wasAsked("signed out elsewhere", 0)
}

// What was typed is for whoever typed it: on a computer that people share, the
// next one who goes back does not find it.
func TestGoingBackFindsNothingOfSomebodyElses(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 1280, 800)
	b.enter(employee(t, "en"))
	b.visit(paths.Account)
	b.until(`history.state.person`)
	b.fill("#phone", "typed")
	b.away()
	b.signOut()
	b.signIn(employee(t, "es"))
	b.leave(`history.go(-3)`)
	b.complete(paths.Account)
	b.until(`visible($("#phone")) && $("#phone").value === $("#phone").defaultValue &&
		history.state.person === $(".account").dataset.person`)
	b.fill("#phone", "mine")
	b.away()
	b.leave(`history.back()`)
	b.complete(paths.Account)
	b.until(`$("#phone").value === "mine"`)
}
