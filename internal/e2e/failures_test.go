package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
)

func TestAPageIsWholeWhateverTheVendorDoes(t *testing.T) {
	in := Start(t, func(s *app.Settings) { s.Timeout = "300ms" })
	var strayed atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		strayed.Add(1)
		fmt.Fprint(w, `{"real_time_access_token": "from elsewhere"}`)
	}))
	t.Cleanup(elsewhere.Close)

	failures := []struct {
		name   string
		answer http.HandlerFunc
	}{
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{"says 500", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "<h1>oops</h1>", http.StatusInternalServerError)
		}},
		{"refuses the secret", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }},
		{"answers garbage", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `</body>{"real_time_access_token": `)
		}},
		{"answers a blank token", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"real_time_access_token": " "}`)
		}},
		{"sends the secret elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}},
		{"does not answer in time", held(nil, nil)},
	}
	for k, lang := range i18n.Languages {
		b := in.NewTab(t, 1280, 800)
		b.Enter(Employee(t, lang))
		ctx := in.web.Speak(t.Context(), lang)
		for n, failure := range failures {
			if n%len(i18n.Languages) != k && !nightly() {
				continue // the page says the same of all of them: each in one language
			}
			t.Run(failure.name+", "+lang, func(t *testing.T) {
				b.t = t
				in.Vendor.Answer(failure.answer)
				b.Visit(paths.People)
				b.Until(`performance.getEntriesByType("navigation")[0].responseStatus === 200`)
				b.Until(`visible($("h1")) && text("h1") === "` + i18n.T(ctx, "people.title") + `" &&
					visible($("footer")) && $$(".person-row").length > 10`)
				b.Until(`visible($("#assistant-unavailable")) &&
					text("#assistant-unavailable summary") === "` + i18n.T(ctx, "unavailable.title") + `"`)
				b.Until(`text("#assistant-unavailable p").startsWith("` + i18n.T(ctx, "unavailable.text") + `") &&
					visible($("#assistant-unavailable a[href^='mailto:']"))`)
				b.Until(`typeof carameloaiChatbot === "undefined" && !host && $$("body > script").length === 0`)
				b.Until(`document.readyState === "complete" && $$("[data-caramelo-open]").every((e) => !visible(e))`)
			})
		}
		b.t = t
	}
	if n := strayed.Load(); n > 0 {
		t.Errorf("%d calls followed a redirect, with the secret", n)
	}
}

func TestAHostileTokenArrivesAsTheStringItIs(t *testing.T) {
	in := Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(Employee(t, "pt"))
	for _, token := range []string{
		`</script><script>window.pwned=1</script>`,
		`"};window.pwned=1;//`, `'+(window.pwned=1)+'`, "`${window.pwned=1}`", `\";window.pwned=1//`,
		`\u0022;window.pwned=1//`, "a\u2028window.pwned=1\u2029b", "a\nwindow.pwned=1\n//",
		`<!--<script>window.pwned=1`, `]]>--></body></html>`, "&quot;&lt;/script&gt;", "\x00\x7f\ufeff😀",
	} {
		t.Run(strconv.QuoteToASCII(token), func(t *testing.T) {
			b.t = t
			body, err := json.Marshal(map[string]string{"real_time_access_token": token})
			if err != nil {
				t.Fatal(err)
			}
			in.Vendor.Answer(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) })
			b.Visit(paths.Assistant)
			if got := b.token(); got != token {
				t.Errorf("the page carries %q, want %q", got, token)
			}
			b.Until(`window.pwned === undefined && visible($("footer")) && $$("body > script").length === 2 &&
				!document.body.innerText.includes("pwned")`)
			b.Until(`host.dataset.state === "ended"`) // the SDK got it, and the sandbox refused it
		})
	}
	b.t = t
}
