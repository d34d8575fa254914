package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/jackc/pgx/v5"
	"golang.org/x/time/rate"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

var handshakesNoun = aNoun{
	company: func(*store.Company) {},
	pages: func(i *intranet) []string {
		// A failure: of a success the page shows the very script that no page may have early.
		i.handlers.handshakes.add(views.Handshake{ID: "ONE", PersonID: i.ids["bea"], Name: `Bea <i>"O'Neill"</i>`, Lang: "en", Kind: "timeout", Calls: 1})
		return []string{paths.AdminAssistant, paths.AdminHandshakes("1"), paths.AdminHandshake.Of("ONE")}
	},
	changes: func(*intranet) map[string]url.Values { return nil },
	seeds: func(_ *intranet, add func(pattern paths.Pattern, id, body string)) {
		add(paths.AssistantState, "", "handshake=%00&sdk=%ff&socket=online&blocked=%e2%80%ae&blocked=img-src")
	},
	again: func(*intranet, *pgx.Batch) {},
}

// newest is where the newest row leads, and the row.
func newest(t *testing.T, page answer) (path string, row *goquery.Selection) {
	t.Helper()
	row = page.html(t).Find("tbody tr").First()
	return row.Find("td").First().Find("a").AttrOr("href", ""), row
}

func TestAnAdminSeesEachHandshakeAndNoSecret(t *testing.T) {
	t.Parallel()
	echo := func(status int) http.HandlerFunc { // whatever it may be, it is nobody's business
		return func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("Content-Type", "x/"+secretToken)
			w.Header().Set("X-Secret", secretToken)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, chatToken+string(body))
		}
	}
	for name, test := range map[string]struct {
		vendor http.HandlerFunc
		kind   string
		want   []string // on the page of the handshake
	}{
		"a token":     {good, "ok", []string{`var carameloaiChatbot = {secure_connection_token: "[secret]", project_id: "p_test"};`, `<script src="https://static.vendor.example/sdk/latest/authenticated.js" nonce="[nonce]">`, "real_time_access_token, chat"}},
		"a wrong key": {echo(401), "credentials", []string{`<div id="assistant-unavailable" class="assistant-notice" role="status">`, "The assistant is away", "401", "other"}},
		"an echo":     {echo(200), "malformed", []string{`<div id="assistant-unavailable" class="assistant-notice" role="status">`, "malformed"}},
		"a way out":   {echo(307), "malformed", []string{"307"}},
		"a hang-up":   {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "unavailable", []string{"closed too early"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIntranet(t, func(c *config) { c.vendor = test.vendor })
			bea, ana := i.enter("bea", 0), i.enter("ana", 0)
			bea.get(paths.People + "?q=leaky")
			list := ana.get(paths.AdminAssistant)
			path, row := newest(t, list)
			if text := row.Text(); !strings.Contains(text, `Bea <i>"O'Neill"</i>`) || !strings.Contains(text, paths.People) || row.Find(`a[href="`+paths.Person.Of(i.ids["bea"])+`"]`).Length() != 1 {
				t.Errorf("the newest is %q", text)
			}
			// The page of a handshake has a tail of its own, with its own nonce.
			if own := ana.get(path); own.html(t).Find("body > script").Length() > 0 && !strings.Contains(own.Header.Get("Content-Security-Policy"), own.html(t).Find("body > script").AttrOr("nonce", "none")) {
				t.Error("the nonce of its scripts is not the page's")
			}
			calls := i.calls.Load()
			live := ana.get(paths.AdminAssistantLive)
			if live.StatusCode != 200 || strings.Contains(live.body, "<html") || i.calls.Load() != calls {
				t.Errorf("the list alone: %d, %d calls for it", live.StatusCode, i.calls.Load()-calls)
			}
			one := ana.get(path)
			text := one.html(t).Find("main").Text()
			for _, want := range append(test.want, `"secret_token": "[secret]"`, `"external_customer_id": "`+i.ids["bea"]+`"`, `"email": "bea@aroeira.example"`, `"lang": "en"`, `"name": "Bea \u003ci\u003e`, "/api/chatbox/project/p_test/intranet-auth", test.kind) {
				if !strings.Contains(text, want) {
					t.Errorf("%q is missing in %s", want, text)
				}
			}
			for what, page := range map[string]string{"list": list.body, "list alone": live.body, "page": one.html(t).Find("main").Text(), "log": i.log.String(), "memory": fmt.Sprintf("%+v", i.handlers.handshakes.kept)} {
				if strings.Contains(page, secretToken) || strings.Contains(page, "leaky") || strings.Contains(page, "not for the page") {
					t.Errorf("the %s holds the secret or a search: %s", what, page)
				}
				// The pages carry a token at their own tail, as every page does.
				if body, _, _ := strings.Cut(page, "</footer>"); strings.Contains(body, chatToken) {
					t.Errorf("the %s holds a token: %s", what, page)
				}
			}
			if strings.Contains(i.log.String(), "bea@") || strings.Contains(i.log.String(), "O'Neill") {
				t.Error("the log says who it was")
			}
			for _, page := range []string{paths.AdminAssistant, paths.AdminAssistantLive, path} {
				if res := bea.get(page); res.StatusCode != http.StatusForbidden {
					t.Errorf("%s for an employee: %d", page, res.StatusCode)
				}
			}
			if res := ana.get(paths.AdminHandshake.Of("NONE")); res.StatusCode != http.StatusNotFound {
				t.Errorf("one that is not kept: %d", res.StatusCode)
			}
		})
	}
}

func TestTheInspectorSaysHowThingsAre(t *testing.T) {
	t.Parallel()
	i := newIntranet(t, func(c *config) {
		c.vendor = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }
	})
	hs := i.handlers.handshakes
	hs.since, hs.count, hs.measured, hs.totals = time.Now(), 0, 0, map[string]int{}
	ana := i.enter("ana", 0)
	first := ana.get(paths.AdminAssistant).html(t)
	if first.Find("main .empty").Length() != 1 || first.Find("main svg").Length() != 0 || !strings.Contains(first.Find("main").Text(), "circuito está fechado") {
		t.Errorf("at first: %s", first.Find("main").Text())
	}
	for range 5 {
		ana.get(paths.Home)
	}
	page := ana.get(paths.AdminAssistantLive).html(t)
	for _, want := range []string{"circuito está aberto", "0 de 512", "Serviço fora do ar5", "circuito aberto1", "p99"} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("no %q in %s", want, page.Text())
		}
	}
	chart := page.Find(`svg[role="img"]`)
	if said := page.Find("#" + chart.AttrOr("aria-labelledby", "none")).Text(); chart.Find("rect.bar-bad").Length() != 5 || !strings.Contains(said, "ms") {
		t.Errorf("the chart has %d bars, and says %q", chart.Find("rect").Length(), said)
	}
	if held := i.handlers.handshakes.kept[0]; held.Held <= 0 || held.Held > held.Duration+time.Second || held.Wait <= 0 {
		t.Errorf("%+v", held)
	}
	off := newIntranet(t, func(c *config) { c.noChat = true }).enter("ana", 0).get(paths.AdminAssistant).html(t)
	if !strings.Contains(off.Find("main .empty").Text(), "CARAMELO_PROJECT_ID") || off.Find("[data-live], script[data-handshake]").Length() != 0 {
		t.Error("without credentials it does not say so")
	}
}

func TestTheListOfHandshakesLeadsOnToTheOldestThatIsKept(t *testing.T) {
	t.Parallel()
	i := newIntranet(t, func(c *config) { c.noChat = true })
	i.handlers.Caramelo, _ = caramelo.New(caramelo.Config{APIURL: "http://127.0.0.1:1", ProjectID: "p", Secret: caramelo.NewSecret(secretToken)})
	for n := range 1234 {
		i.handlers.handshakes.add(views.Handshake{ID: fmt.Sprint("N", n), Kind: "ok", Calls: 1, Duration: time.Duration(n) * time.Millisecond})
	}
	ana, want := i.enter("ana", 0), 1233
	for path := paths.AdminAssistantLive; path != ""; {
		page := ana.get(path).html(t)
		page.Find("tbody tr td:first-child a").Each(func(_ int, a *goquery.Selection) {
			if got := a.AttrOr("href", ""); got != paths.AdminHandshake.Of(fmt.Sprint("N", want)) {
				t.Fatalf("%s instead of N%d", got, want)
			}
			want--
		})
		next := page.Find("a[rel=next]").AttrOr("href", "")
		path = strings.Replace(next, paths.AdminAssistant, paths.AdminAssistantLive, 1)
	}
	if want != 1233-keptHandshakes {
		t.Errorf("the last one is N%d", want+1)
	}
	p := i.handlers.handshakes.props(0)
	if p.Measured != keptLatencies || p.P50 != 733*time.Millisecond || p.P95 != 1183*time.Millisecond || p.P99 != 1223*time.Millisecond || len(p.Rows) != 0 || len(p.Bars) != barsOfChart {
		t.Errorf("%d calls: %v, %v, %v, %d bars", p.Measured, p.P50, p.P95, p.P99, len(p.Bars))
	}
	for _, cursor := range []string{"x", "-1", "9999999999999999999999", "%00"} {
		if res := ana.get(paths.AdminHandshakes(cursor)); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: %d", cursor, res.StatusCode)
		}
	}
}

func TestABrowserSaysWhatBecameOfItsOwnPage(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	bea, ana := i.enter("bea", 0), i.enter("ana", 0)
	script := bea.get(paths.Home).html(t).Find("head script[data-handshake]")
	id := script.AttrOr("data-handshake", "")
	if _, async := script.Attr("async"); !async || id == "" || script.AttrOr("data-report", "") != paths.AssistantState {
		t.Fatalf("the page cannot report: %q", id)
	}
	says := func() string {
		t.Helper()
		return i.handlers.handshakes.find(id).Browser.SDK + " " + i.handlers.handshakes.find(id).Browser.Socket + " " + strings.Join(i.handlers.handshakes.find(id).Browser.Blocked, ",")
	}
	for _, test := range []struct {
		from *browser
		form url.Values
		want string
	}{
		{ana, url.Values{"sdk": {"loaded"}, "socket": {"online"}}, "  "}, // somebody else's
		{bea, url.Values{"sdk": {"leaky"}, "socket": {"leaky"}, "blocked": {"leaky"}}, "  other"},
		{bea, url.Values{"sdk": {"loaded"}, "socket": {"online"}, "blocked": {"script-src-elem", "img-src", "img-src"}}, "loaded online img-src,script-src-elem"},
		{bea, url.Values{"sdk": {"failed"}, "blocked": slices.Repeat([]string{"img-src"}, 30)}, "failed  img-src"},
	} {
		test.form.Set("handshake", id)
		if res := test.from.post(paths.AssistantState, test.form); res.StatusCode != http.StatusNoContent || res.body != "" || says() != test.want {
			t.Errorf("%v: %d, %q", test.form, res.StatusCode, says())
		}
	}
	if text := ana.get(paths.AdminHandshake.Of(id)).html(t).Find("main").Text(); !strings.Contains(text, "O script não carregou · bloqueado: img-src") {
		t.Errorf("the page says %q", text)
	}
	calls := i.calls.Load()
	for what, res := range map[string]answer{
		"413": bea.post(paths.AssistantState, url.Values{"handshake": {id}, "sdk": {strings.Repeat("x", maxStateBytes)}}),
		"403": bea.post(paths.AssistantState, url.Values{"handshake": {id}, "sdk": {"loaded"}}, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"),
		"303": i.browser().post(paths.AssistantState, url.Values{"handshake": {id}, "sdk": {"loaded"}}),
		"204": bea.post(paths.AssistantState, url.Values{"handshake": {"NONE"}, "sdk": {"loaded"}}),
	} {
		if fmt.Sprint(res.StatusCode) != what || says() != "failed  img-src" {
			t.Errorf("%d instead of %s: %q", res.StatusCode, what, says())
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

// Who must still add a second factor is led to no page by a report: it would cost
// a token.
func TestAReportLeadsToNoPage(t *testing.T) {
	t.Parallel()
	i := newIntranet(t, func(c *config) { c.factor = "everyone" })
	if res := i.enter("bea", 0).post(paths.AssistantState, url.Values{}); res.StatusCode != http.StatusNoContent {
		t.Errorf("%d to %q", res.StatusCode, res.Header.Get("Location"))
	}
}

// However many pages there are, and however long their addresses and the names of
// their people: the memory is that of the last ones.
func TestAMillionHandshakesTakeNoMoreMemoryThanAFew(t *testing.T) {
	hs := newHandshakes()
	record := func(times int) (heap uint64) {
		for n := range times {
			long := strings.Repeat("x", 1<<10)
			p := &store.Person{ID: fmt.Sprint(n), Name: strings.Repeat("n", 200), Email: strings.Repeat("e", 254), Lang: "pt"}
			id := fmt.Sprint("ID", n)
			outcome := caramelo.Outcome{Kind: kinds[n%len(kinds)], Calls: 1, Err: errors.New(long)}
			hs.observe(Handshake{ID: id, Person: p, Page: long, Outcome: outcome})
			hs.report(id, p, Browser{SDK: "loaded"})
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	few := record(2 * keptLatencies)
	if many := record(1_000_000); many > few+4<<20 {
		t.Errorf("the heap grew from %d to %d bytes", few, many)
	}
	if len(hs.totals) != len(kinds) || hs.count != 1_002_000 {
		t.Errorf("%d recorded, of %d kinds", hs.count, len(hs.totals))
	}
}
