package e2e

import (
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// A vendor's script may be built in any manner: on every page that has a chat it is styled,
// opens and answers, and the policy blocks nothing of it. Each page has another manner.
func TestAScriptOfAnyMannerWorksOnEveryPage(t *testing.T) {
	in, panel := StartFaulty(t)
	c := in.crawl(t)
	c.follow("en", store.Admin)
	tried := map[string]bool{}
	manners := Manners()
	b := in.NewTab(t, wide, 700)
	b.Before(Complaints)
	b.Enter(in.Promoted(t, "en"))
	for _, page := range c.pages {
		route := c.route(http.MethodGet, page.path)
		if tried[route] || !strings.Contains(page.body, "secure_connection_token") {
			continue
		}
		manner := manners[len(tried)%len(manners)]
		tried[route] = true
		t.Run(strings.TrimPrefix(manner.Slug, "manner-")+" on "+route, func(t *testing.T) {
			b.t = t
			SetManner(t, panel, manner)
			b.Visit(page.path)
			if Ask[int](b, `performance.getEntriesByType("navigation")[0].responseStatus`) == http.StatusNotFound {
				b.Visit(path.Dir(page.path)) // what it was about is gone: another one of its kind
				b.Click(`$("main td a")`)
				b.Until(`location.pathname.startsWith(` + Quoted(path.Dir(page.path)+"/") + `)`)
			}
			b.ChatWorks(panel, false)
			if manner.Slug == "manner-style-sheet" {
				b.Click(`chat("#close")`) // the icon of the bubble comes with the font
				b.Until(`[...document.fonts].some((f) => f.family.includes("Caramelo") && f.status === "loaded")`)
				for _, part := range []string{"widget.css", "font.css", "face.svg", "icon.ttf", "ping.wav"} {
					if !slices.Contains(b.Requested(), panel+"/sdk/latest/"+part) {
						t.Errorf("the script works without its %s", part)
					}
				}
			}
			if found := Ask[[]string](b, `complaints`); len(found) > 0 {
				t.Errorf("the policy blocks %q", found)
			}
		})
		b.t = t
	}
	t.Logf("%d pages have a chat", len(tried))
	if len(tried) < len(manners) {
		t.Errorf("%d pages have a chat", len(tried))
	}
}

// On a phone the chat of each manner fills the screen, and nothing of it is cut off.
func TestAChatOfAnyMannerFitsAPhone(t *testing.T) {
	in, panel := StartFaulty(t)
	b := in.NewTab(t, narrow, 640)
	b.Enter(Employee(t, "en"))
	for _, manner := range Manners() {
		SetManner(t, panel, manner)
		b.Visit(paths.Assistant)
		opens := `chat("#panel")`
		if manner.Slug == "manner-frame" {
			opens = `host.querySelector("iframe")`
			b.Until(`online()`)
		} else {
			b.Until(`said("assistant").length > 0`)
		}
		b.ask(0)
		b.Until(`(() => {
			const { x, y, width, height } = ` + opens + `.getBoundingClientRect();
			return [x, y, width, height].join() === "0,0,320,640";
		})()`)
	}
}
