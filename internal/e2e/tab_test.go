package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
)

const (
	patience = 15 * time.Second  // for one condition
	overall  = 120 * time.Second // for all that happens in one tab
)

// tab is a browser tab in a profile of its own: no cookie, no storage.
type tab struct {
	t    *testing.T
	in   *intranet
	ctx  context.Context
	laid layout // see lay

	scripts        []page.ScriptIdentifier // that run in each page, see before
	focusHasToShow bool                    // at each step of tabTo
	altered        bool                    // in a way that another test would notice

	yes func() // leaves a page that asks before

	mu   sync.Mutex
	said []string // by the console, its exceptions and its policy violations included
	urls []string // of everything it requested
	asks int      // how often the browser asked whether to leave unsaved input
}

// newTab opens a tab in a profile that has nothing of this intranet.
func (in *intranet) newTab(t *testing.T, width, height int64) *tab {
	t.Helper()
	p := takeProfile(t, in.url)
	b := (&tab{t: t, in: in}).prepare(p.life, width, height)
	t.Cleanup(func() {
		if t.Failed() || b.altered || p.leave(b.scripts) != nil {
			_ = chromedp.Cancel(p.life) // waits, unlike the context's own
		}
	})
	return b
}

// another opens a tab in the same profile, as large as b is.
func (b *tab) another() *tab {
	b.t.Helper()
	size := ask[[2]int64](b, `[innerWidth, innerHeight]`)
	life, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(func() {
		_ = chromedp.Cancel(life)
		cancel()
	})
	if err := chromedp.Do(life); err != nil {
		b.t.Fatalf("open a tab: %v", err)
	}
	return (&tab{t: b.t, in: b.in}).prepare(life, size[0], size[1])
}

// prepare makes a tab ready for one test.
func (b *tab) prepare(life context.Context, width, height int64) *tab {
	b.t.Helper()
	b.yes = func() {
		accept := page.HandleJavaScriptDialogParams{Accept: true}
		_, _ = chromedp.Call(life, page.HandleJavaScriptDialog, accept) // the tab may be gone
	}
	ctx, cancel := context.WithTimeout(life, overall)
	b.t.Cleanup(cancel)
	b.ctx = ctx
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		b.t.Fatal(err)
	}
	b.run(chromedp.EmulateViewport(width, height))
	b.before(watcher)
	// Several tabs are at work, and each has to behave as if it were in front.
	command(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	return b
}

// before runs a script in each page to come, before anything of the page's own.
func (b *tab) before(script string) page.ScriptIdentifier {
	b.t.Helper()
	params := page.AddScriptToEvaluateOnNewDocumentParams{Source: script}
	id := command(b, page.AddScriptToEvaluateOnNewDocument, params).Identifier
	b.scripts = append(b.scripts, id)
	return id
}

// withoutScripts is the tab in a browser in which JavaScript is off.
func (b *tab) withoutScripts() {
	b.t.Helper()
	b.altered = true
	command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// command sends one command of the browser's protocol.
func command[P, R any](b *tab, c cdp.Command[P, R], params P) R {
	b.t.Helper()
	result, err := chromedp.Call(b.ctx, c, params)
	if err != nil {
		b.fatalf("%s: %v", c.Method, err)
	}
	return result
}

func (b *tab) run(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.fatalf("%v", err)
	}
}

// The page's side of the tests: $ finds in the page, chat in the widget.
const prelude = `const $ = (s) => document.querySelector(s), $$ = (s) => [...document.querySelectorAll(s)];
const text = (s) => $(s).textContent.trim();
const host = $("caramelo-sandbox-chat"), chat = (s) => host.shadowRoot.querySelector(s);
const online = () => host.dataset.state === "online";
const said = (from) =>
	[...host.shadowRoot.querySelectorAll(".message[data-from=" + from + "] p")].map((p) => p.textContent);
const visible = (e) =>
	e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && e.getClientRects().length > 0;
`

// ask returns the value of an expression in the page.
func ask[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	script := `(async () => { ` + prelude + `return (` + expression + `) })()`
	question := chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise)
	value, err := chromedp.Run(ctx, question)
	if err != nil {
		b.fatalf("%s: %v", expression, err)
	}
	return value
}

// until waits for a condition in the page. It asks again and again rather than
// let the page do so, and thus outlives a navigation.
func (b *tab) until(condition string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	question := chromedp.Evaluate[bool](`(() => { ` + prelude +
		`try { return Boolean(` + condition + `) } catch { return false } })()`)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if yes, err := chromedp.Run(ctx, question); err == nil && yes {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.fatalf("never: %s", condition)
		}
	}
}

// fatalf ends the test with what there is to see.
func (b *tab) fatalf(format string, args ...any) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), 2*time.Second)
	defer cancel()
	seen, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(() => {
		const shown = document.querySelector("main") ?? document.body;
		const assistant = document.querySelector("caramelo-sandbox-chat")?.dataset.state ??
			document.querySelector("#assistant-unavailable")?.textContent ?? "none";
		const text = (shown?.innerText ?? "").slice(0, 600);
		return location.href + " " + document.readyState + "\n" + text + "\nassistant: " + assistant;
	})()`))
	if err != nil {
		seen = err.Error()
	}
	b.t.Fatalf(format+"\n--- page: %s\n--- console:\n%s", append(args, seen, strings.Join(b.console(), "\n"))...)
}

// do runs a script in the page.
func (b *tab) do(script string) {
	b.t.Helper()
	b.run(chromedp.Evaluate[chromedp.Void](script))
}

// leave runs a script that leaves the page: only after the browser has said that
// it was run, or the answer would be lost with the page.
func (b *tab) leave(script string) {
	b.t.Helper()
	b.do(`void setTimeout(() => { ` + script + ` })`)
}

// quoted is a value as a literal for a script.
func quoted(v any) string {
	literal, _ := json.Marshal(v) // plain values cannot fail
	return string(literal)
}

// visit opens a path and waits until the page is complete.
func (b *tab) visit(path string) {
	b.t.Helper()
	b.run(chromedp.Navigate(b.in.url + path))
}

// open opens a path and returns when its first bytes are there.
func (b *tab) open(path string) {
	b.t.Helper()
	command(b, page.Navigate, page.NavigateParams{URL: b.in.url + path})
}

// click clicks in the middle of an element, given as an expression, as soon as
// a person could: it is there, and nothing covers it.
func (b *tab) click(element string) {
	b.t.Helper()
	b.until(`(() => {
		const e = ` + element + `;
		e.scrollIntoView({block: "nearest"});
		const r = e.getBoundingClientRect();
		const root = e.getRootNode(), hit = root.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
		return hit && (e.contains(hit) || hit.contains(e) && e.closest("label, a, button") === hit);
	})()`)
	at := ask[[2]float64](b, `(() => {
		const r = `+element+`.getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2];
	})()`)
	b.run(chromedp.MouseClickXY(at[0], at[1]))
}

// write types into what has the focus.
func (b *tab) write(text string) {
	b.t.Helper()
	b.run(chromedp.KeyEvent(text))
}

// set gives a date or a time field its value: how it is typed depends on the
// browser's own language.
func (b *tab) set(field, value string) {
	b.t.Helper()
	b.do(`document.querySelector("` + field + `").value = ` + quoted(value))
}

// signIn fills in the form of the current page and waits for the home page.
func (b *tab) signIn(who seed.Persona) {
	b.t.Helper()
	b.click(`$("#email")`)
	b.write(who.Email)
	b.click(`$("#password")`)
	b.write(b.in.passwords[who.Email])
	b.click(`$("main form button")`)
	b.until(`location.pathname === "` + paths.Home + `" && $("main h1")`)
}

// enter opens the home page with a session of somebody's, who has signed in beside
// the browser: that is faster.
func (b *tab) enter(who seed.Persona) {
	b.t.Helper()
	v := b.in.visitor(b.t, who.Lang, "")
	httpOnly := true
	for _, cookie := range v.signIn(who.Email).cookies {
		command(b, network.SetCookie, network.SetCookieParams{
			URL: b.in.url, Name: cookie.Name, Value: cookie.Value,
			HTTPOnly: &httpOnly, SameSite: network.CookieSameSiteLax,
		})
	}
	b.visit(paths.Home)
	b.until(`location.pathname === "` + paths.Home + `" && $("main h1")`)
}

// signOut presses the button and waits for the sign-in page.
func (b *tab) signOut() {
	b.t.Helper()
	b.click(`$(".account-leave")`)
	b.until(`location.pathname === "` + paths.Login + `" && $("#email")`)
}

// token is the one the page carries.
func (b *tab) token() string {
	b.t.Helper()
	b.until(`typeof carameloaiChatbot === "object"`)
	return ask[string](b, `carameloaiChatbot.secure_connection_token`)
}
