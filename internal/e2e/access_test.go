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
	in := Start(t)
	for _, width := range []int64{1280, 390} {
		t.Run(fmt.Sprintf("%d px", width), func(t *testing.T) {
			b := in.NewTab(t, width, 800)
			b.WithoutScripts()
			b.Enter(Employee(t, "es"))
			b.Until(`document.readyState === "complete" && typeof carameloaiChatbot === "undefined" && !host &&
				text("h1").endsWith("Guadalupe")`)
			b.Until(`$$("[data-caramelo-open]").every((e) => !visible(e))`)
			b.Until(`visible($(".invitation .questions li")) && !$(".questions button")`)
			if width < 960 {
				b.Until(`!visible($(".site-nav"))`)
				b.Click(`$("details.menu summary")`)
			}
			b.Click(`$(".site-nav a[href='` + paths.People + `']")`)
			b.Until(`location.pathname === "` + paths.People + `" && $("#q")`)
			b.Click(`$("#q")`)
			b.Write("atila")
			b.Click(`$(".search button")`)
			b.Until(`$$(".person-row").length === 1 && text(".person-name") === "Átila Nogueira"`)
			b.Click(`$(".person-name")`)
			b.Until(`text("h1") === "Átila Nogueira" && $(".facts a[href^='mailto:']")`)
			b.signOut()
			b.Visit(paths.Home)
			b.Until(`location.pathname === "` + paths.Login + `"`)
		})
	}
}

func TestTheSignInPageSpeaksTheBrowsersLanguageOrTheChosenOne(t *testing.T) {
	in := Start(t)
	for accept, says := range map[string]string{
		"pt-BR,pt,en": "pt-BR Entrar", "de,es-MX,en": "es Iniciar sesión",
		"en-GB,pt": "en Sign in", "de,fr": "en Sign in",
	} {
		b := in.NewTab(t, 1280, 800)
		b.accept(accept)
		b.Visit(paths.Login)
		if got := Ask[string](b, `document.documentElement.lang + " " + text("h1")`); got != says {
			t.Errorf("a browser that asks for %q is told %q, want %q", accept, got, says)
		}
	}

	b := in.NewTab(t, 1280, 800)
	b.accept("en-GB")
	b.Visit(paths.Assistant)
	b.Until(`location.search === "?next=%2Fassistant" && text("h1") === "Sign in"`)
	b.Click(`$(".languages a[hreflang=es]")`)
	b.Until(`text("h1") === "Iniciar sesión" && text(".languages [aria-current]") === "Español"`)
	// It sticks: with an error, and on the next visit.
	b.Click(`$("#email")`)
	b.Write("nobody@company.example\twrong\r")
	b.Until(`visible($("#alert")) && text("h1") === "Iniciar sesión" && text("#alert").startsWith("El correo")`)
	b.Visit(paths.Assistant)
	b.Until(`text("h1") === "Iniciar sesión"`)
	// The page that was wanted in the first place, in the person's own language.
	who := Employee(t, "pt")
	b.Click(`$("#email")`)
	b.Write(who.Email + "\t" + in.Passwords[who.Email] + "\r")
	b.Until(`location.pathname === "` + paths.Assistant + `" && document.documentElement.lang === "pt-BR" && online()`)
	b.signOut()
	b.Until(`text("h1") === "Iniciar sesión"`)
}

// accept makes the browser ask for a language.
func (b *Tab) accept(languages string) {
	b.t.Helper()
	b.altered = true
	agent := Ask[string](b, `navigator.userAgent`)
	params := emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: languages}
	command(b, emulation.SetUserAgentOverride, params)
}
