package e2e

import (
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/features/inspector"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/store"
)

func TestWhatTheBrowserBlocksIsShownToAnAdmin(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 1280, 800)
	for _, who := range seed.Personas() {
		if who.Role == store.Admin {
			b.enter(who)
		}
	}
	b.visit(paths.PeopleList("somebody", "", ""))
	b.do(`window.pwned = 0;
		const image = new Image();
		image.src = "http://127.0.0.1:1/x.png?secret";
		document.body.append(image);
		const script = document.createElement("script");
		script.textContent = "window.pwned = 1";
		document.body.append(script)`)
	b.until(`window.pwned === 0`)

	// The browser sends its reports when it likes.
	const shown = `$$("tbody tr").map((row) =>
		[...row.cells].slice(1, 4).map((cell) => cell.textContent.trim()).join(" ")).sort().join()`
	const want = `img-src http://127.0.0.1:1 ` + paths.People + `,script-src-elem inline ` + paths.People
	for deadline := time.Now().Add(patience); ; b.visit(inspector.Reports) {
		rows := ask[string](b, shown)
		if rows == want {
			break
		}
		if time.Now().After(deadline) {
			b.fatalf("the rows are %q, want %q", rows, want)
		}
	}
	b.until(`!document.body.textContent.includes("secret") && !document.body.textContent.includes("somebody")`)
}
