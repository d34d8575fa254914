package e2e

import (
	"context"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/carameloai/intranet/internal/webtest"
)

// chromium is the one browser of all tests.
var chromium struct {
	sync.Mutex
	users int
	ctx   context.Context
	close func()
	idle  []profile
}

// profile is a window of the browser, with cookies and a storage of its own. To open
// one takes as long as to load several pages, so that a test leaves it to a later one.
type profile struct {
	life   context.Context // of its tab
	origin string          // of the last intranet in it: what that has stored is still there
}

// takeProfile returns a profile in which no page of origin has been.
func takeProfile(t *testing.T, origin string) profile {
	t.Helper()
	chromium.Lock()
	defer chromium.Unlock()
	for k, p := range chromium.idle {
		if p.origin != origin {
			chromium.idle = slices.Delete(chromium.idle, k, k+1)
			p.origin = origin
			return p
		}
	}
	life, cancel := chromedp.NewContext(chromium.ctx, chromedp.WithNewBrowserContext())
	context.AfterFunc(chromium.ctx, cancel)
	// The first step without a timeout: the tab lives as long as its context.
	if err := chromedp.Do(life); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	return profile{life, origin}
}

// leave leaves the profile to another test, as if nothing had been there.
func (p profile) leave(scripts []page.ScriptIdentifier) error {
	ctx, cancel := context.WithTimeout(p.life, Patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		return err
	}
	for _, id := range scripts {
		gone := page.RemoveScriptToEvaluateOnNewDocumentParams{Identifier: id}
		if _, err := chromedp.Call(ctx, page.RemoveScriptToEvaluateOnNewDocument, gone); err != nil {
			return err
		}
	}
	if _, err := chromedp.Call(ctx, network.ClearBrowserCookies, struct{}{}); err != nil {
		return err
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{}); err != nil {
		return err
	}
	if _, err := chromedp.Call(ctx, page.ResetNavigationHistory, struct{}{}); err != nil {
		return err
	}
	chromium.Lock()
	defer chromium.Unlock()
	chromium.idle = append(chromium.idle, p)
	return nil
}

// sharedBrowser starts the browser for the first test that asks, and closes it
// when the last one has ended.
func sharedBrowser(t *testing.T) {
	t.Helper()
	path := webtest.Chromium()
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no Chromium on PATH, and CI must run the browser tests")
		}
		t.Skip("NO BROWSER TEST: chromium is not on PATH; install it to run this one")
	}
	chromium.Lock()
	defer chromium.Unlock()
	if chromium.users == 0 {
		startChromium(t, path)
	}
	chromium.users++
	t.Cleanup(func() {
		chromium.Lock()
		defer chromium.Unlock()
		if chromium.users--; chromium.users == 0 {
			chromium.idle = nil
			chromium.close()
		}
	})
}

func startChromium(t *testing.T, path string) {
	t.Helper()
	// What Chromium does in advance, for the next page of somebody who has time, costs
	// here as much as the page.
	const off = "Translate,BlinkGenPropertyTrees,SpareRendererForSitePerProcess,RenderDocument"
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(),
		append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-features", off),
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))...)
	ctx, cancel := chromedp.NewContext(allocator)
	chromium.ctx = ctx
	chromium.close = func() {
		_ = chromedp.Cancel(ctx) // waits, unlike cancel; how it went is no test's result
		cancel()
		cancelAllocator()
	}
	if err := chromedp.Do(ctx); err != nil {
		chromium.close()
		t.Fatalf("start %s: %v", path, err)
	}
}
