package e2e

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
)

// sideways names what sticks out of the page, if it can be scrolled sideways.
const sideways = `document.documentElement.scrollWidth <= document.documentElement.clientWidth ? "" : document.documentElement.scrollWidth + " px: " +
	$$("body *").filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + .5).map((e) => e.outerHTML.slice(0, 100)).slice(0, 5).join("\n")`

// small names what is too small to touch: 44 px for buttons, fields and the
// navigation, 24 px for the other links there (WCAG 2.5.8). A link within a
// sentence is exempt, and a label's field counts with its label.
const small = `$$("nav a, header a, form a, button, summary, .button, input:not([type=hidden]), select, textarea").filter(visible).filter((e) => {
	const r = (e.matches("[type=checkbox], [type=radio]") ? e.closest("label") : e).getBoundingClientRect(); // the label is pressed, too
	const least = e.matches("nav a, button, summary, .button, input, select, textarea") ? 44 : 24;
	return r.width < least - .5 || r.height < least - .5 }).map((e) => e.outerHTML.slice(0, 100) + " " + JSON.stringify(e.getBoundingClientRect()))`

// grounds are the colours behind the page, see the style sheet's --bg.
var grounds = map[string]string{"light": "rgb(251, 249, 246)", "dark": "rgb(22, 19, 16)"}

func TestEveryPageFitsTheNarrowestScreenInTheLightAndInTheDark(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 320, 700)
	b.visit(paths.Login)
	b.fits("sign-in")
	b.write("nobody@aroeira.example\twrong\r")
	b.until(`visible($("#login-error"))`)
	b.fits("sign-in with an error")
	for _, lang := range i18n.Languages {
		b := in.newTab(t, 320, 700)
		b.enter(employee(t, lang))
		for _, p := range b.places() {
			b.goTo(p)
			b.run(chromedp.EmulateViewport(320, 700))
			b.click(`$("details.menu summary")`)
			b.until(`visible($(".site-nav"))`)
			b.fits(p.name + " in " + lang)
		}
		in.vendor.answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
		b.visit(paths.Home)
		b.until(`visible($("#assistant-unavailable"))`)
		b.fits("the notice in " + lang)
		in.vendor.answer(in.vendor.sandbox.ServeHTTP)
		b.signOut()
	}
}

// fits checks the page at both widths, in the light and in the dark.
func (b *tab) fits(name string) {
	b.t.Helper()
	for _, width := range []int64{320, 1280} {
		b.run(chromedp.EmulateViewport(width, 700))
		b.until(fmt.Sprintf("innerWidth === %d", width))
		for scheme, ground := range grounds {
			command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			b.until(`getComputedStyle(document.body).backgroundColor === "` + ground + `"`)
			if found := ask[string](b, sideways); found != "" {
				b.t.Errorf("%s scrolls sideways at %d px, %s: %s", name, width, scheme, found)
			}
		}
		for _, found := range ask[[]string](b, small) {
			b.t.Errorf("%s at %d px has something small to touch: %s", name, width, found)
		}
	}
}

func TestThePagesOfAdministrationFitToo(t *testing.T) {
	in := start(t)
	for _, lang := range i18n.Languages {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			who := in.promoted(t, lang)
			b := in.newTab(t, 320, 700)
			b.accept(lang)
			b.visit(paths.Invitation)
			b.until(`document.documentElement.lang.startsWith("` + lang + `")`)
			b.fits("a one-time link's page")
			b.enter(who)
			for _, p := range b.adminPlaces() {
				b.goTo(p)
				b.run(chromedp.EmulateViewport(320, 700))
				b.click(`$("details.menu summary")`)
				b.until(`visible($(".site-nav"))`)
				b.fits(p.name)
			}
			b.behindForms(who, b.fits)
			in.sql(t, `UPDATE second_factors SET confirmed_at = now() WHERE person_id = (SELECT id FROM people WHERE email = $1)`, who.Email)
			b.visit(paths.SecondFactor)
			b.do(`document.querySelectorAll(".ask").forEach((e) => e.open = true)`)
			b.fits("a second factor")
			b.click(`$("main form button")`)
			b.until(`$(".codes") && document.readyState === "complete"`)
			b.fits("recovery codes")
			b.signOut()
			b.credentials(who.Email, in.passwords[who.Email])
			b.until(`location.pathname === "` + paths.LoginCode + `" && $("#code")`)
			b.fits("the code of a sign-in")
		})
	}
}

func TestTheIntranetWorksWithoutJavaScript(t *testing.T) {
	in := start(t)
	for _, width := range []int64{1280, 390} {
		t.Run(fmt.Sprintf("%d px", width), func(t *testing.T) {
			b := in.newTab(t, width, 800)
			command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
			b.enter(employee(t, "es"))
			b.until(`document.readyState === "complete" && typeof carameloaiChatbot === "undefined" && !host && text("h1").endsWith("Guadalupe")`)
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
	for accept, says := range map[string]string{"pt-BR,pt,en": "pt-BR Entrar", "de,es-MX,en": "es Iniciar sesión", "en-GB,pt": "en Sign in", "de,fr": "en Sign in"} {
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
	b.until(`visible($("#login-error")) && text("h1") === "Iniciar sesión" && text("#login-error").startsWith("El correo")`)
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
	agent := ask[string](b, `navigator.userAgent`)
	command(b, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: languages})
}
