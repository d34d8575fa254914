package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"

	"github.com/carameloai/intranet/internal/paths"
)

// sideways names what sticks out of the page, if it can be scrolled sideways.
const sideways = `document.documentElement.scrollWidth <= document.documentElement.clientWidth ? "" :
	document.documentElement.scrollWidth + " px: " + $$("body *")
		.filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + .5)
		.map((e) => e.outerHTML.slice(0, 100)).slice(0, 5).join("\n")`

// small names what is too small to touch: 44 px for buttons, fields and the
// navigation, 24 px for the other links there (WCAG 2.5.8). A link within a
// sentence is exempt, and a label's field counts with its label.
const small = `$$("nav a, header a, form a, button, summary, .button, input:not([type=hidden]), select, textarea")
	.filter(visible).filter((e) => {
		// The label is pressed, too.
		const r = (e.matches("[type=checkbox], [type=radio]") ? e.closest("label") : e).getBoundingClientRect();
		const least = e.matches("nav a, button, summary, .button, input, select, textarea") ? 44 : 24;
		return r.width < least - .5 || r.height < least - .5;
	}).map((e) => e.outerHTML.slice(0, 100) + " " + JSON.stringify(e.getBoundingClientRect()))`

// grounds are the colours behind the page, see the style sheet's --bg.
var grounds = map[string]string{"light": "rgb(251, 249, 246)", "dark": "rgb(22, 19, 16)"}

func TestTheIntranetWorksWithoutJavaScript(t *testing.T) {
	in := start(t)
	for _, width := range []int64{1280, 390} {
		t.Run(fmt.Sprintf("%d px", width), func(t *testing.T) {
			b := in.newTab(t, width, 800)
			b.withoutScripts()
			b.enter(employee(t, "es"))
			b.until(`document.readyState === "complete" && typeof carameloaiChatbot === "undefined" && !host &&
				text("h1").endsWith("Guadalupe")`)
			b.until(`$$("[data-caramelo-open]").every((e) => !visible(e))`)
			if width < 960 {
				b.until(`!visible($(".site-nav"))`)
				b.click(`$("details.menu summary")`)
			}
			b.click(`$(".site-nav a[href='` + paths.People + `']")`)
			b.until(`location.pathname === "` + paths.People + `" && $("#q")`)
			b.click(`$("#q")`)
			b.write("atila")
			b.click(`$(".search button")`)
			b.until(`$$(".person-row").length === 1 && text(".person-name") === "Átila Nogueira"`)
			b.click(`$(".person-name")`)
			b.until(`text("h1") === "Átila Nogueira" && $(".facts a[href^='mailto:']")`)
			b.signOut()
			b.visit(paths.Home)
			b.until(`location.pathname === "` + paths.Login + `"`)
		})
	}
}

func TestTheSignInPageSpeaksTheBrowsersLanguageOrTheChosenOne(t *testing.T) {
	in := start(t)
	for accept, says := range map[string]string{
		"pt-BR,pt,en": "pt-BR Entrar", "de,es-MX,en": "es Iniciar sesión",
		"en-GB,pt": "en Sign in", "de,fr": "en Sign in",
	} {
		b := in.newTab(t, 1280, 800)
		b.accept(accept)
		b.visit(paths.Login)
		if got := ask[string](b, `document.documentElement.lang + " " + text("h1")`); got != says {
			t.Errorf("a browser that asks for %q is told %q, want %q", accept, got, says)
		}
	}

	b := in.newTab(t, 1280, 800)
	b.accept("en-GB")
	b.visit(paths.Assistant)
	b.until(`location.search === "?next=%2Fassistant" && text("h1") === "Sign in"`)
	b.click(`$(".languages a[hreflang=es]")`)
	b.until(`text("h1") === "Iniciar sesión" && text(".languages [aria-current]") === "Español"`)
	// It sticks: with an error, and on the next visit.
	b.click(`$("#email")`)
	b.write("nobody@aroeira.example\twrong\r")
	b.until(`visible($("#alert")) && text("h1") === "Iniciar sesión" && text("#alert").startsWith("El correo")`)
	b.visit(paths.Assistant)
	b.until(`text("h1") === "Iniciar sesión"`)
	// The page that was wanted in the first place, in the person's own language.
	who := employee(t, "pt")
	b.click(`$("#email")`)
	b.write(who.Email + "\t" + in.passwords[who.Email] + "\r")
	b.until(`location.pathname === "` + paths.Assistant + `" && document.documentElement.lang === "pt-BR" && online()`)
	b.signOut()
	b.until(`text("h1") === "Iniciar sesión"`)
}

// accept makes the browser ask for a language.
func (b *tab) accept(languages string) {
	b.t.Helper()
	b.altered = true
	agent := ask[string](b, `navigator.userAgent`)
	params := emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: languages}
	command(b, emulation.SetUserAgentOverride, params)
}
