package e2e

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/paths"
)

// slowScript is a vendor's script that comes when release is called.
func slowScript(t *testing.T, body string) (url string, release func()) {
	t.Helper()
	released := make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-released:
		case <-r.Context().Done():
			return
		}
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/sdk.js", func() { released <- struct{}{} }
}

// What a browser extension breaks is not the assistant: its errors and its scripts, while
// the vendor's script is on its way.
func TestAStrangersErrorsDoNotSendTheAssistantAway(t *testing.T) {
	sdk, release := slowScript(t, `window.ran = true`)
	in := Start(t, func(s *app.Settings) { s.SDKURL = sdk })
	b := in.NewTab(t, 1280, 800)
	release()
	b.Enter(Employee(t, "en"))
	for name, stranger := range map[string]string{
		"an extension's error": `dispatchEvent(new ErrorEvent("error",
			{filename: "chrome-extension://abcdefghijklmnop/content.js", message: "Uncaught TypeError"}))`,
		"an error of Safari's extensions": `dispatchEvent(new ErrorEvent("error",
			{filename: "webkit-masked-url://hidden/", message: "TypeError"}))`,
		"an error without a name": `dispatchEvent(new ErrorEvent("error", {filename: "", message: "Script error."}))`,
		"an error of another site": `dispatchEvent(new ErrorEvent("error",
			{filename: "https://cdn.example/x.js", message: "Script error."}))`,
		"an error that was thrown": `setTimeout(() => { throw new Error("of a stranger") })`,
		"a script that is not there": `{
			const script = document.createElement("script");
			script.src = "https://127.0.0.1:1/injected.js";
			document.body.append(script);
		}`,
		"a script before the vendor's": `{
			const script = document.createElement("script");
			script.src = "https://127.0.0.1:1/injected.js";
			document.body.prepend(script);
		}`,
		"a script that is refused": `document.body.append(Object.assign(document.createElement("script"),
			{src: "data:text/javascript,throw new Error()"}))`,
	} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			b.Leave(`location.assign("` + paths.People + `")`)
			b.Until(`typeof carameloaiChatbot !== "undefined" && !window.ran`)
			b.Do(`window.failures = 0; addEventListener("error", () => window.failures++, true)`)
			b.Do(stranger)
			b.Until(`window.failures > 0`)
			release()
			b.Until(`window.ran && document.documentElement.dataset.sdk`)
			found := Ask[string](b, `document.documentElement.dataset.sdk +
				($("#assistant-unavailable") ? ", and the notice" : "")`)
			if found != "loaded" {
				t.Error(found)
			}
		})
	}
	b.t = t
}

// What the vendor's own script does wrong is said.
func TestTheVendorsOwnFailuresSendTheAssistantAway(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"it throws": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = fmt.Fprint(w, `window.ran = true; throw new Error("broken")`)
		},
		"it is no JavaScript": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = fmt.Fprint(w, `window.ran = ;`)
		},
		"it is not there": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"it breaks off":   func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answer)
			t.Cleanup(server.Close)
			in := Start(t, func(s *app.Settings) { s.SDKURL = server.URL + "/sdk.js" })
			b := in.NewTab(t, 1280, 800)
			b.Enter(Employee(t, "en"))
			b.Until(`document.documentElement.dataset.sdk === "failed" && visible($("#assistant-unavailable"))`)
		})
	}
}

// The life of a token is counted by the server. A clock that is wrong, on any side, neither
// takes a chat away nor keeps a dead one.
func TestAWrongClockDoesNotEndAToken(t *testing.T) {
	sdk, release := slowScript(t, `window.quiet = true`)
	in := Start(t, func(s *app.Settings) { s.SDKURL = sdk })
	b := in.NewTab(t, 1280, 800)
	b.Before(`{
			const real = setInterval;
			window.setInterval = (f, ms, ...rest) =>
				ms === 5000 ? real(() => { f(); window.beats++ }, 50) : real(f, ms, ...rest);
		}
		window.beats = 0; window.age = 0; window.skew = Number(name) || 0;
		Date.now = ((now) => () => now() + skew)(Date.now);
		performance.now = ((now) => () => now() + age)(performance.now.bind(performance))`)
	release()
	b.Enter(Employee(t, "en"))
	const minute = 60_000
	life := 5 * time.Minute
	for _, test := range []struct {
		name       string
		clock      int           // of the computer, wrong by ms
		exp        time.Duration // of the token, by the vendor's clock
		slept, age int           // ms that pass by the clock, and by the page's own time
		offered    bool
	}{
		{"ahead by six minutes", 6 * minute, life, 0, 0, false},
		{"ahead by a day", 24 * 60 * minute, life, 0, 0, false},
		{"behind by a day", -24 * 60 * minute, life, 0, 0, false},
		{"behind by a day, and the life is over", -24 * 60 * minute, life, 6 * minute, 6 * minute, true},
		{"ahead, and the life is over", 6 * minute, life, 6 * minute, 6 * minute, true},
		{"the computer slept, and the page's own time stood still", 0, life, 6 * minute, 0, true},
		{"the clock was set back meanwhile", 0, life, -24 * 60 * minute, 6 * minute, true},
		{"the clock was set back, and the life is not over", 0, life, -24 * 60 * minute, 4 * minute, false},
		// The vendor has just made it: the server's clock is wrong.
		{"over when it came", 0, -life, 0, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			b.t = t
			claims := fmt.Appendf(nil, `{"exp": %d}`, time.Now().Add(test.exp).Unix())
			token := "e30." + base64.RawURLEncoding.EncodeToString(claims) + ".x"
			in.Vendor.Answer(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = fmt.Fprintf(w, `{"real_time_access_token": %q}`, token)
			})
			b.Do(fmt.Sprintf(`window.name = "%d"`, test.clock))
			release()
			b.Visit(paths.People)
			b.Until(`window.quiet && document.readyState === "complete"`)
			b.Do(fmt.Sprintf(`skew += %d; age += %d; beats = 0`, test.slept, test.age))
			b.Until(`beats >= 2`)
			if shown := Ask[bool](b, `Boolean($("#assistant-idle"))`); shown != test.offered {
				t.Errorf("offered a new connection: %t", shown)
			}
		})
	}
	b.t = t
}
