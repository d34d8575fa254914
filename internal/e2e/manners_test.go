package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/sandbox"
)

// styled is a chat that looks as its vendor made it, in each manner.
const styled = `const bubble = getComputedStyle(chat("#bubble"));
	return getComputedStyle(host).position === "fixed" && bubble.borderRadius === "50%" &&
		bubble.width === "56px" && bubble.backgroundColor === "rgb(150, 72, 15)"`

// complaints are what the policy made the browser block.
const complaints = `window.complaints = [];
addEventListener("securitypolicyviolation", (e) => complaints.push(e.effectiveDirective + " " + e.blockedURI));`

// A vendor's script may be built in any manner: it is styled, it answers, and the policy
// blocks nothing of it.
func TestAScriptOfAnyMannerWorks(t *testing.T) {
	in, panel := StartFaulty(t)
	for _, fault := range sandbox.Catalogue {
		if fault.Group != sandbox.Manners {
			continue
		}
		t.Run(fault.Slug, func(t *testing.T) {
			var faults sandbox.Faults
			fault.Set(&faults)
			SetFaults(t, panel, faults)
			b := in.NewTab(t, wide, 700)
			b.Before(complaints)
			b.Enter(Employee(t, "en"))
			b.Visit(paths.Assistant)
			if fault.Slug == "manner-frame" {
				b.framedQuestion(panel)
				b.framedChat(panel)
			} else {
				b.Until(`host && said("assistant").length > 0`)
				answers := Ask[int](b, `said("assistant").length`)
				b.Until(`(() => {` + styled + `})()`)
				b.ask(0)
				b.Until(`!chat("#panel").hidden && chat("#input").value.startsWith(text(".questions button"))`)
				b.Do(`document.querySelector("caramelo-sandbox-chat").shadowRoot.querySelector("#input").value = ""`)
				b.Write("How do I book time off?\r")
				b.Until(fmt.Sprintf(`said("assistant").length > %d`, answers))
			}
			if fault.Slug == "manner-style-sheet" {
				b.Until(`[...document.fonts].some((f) => f.family.includes("Caramelo") && f.status === "loaded") &&
					performance.getEntriesByName(` + Quoted(panel+"/sdk/latest/ping.wav") + `).length > 0`)
			}
			if found := Ask[[]string](b, `complaints`); len(found) > 0 {
				t.Errorf("the policy blocks %q", found)
			}
		})
	}
}

// framedQuestion presses a question while the chat is in a frame, and sends it.
func (b *Tab) framedQuestion(panel string) {
	b.t.Helper()
	frame := `host.querySelector("iframe")`
	b.Until(`host && online() && ` + frame + `.offsetWidth === 96`)
	before := messages(b.t, panel)
	b.ask(0)
	b.Until(frame + `.offsetWidth > 300`)
	for end := time.Now().Add(Patience); messages(b.t, panel) < before+2; b.Write("\r") {
		if time.Now().After(end) {
			b.t.Fatalf("%d messages", messages(b.t, panel))
		}
	}
	b.Visit(paths.Assistant)
}

// framedChat asks something in a chat that the page cannot see into.
func (b *Tab) framedChat(panel string) {
	b.t.Helper()
	frame := `host.querySelector("iframe")`
	b.Until(`host && online() && ` + frame + `.offsetWidth === 96`)
	b.Click(frame)
	b.Until(frame + `.offsetWidth > 300`)
	before := messages(b.t, panel)
	b.Write("How do I book time off?\r")
	for end := time.Now().Add(Patience); messages(b.t, panel) < before+2; b.Until(`online()`) {
		if time.Now().After(end) {
			b.t.Fatalf("%d messages", messages(b.t, panel))
		}
	}
}

// messages is how many there are in the chats that are open.
func messages(t *testing.T, panel string) (all int) {
	t.Helper()
	res, err := http.Get(panel + "/sandbox/sockets")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var told struct{ Sockets []struct{ Messages int } }
	if err := json.NewDecoder(res.Body).Decode(&told); err != nil {
		t.Fatal(fmt.Errorf("read the sandbox's sockets: %w", err))
	}
	for _, socket := range told.Sockets {
		all += socket.Messages
	}
	return all
}
