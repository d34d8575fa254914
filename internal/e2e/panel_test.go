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
	in, panel := StartFaulty(t)
	axe, noAxe := os.ReadFile(fromNpm("axe-core/axe.min.js"))
	person := in.NewTab(t, 1280, 800)
	person.Enter(Employee(t, "pt"))
	person.Until(`online()`)
	b := person.another()
	b.Before(string(axe))
	var pages []sent
	keep := func(name string) {
		t.Helper()
		pages = append(pages, b.source(name))
		b.looksRight(sent{name: name, lang: main})
	}
	look := func(path, name string) {
		t.Helper()
		b.run(chromedp.Navigate(panel + path))
		b.Until(`document.readyState === "complete" && $$("h1").length === 1`)
		keep(name)
		for _, line := range b.console() {
			t.Errorf("%s: %s", name, line)
		}
	}
	look("/", "the panel, nothing set")
	b.Until(`$$("#calls tbody tr").length > 0 && $$("#sockets tbody tr").length > 0`)
	later := sandbox.Duration(time.Second)
	SetFaults(t, panel, sandbox.Faults{Answer: "status-503", RetryAfter: later, Socket: "socket-drops"})
	look("/", "the panel, faults set")
	look("/docs", "its API")
	b.run(chromedp.Navigate(panel))
	b.Click(`$("[name=latency]")`)
	b.Do(`document.querySelector("[name=latency]").select()`)
	b.Write("soon\r")
	b.Until(`$("[role=alert]").textContent.includes("latency") && $("[name=latency]").value === "soon"`)
	keep("a wrong value")

	// From the panel to what the intranet does.
	b.run(chromedp.Navigate(panel))
	b.Click(`$("#now a")`)
	b.Until(`location.href === ` + Quoted(in.url+"/") + ` && visible($("footer"))`)
	b.Until(`visible($("#assistant-unavailable"))`)
	t.Run("HTML", func(t *testing.T) { valid(t, pages) })
	if noAxe != nil {
		missing(t, noNpm)
	}
}

// source is the page that the tab shows as it was sent: not what a browser has made
// of it.
func (b *Tab) source(name string) sent {
	b.t.Helper()
	// A page's request has the name of its loader.
	loader := command(b, page.GetFrameTree, struct{}{}).FrameTree.Frame.LoaderID
	request := network.GetResponseBodyParams{RequestID: network.RequestID(loader)}
	body := command(b, network.GetResponseBody, request).Body
	return sent{name: name, status: http.StatusOK, body: string(body)}
}
