package e2e

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/paths"
)

// aPatientApp gives the vendor as long as the settings allow.
func aPatientApp(s *app.Settings) { s.Timeout = "8s" }

// waiting says that everything of the page is there, but for its tail.
const waiting = `document.readyState === "loading" && visible($("h1")) && $("footer").textContent.includes("@") &&
	$$(".site-nav a").length > 1 && typeof carameloaiChatbot === "undefined" && !host && !$("#assistant-unavailable")`

func TestASlowVendorKeepsNobodyFromReadingAndMovingOn(t *testing.T) {
	in := start(t, aPatientApp)
	b := in.newTab(t, 390, 844)
	b.enter(employee(t, "pt"))
	release := in.vendor.hold(t, in.vendor.sandbox)

	b.open(paths.Home)
	b.until(waiting)
	// Our own script does not wait for the tail: Escape closes the menu.
	b.click(`$("details.menu summary")`)
	b.until(`$("details.menu").open && visible($(".site-nav"))`)
	b.until(`performance.getEntriesByType("resource").some((e) => e.name.includes("/app.js") && e.responseEnd > 0)`)
	b.write("\x1b")
	b.until(`!$("details.menu").open && document.activeElement === $("details.menu summary")`)
	b.until(waiting)

	b.click(`$("details.menu summary")`)
	b.click(`$(".site-nav a[href='` + paths.People + `']")`)
	b.until(`location.pathname === "` + paths.People + `" && text("h1") === "Pessoas" && $$(".person-row").length > 10`)
	b.until(waiting)

	release()
	b.until(`online() && document.readyState === "complete"`)
}

// boxes are where things are on the page, wherever it is scrolled to.
const boxes = `JSON.stringify(["h1", "main", "footer", ".site-nav", ".account", "h2", "form", ".panel"].map(
	(s) => [s, ...$$(s).map((e) => {
		const r = e.getBoundingClientRect();
		return [r.x + scrollX, r.y + scrollY, r.width, r.height].map(Math.round).join(" ");
	})]))`

func TestTheArrivalOfTheTailMovesNothing(t *testing.T) {
	in := start(t, aPatientApp)
	refuse := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	for _, width := range []int64{1280, 390} {
		b := in.newTab(t, width, 800)
		b.enter(employee(t, "pt"))
		for _, tt := range []struct {
			name, path string
			vendor     http.Handler
			arrived    string
		}{
			{"chat on home", paths.Home, in.vendor.sandbox, `online()`},
			{"chat on people", paths.People, in.vendor.sandbox, `online()`},
			{"chat on assistant", paths.Assistant, in.vendor.sandbox, `online()`},
			{"notice on home", paths.Home, refuse, `visible($("#assistant-unavailable"))`},
			{"notice on assistant", paths.Assistant, refuse, `visible($("#assistant-unavailable"))`},
		} {
			t.Run(fmt.Sprintf("%s at %d px", tt.name, width), func(t *testing.T) {
				b.t = t
				release := in.vendor.hold(t, tt.vendor)
				b.open(tt.path)
				b.until(waiting)
				b.painted()
				// What a browser draws of a page that is still being parsed may move;
				// from here on nothing may.
				ask[int](b, `shifts.length = 0`)
				before := ask[string](b, boxes)
				release()
				b.until(tt.arrived + ` && document.readyState === "complete"`)
				b.painted()
				if after := ask[string](b, boxes); after != before {
					t.Errorf("the page moved:\nbefore %s\nafter  %s", before, after)
				}
				if shifts := ask[[]string](b, `shifts`); len(shifts) > 0 {
					t.Errorf("layout shifts: %q", shifts)
				}
			})
		}
	}
}

// painted returns when nothing is on its way any more, all of it has been drawn,
// and what observes the page has been told.
func (b *tab) painted() {
	b.t.Helper()
	ask[bool](b, `await Promise.all(document.getAnimations().map((a) => a.finished)) &&
		await new Promise((done) =>
			requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(true)))))`)
}

func TestGoingBackGivesThePageAnotherToken(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 1280, 800)
	b.enter(employee(t, "en"))
	b.until(`online()`)
	seen := []string{b.token()}
	another := func(path string) {
		t.Helper()
		b.until(`location.pathname === "` + path + `" && online() &&
			!` + quoted(seen) + `.includes(carameloaiChatbot.secure_connection_token)`)
		seen = append(seen, b.token())
	}
	b.click(`$(".site-nav a[href='` + paths.People + `']")`)
	another(paths.People)
	b.leave(`history.back()`)
	another(paths.Home)
	b.leave(`history.forward()`)
	another(paths.People)
	// What a browser says that kept the page whole, as some do on phones.
	b.leave(`dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true}))`)
	another(paths.People)
}
