package inspector

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// The figure is of the pages that are kept, had a chat and whose browser said something; how
// many said nothing stands beside it.
func TestTheInspectorSaysForHowManyTheChatWasThere(t *testing.T) {
	t.Parallel()
	i := start(t, webtest.Options{})
	count := 0
	seen := func(times int, kind string, browser web.Browser) {
		var all []Handshake
		for range times {
			count++
			all = append(all, Handshake{ID: fmt.Sprint(count), Kind: kind, Calls: 1})
			i.seen.browser(fmt.Sprint(count), i.Person("bea"), browser)
		}
		i.add(all...)
	}
	ana := i.As("ana")
	says := func() string {
		return strings.Join(strings.Fields(ana.Get(Live).HTML(t).Find("#handshakes-seen").Parent().Text()), " ")
	}
	if text := says(); text != "" {
		t.Errorf("of no page: %q", text)
	}
	seen(1000, "ok", web.Browser{SDK: "failed"}) // kept no more in the end
	seen(10, "ok", web.Browser{})
	seen(keptHandshakes-10, "timeout", web.Browser{Socket: "online"})
	if text := says(); !strings.Contains(text, "10 páginas com chatNenhum navegador informou") ||
		strings.Contains(text, "%") {
		t.Errorf("where nobody has reported: %q", text)
	}
	seen(keptHandshakes-160, "timeout", web.Browser{})
	seen(1, "ok", web.Browser{SDK: "loaded"})
	seen(1, "ok", web.Browser{SDK: "slow"})
	seen(1, "ok", web.Browser{SDK: "failed", Blocked: []string{"script-src-elem"}})
	seen(1, "ok", web.Browser{SDK: "loaded", Socket: "ended"})
	seen(1, "ok", web.Browser{SDK: "loaded", Socket: "offline"})
	seen(1, "ok", web.Browser{SDK: "loaded", Socket: "online", Blocked: []string{"img-src"}})
	seen(133, "ok", web.Browser{SDK: "loaded", Socket: "online"})
	seen(21, "ok", web.Browser{})
	want := "O que os navegadores viram, últimas 160 páginas com chatConectado: 96% 134 de 139 páginas cujo " +
		"navegador informou.Chat conectado134Script carregado1Conexão perdida1Token recusado1" +
		"Conteúdo bloqueado1Script lento1"
	if text := says(); !strings.Contains(text, want) ||
		!strings.Contains(text, "não se sabe") || !strings.Contains(text, "Os navegadores de 21 páginas") {
		t.Errorf("%q", text)
	}
	for lang, want := range map[string]string{"en": "Connected: 96%", "es": "Conectado: 96 %"} {
		i.Exec(`UPDATE people SET lang = $1 WHERE id = $2`, lang, i.IDs["ana"])
		if text := says(); !strings.Contains(text, want) {
			t.Errorf("%s: %q", lang, text)
		}
	}
}

// A browser has one state of each word, whatever it sends.
func TestEveryReportHasOneKnownState(t *testing.T) {
	t.Parallel()
	var states []string
	i := webtest.New(t, web.Feature{Name: "heard", Observe: web.Observer{
		Browser: func(_ string, _ *store.Person, seen web.Browser) { states = append(states, seen.State()) },
	}})
	bea := i.As("bea")
	for _, form := range []url.Values{
		{"sdk": {"loaded"}, "socket": {"online"}, "blocked": {"img-src"}},
		{"sdk": {"loaded"}, "socket": {"offline"}}, {"sdk": {"loaded"}, "socket": {"ended"}},
		{"sdk": {"failed"}, "blocked": {"script-src"}}, {"sdk": {"failed"}}, {"sdk": {"slow"}}, {"sdk": {"loaded"}},
		{}, {"sdk": {"</script>"}, "socket": {"leaky"}},
	} {
		bea.Post(paths.AssistantState, form)
	}
	if got := strings.Join(states, " "); got != "connected lost ended blocked failed slow loaded  " {
		t.Errorf("%q", got)
	}
}
