package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/time/rate"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// What a page's browser says reaches the features that want to know it, in known words
// and with who said it.
func TestABrowsersReportIsToldInKnownWords(t *testing.T) {
	t.Parallel()
	var told []string
	i := newIntranet(t, func(c *config) {
		c.observe.Browser = func(id string, p *store.Person, seen Browser) {
			told = append(told, fmt.Sprint(id, " ", p.Email, " ", seen))
		}
	})
	bea := i.enter("bea", 0)
	script := bea.get(paths.Home).html(t).Find("head script[data-handshake]")
	id := script.AttrOr("data-handshake", "")
	_, async := script.Attr("async")
	if !async || id == "" || script.AttrOr("data-report", "") != paths.AssistantState {
		t.Fatalf("the page cannot report: %q", id)
	}
	for _, test := range []struct {
		form url.Values
		want string
	}{
		{url.Values{"sdk": {"leaky"}, "socket": {"leaky"}, "blocked": {"leaky"}}, "{  [other]}"},
		{url.Values{
			"sdk": {"loaded"}, "socket": {"online"}, "blocked": {"script-src-elem", "img-src", "img-src"},
		}, "{loaded online [img-src script-src-elem]}"},
		{url.Values{"sdk": {"failed"}, "blocked": slices.Repeat([]string{"img-src"}, 30)}, "{failed  [img-src]}"},
	} {
		told = nil
		test.form.Set("handshake", id)
		res := bea.post(paths.AssistantState, test.form)
		if want := id + " bea@aroeira.example " + test.want; res.StatusCode != http.StatusNoContent || res.body != "" ||
			len(told) != 1 || told[0] != want {
			t.Errorf("%v: %d, %q", test.form, res.StatusCode, told)
		}
	}
	told = nil
	calls := i.calls.Load()
	sdk := url.Values{"handshake": {id}, "sdk": {"loaded"}}
	for want, res := range map[int]answer{
		413: bea.post(paths.AssistantState, url.Values{"handshake": {id}, "sdk": {strings.Repeat("x", maxStateBytes)}}),
		403: bea.post(paths.AssistantState, sdk, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"),
		303: i.browser().post(paths.AssistantState, sdk),
	} {
		if res.StatusCode != want || len(told) != 0 {
			t.Errorf("%d instead of %d, and told %q", res.StatusCode, want, told)
		}
	}
	if i.calls.Load() != calls || strings.Contains(i.log.String(), "leaky") {
		t.Error("a report costs a token, or is in the log")
	}
	i.handlers.pace.burst, i.handlers.pace.visitors = 1, map[string]*rate.Limiter{}
	bea.post(paths.AssistantState, url.Values{})
	if res := bea.post(paths.AssistantState, url.Values{}); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("too many: %d", res.StatusCode)
	}
}

// Pages report whether or not a feature wants to know it.
func TestABrowserReportsToAnIntranetWithoutObservers(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	if res := i.enter("bea", 0).post(paths.AssistantState, url.Values{"sdk": {"loaded"}}); res.StatusCode != http.StatusNoContent {
		t.Errorf("%d %q", res.StatusCode, res.body)
	}
	if res := i.report("application/csp-report", byURI("img-src", "inline", "http://127.0.0.1/")); res.StatusCode != http.StatusNoContent {
		t.Errorf("%d %q", res.StatusCode, res.body)
	}
}

// Who must still add a second factor is led to no page by a report: it would cost
// a token.
func TestAReportLeadsToNoPage(t *testing.T) {
	t.Parallel()
	i := newIntranet(t, func(c *config) { c.factor = "everyone" })
	if res := i.enter("bea", 0).post(paths.AssistantState, url.Values{}); res.StatusCode != http.StatusNoContent {
		t.Errorf("%d to %q", res.StatusCode, res.Header.Get("Location"))
	}
}
