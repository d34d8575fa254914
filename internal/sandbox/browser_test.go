package sandbox

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/carameloai/intranet/internal/webtest"
)

// intranet serves a page on another origin, with the Content-Security-Policy of the
// real intranet.
type intranet struct {
	*testSandbox
	url  string
	lang string // of the document and of the person

	mu    sync.Mutex
	token string // if set, every page gets this token
}

func newIntranet(t *testing.T, lang string) *intranet {
	twoSockets := func(s *Sandbox) { s.slots = make(chan struct{}, 2) }
	in := &intranet{testSandbox: newTestSandbox(t, twoSockets), lang: lang}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { in.page(t, w, r) }))
	t.Cleanup(srv.Close)
	in.url = srv.URL
	return in
}

// drop closes every socket.
func (in *intranet) drop() {
	in.tokens.mu.Lock()
	defer in.tokens.mu.Unlock()
	for _, s := range in.tokens.sessions {
		s.end()
	}
}

// page serves the page. ?sdk= names another script, ?config=none leaves out the
// configuration of the SDK.
func (in *intranet) page(t *testing.T, w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" {
		http.NotFound(w, r)
		return
	}
	in.mu.Lock()
	token := in.token
	in.mu.Unlock()
	if token == "" {
		token = in.admit(t, anaSouza.speaking(in.lang)).Token
	}
	nonce := rand.Text()
	vendor := in.testSandbox.url
	w.Header().Set("Content-Security-Policy", strings.NewReplacer(
		"NONCE", nonce,
		"VENDOR", vendor,
		"SOCKETS", strings.Replace(vendor, "http", "ws", 1),
	).Replace("default-src 'none'; base-uri 'none'; object-src 'none'; "+
		"script-src 'nonce-NONCE' VENDOR; style-src 'self'; img-src 'self' data: VENDOR; "+
		"connect-src 'self' VENDOR SOCKETS; frame-src VENDOR"))
	w.Header().Set("Cache-Control", "no-store")
	sdk := "authenticated.js"
	if name := r.FormValue("sdk"); name != "" {
		sdk = name
	}
	config := ""
	if r.FormValue("config") != "none" {
		config = fmt.Sprintf(`<script nonce="%s">
var carameloaiChatbot = {secure_connection_token: "%s", project_id: "%s"};
</script>`, nonce, token, testProject)
	}
	_, _ = strings.NewReplacer(
		"LANG", in.lang,
		"NONCE", nonce,
		"CONFIG", config,
		"SCRIPT", vendor+"/sdk/latest/"+sdk,
	).WriteString(w, intranetPage)
}

const intranetPage = `<!doctype html>
<html lang="LANG">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Intranet</title>
<link rel="icon" href="data:,">
<h1>Intranet</h1>
<p>Welcome.</p>
<button id="ask">Ask Caramelo</button>
<script nonce="NONCE">
ask.onclick = () => document.dispatchEvent(new CustomEvent("caramelo:open", {
	detail: {question: "May I ask?", title: "Intranet", url: location.href},
}));
var states = [];
document.addEventListener("caramelo:state", (e) => states.push(e.detail.state));
</script>
CONFIG<script src="SCRIPT"></script>
</html>`

// TestBrowser drives the SDK in one real browser, in a page on another origin
// under a strict Content-Security-Policy.
func TestBrowser(t *testing.T) {
	path := webtest.Chromium()
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no Chromium on PATH, and CI must run the browser tests")
		}
		t.Skip("NO BROWSER TEST: chromium is not on PATH; install it to run this one")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	defer cancel()
	browser, cancel := chromedp.NewContext(ctx)
	defer cancel()
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	defer chromedp.Cancel(browser) // unlike cancel, it waits until the browser has ended
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

// tab is a browser tab with the messages of its console.
type tab struct {
	ctx  context.Context
	mu   sync.Mutex
	said []string
}

func newTab(t *testing.T, browser context.Context, width, height int64) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	b := &tab{ctx: ctx}
	// The first step has no timeout, because the tab is closed with its context.
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

// prelude comes before each script that a test runs in the page. $ finds an element of
// the widget.
const prelude = `
const host = document.querySelector("caramelo-sandbox-chat");
const $ = (selector) => host.shadowRoot.querySelector(selector);
const texts = (from) => {
	const found = host.shadowRoot.querySelectorAll('.message[data-from=' + from + '] p');
	return [...found].map((p) => p.textContent);
};
`

// until waits for a condition in the page. It asks from outside, so that it continues
// when the page reloads.
func (b *tab) until(t *testing.T, condition string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	ask := chromedp.Evaluate[bool](`(() => { ` + prelude +
		` try { return Boolean(` + condition + `) } catch { return false } })()`)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := chromedp.Run(ctx, ask); err == nil && ok {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			look := chromedp.Evaluate[string](`(() => { ` + prelude +
				` return host ? host.dataset.state + "\n" + host.shadowRoot.textContent : "no widget" })()`)
			seen, _ := chromedp.Run(b.ctx, look)
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
	b.until(t, `$("#panel").hidden && $("#bubble").offsetWidth === 56 &&
		$("#bubble").getAttribute("aria-expanded") === "false"`)

	b.run(t, do(`$("#bubble").click()`))
	b.until(t, `!$("#panel").hidden && host.shadowRoot.activeElement === $("#input") &&
		$("#bubble").getAttribute("aria-expanded") === "true"`)
	b.until(t, `$("#badge").textContent === "Sandbox de testes" &&
		texts("assistant")[0].startsWith("Olá, Ana Souza!")`)
	shiftEnter := chromedp.KeyEvent("\r", chromedp.KeyModifiers(kb.ModifierShift))
	b.run(t, write("Quero"), shiftEnter, write("férias <b>\r"))
	b.until(t, `texts("person")[0] === "Quero\nférias <b>" &&
		texts("assistant")[1].startsWith("Férias e folgas")`)
	b.until(t, `$("#input").value === "" && $(".message[data-from=person]").dataset.state === "sent"`)

	escape := chromedp.KeyEvent("\x1b")
	b.run(t, escape)
	b.until(t, `$("#panel").hidden && host.shadowRoot.activeElement === $("#bubble") &&
		$("#bubble").getAttribute("aria-expanded") === "false"`)
	b.run(t, do(`document.dispatchEvent(new CustomEvent("caramelo:open"))`))
	b.until(t, `!$("#panel").hidden`)
	b.run(t, do(`$("#close").click()`))
	b.until(t, `$("#panel").hidden`)
	b.run(t, chromedp.Click(chromedp.CSS("#ask")))
	b.until(t, `!$("#panel").hidden && host.shadowRoot.activeElement === $("#input") &&
		$("#input").value === "May I ask?\nIntranet: " + location.href`)
	b.run(t, chromedp.Navigate(in.url))
	b.until(t, `$("#input").value.startsWith("May I ask?")`) // kept, as what somebody has written
	b.run(t, chromedp.Click(chromedp.CSS("#ask")))
	b.until(t, `!$("#panel").hidden && $("#input").value === "May I ask?\nIntranet: " + location.href`)

	// The next page has a new token and shows the same conversation.
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
	in.slots <- struct{}{} // take the socket's slot, so that it cannot reconnect yet
	b.until(t, `host.dataset.state === "offline" && $("#status").textContent.startsWith("No connection")`)
	b.run(t, write("thanks\r"))
	b.until(t, `$(".message[data-from=person]").dataset.state === "pending" && texts("person")[0] === "thanks"`)
	// The message is still there after a reload, although the new page is offline too.
	b.run(t, chromedp.Reload())
	b.until(t, `host.dataset.state === "offline" && texts("person")[0] === "thanks"`)

	<-in.slots
	<-in.slots
	b.until(t, `host.dataset.state === "online" && $(".message[data-from=person]").dataset.state === "sent"`)
	b.until(t, `texts("assistant").length === 2 && texts("person").length === 1`)

	// A socket that drops is opened again by itself, with the same token.
	in.drop()
	b.until(t, `states.slice(-2).join() === "offline,online"`)
}

func browserTokenIsRefused(t *testing.T, browser context.Context) {
	in, b := newIntranet(t, "es"), newTab(t, browser, 320, 640)
	in.token = in.admit(t, anaSouza.speaking("es")).Token
	if _, reason := in.try(t, in.token, ""); reason != "" {
		t.Fatal(reason)
	}
	b.run(t, chromedp.Navigate(in.url))
	b.until(t, `host.dataset.state === "ended"`)
	b.run(t, do(`$("#bubble").click()`))
	b.until(t, `host.shadowRoot.activeElement === $("#reload") &&
		$("#reload").textContent === "Recarga la página para volver a chatear"`)
	b.until(t, `$("#panel").getBoundingClientRect().width === 320 &&
		document.documentElement.scrollWidth === 320`)
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
		{
			query: "?config=none",
			says:  "error: Caramelo sandbox: set carameloaiChatbot",
		},
		{
			query: "?sdk=index.js",
			says:  "error: Caramelo sandbox: index.js is the public SDK and does not work with secure_connection_token",
		},
		{
			query: "?sdk=index.js&config=none",
			says:  "warning: Caramelo sandbox: it offers the authenticated flow only",
		},
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

// Details that people notice only if they are wrong.
func browserDetails(t *testing.T, browser context.Context) {
	in, b := newIntranet(t, "en"), newTab(t, browser, 1280, 800)
	b.run(t, chromedp.Navigate(in.url))
	b.until(t, `host.dataset.state === "online"`)

	// An answer to another tab is announced while the panel is closed.
	other := in.enter(t, anaSouza.speaking("en"))
	other.say(t, "thanks")
	b.until(t, `$("#bubble").classList.contains("unread") &&
		$("#bubble").getAttribute("aria-label") === "Chat with Caramelo, new message"`)
	b.run(t, do(`$("#bubble").click()`))
	b.until(t, `!$("#bubble").classList.contains("unread") &&
		$("#bubble").getAttribute("aria-label") === "Chat with Caramelo"`)

	// Keys that are typed in the chat do not trigger the page's shortcuts.
	b.run(t, do(`window.keys = 0; document.addEventListener("keydown", () => window.keys++)`), write("/\r"))
	b.until(t, `texts("person").at(-1) === "/" && $("#input").maxLength === 4000`)
	b.until(t, `window.keys === 0`)

	// Every visible button has at least 44 by 44 px.
	b.until(t, `[...host.shadowRoot.querySelectorAll("button")].every((e) =>
		e.offsetParent === null || e.offsetWidth >= 44 && e.offsetHeight >= 44)`)
}
