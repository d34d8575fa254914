package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/sandbox"
)

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
	in, panel := StartFaulty(t)
	for k, lang := range i18n.Languages {
		b := in.NewTab(t, 1280, 800)
		b.Before(Impatient)
		SetFaults(t, panel, sandbox.Faults{})
		b.Enter(Employee(t, lang))
		ctx := in.web.Speak(t.Context(), lang)
		words := `visible($("#assistant-unavailable")) &&
			text("#assistant-unavailable summary") === ` + Quoted(i18n.T(ctx, "unavailable.title")) + ` &&
			text("#assistant-unavailable p").startsWith(` + Quoted(i18n.T(ctx, "unavailable.text")) + `)`
		notice := words + ` && typeof carameloaiChatbot === "undefined" && !host`
		says := func(words map[string]string) string { return `chat("#status").textContent === ` + Quoted(words[lang]) }
		for n, fault := range sandbox.Catalogue {
			if (fault.Group == sandbox.Answers || !nightly()) && n%len(i18n.Languages) != k {
				continue // what a page says to all answers is the same notice: each in one language
			}
			t.Run(fault.Slug+", "+lang, func(t *testing.T) {
				b.t = t
				// A page that works first: failures in a row would open the circuit, and
				// the next fault would not be met. A person who was told to wait waits.
				SetFaults(t, panel, sandbox.Faults{})
				const works = `(await (await fetch("` + paths.Assistant + `")).text())
					.includes("secure_connection_token") || await new Promise((later) => setTimeout(later, 300))`
				for !Ask[bool](b, works+` || false`) {
				}
				var faults sandbox.Faults
				fault.Set(&faults)
				if strings.HasPrefix(fault.Slug, "status-") {
					faults.RetryAfter = sandbox.Duration(time.Second)
				}
				if fault.Slug == "socket-drops" {
					faults.DropEvery = sandbox.Duration(time.Second)
				}
				SetFaults(t, panel, faults)
				b.Open(fault.Page)
				b.Until(`location.pathname === ` + Quoted(fault.Page) + ` &&
					performance.getEntriesByType("navigation")[0].responseStatus === 200`)
				b.Until(`$$("h1").length === 1 && visible($("h1")) && visible($("footer")) &&
					text("footer").includes("@") && document.documentElement.lang.startsWith("` + lang + `")`)

				switch {
				case fault.Group == sandbox.Answers, fault.Slug == "latency":
					b.Until(notice)
					for {
						if met, _ := lastFault(t, panel); fault.Group != sandbox.Answers || met == fault.Slug {
							break
						}
						b.Until(notice) // the sandbox is told that the caller has left; it may take a moment
					}
				case fault.Slug == "jitter":
					b.Until(`host ? online() : ` + notice) // as chance has it
				case fault.Slug == "token-lifetime":
					// On a slow machine a second is over before the chat is there.
					b.Until(`online() || ` + says(chatEnded))
				case fault.Slug == "one-tab":
					b.Until(`online()`)
					other := b.another()
					other.Visit(fault.Page)
					other.Until(`online()`)
					b.Until(`host.dataset.state === "ended" && ` + says(chatMoved))
					b.Until(`visible($("h1")) && visible($("footer"))`)
				case fault.Group == sandbox.SDK:
					b.Until(`!host && typeof carameloaiChatbot === "object" &&
						$$("[data-caramelo-open]").every((e) => !visible(e))`)
					b.Until(words)
				case fault.Slug == "manner-frame":
					b.Until(`online() && visible(host.querySelector("iframe"))`)
				case fault.Slug == "manner-silent":
					b.Until(`said("assistant").length > 0 && !visible($("#assistant-unavailable") ?? new Image())`)
				case fault.Slug == "socket-refused":
					b.Until(`host.dataset.state === "offline" && ` + says(chatOffline))
				case fault.Slug == "socket-drops":
					b.Until(`online()`)
					b.Until(says(chatOffline))
					b.Until(`online()`)
				default:
					b.Until(`online() && said("assistant").length > 0`)
				}
			})
		}
		b.t = t
	}
	if _, strayed := lastFault(t, panel); strayed > 0 {
		t.Errorf("%d secrets followed the redirect", strayed)
	}
}
