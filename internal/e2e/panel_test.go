package e2e

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/carameloai/intranet/internal/sandbox"
)

// The sandbox's own pages are held to what the intranet's are.
func TestThePanelOfTheSandboxMeetsTheStandards(t *testing.T) {
	in, panel := startFaulty(t)
	axe, noAxe := os.ReadFile(fromNpm("axe-core/axe.min.js"))
	person := in.newTab(t, 1280, 800)
	person.enter(employee(t, "pt"))
	person.until(`online()`)
	b := person.another()
	b.before(string(axe))
	var pages []sent
	keep := func(name string) {
		t.Helper()
		pages = append(pages, b.source(name))
		b.looksRight(sent{name: name, lang: main})
	}
	look := func(path, name string) {
		t.Helper()
		b.run(chromedp.Navigate(panel + path))
		b.until(`document.readyState === "complete" && $$("h1").length === 1`)
		keep(name)
		for _, line := range b.console() {
			t.Errorf("%s: %s", name, line)
		}
	}
	look("/", "the panel, nothing set")
	b.until(`$$("#calls tbody tr").length > 0 && $$("#sockets tbody tr").length > 0`)
	later := sandbox.Duration(time.Second)
	setFaults(t, panel, sandbox.Faults{Answer: "status-503", RetryAfter: later, Socket: "socket-drops"})
	look("/", "the panel, faults set")
	look("/docs", "its API")
	b.run(chromedp.Navigate(panel))
	b.click(`$("[name=latency]")`)
	b.do(`document.querySelector("[name=latency]").select()`)
	b.write("soon\r")
	b.until(`$("[role=alert]").textContent.includes("latency") && $("[name=latency]").value === "soon"`)
	keep("a wrong value")

	// From the panel to what the intranet does.
	b.run(chromedp.Navigate(panel))
	b.click(`$("#now a")`)
	b.until(`location.href === ` + quoted(in.url+"/") + ` && visible($("footer"))`)
	b.until(`visible($("#assistant-unavailable"))`)
	t.Run("HTML", func(t *testing.T) { valid(t, pages) })
	if noAxe != nil {
		missing(t, noNpm)
	}
}

// source is the page that the tab shows as it was sent: not what a browser has made
// of it.
func (b *tab) source(name string) sent {
	b.t.Helper()
	// A page's request has the name of its loader.
	loader := command(b, page.GetFrameTree, struct{}{}).FrameTree.Frame.LoaderID
	request := network.GetResponseBodyParams{RequestID: network.RequestID(loader)}
	body := command(b, network.GetResponseBody, request).Body
	return sent{name: name, status: http.StatusOK, body: string(body)}
}
