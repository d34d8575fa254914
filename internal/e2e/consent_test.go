package e2e

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
)

// Nothing of the vendor's is asked for, by the server or by the browser, before somebody has
// pressed the button, nor after they have withdrawn. In between they have the chat wherever
// they are signed in.
func TestTheVendorHearsOfNobodyWhoHasNotAgreed(t *testing.T) {
	in := Start(t, asksFirst)
	who := Employee(t, "pt")
	b, other := in.NewTab(t, wide, 800), in.NewTab(t, 390, 800)
	var handshakes atomic.Int64
	in.Vendor.Answer(func(w http.ResponseWriter, r *http.Request) {
		handshakes.Add(1)
		in.Vendor.sandbox.ServeHTTP(w, r)
	})
	strict := func(b *Tab, path string) {
		t.Helper()
		before, requested := handshakes.Load(), len(b.Requested())
		b.Visit(path)
		b.Until(`document.readyState === "complete" && typeof carameloaiChatbot === "undefined" && !host`)
		if n := handshakes.Load() - before; n != 0 {
			t.Errorf("%s: %d handshakes", path, n)
		}
		for _, url := range b.Requested()[requested:] {
			if !strings.HasPrefix(url, in.url) {
				t.Errorf("%s: requested %s", path, url)
			}
		}
		for _, line := range b.complaints(http.StatusOK) {
			t.Errorf("%s: %s", path, line)
		}
	}
	b.Enter(who)
	other.Enter(who)
	for _, path := range []string{paths.Home, paths.Assistant, paths.Account, paths.People} {
		strict(b, path)
		strict(other, path)
	}

	b.Visit(paths.People)
	b.TabTo(`$("#assistant-ask summary")`)
	b.Write("\r")
	b.Until(`visible($("#assistant-ask button")) && $$("#assistant-ask a[href]").length === 3`)
	b.TabTo(`$("#assistant-ask button")`)
	b.Write("\r")
	b.Until(`location.pathname === "` + paths.People + `" && online() && !$("#assistant-ask")`)
	b.Told("pt", "notice.consent.given")
	other.Visit(paths.Home)
	other.Until(`online()`)

	// It is withdrawn in one session, beside something typed and not saved, and counts in both.
	other.Visit(paths.Account)
	other.Until(`online()`)
	other.Fill("#phone", "ramal 4712")
	other.Click(`$("section[aria-labelledby=consent] button")`)
	other.Told("pt", "notice.consent.withdrawn")
	other.Until(`$("#phone").value === "ramal 4712"`)
	other.WasAsked("a button that comes back to what was typed", 0)
	for _, path := range []string{paths.Home, paths.Assistant} {
		strict(b, path)
		strict(other, path)
	}

	// Going back to the page of the yes, and saying yes once more, counts.
	b.Visit(paths.Assistant)
	b.Click(`$("section[aria-labelledby=consent] button")`)
	b.Until(`location.pathname === "` + paths.Assistant + `" && online()`)
	b.Visit(paths.Account)
	b.Click(`$("section[aria-labelledby=consent] button")`)
	b.Told("pt", "notice.consent.withdrawn")
	b.Leave(`history.go(-3)`)
	b.Until(`location.pathname === "` + paths.Assistant + `" && $("section[aria-labelledby=consent] button")`)
	b.Click(`$("section[aria-labelledby=consent] button")`)
	b.Until(`location.pathname === "` + paths.Assistant + `" && online()`)
}

func TestPeopleAgreeWithoutJavaScript(t *testing.T) {
	in := Start(t, asksFirst)
	b := in.NewTab(t, 390, 800)
	b.WithoutScripts()
	b.Enter(Employee(t, "es"))
	b.Visit(paths.People + "?q=atila")
	const token = `document.body.innerHTML.includes("secure_connection_token")`
	b.Until(`$$(".person-row").length === 1 && !` + token)
	b.Click(`$("#assistant-ask summary")`)
	b.Click(`$("#assistant-ask button")`)
	b.Until(`location.pathname + location.search === "` + paths.People + `?q=atila" && ` + token + `
		&& !$("#assistant-ask")`)
	b.Told("es", "notice.consent.given")
	b.Visit(paths.Account)
	b.Click(`$("section[aria-labelledby=consent] button")`)
	b.Until(`location.pathname === "` + paths.Account + `" && !` + token)
	b.Told("es", "notice.consent.withdrawn")
}
