package e2e

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/features/inspector"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/sandbox"
)

// The first row of somebody's in the list of handshakes, and its last cell.
func browserOf(name string) string {
	return `$$("tbody tr").find((row) => row.cells[1].textContent.trim() === ` + quoted(name) + `)
		?.cells[5].textContent.trim()`
}

func TestTheInspectorFollowsWhatBrowsersMakeOfTheAssistant(t *testing.T) {
	in := start(t)
	who := employee(t, "en")
	admin, b := in.newTab(t, 1280, 800), in.newTab(t, 1280, 800)
	admin.enter(in.promoted(t, "pt"))
	admin.visit(inspector.Index)
	admin.until(`online() && visible($("#handshakes-live"))`)
	admin.do(`window.stays = true`)

	b.enter(who)
	admin.until(browserOf(who.Name) + ` === "Chat conectado"`)
	b.do(`const image = new Image(); image.src = "http://127.0.0.1:1/x.png?secret"; document.body.append(image)`)
	admin.until(browserOf(who.Name) + ` === "Chat conectado · bloqueado: img-src"`)

	in.vendor.answer(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"real_time_access_token": "of nobody"}`)
	})
	b.visit(paths.People)
	admin.until(browserOf(who.Name) + ` === "Chat encerrado: token recusado"`)
	in.vendor.refuse()
	b.visit(paths.People)
	admin.until(browserOf(who.Name) + ` === "Página sem chat"`)
	admin.until(`window.stays === true && !document.body.textContent.includes("of nobody") &&
		!document.body.textContent.includes("?secret")`)

	// It leaves alone what somebody is at.
	admin.do(`document.querySelector("tbody a").focus(); document.querySelector("tbody").dataset.mine = "yes"`)
	b.visit(paths.Home)
	b.until(`visible($("#assistant-unavailable"))`)
	before := len(admin.requested())
	admin.do(`window.beats = 0; setInterval(() => beats++, 2000)`) // between two of these is one of the list's own
	admin.until(`window.beats === 2`)
	if !ask[bool](admin, `$("tbody").dataset.mine === "yes"`) || len(admin.requested()) != before {
		t.Error("the list changed under the focus")
	}
	admin.click(`$("tbody a")`)
	admin.until(`$$(".source").length === 2 && text(".source").includes("[secret]") &&
		document.readyState === "complete"`)
}

func TestTheInspectorKnowsAScriptThatDoesNotLoad(t *testing.T) {
	in := start(t, func(s *app.Settings) { s.SDKURL += "/none.js" })
	b := in.newTab(t, 1280, 800)
	who := in.promoted(t, "en")
	b.enter(who)
	b.until(`document.readyState === "complete"`)
	b.visit(inspector.Index)
	b.until(browserOf(who.Name) + ` === "Script did not load"`)
}

func TestTheInspectorKnowsASlowScript(t *testing.T) {
	in, panel := startFaulty(t)
	who := employee(t, "es")
	admin, b := in.newTab(t, 1280, 800), in.newTab(t, 1280, 800)
	admin.enter(in.promoted(t, "en"))
	b.enter(who)
	b.until(`online()`)
	b.before(impatient)
	setFaults(t, panel, sandbox.Faults{SDK: "sdk-slow"})
	b.open(paths.People)
	b.until(`visible($("#assistant-unavailable"))`)
	setFaults(t, panel, sandbox.Faults{})
	admin.visit(inspector.Index)
	admin.until(browserOf(who.Name) + ` === "Script still loading after 8 s"`)
}

// A list that nobody looks at any more does not keep its admin signed in.
func TestTheInspectorStopsWhereNobodyIs(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 1280, 800)
	b.before(`{
		const real = setInterval;
		window.setInterval = (f, ms, ...rest) => real(
			ms === 2000 ? async () => { await f(); window.beats = (window.beats ?? 0) + 1 } : f,
			ms === 2000 ? 50 : ms, ...rest);
	}`)
	b.enter(in.promoted(t, "en"))
	b.visit(inspector.Index)
	asked := func() int {
		b.do(`window.beats = 0`)
		b.until(`window.beats >= 3`)
		return ask[int](b, `performance.getEntriesByType("resource")
			.filter((e) => new URL(e.name).pathname === "`+inspector.Live+`").length`)
	}
	b.until(`visible($("#handshakes-live"))`)
	if before := asked(); asked() == before {
		t.Error("the list does not follow what happens")
	}
	b.do(`Date.now = ((now) => () => now() + 16 * 60e3)(Date.now)`)
	b.until(`!visible($("#handshakes-live"))`)
	before := asked()
	if after := asked(); after != before {
		t.Errorf("a quarter of an hour later it is fetched %d times more", after-before)
	}
	b.do(`dispatchEvent(new Event("scroll"))`)
	b.until(`visible($("#handshakes-live"))`)
	if asked() == before {
		t.Error("somebody is back, and the list stands still")
	}
}

func TestTheInspectorWorksWithoutJavaScript(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 320, 800)
	b.withoutScripts()
	who := in.promoted(t, "en")
	b.enter(who)
	b.visit(inspector.Index)
	b.until(browserOf(who.Name) + ` === "Not reported" && !visible($("#handshakes-live"))`)
	rows := ask[int](b, `$$("tbody tr").length`)
	b.click(`$(".handshakes-live a")`)
	b.until(fmt.Sprintf(`document.readyState === "complete" && $$("tbody tr").length === %d`, rows+1))
	b.click(`$("tbody a")`)
	b.until(`$$(".source").length === 2 && document.documentElement.scrollWidth <= 320`)
}
