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
	in := Start(t, aPatientApp)
	b := in.NewTab(t, 390, 844)
	b.Enter(Employee(t, "pt"))
	release := in.Vendor.hold(t, in.Vendor.sandbox)

	b.Open(paths.Home)
	b.Until(waiting)
	// Our own script does not wait for the tail: Escape closes the menu.
	b.Click(`$("details.menu summary")`)
	b.Until(`$("details.menu").open && visible($(".site-nav"))`)
	b.Until(`performance.getEntriesByType("resource").some((e) => e.name.includes("/app.js") && e.responseEnd > 0)`)
	b.Write("\x1b")
	b.Until(`!$("details.menu").open && document.activeElement === $("details.menu summary")`)
	b.Until(waiting)

	b.Click(`$("details.menu summary")`)
	b.Click(`$(".site-nav a[href='` + paths.People + `']")`)
	b.Until(`location.pathname === "` + paths.People + `" && text("h1") === "Pessoas" && $$(".person-row").length > 10`)
	b.Until(waiting)

	release()
	b.Until(`online() && document.readyState === "complete"`)
}

// boxes are where things are on the page, wherever it is scrolled to.
const boxes = `JSON.stringify(["h1", "main", "footer", ".site-nav", ".account", "h2", "form", ".panel"].map(
	(s) => [s, ...$$(s).map((e) => {
		const r = e.getBoundingClientRect();
		return [r.x + scrollX, r.y + scrollY, r.width, r.height].map(Math.round).join(" ");
	})]))`

func TestTheArrivalOfTheTailMovesNothing(t *testing.T) {
	in := Start(t, aPatientApp)
	refuse := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	for _, width := range []int64{1280, 390} {
		b := in.NewTab(t, width, 800)
		b.Enter(Employee(t, "pt"))
		for _, tt := range []struct {
			name, path string
			Vendor     http.Handler
			arrived    string
		}{
			{"chat on home", paths.Home, in.Vendor.sandbox, `online()`},
			{"chat on people", paths.People, in.Vendor.sandbox, `online()`},
			{"chat on assistant", paths.Assistant, in.Vendor.sandbox, `online()`},
			{"notice on home", paths.Home, refuse, `visible($("#assistant-unavailable"))`},
			{"notice on assistant", paths.Assistant, refuse, `visible($("#assistant-unavailable"))`},
		} {
			t.Run(fmt.Sprintf("%s at %d px", tt.name, width), func(t *testing.T) {
				b.t = t
				release := in.Vendor.hold(t, tt.Vendor)
				b.Open(tt.path)
				b.Until(waiting)
				b.painted()
				// What a browser draws of a page that is still being parsed may move;
				// from here on nothing may.
				Ask[int](b, `shifts.length = 0`)
				before := Ask[string](b, boxes)
				release()
				b.Until(tt.arrived + ` && document.readyState === "complete"`)
				b.painted()
				if after := Ask[string](b, boxes); after != before {
					t.Errorf("the page moved:\nbefore %s\nafter  %s", before, after)
				}
				if shifts := Ask[[]string](b, `shifts`); len(shifts) > 0 {
					t.Errorf("layout shifts: %q", shifts)
				}
			})
		}
	}
}

func TestGoingBackGivesThePageAnotherToken(t *testing.T) {
	in := Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(Employee(t, "en"))
	b.Until(`online()`)
	seen := []string{b.token()}
	another := func(path string) {
		t.Helper()
		b.Until(`location.pathname === "` + path + `" && online() &&
			!` + Quoted(seen) + `.includes(carameloaiChatbot.secure_connection_token)`)
		seen = append(seen, b.token())
	}
	b.Click(`$(".site-nav a[href='` + paths.People + `']")`)
	another(paths.People)
	b.Leave(`history.back()`)
	another(paths.Home)
	b.Leave(`history.forward()`)
	another(paths.People)
	// What a browser says that kept the page whole, as some do on phones.
	b.Leave(`dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true}))`)
	another(paths.People)
}
