package e2e

import (
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
)

// Fill types into a field in place of what is there.
func (b *Tab) Fill(field, text string) {
	b.t.Helper()
	b.painted()
	b.Click(`$("` + field + `")`)
	b.Do(`document.querySelector("` + field + `").select()`)
	b.Write(text)
}

// Answer types into what has the focus on a page that has just come: a browser
// drops keys that are pressed before it has drawn the page.
func (b *Tab) Answer(text string) {
	b.t.Helper()
	b.painted()
	b.Write(text)
}

// Told waits for what is said about what was done.
func (b *Tab) Told(lang, key string) {
	b.t.Helper()
	b.Until(`visible($(".notice")) && $(".notice").getAttribute("role") === "status" &&
		text(".notice") === ` + Quoted(b.in.Says(b.t, lang, key)))
}

// Visit opens a path and waits until the page is complete.
func (b *Tab) Visit(path string) {
	b.t.Helper()
	b.run(chromedp.Navigate(b.in.url + path))
}

// Open opens a path and returns when its first bytes are there.
func (b *Tab) Open(path string) {
	b.t.Helper()
	command(b, page.Navigate, page.NavigateParams{URL: b.in.url + path})
}

// Click clicks in the middle of an element, given as an expression, as soon as
// a person could: it is there, and nothing covers it.
func (b *Tab) Click(element string) {
	b.t.Helper()
	b.Until(`(() => {
		const e = ` + element + `;
		e.scrollIntoView({block: "nearest"});
		const r = e.getBoundingClientRect();
		const root = e.getRootNode(), hit = root.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
		return hit && (e.contains(hit) || hit.contains(e) && e.closest("label, a, button") === hit);
	})()`)
	at := Ask[[2]float64](b, `(() => {
		const r = `+element+`.getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2];
	})()`)
	b.run(chromedp.MouseClickXY(at[0], at[1]))
}

// Write types into what has the focus.
func (b *Tab) Write(text string) {
	b.t.Helper()
	b.run(chromedp.KeyEvent(text))
}

// Set gives a date or a time field its value: how it is typed depends on the
// browser's own language.
func (b *Tab) Set(field, value string) {
	b.t.Helper()
	b.Do(`document.querySelector("` + field + `").value = ` + Quoted(value))
}

// signIn fills in the form of the current page and waits for the home page.
func (b *Tab) signIn(who seed.Persona) {
	b.t.Helper()
	b.Click(`$("#email")`)
	b.Write(who.Email)
	b.Click(`$("#password")`)
	b.Write(b.in.Passwords[who.Email])
	b.Click(`$("main form button")`)
	b.Until(`location.pathname === "` + paths.Home + `" && $("main h1")`)
}

// Enter opens the home page with a session of somebody's, who has signed in beside
// the browser: that is faster.
func (b *Tab) Enter(who seed.Persona) {
	b.t.Helper()
	v := b.in.visitor(b.t, who.Lang, "")
	httpOnly := true
	for _, cookie := range v.signIn(who.Email).cookies {
		command(b, network.SetCookie, network.SetCookieParams{
			URL: b.in.url, Name: cookie.Name, Value: cookie.Value,
			HTTPOnly: &httpOnly, SameSite: network.CookieSameSiteLax,
		})
	}
	b.Visit(paths.Home)
	b.Until(`location.pathname === "` + paths.Home + `" && $("main h1")`)
}

// signOut presses the button and waits for the sign-in page.
func (b *Tab) signOut() {
	b.t.Helper()
	b.Click(`$(".account-leave")`)
	b.Until(`location.pathname === "` + paths.Login + `" && $("#email")`)
}

// token is the one the page carries.
func (b *Tab) token() string {
	b.t.Helper()
	b.Until(`typeof carameloaiChatbot === "object"`)
	return Ask[string](b, `carameloaiChatbot.secure_connection_token`)
}

// TabTo presses Tab until an element has the focus.
func (b *Tab) TabTo(element string) {
	b.t.Helper()
	for range 100 {
		b.Write("\t")
		if b.focusHasToShow {
			b.focusShows()
		}
		if Ask[bool](b, `document.activeElement === `+element) {
			return
		}
	}
	b.Fatalf("Tab does not lead to %s", element)
}

// focusShows fails unless the focused element is in sight, nothing covers it,
// and it has an outline, its own or one around the row that it stands for.
func (b *Tab) focusShows() {
	b.t.Helper()
	// The skip link slides in; wait until nothing moves.
	problem := Ask[string](b, `await (async () => {
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
		b.t.Errorf("%s, on %s", problem, Ask[string](b, `location.pathname`))
	}
}

// painted returns when nothing is on its way any more, all of it has been drawn,
// and what observes the page has been told.
func (b *Tab) painted() {
	b.t.Helper()
	Ask[bool](b, `await Promise.all(document.getAnimations().map((a) => a.finished)) &&
		await new Promise((done) =>
			requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(true)))))`)
}

// Complete waits for a page of ours, its scripts included.
func (b *Tab) Complete(path string) {
	b.t.Helper()
	b.Until(`location.pathname === "` + path + `" && document.readyState === "complete" && $("main h1")`)
}

// Begin opens a page, and forgets what was asked on the way to it.
func (b *Tab) Begin(path string) {
	b.t.Helper()
	b.Visit(path)
	b.Complete(path)
	b.asked()
}

// Away follows a link.
func (b *Tab) Away() {
	b.t.Helper()
	b.Click(`$(".site-nav a[href='` + paths.People + `']")`)
	b.Complete(paths.People)
}

// WasAsked checks how often the browser asked before it left unsaved input.
func (b *Tab) WasAsked(what string, times int) {
	b.t.Helper()
	if got := b.asked(); got != times {
		b.t.Errorf("%s: asked %d times, want %d", what, got, times)
	}
}
