package e2e

import (
	"fmt"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
)

func TestEverythingCanBeDoneWithTheKeyboardAlone(t *testing.T) {
	in := start(t)
	for _, width := range []int64{1280, 390} {
		t.Run(fmt.Sprintf("%d px", width), func(t *testing.T) { keyboardAlone(t, in, width) })
	}
}

func keyboardAlone(t *testing.T, in *intranet, width int64) {
	who := employee(t, "en")
	b := in.newTab(t, width, 800)
	b.focusHasToShow = true

	b.visit(paths.Login)
	b.until(`document.activeElement === $("#email")`)
	b.write(who.Email)
	b.tabTo(`$("#password")`)
	b.write("not the password\r")
	// What is wrong is said, and the focus is where it can be mended.
	b.until(`visible($("#alert")) && document.activeElement === $("#password") &&
		$("#password").value === "" && $("#email").value === "` + who.Email + `"`)
	b.write(in.passwords[who.Email] + "\r")
	b.until(`location.pathname === "/" && online()`)

	// The first stop leads past the navigation.
	b.write("\t")
	b.until(`document.activeElement === $(".skip")`)
	b.focusShows()
	b.write("\r")
	b.until(`document.activeElement === $("main")`)
	b.focusShows()
	b.write("\t")
	b.until(`$("main").contains(document.activeElement)`)

	b.visit(paths.Home)
	if width < 960 {
		b.tabTo(`$("details.menu summary")`)
		b.write("\r")
		b.until(`visible($(".site-nav"))`)
	}
	b.tabTo(`$(".site-nav a[href='` + paths.People + `']")`)
	b.write("\r")
	b.until(`location.pathname === "` + paths.People + `" && online()`)

	b.tabTo(`$("#q")`)
	b.write("guadalupe zamora\r")
	b.until(`location.search.includes("q=guadalupe") && $$(".person-row").length === 1`)
	b.tabTo(`$(".person-name")`)
	b.write("\r")
	b.until(`text("h1") === "Guadalupe Ortiz Zamora" && online()`)

	// The chat, after all that is ours, and out of it again.
	b.tabTo(`host`)
	b.until(`host.shadowRoot.activeElement === chat("#bubble")`)
	b.write("\r")
	b.until(`!chat("#panel").hidden && host.shadowRoot.activeElement === chat("#input")`)
	answers := ask[int](b, `said("assistant").length`) // some are of an earlier conversation
	b.write("thanks\r")
	b.until(fmt.Sprintf(`said("assistant").length === %d`, answers+1))
	b.write("\x1b")
	b.until(`chat("#panel").hidden && host.shadowRoot.activeElement === chat("#bubble")`)

	b.visit(paths.Home)
	b.tabTo(`$(".account-leave")`)
	b.write("\r")
	b.until(`location.pathname === "` + paths.Login + `" && document.activeElement === $("#email")`)
}

// tabTo presses Tab until an element has the focus.
func (b *tab) tabTo(element string) {
	b.t.Helper()
	for range 100 {
		b.write("\t")
		if b.focusHasToShow {
			b.focusShows()
		}
		if ask[bool](b, `document.activeElement === `+element) {
			return
		}
	}
	b.fatalf("Tab does not lead to %s", element)
}

// focusShows fails unless the focused element is in sight, nothing covers it,
// and it has an outline, its own or one around the row that it stands for.
func (b *tab) focusShows() {
	b.t.Helper()
	// The skip link slides in; wait until nothing moves.
	problem := ask[string](b, `await (async () => {
		let e = document.activeElement;
		if (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
		if (!e || e === document.body) return "nothing has the focus";
		await Promise.all(e.getAnimations({subtree: true}).map((a) => a.finished));
		const name = e.outerHTML.slice(0, 120), box = e.getBoundingClientRect();
		if (!visible(e) || !box.width || !box.height) return "the focus is on something that is not visible: " + name;
		if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth)
			return "the focus is out of sight: " + name;
		const ring = (s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
		if (!ring(getComputedStyle(e)) && !ring(getComputedStyle(e, "::after")))
			return "the focus has no outline: " + name;
		const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
		const y = Math.min(Math.max(box.top + box.height / 2, 0), innerHeight - 1);
		const hit = e.getRootNode().elementFromPoint(x, y);
		if (!hit || !(e.contains(hit) || hit.contains(e)))
			return "the focus is covered by " + hit?.outerHTML.slice(0, 80) + ": " + name;
		return "";
	})()`)
	if problem != "" {
		b.t.Errorf("%s, on %s", problem, ask[string](b, `location.pathname`))
	}
}
