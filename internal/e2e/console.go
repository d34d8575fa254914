package e2e

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// watcher runs in each page before anything of ours.
const watcher = `
addEventListener("securitypolicyviolation", (e) => {
	console.error("policy violation: " + e.violatedDirective + " " + e.blockedURI);
});
window.shifts = [];
new PerformanceObserver((list) => {
	for (const e of list.getEntries()) if (!e.hadRecentInput)
		shifts.push(e.value + " " + e.sources.map((s) => s.node?.className || s.node?.nodeName).join());
}).observe({type: "layout-shift", buffered: true});`

func (b *Tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.urls = append(b.urls, e.Request.URL)
	case *page.EventJavascriptDialogOpening:
		b.asks++
		go b.yes() // nothing is heard before this has returned
	case *network.EventWebSocketCreated:
		b.urls = append(b.urls, e.URL)
	case *log.EventEntryAdded:
		b.said = append(b.said, fmt.Sprintf("%s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL))
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		b.said = append(b.said, "exception: "+text)
	case *runtime.EventConsoleAPICalled:
		line := string(e.Type) + ":"
		for _, argument := range e.Args {
			line += fmt.Sprintf(" %s%s", argument.Value, argument.Description)
		}
		b.said = append(b.said, line)
	}
}

// console is what was said since the last call.
func (b *Tab) console() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	said := b.said
	b.said = nil
	return said
}

// asked is how often the browser asked before it left unsaved input, since the
// last call.
func (b *Tab) asked() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	asks := b.asks
	b.asks = 0
	return asks
}

func (b *Tab) Requested() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.urls)
}

// complaints are what the console said of a page, but for its own status, which
// browsers always tell.
func (b *Tab) complaints(status int) (all []string) {
	for _, line := range b.console() {
		if status >= 400 && strings.Contains(line, fmt.Sprintf("with a status of %d", status)) ||
			strings.HasPrefix(line, "info: Clear-Site-Data") { // of what signing out clears, they tell, too
			continue
		}
		all = append(all, line)
	}
	return all
}
