package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// What a page's browser says reaches the features that want to know it, in known words
// and with who said it.
func TestABrowsersReportIsToldInKnownWords(t *testing.T) {
	t.Parallel()
	var told []string
	i := start(t, web.Feature{Name: "observer", Observe: web.Observer{
		Browser: func(id string, p *store.Person, seen web.Browser) {
			told = append(told, fmt.Sprint(id, " ", p.Email, " ", seen))
		},
	}})
	bea := i.As("bea")
	script := bea.Get(paths.Home).HTML(t).Find("head script[data-handshake]")
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
		res := bea.Post(paths.AssistantState, test.form)
		if want := id + " bea@company.example " + test.want; res.StatusCode != http.StatusNoContent || res.Body != "" ||
			len(told) != 1 || told[0] != want {
			t.Errorf("%v: %d, %q", test.form, res.StatusCode, told)
		}
	}
	told = nil
	calls := i.Calls.Load()
	sdk := url.Values{"handshake": {id}, "sdk": {"loaded"}}
	large := url.Values{"handshake": {id}, "sdk": {strings.Repeat("x", web.MaxStateBytes)}}
	for want, res := range map[int]webtest.Answer{
		413: bea.Post(paths.AssistantState, large),
		403: bea.Post(paths.AssistantState, sdk, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"),
		303: i.Browser().Post(paths.AssistantState, sdk),
	} {
		if res.StatusCode != want || len(told) != 0 {
			t.Errorf("%d instead of %d, and told %q", res.StatusCode, want, told)
		}
	}
	if i.Calls.Load() != calls || strings.Contains(i.Log.String(), "leaky") {
		t.Error("a report costs a token, or is in the log")
	}
	i.Server.SetPace(1)
	bea.Post(paths.AssistantState, url.Values{})
	if res := bea.Post(paths.AssistantState, url.Values{}); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("too many: %d", res.StatusCode)
	}
}

// Pages report whether or not a feature wants to know it.
func TestABrowserReportsToAnIntranetWithoutObservers(t *testing.T) {
	t.Parallel()
	i := start(t)
	loaded := url.Values{"sdk": {"loaded"}}
	if res := i.As("bea").Post(paths.AssistantState, loaded); res.StatusCode != http.StatusNoContent {
		t.Errorf("%d %q", res.StatusCode, res.Body)
	}
	if res := report(i, byURI, anImage.byURI()); res.StatusCode != http.StatusNoContent {
		t.Errorf("%d %q", res.StatusCode, res.Body)
	}
}

// Who must still add a second factor is led to no page by a report: it would cost a token.
func TestAReportLeadsToNoPage(t *testing.T) {
	t.Parallel()
	i := startWith(t, webtest.Options{SecondFactor: "everyone"})
	if res := i.As("bea").Post(paths.AssistantState, url.Values{}); res.StatusCode != http.StatusNoContent {
		t.Errorf("%d to %q", res.StatusCode, res.Header.Get("Location"))
	}
}
