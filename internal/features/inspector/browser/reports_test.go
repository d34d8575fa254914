package browser_test

import (
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/e2e"
	"github.com/carameloai/intranet/internal/features/inspector"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/store"
)

func TestWhatTheBrowserBlocksIsShownToAnAdmin(t *testing.T) {
	in := e2e.Start(t)
	b := in.NewTab(t, 1280, 800)
	for _, who := range seed.Personas() {
		if who.Role == store.Admin {
			b.Enter(who)
		}
	}
	b.Visit(paths.PeopleList("somebody", "", ""))
	b.Do(`window.pwned = 0;
		const image = new Image();
		image.src = "http://127.0.0.1:1/x.png?secret";
		document.body.append(image);
		const script = document.createElement("script");
		script.textContent = "window.pwned = 1";
		document.body.append(script)`)
	b.Until(`window.pwned === 0`)

	// The browser sends its reports when it likes.
	const shown = `$$("tbody tr").map((row) =>
		[...row.cells].slice(1, 4).map((cell) => cell.textContent.trim().split(/\s+/)[0]).join(" ")).sort().join()`
	const want = `img-src http://127.0.0.1:1 ` + paths.People + `,script-src-elem inline ` + paths.People
	for deadline := time.Now().Add(e2e.Patience); ; b.Visit(inspector.Reports) {
		rows := e2e.Ask[string](b, shown)
		if rows == want {
			break
		}
		if time.Now().After(deadline) {
			b.Fatalf("the rows are %q, want %q", rows, want)
		}
	}
	b.Until(`!document.body.textContent.includes("secret") && !document.body.textContent.includes("somebody")`)
}
