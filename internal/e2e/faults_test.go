package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/sandbox"
)

// startFaulty runs an intranet with a sandbox that can be told to fail, without
// the door that others put before theirs.
func startFaulty(t *testing.T) (in *intranet, panel string) {
	t.Helper()
	in = start(t, func(s *app.Settings) {
		s.Timeout = "1s" // each fault that hangs is waited for
		box, err := sandbox.New(sandbox.Config{
			ProjectID: s.ProjectID, SecretToken: s.SecretToken.Reveal(), IntranetURL: s.PublicURL,
			TypingDelay: -1, Logger: app.NewLog(t.Output(), *s),
		})
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(box.Handler())
		t.Cleanup(func() {
			box.Close()
			server.Close()
		})
		panel = server.URL
		s.APIURL, s.SDKURL = panel, panel+"/sdk/latest/authenticated.js"
	})
	return in, panel
}

// setFaults sets them, and nothing else, by the sandbox's own API.
func setFaults(t *testing.T, panel string, faults sandbox.Faults) {
	t.Helper()
	body, err := json.Marshal(faults)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, panel+"/sandbox/faults", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("set %s: %s", body, res.Status)
	}
}

// lastFault is that of the last call the sandbox received, and how many secrets
// have followed its redirect.
func lastFault(t *testing.T, panel string) (slug string, strayed int) {
	t.Helper()
	res, err := http.Get(panel + "/sandbox/calls")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var told struct {
		Calls   []struct{ Fault string }
		Strayed int `json:"strayed_secrets"`
	}
	if err := json.NewDecoder(res.Body).Decode(&told); err != nil || len(told.Calls) == 0 {
		t.Fatalf("calls: %+v, %v", told, err)
	}
	return told.Calls[0].Fault, told.Strayed
}

// The chat's own words.
var (
	chatOffline = map[string]string{
		"en": "No connection. Trying again…",
		"pt": "Sem conexão. Tentando de novo…",
		"es": "Sin conexión. Reintentando…",
	}
	chatEnded = map[string]string{"en": "The chat has ended", "pt": "O chat foi encerrado", "es": "El chat terminó"}
	chatMoved = map[string]string{
		"en": "The chat goes on in another tab",
		"pt": "O chat continua em outra aba",
		"es": "El chat sigue en otra pestaña",
	}
)

// Whatever is in the sandbox's catalogue, the page is whole and says the right
// thing in the person's language.
func TestEveryFaultOfTheSandboxLeavesThePageWhole(t *testing.T) {
	in, panel := startFaulty(t)
	for k, lang := range i18n.Languages {
		b := in.newTab(t, 1280, 800)
		b.before(impatient)
		setFaults(t, panel, sandbox.Faults{})
		b.enter(employee(t, lang))
		ctx := in.web.Speak(t.Context(), lang)
		words := `visible($("#assistant-unavailable")) &&
			text("#assistant-unavailable summary") === ` + quoted(i18n.T(ctx, "unavailable.title")) + ` &&
			text("#assistant-unavailable p").startsWith(` + quoted(i18n.T(ctx, "unavailable.text")) + `)`
		notice := words + ` && typeof carameloaiChatbot === "undefined" && !host`
		says := func(words map[string]string) string { return `chat("#status").textContent === ` + quoted(words[lang]) }
		for n, fault := range sandbox.Catalogue {
			if (fault.Group == sandbox.Answers || !nightly()) && n%len(i18n.Languages) != k {
				continue // what a page says to all answers is the same notice: each in one language
			}
			t.Run(fault.Slug+", "+lang, func(t *testing.T) {
				b.t = t
				// A page that works first: failures in a row would open the circuit, and
				// the next fault would not be met.
				setFaults(t, panel, sandbox.Faults{})
				const works = `(await (await fetch("` + paths.Assistant + `")).text())
					.includes("secure_connection_token")`
				for !ask[bool](b, works) {
				}
				var faults sandbox.Faults
				fault.Set(&faults)
				if fault.Slug == "socket-drops" {
					faults.DropEvery = sandbox.Duration(time.Second)
				}
				setFaults(t, panel, faults)
				b.open(fault.Page)
				b.until(`location.pathname === ` + quoted(fault.Page) + ` &&
					performance.getEntriesByType("navigation")[0].responseStatus === 200`)
				b.until(`$$("h1").length === 1 && visible($("h1")) && visible($("footer")) &&
					text("footer").includes("@") && document.documentElement.lang.startsWith("` + lang + `")`)

				switch {
				case fault.Group == sandbox.Answers, fault.Slug == "latency":
					b.until(notice)
					for {
						if met, _ := lastFault(t, panel); fault.Group != sandbox.Answers || met == fault.Slug {
							break
						}
						b.until(notice) // the sandbox is told that the caller has left; it may take a moment
					}
				case fault.Slug == "jitter":
					b.until(`host ? online() : ` + notice) // as chance has it
				case fault.Slug == "token-lifetime":
					// On a slow machine a second is over before the chat is there.
					b.until(`online() || ` + says(chatEnded))
				case fault.Slug == "one-tab":
					b.until(`online()`)
					other := b.another()
					other.visit(fault.Page)
					other.until(`online()`)
					b.until(`host.dataset.state === "ended" && ` + says(chatMoved))
					b.until(`visible($("h1")) && visible($("footer"))`)
				case fault.Group == sandbox.SDK:
					b.until(`!host && typeof carameloaiChatbot === "object" &&
						$$("[data-caramelo-open]").every((e) => !visible(e))`)
					b.until(words)
				case fault.Slug == "socket-refused":
					b.until(`host.dataset.state === "offline" && ` + says(chatOffline))
				case fault.Slug == "socket-drops":
					b.until(`online()`)
					b.until(says(chatOffline))
					b.until(`online()`)
				default:
					b.until(`online() && said("assistant").length > 0`)
				}
			})
		}
		b.t = t
	}
	if _, strayed := lastFault(t, panel); strayed > 0 {
		t.Errorf("%d secrets followed the redirect", strayed)
	}
}
