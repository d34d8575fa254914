package e2e

import (
	"fmt"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
)

func TestEverythingCanBeDoneWithTheKeyboardAlone(t *testing.T) {
	in := Start(t)
	for _, width := range []int64{1280, 390} {
		t.Run(fmt.Sprintf("%d px", width), func(t *testing.T) { keyboardAlone(t, in, width) })
	}
}

func keyboardAlone(t *testing.T, in *Intranet, width int64) {
	who := Employee(t, "en")
	b := in.NewTab(t, width, 800)
	b.focusHasToShow = true

	b.Visit(paths.Login)
	b.Until(`document.activeElement === $("#email")`)
	b.Write(who.Email)
	b.TabTo(`$("#password")`)
	b.Write("not the password\r")
	// What is wrong is said, and the focus is where it can be mended.
	b.Until(`visible($("#alert")) && document.activeElement === $("#password") &&
		$("#password").value === "" && $("#email").value === "` + who.Email + `"`)
	b.Write(in.Passwords[who.Email] + "\r")
	b.Until(`location.pathname === "/" && online()`)

	// The first stop leads past the navigation.
	b.Write("\t")
	b.Until(`document.activeElement === $(".skip")`)
	b.focusShows()
	b.Write("\r")
	b.Until(`document.activeElement === $("main")`)
	b.focusShows()
	b.Write("\t")
	b.Until(`$("main").contains(document.activeElement)`)

	b.Visit(paths.Home)
	if width < 960 {
		b.TabTo(`$("details.menu summary")`)
		b.Write("\r")
		b.Until(`visible($(".site-nav"))`)
	}
	b.TabTo(`$(".site-nav a[href='` + paths.People + `']")`)
	b.Write("\r")
	b.Until(`location.pathname === "` + paths.People + `" && online()`)

	b.TabTo(`$("#q")`)
	b.Write("guadalupe zamora\r")
	b.Until(`location.search.includes("q=guadalupe") && $$(".person-row").length === 1`)
	b.TabTo(`$(".person-name")`)
	b.Write("\r")
	b.Until(`text("h1") === "Guadalupe Ortiz Zamora" && online()`)

	// The chat, after all that is ours, and out of it again.
	b.TabTo(`host`)
	b.Until(`host.shadowRoot.activeElement === chat("#bubble")`)
	b.Write("\r")
	b.Until(`!chat("#panel").hidden && host.shadowRoot.activeElement === chat("#input")`)
	answers := Ask[int](b, `said("assistant").length`) // some are of an earlier conversation
	b.Write("thanks\r")
	b.Until(fmt.Sprintf(`said("assistant").length === %d`, answers+1))
	b.Write("\x1b")
	b.Until(`chat("#panel").hidden && host.shadowRoot.activeElement === chat("#bubble")`)

	b.Visit(paths.Home)
	b.TabTo(`$(".account-leave")`)
	b.Write("\r")
	b.Until(`location.pathname === "` + paths.Login + `" && document.activeElement === $("#email")`)
}
