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

// A page that has outlived its token, and lost its connection, offers to
// reconnect. What was typed is there again, in the page and in the chat.
func TestAnIdleTabReconnectsWithoutLosingWhatWasTyped(t *testing.T) {
	in, panel := StartFaulty(t)
	for _, lang := range i18n.Languages {
		SetFaults(t, panel, sandbox.Faults{})
		b := in.NewTab(t, 1280, 800)
		b.Enter(Employee(t, lang))
		SetFaults(t, panel, sandbox.Faults{
			TokenLifetime: sandbox.Duration(time.Second),
			Socket:        "socket-drops",
			DropEvery:     sandbox.Duration(2 * time.Second),
		})
		b.Visit(paths.Account)
		b.Fill("#phone", "ramal 4711")
		b.Set("select[name=time_zone]", "Asia/Tokyo")
		b.Until(`host.dataset.state === "ended"`)
		ctx := in.web.Speak(t.Context(), lang)
		b.Until(`visible($("#assistant-idle")) && $("#assistant-idle").role === "status" &&
			text("#assistant-idle summary") === ` + Quoted(i18n.T(ctx, "idle.title")) + ` &&
			text("#assistant-idle p") === ` + Quoted(i18n.T(ctx, "idle.text")))
		b.Do(`{
			const input = document.querySelector("caramelo-sandbox-chat").shadowRoot.querySelector("#input");
			input.value = "a draft";
			input.dispatchEvent(new Event("input"));
		}`)
		SetFaults(t, panel, sandbox.Faults{})
		old := b.token()
		b.Click(`$("[data-reconnect]")`)
		b.Until(`document.readyState === "complete" &&
			carameloaiChatbot.secure_connection_token !== ` + Quoted(old) + ` &&
			online() && !$("#assistant-idle")`)
		b.Until(`$("#phone").value === "ramal 4711" && $("select[name=time_zone]").value === "Asia/Tokyo" &&
			chat("#input").value === "a draft" &&
			!history.state.typed`)
		b.WasAsked("a reconnect, which keeps what was typed", 0)
	}
}

// The vendor's script came in time: nothing else is said.
func TestAScriptThatCameIsNotCalledAway(t *testing.T) {
	in := Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Before(Impatient)
	b.Enter(Employee(t, "en"))
	b.Until(`online() && performance.now() > 1000`) // the patience of this tab is 200 ms
	found := Ask[string](b, `document.documentElement.dataset.sdk +
		($("#assistant-unavailable") ? ", and the notice" : "")`)
	if found != "loaded" {
		t.Error(found)
	}
}

// A chat that is at work is left alone, however old its token.
func TestAChatThatIsAtWorkIsLeftAlone(t *testing.T) {
	in := Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(Employee(t, "en"))
	b.Until(`online()`)
	b.Do(`Date.now = ((now) => () => now() + 3600e3)(Date.now)`)
	b.Do(`document.dispatchEvent(new CustomEvent("caramelo:state", {detail: {state: "online"}}))`)
	if Ask[bool](b, `Boolean($("#assistant-idle"))`) {
		t.Error("it is interrupted")
	}
	b.Do(`document.dispatchEvent(new CustomEvent("caramelo:state", {detail: {state: "offline"}}))`)
	b.Until(`visible($("#assistant-idle"))`)
	b.Do(`document.dispatchEvent(new CustomEvent("caramelo:state", {detail: {state: "online"}}))`)
	b.Until(`!$("#assistant-idle")`)
}

// The vendor's script may say nothing of the chat's state: whoever has a page open
// for longer than its token lives, or comes back to it, is offered a new connection.
func TestAnOldPageWhoseChatIsSilentOffersANewConnection(t *testing.T) {
	quiet := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = fmt.Fprint(w, `window.quiet = true`)
	}))
	t.Cleanup(quiet.Close)
	in := Start(t, func(s *app.Settings) { s.SDKURL = quiet.URL + "/sdk.js" })
	b := in.NewTab(t, 1280, 800)
	b.Before(`{
			const real = setInterval;
			window.setInterval = (f, ms, ...rest) =>
				ms === 5000 ? real(() => { f(); window.beats++ }, 50) : real(f, ms, ...rest);
		}
		window.skew = 0; Date.now = ((now) => () => now() + skew)(Date.now)`)
	b.Enter(Employee(t, "en"))
	expires := time.Now().Add(10 * time.Minute).Unix()
	claims := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"exp": %d}`, expires))
	// Half an hour where it does not say.
	for token, minutes := range map[string][]int{"opaque": {20, 40}, "e30." + claims + ".x": {5, 15}} {
		for _, asleep := range []bool{false, true} {
			in.Vendor.Answer(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = fmt.Fprintf(w, `{"real_time_access_token": %q}`, token)
			})
			for n, minutes := range minutes {
				b.Visit(paths.People)
				b.Until(`window.quiet && document.readyState === "complete"`)
				step := 1
				if asleep {
					step = minutes
				}
				for passed := step; passed <= minutes; passed += step { // a minute is not yet away
					b.Do(fmt.Sprintf(`skew = %d * 60e3 - %d; window.beats = 0`, passed, passed*100))
					b.Until(`beats >= 2`)
				}
				if shown := Ask[bool](b, `Boolean($("#assistant-idle"))`); shown != (n == 1) {
					t.Errorf("%.10s, behind %d minutes, asleep %t: offered %t", token, minutes, asleep, shown)
				}
			}
		}
	}
}

// A page that answers a form is not asked for again: that would send the form.
func TestTheAnswerToAFormOffersTheChatInAnotherTab(t *testing.T) {
	in := Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(Employee(t, "en"))
	b.Visit(paths.Account)
	b.Do(`document.querySelector("#phone").removeAttribute("maxlength")`)
	b.Fill("#phone", "0123456789012345678901234567890123456789012345678901234567890123456789\r")
	b.Until(`performance.getEntriesByType("navigation")[0].responseStatus === 422 && online()`)
	b.Do(`document.dispatchEvent(new CustomEvent("caramelo:state", {detail: {state: "ended"}}))`)
	b.Until(`visible($("#assistant-idle a[target=_blank]")) && !$("[data-reconnect]")`)
}
