package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/sandbox"
)

// Manners are those in which a vendor's script may be built: the one that the strictest
// policy allows, and those of the sandbox's catalogue.
func Manners() []sandbox.Fault {
	all := []sandbox.Fault{{Slug: "manner-strict"}}
	for _, fault := range sandbox.Catalogue {
		if fault.Group == sandbox.Manners {
			all = append(all, fault)
		}
	}
	return all
}

// SetManner makes the sandbox's script one that is built in a manner.
func SetManner(t *testing.T, panel string, manner sandbox.Fault) {
	t.Helper()
	var faults sandbox.Faults
	manner.Set(&faults)
	SetFaults(t, panel, faults)
}

// Complaints keeps what the policy makes the browser block, for Ask: run it Before.
const Complaints = `window.complaints = [];
addEventListener("securitypolicyviolation", (e) => complaints.push(e.effectiveDirective + " " + e.blockedURI));`

// styled is a chat that looks as its vendor made it, in each manner. The bubble has another
// colour under the mouse.
const styled = `(() => {
	const bubble = getComputedStyle(chat("#bubble")), panel = getComputedStyle(chat("#panel"));
	return getComputedStyle(host).position === "fixed" && bubble.borderRadius === "50%" && bubble.width === "56px" &&
		getComputedStyle(chat("#badge")).color === "rgb(150, 72, 15)" &&
		panel.position === "fixed" && panel.borderRadius === "16px" && panel.width === "384px";
})()`

// ChatWorks opens the chat of a page, with a question of the page where it has one, and waits
// for an answer to what is sent there. The chat has to look as its vendor made it, unless it
// is said to be bare.
func (b *Tab) ChatWorks(panel string, bare bool) {
	b.t.Helper()
	b.Until(`document.readyState === "complete" && host`)
	if Ask[bool](b, `!host.shadowRoot`) {
		b.framedChatWorks(panel)
		return
	}
	look := styled
	if bare {
		look = "true"
	}
	b.Until(`said("assistant").length > 0 && ` + look)
	answers := Ask[int](b, `said("assistant").length`)
	if b.pressFirst() {
		b.Until(`!chat("#panel").hidden && chat("#input").value.startsWith(text(".questions button"))`)
		b.Write("\r")
	} else {
		b.Click(`chat("#bubble")`)
		b.Until(`!chat("#panel").hidden`)
		b.Write("How do I book time off?\r")
	}
	b.Until(fmt.Sprintf(`said("assistant").length > %d && `, answers) + look)
}

// pressFirst presses the first question of the page, where it has one.
func (b *Tab) pressFirst() bool {
	b.t.Helper()
	if !Ask[bool](b, `$(".questions") !== null`) {
		return false
	}
	b.ask(0)
	return true
}

// ask presses the nth question of the page with the keyboard.
func (b *Tab) ask(n int) {
	b.t.Helper()
	button := fmt.Sprintf(`document.querySelectorAll(".questions button")[%d]`, n)
	b.Until(button)
	b.Do(button + `.focus()`)
	b.Write("\r")
}

// framedChatWorks is ChatWorks where the chat is in a frame, which the page cannot see into.
func (b *Tab) framedChatWorks(panel string) {
	b.t.Helper()
	const frame = `host.querySelector("iframe")`
	b.Until(`online() && ` + frame + `.offsetWidth === 96 && getComputedStyle(host).position === "fixed"`)
	before, words := messages(b.t, panel), "\r"
	if !b.pressFirst() {
		b.Click(frame)
		words = "How do I book time off?\r"
	}
	b.Until(frame + `.offsetWidth === 420`)
	for end := time.Now().Add(Patience); messages(b.t, panel) < before+2; b.Write(words) {
		if time.Now().After(end) {
			b.Fatalf("%d messages", messages(b.t, panel))
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
