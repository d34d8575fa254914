package browser_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/e2e"
	"github.com/carameloai/intranet/internal/features/inspector"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/sandbox"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// The first row of somebody's in the list of handshakes, and its last cell.
func browserOf(name string) string {
	return `$$("tbody tr").find((row) => row.cells[1].textContent.trim() === ` + e2e.Quoted(name) + `)
		?.cells[5].textContent.trim()`
}

func TestTheInspectorFollowsWhatBrowsersMakeOfTheAssistant(t *testing.T) {
	in := e2e.Start(t)
	who := e2e.Employee(t, "en")
	admin, b := in.NewTab(t, 1280, 800), in.NewTab(t, 1280, 800)
	admin.Enter(in.Promoted(t, "pt"))
	admin.Visit(inspector.Index)
	admin.Until(`online() && visible($("#handshakes-live"))`)
	admin.Do(`window.stays = true`)

	b.Enter(who)
	admin.Until(browserOf(who.Name) + ` === "Chat conectado"`)
	b.Do(`const image = new Image(); image.src = "http://127.0.0.1:1/x.png?secret"; document.body.append(image)`)
	admin.Until(browserOf(who.Name) + ` === "Chat conectado · bloqueado: img-src"`)

	in.Vendor.Answer(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"real_time_access_token": "of nobody"}`)
	})
	b.Visit(paths.People)
	admin.Until(browserOf(who.Name) + ` === "Chat encerrado: token recusado"`)
	in.Vendor.Refuse()
	b.Visit(paths.People)
	admin.Until(browserOf(who.Name) + ` === "Página sem chat"`)
	admin.Until(`window.stays === true && !document.body.textContent.includes("of nobody") &&
		!document.body.textContent.includes("?secret")`)

	// It leaves alone what somebody is at.
	admin.Do(`document.querySelector("tbody a").focus(); document.querySelector("tbody").dataset.mine = "yes"`)
	b.Visit(paths.Home)
	b.Until(`visible($("#assistant-unavailable"))`)
	before := len(admin.Requested())
	admin.Do(`window.beats = 0; setInterval(() => beats++, 2000)`) // between two of these is one of the list's own
	admin.Until(`window.beats === 2`)
	if !e2e.Ask[bool](admin, `$("tbody").dataset.mine === "yes"`) || len(admin.Requested()) != before {
		t.Error("the list changed under the focus")
	}
	admin.Click(`$("tbody a")`)
	admin.Until(`$$(".source").length === 2 && text(".source").includes("[secret]") &&
		document.readyState === "complete"`)
}

func TestTheInspectorKnowsAScriptThatDoesNotLoad(t *testing.T) {
	in := e2e.Start(t, func(s *app.Settings) { s.SDKURL += "/none.js" })
	b := in.NewTab(t, 1280, 800)
	who := in.Promoted(t, "en")
	b.Enter(who)
	b.Until(`document.readyState === "complete"`)
	b.Visit(inspector.Index)
	b.Until(browserOf(who.Name) + ` === "Script did not load"`)
}

func TestTheInspectorKnowsASlowScript(t *testing.T) {
	in, panel := e2e.StartFaulty(t)
	who := e2e.Employee(t, "es")
	admin, b := in.NewTab(t, 1280, 800), in.NewTab(t, 1280, 800)
	admin.Enter(in.Promoted(t, "en"))
	b.Enter(who)
	b.Until(`online()`)
	b.Before(e2e.Impatient)
	e2e.SetFaults(t, panel, sandbox.Faults{SDK: "sdk-slow"})
	b.Open(paths.People)
	b.Until(`visible($("#assistant-unavailable"))`)
	e2e.SetFaults(t, panel, sandbox.Faults{})
	admin.Visit(inspector.Index)
	admin.Until(browserOf(who.Name) + ` === "Script still loading after 8 s"`)
}

// A list that nobody looks at any more does not keep its admin signed in.
func TestTheInspectorStopsWhereNobodyIs(t *testing.T) {
	in := e2e.Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Before(`{
		const real = setInterval;
		window.setInterval = (f, ms, ...rest) => real(
			ms === 2000 ? async () => { await f(); window.beats = (window.beats ?? 0) + 1 } : f,
			ms === 2000 ? 50 : ms, ...rest);
	}`)
	b.Enter(in.Promoted(t, "en"))
	b.Visit(inspector.Index)
	asked := func() int {
		b.Do(`window.beats = 0`)
		b.Until(`window.beats >= 3`)
		return e2e.Ask[int](b, `performance.getEntriesByType("resource")
			.filter((e) => new URL(e.name).pathname === "`+inspector.Live+`").length`)
	}
	b.Until(`visible($("#handshakes-live"))`)
	if before := asked(); asked() == before {
		t.Error("the list does not follow what happens")
	}
	b.Do(`Date.now = ((now) => () => now() + 16 * 60e3)(Date.now)`)
	b.Until(`!visible($("#handshakes-live"))`)
	before := asked()
	if after := asked(); after != before {
		t.Errorf("a quarter of an hour later it is fetched %d times more", after-before)
	}
	b.Do(`dispatchEvent(new Event("scroll"))`)
	b.Until(`visible($("#handshakes-live"))`)
	if asked() == before {
		t.Error("somebody is back, and the list stands still")
	}
}

func TestTheInspectorWorksWithoutJavaScript(t *testing.T) {
	in := e2e.Start(t)
	b := in.NewTab(t, 320, 800)
	b.WithoutScripts()
	who := in.Promoted(t, "en")
	b.Enter(who)
	b.Visit(inspector.Index)
	rows := e2e.Ask[int](b, `$$("tbody tr").length`)
	// What a page was is written beside it, within a second.
	for deadline := time.Now().Add(e2e.Patience); e2e.Ask[int](b, `$$("tbody tr").length`) < rows+2; {
		if time.Now().After(deadline) {
			b.Fatalf("reloading shows nothing new")
		}
		b.Do(`window.old = true`)
		b.Click(`$(".handshakes-live a")`)
		b.Until(`!window.old && document.readyState === "complete"`)
	}
	b.Until(browserOf(who.Name) + ` === "Not reported" && !visible($("#handshakes-live"))`)
	b.Click(`$("tbody a")`)
	b.Until(`$$(".source").length === 2 && document.documentElement.scrollWidth <= 320`)
}
