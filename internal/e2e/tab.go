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
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const (
	Patience = 15 * time.Second  // for one condition
	overall  = 120 * time.Second // for all that happens in one tab
)

// Tab is a browser tab in a profile of its own: no cookie, no storage.
type Tab struct {
	t    *testing.T
	in   *Intranet
	ctx  context.Context
	laid layout // see lay

	scripts        []page.ScriptIdentifier // that run in each page, see Before
	focusHasToShow bool                    // at each step of TabTo
	altered        bool                    // in a way that another test would notice

	yes func() // leaves a page that asks before

	mu   sync.Mutex
	said []string // by the console, its exceptions and its policy violations included
	urls []string // of everything it requested
	asks int      // how often the browser asked whether to leave unsaved input
}

// NewTab opens a tab in a profile that has nothing of this intranet.
func (in *Intranet) NewTab(t *testing.T, width, height int64) *Tab {
	t.Helper()
	p := takeProfile(t, in.url)
	b := (&Tab{t: t, in: in}).prepare(p.life, width, height)
	t.Cleanup(func() {
		if t.Failed() || b.altered || p.leave(b.scripts) != nil {
			_ = chromedp.Cancel(p.life) // waits, unlike the context's own
		}
	})
	return b
}

// another opens a tab in the same profile, as large as b is.
func (b *Tab) another() *Tab {
	b.t.Helper()
	size := Ask[[2]int64](b, `[innerWidth, innerHeight]`)
	life, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(func() {
		_ = chromedp.Cancel(life)
		cancel()
	})
	if err := chromedp.Do(life); err != nil {
		b.t.Fatalf("open a tab: %v", err)
	}
	return (&Tab{t: b.t, in: b.in}).prepare(life, size[0], size[1])
}

// prepare makes a tab ready for one test.
func (b *Tab) prepare(life context.Context, width, height int64) *Tab {
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
	b.Before(watcher)
	// Several tabs are at work, and each has to behave as if it were in front.
	command(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	return b
}

// Before runs a script in each page to come, before anything of the page's own.
func (b *Tab) Before(script string) page.ScriptIdentifier {
	b.t.Helper()
	params := page.AddScriptToEvaluateOnNewDocumentParams{Source: script}
	id := command(b, page.AddScriptToEvaluateOnNewDocument, params).Identifier
	b.scripts = append(b.scripts, id)
	return id
}

// OnPaper shows the page as it is printed, on a sheet of that width in pixels.
func (b *Tab) OnPaper(width int64) {
	b.t.Helper()
	b.altered = true
	b.run(chromedp.EmulateViewport(width, 1000))
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
}

// WithoutScripts is the tab in a browser in which JavaScript is off.
func (b *Tab) WithoutScripts() {
	b.t.Helper()
	b.altered = true
	command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// command sends one command of the browser's protocol.
func command[P, R any](b *Tab, c cdp.Command[P, R], params P) R {
	b.t.Helper()
	result, err := chromedp.Call(b.ctx, c, params)
	if err != nil {
		b.Fatalf("%s: %v", c.Method, err)
	}
	return result
}

func (b *Tab) run(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.Fatalf("%v", err)
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

// Ask returns the value of an expression in the page.
func Ask[T any](b *Tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
	defer cancel()
	script := `(async () => { ` + prelude + `return (` + expression + `) })()`
	question := chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise)
	value, err := chromedp.Run(ctx, question)
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return value
}

// Until waits for a condition in the page. It asks again and again rather than
// let the page do so, and thus outlives a navigation.
func (b *Tab) Until(condition string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
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
			b.Fatalf("never: %s", condition)
		}
	}
}

// Fatalf ends the test with what there is to see.
func (b *Tab) Fatalf(format string, args ...any) {
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

// Do runs a script in the page.
func (b *Tab) Do(script string) {
	b.t.Helper()
	b.run(chromedp.Evaluate[chromedp.Void](script))
}

// Leave runs a script that leaves the page: only after the browser has said that
// it was run, or the answer would be lost with the page.
func (b *Tab) Leave(script string) {
	b.t.Helper()
	b.Do(`void setTimeout(() => { ` + script + ` })`)
}

// Quoted is a value as a literal for a script.
func Quoted(v any) string {
	literal, _ := json.Marshal(v) // plain values cannot fail
	return string(literal)
}

// layout is how a page is looked at.
type layout struct {
	width  int64
	scheme string // light or dark
	rules  string // of axe-core: all, colours or none
}
