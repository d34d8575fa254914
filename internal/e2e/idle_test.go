package e2e

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/sandbox"
)

// impatient makes assistant.js wait for the vendor's script for a moment only.
const impatient = `{
	const real = setTimeout;
	window.setTimeout = (f, ms, ...rest) => real(f, ms === 8000 ? 200 : ms, ...rest);
}`

// A page that has outlived its token, and lost its connection, offers to
// reconnect. What was typed is there again, in the page and in the chat.
func TestAnIdleTabReconnectsWithoutLosingWhatWasTyped(t *testing.T) {
	in, panel := startFaulty(t)
	for _, lang := range i18n.Languages {
		setFaults(t, panel, sandbox.Faults{})
		b := in.newTab(t, 1280, 800)
		b.enter(employee(t, lang))
		setFaults(t, panel, sandbox.Faults{
			TokenLifetime: sandbox.Duration(time.Second),
			Socket:        "socket-drops",
			DropEvery:     sandbox.Duration(2 * time.Second),
		})
		b.visit(paths.Account)
		b.fill("#phone", "ramal 4711")
		b.set("select[name=time_zone]", "Asia/Tokyo")
		b.set("[name=new_password]", "not to be kept anywhere")
		b.until(`host.dataset.state === "ended"`)
		ctx := in.web.Speak(t.Context(), lang)
		b.until(`visible($("#assistant-idle")) && $("#assistant-idle").role === "status" &&
			text("#assistant-idle summary") === ` + quoted(i18n.T(ctx, "idle.title")) + ` &&
			text("#assistant-idle p") === ` + quoted(i18n.T(ctx, "idle.text")))
		b.do(`{
			const input = document.querySelector("caramelo-sandbox-chat").shadowRoot.querySelector("#input");
			input.value = "a draft";
			input.dispatchEvent(new Event("input"));
		}`)
		setFaults(t, panel, sandbox.Faults{})
		old := b.token()
		b.click(`$("[data-reconnect]")`)
		b.until(`document.readyState === "complete" &&
			carameloaiChatbot.secure_connection_token !== ` + quoted(old) + ` &&
			online() && !$("#assistant-idle")`)
		b.until(`$("#phone").value === "ramal 4711" && $("select[name=time_zone]").value === "Asia/Tokyo" &&
			chat("#input").value === "a draft" &&
			!history.state.typed && $("[name=new_password]").value === ""`)
		b.wasAsked("a reconnect, which keeps what was typed", 0)
	}
}

// The vendor's script came in time: nothing else is said.
func TestAScriptThatCameIsNotCalledAway(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 1280, 800)
	b.before(impatient)
	b.enter(employee(t, "en"))
	b.until(`online() && performance.now() > 1000`) // the patience of this tab is 200 ms
	found := ask[string](b, `document.documentElement.dataset.sdk +
		($("#assistant-unavailable") ? ", and the notice" : "")`)
	if found != "loaded" {
		t.Error(found)
	}
}

// A chat that is at work is left alone, however old its token.
func TestAChatThatIsAtWorkIsLeftAlone(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 1280, 800)
	b.enter(employee(t, "en"))
	b.until(`online()`)
	b.do(`Date.now = ((now) => () => now() + 3600e3)(Date.now)`)
	b.do(`document.dispatchEvent(new CustomEvent("caramelo:state", {detail: {state: "online"}}))`)
	if ask[bool](b, `Boolean($("#assistant-idle"))`) {
		t.Error("it is interrupted")
	}
	b.do(`document.dispatchEvent(new CustomEvent("caramelo:state", {detail: {state: "offline"}}))`)
	b.until(`visible($("#assistant-idle"))`)
	b.do(`document.dispatchEvent(new CustomEvent("caramelo:state", {detail: {state: "online"}}))`)
	b.until(`!$("#assistant-idle")`)
}

// The vendor's script may say nothing of the chat's state: whoever has a page open
// for longer than its token lives, or comes back to it, is offered a new connection.
func TestAnOldPageWhoseChatIsSilentOffersANewConnection(t *testing.T) {
	quiet := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = fmt.Fprint(w, `window.quiet = true`)
	}))
	t.Cleanup(quiet.Close)
	in := start(t, func(s *app.Settings) { s.SDKURL = quiet.URL + "/sdk.js" })
	b := in.newTab(t, 1280, 800)
	b.before(`{
			const real = setInterval;
			window.setInterval = (f, ms, ...rest) =>
				ms === 5000 ? real(() => { f(); window.beats++ }, 50) : real(f, ms, ...rest);
		}
		window.skew = 0; Date.now = ((now) => () => now() + skew)(Date.now)`)
	b.enter(employee(t, "en"))
	expires := time.Now().Add(10 * time.Minute).Unix()
	claims := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"exp": %d}`, expires))
	// Half an hour where it does not say.
	for token, minutes := range map[string][]int{"opaque": {20, 40}, "e30." + claims + ".x": {5, 15}} {
		for _, asleep := range []bool{false, true} {
			in.vendor.answer(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = fmt.Fprintf(w, `{"real_time_access_token": %q}`, token)
			})
			for n, minutes := range minutes {
				b.visit(paths.People)
				b.until(`window.quiet && document.readyState === "complete"`)
				step := 1
				if asleep {
					step = minutes
				}
				for passed := step; passed <= minutes; passed += step { // a minute is not yet away
					b.do(fmt.Sprintf(`skew = %d * 60e3 - %d; window.beats = 0`, passed, passed*100))
					b.until(`beats >= 2`)
				}
				if shown := ask[bool](b, `Boolean($("#assistant-idle"))`); shown != (n == 1) {
					t.Errorf("%.10s, behind %d minutes, asleep %t: offered %t", token, minutes, asleep, shown)
				}
			}
		}
	}
}

// A page that answers a form is not asked for again: that would send the form.
func TestTheAnswerToAFormOffersTheChatInAnotherTab(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 1280, 800)
	b.enter(employee(t, "en"))
	b.visit(paths.Account)
	b.do(`document.querySelector("#phone").removeAttribute("maxlength")`)
	b.fill("#phone", "0123456789012345678901234567890123456789012345678901234567890123456789\r")
	b.until(`performance.getEntriesByType("navigation")[0].responseStatus === 422 && online()`)
	b.do(`document.dispatchEvent(new CustomEvent("caramelo:state", {detail: {state: "ended"}}))`)
	b.until(`visible($("#assistant-idle a[target=_blank]")) && !$("[data-reconnect]")`)
}
