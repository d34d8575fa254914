package sandbox

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// intranet is a page on another origin, with the policy the real one has.
type intranet struct {
	*bed
	url  string
	lang string // of the document and of the person

	mu    sync.Mutex
	token string // used for every page, if set
}

func newIntranet(t *testing.T, lang string) *intranet {
	in := &intranet{bed: newBed(t, func(s *Sandbox) { s.slots = make(chan struct{}, 2) }), lang: lang}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { in.page(t, w, r) }))
	t.Cleanup(srv.Close)
	in.url = srv.URL
	return in
}

// drop ends every socket.
func (in *intranet) drop() {
	in.tokens.mu.Lock()
	defer in.tokens.mu.Unlock()
	for _, s := range in.tokens.sessions {
		s.end()
	}
}

// page is any path. ?sdk= names another script, ?config=none leaves the
// configuration out.
func (in *intranet) page(t *testing.T, w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" {
		http.NotFound(w, r)
		return
	}
	in.mu.Lock()
	token := in.token
	in.mu.Unlock()
	if token == "" {
		token = in.admit(t, "7", "Ana Souza", in.lang).Token
	}
	nonce := rand.Text()
	vendor := in.bed.url
	w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; base-uri 'none'; object-src 'none'; "+
		"script-src 'nonce-%s' %s; style-src 'self'; img-src 'self' data: %[2]s; connect-src 'self' %[2]s %s; frame-src %[2]s",
		nonce, vendor, strings.Replace(vendor, "http", "ws", 1)))
	w.Header().Set("Cache-Control", "no-store")
	sdk := "authenticated.js"
	if name := r.FormValue("sdk"); name != "" {
		sdk = name
	}
	config := fmt.Sprintf(`<script nonce="%s">var carameloaiChatbot = {secure_connection_token: "%s", project_id: "%s"};</script>`, nonce, token, testProject)
	if r.FormValue("config") == "none" {
		config = ""
	}
	fmt.Fprintf(w, `<!doctype html><html lang="%s"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Intranet</title>
<link rel="icon" href="data:,"><h1>Intranet</h1><p>Welcome.</p><button id="ask" data-caramelo-open>Ask Caramelo</button>
<script nonce="%s">var states = []; document.addEventListener("caramelo:state", (e) => states.push(e.detail.state));</script>
%s<script src="%s/sdk/latest/%s"></script></html>`, in.lang, nonce, config, vendor, sdk)
}

// TestBrowser drives the SDK in one real browser, in a page on another origin
// under a strict Content-Security-Policy.
func TestBrowser(t *testing.T) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no chromium on PATH, and CI must run the browser tests")
		}
		t.Skip("NO BROWSER TEST: chromium is not on PATH; install it to run this one")
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))...)
	defer cancel()
	browser, cancel := chromedp.NewContext(ctx)
	defer cancel()
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	defer chromedp.Cancel(browser) // waits, unlike cancel
	for name, test := range map[string]func(*testing.T, context.Context){
		"conversation":        browserConversation,
		"lost connection":     browserLosesTheConnection,
		"refused token":       browserTokenIsRefused,
		"things mixed up":     browserPagesThatMixThingsUp,
		"theme of the page":   browserTheme,
		"as a product should": browserDetails,
		"other tab":           browserOtherTab,
		"panel":               browserPanel,
	} {
		t.Run(name, func(t *testing.T) { test(t, browser) })
	}
}

// tab is one browser tab with what its console said.
type tab struct {
	ctx  context.Context
	mu   sync.Mutex
	said []string
}

func newTab(t *testing.T, browser context.Context, width, height int64) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	b := &tab{ctx: ctx}
	// The first step without a timeout: the tab lives as long as its context.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height)); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	var reader sync.WaitGroup
	messages := chromedp.Console(ctx)
	reader.Go(func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.said = append(b.said, fmt.Sprintf("%s: %s", m.Type, m))
			b.mu.Unlock()
		}
	})
	t.Cleanup(func() {
		chromedp.Cancel(ctx)
		cancel()
		reader.Wait()
	})
	return b
}

func (b *tab) console() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.said, "\n")
}

func (b *tab) run(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	for i, step := range steps {
		if _, err := chromedp.Run(ctx, step); err != nil {
			t.Fatalf("step %d: %v\nconsole:\n%s", i, err, b.console())
		}
	}
}

// The page's side of the tests: $ finds in the widget.
const prelude = `const host = document.querySelector("caramelo-sandbox-chat"); const $ = (s) => host.shadowRoot.querySelector(s);
const texts = (from) => [...host.shadowRoot.querySelectorAll('.message[data-from=' + from + '] p')].map((p) => p.textContent);`

// until waits for a condition in the page. It asks again and again rather than
// let the page do so, and thus outlives a reload.
func (b *tab) until(t *testing.T, condition string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	ask := chromedp.Evaluate[bool](`(() => { ` + prelude + ` try { return Boolean(` + condition + `) } catch { return false } })()`)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := chromedp.Run(ctx, ask); err == nil && ok {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			seen, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`(() => { `+prelude+` return host ? host.dataset.state + "\n" + host.shadowRoot.textContent : "no widget" })()`))
			t.Fatalf("never: %s\nwidget: %s\nconsole:\n%s", condition, seen, b.console())
		}
	}
}

func do(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](`(() => { ` + prelude + script + ` })()`)
}

// write types into the focused field.
func write(text string) chromedp.Action[chromedp.Void] { return chromedp.KeyEvent(text) }

func browserConversation(t *testing.T, browser context.Context) {
	in, b := newIntranet(t, "pt"), newTab(t, browser, 1280, 800)
	b.run(t, chromedp.Navigate(in.url))
	b.until(t, `host.dataset.state === "online" && states.join() === "connecting,online"`)
	b.until(t, `$("#panel").hidden && $("#bubble").getAttribute("aria-expanded") === "false" && $("#bubble").offsetWidth === 56`)

	b.run(t, do(`$("#bubble").click()`))
	b.until(t, `!$("#panel").hidden && host.shadowRoot.activeElement === $("#input") && $("#bubble").getAttribute("aria-expanded") === "true"`)
	b.until(t, `$("#badge").textContent === "Sandbox de testes" && texts("assistant")[0].startsWith("Olá, Ana Souza!")`)
	b.run(t, write("Quero"), chromedp.KeyEvent("\r", chromedp.KeyModifiers(kb.ModifierShift)), write("férias <b>\r"))
	b.until(t, `texts("person")[0] === "Quero\nférias <b>" && texts("assistant")[1].startsWith("Férias e folgas")`)
	b.until(t, `$("#input").value === "" && $(".message[data-from=person]").dataset.state === "sent"`)

	b.run(t, chromedp.KeyEvent("\x1b"))
	b.until(t, `$("#panel").hidden && host.shadowRoot.activeElement === $("#bubble") && $("#bubble").getAttribute("aria-expanded") === "false"`)
	b.run(t, do(`document.dispatchEvent(new CustomEvent("caramelo:open"))`))
	b.until(t, `!$("#panel").hidden`)
	b.run(t, do(`$("#close").click()`))
	b.until(t, `$("#panel").hidden`)
	b.run(t, chromedp.Click(chromedp.CSS("#ask")))
	b.until(t, `!$("#panel").hidden && host.shadowRoot.activeElement === $("#input")`)

	// The next page, with a new token, has the conversation again.
	b.run(t, chromedp.Navigate(in.url))
	b.until(t, `texts("person").length === 1 && texts("assistant").length === 2`)

	b.until(t, `!document.querySelector("[style]") && !host.shadowRoot.querySelector("[style]")`)
	if said := b.console(); said != "" {
		t.Errorf("the console is not empty:\n%s", said)
	}
}

func browserLosesTheConnection(t *testing.T, browser context.Context) {
	in, b := newIntranet(t, "en"), newTab(t, browser, 1280, 800)
	b.run(t, chromedp.Navigate(in.url))
	b.until(t, `host.dataset.state === "online"`)
	b.run(t, do(`$("#bubble").click()`))
	b.until(t, `!$("#panel").hidden`)

	in.slots <- struct{}{}
	in.drop()
	in.slots <- struct{}{} // its place, so that it cannot return yet
	b.until(t, `host.dataset.state === "offline" && $("#status").textContent.startsWith("No connection")`)
	b.run(t, write("thanks\r"))
	b.until(t, `$(".message[data-from=person]").dataset.state === "pending" && texts("person")[0] === "thanks"`)
	// Not even a reload loses it; the new page finds the server gone too.
	b.run(t, chromedp.Reload())
	b.until(t, `host.dataset.state === "offline" && texts("person")[0] === "thanks"`)

	<-in.slots
	<-in.slots
	b.until(t, `host.dataset.state === "online" && $(".message[data-from=person]").dataset.state === "sent"`)
	b.until(t, `texts("assistant").length === 2 && texts("person").length === 1`)

	// A socket that drops comes back by itself, with the same token.
	in.drop()
	b.until(t, `states.slice(-2).join() === "offline,online"`)
}

func browserTokenIsRefused(t *testing.T, browser context.Context) {
	in, b := newIntranet(t, "es"), newTab(t, browser, 320, 640)
	in.token = in.admit(t, "7", "Ana Souza", "es").Token
	if _, reason := in.try(t, in.token, ""); reason != "" {
		t.Fatal(reason)
	}
	b.run(t, chromedp.Navigate(in.url))
	b.until(t, `host.dataset.state === "ended"`)
	b.run(t, do(`$("#bubble").click()`))
	b.until(t, `host.shadowRoot.activeElement === $("#reload") && $("#reload").textContent === "Recarga la página para volver a chatear"`)
	b.until(t, `$("#panel").getBoundingClientRect().width === 320 && document.documentElement.scrollWidth === 320`)
	if said := b.console(); !strings.Contains(said, tokenUsed) || strings.Contains(said, in.token) {
		t.Errorf("console:\n%s", said)
	}
	in.mu.Lock()
	in.token = ""
	in.mu.Unlock()
	b.run(t, do(`$("#reload").click()`))
	b.until(t, `host.dataset.state === "online"`)
}

func browserPagesThatMixThingsUp(t *testing.T, browser context.Context) {
	in, b := newIntranet(t, "en"), newTab(t, browser, 1280, 800)
	for _, tt := range []struct{ query, says string }{
		{"?config=none", "error: Caramelo sandbox: set carameloaiChatbot"},
		{"?sdk=index.js", "error: Caramelo sandbox: index.js is the public SDK and does not work with secure_connection_token"},
		{"?sdk=index.js&config=none", "warning: Caramelo sandbox: it offers the authenticated flow only"},
	} {
		b.run(t, chromedp.Navigate(in.url+"/"+tt.query))
		eventually(t, tt.says, func() bool { return strings.Contains(b.console(), tt.says) })
		b.until(t, `document.readyState === "complete" && !host`)
	}
}

func browserTheme(t *testing.T, browser context.Context) {
	in, b := newIntranet(t, "en"), newTab(t, browser, 1280, 800)
	b.run(t, chromedp.Navigate(in.url))
	const background = `getComputedStyle($("#bubble")).backgroundColor`
	b.until(t, background+` === "rgb(150, 72, 15)"`)
	b.run(t, do(`document.documentElement.style.colorScheme = "dark"`))
	b.until(t, background+` === "rgb(240, 168, 104)"`)
	b.run(t, do(`document.documentElement.style.colorScheme = "light"`))
	b.until(t, background+` === "rgb(150, 72, 15)"`)
}

// What nobody would notice, unless it were otherwise.
func browserDetails(t *testing.T, browser context.Context) {
	in, b := newIntranet(t, "en"), newTab(t, browser, 1280, 800)
	b.run(t, chromedp.Navigate(in.url))
	b.until(t, `host.dataset.state === "online"`)

	// An answer that comes while the panel is closed, from another tab, shows.
	other := in.enter(t, "7", "Ana Souza", "en")
	other.say(t, "thanks")
	b.until(t, `$("#bubble").classList.contains("unread") && $("#bubble").getAttribute("aria-label") === "Chat with Caramelo, new message"`)
	b.run(t, do(`$("#bubble").click()`))
	b.until(t, `!$("#bubble").classList.contains("unread") && $("#bubble").getAttribute("aria-label") === "Chat with Caramelo"`)

	// The page's shortcuts do not see what is typed.
	b.run(t, do(`window.keys = 0; document.addEventListener("keydown", () => window.keys++)`), write("/\r"))
	b.until(t, `texts("person").at(-1) === "/" && $("#input").maxLength === 4000`)
	b.until(t, `window.keys === 0`)

	// Everything to touch has 44 px.
	b.until(t, `[...host.shadowRoot.querySelectorAll("button")].every((e) => e.offsetParent === null || e.offsetWidth >= 44 && e.offsetHeight >= 44)`)
}
