package inspector

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// newest is where the newest row leads, and the row.
func newest(t *testing.T, page webtest.Answer) (path string, row *goquery.Selection) {
	t.Helper()
	row = page.HTML(t).Find("tbody tr").First()
	return row.Find("td").First().Find("a").AttrOr("href", ""), row
}

func TestAnAdminSeesEachHandshakeAndNoSecret(t *testing.T) {
	t.Parallel()
	echo := func(status int) http.HandlerFunc { // whatever it may be, it is nobody's business
		return func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("Content-Type", "x/"+webtest.SecretToken)
			w.Header().Set("X-Secret", webtest.SecretToken)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, webtest.ChatToken+string(body))
		}
	}
	const away = `<div id="assistant-unavailable" class="assistant-notice" role="status">`
	for name, test := range map[string]struct {
		vendor http.HandlerFunc
		kind   string
		want   []string // on the page of the handshake
	}{
		"a token": {webtest.Good, "ok", []string{
			`var carameloaiChatbot = {secure_connection_token: "[secret]", project_id: "p_test"};`,
			`<script src="https://static.vendor.example/sdk/latest/authenticated.js" nonce="[nonce]">`,
			"real_time_access_token, chat",
		}},
		"a wrong key": {echo(401), "credentials", []string{away, "The assistant is away", "401", "other"}},
		"an echo":     {echo(200), "malformed", []string{away, "malformed"}},
		"a way out":   {echo(307), "malformed", []string{"307"}},
		"a hang-up": {
			func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			"unavailable", []string{"closed too early"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := start(t, webtest.Options{Vendor: test.vendor})
			bea, ana := i.As("bea"), i.As("ana")
			bea.Get(paths.Assistant + "?q=leaky")
			i.written()
			list := ana.Get(Index)
			path, row := newest(t, list)
			if text := row.Text(); !strings.Contains(text, `Bea <i>"O'Neill"</i>`) ||
				!strings.Contains(text, paths.Assistant) ||
				row.Find(`a[href="`+paths.Person.Of(i.IDs["bea"])+`"]`).Length() != 1 {
				t.Errorf("the newest is %q", text)
			}
			// The page of a handshake has a tail of its own, with its own nonce.
			own := ana.Get(path)
			if scripts := own.HTML(t).Find("body > script"); scripts.Length() > 0 &&
				!strings.Contains(own.Header.Get("Content-Security-Policy"), scripts.AttrOr("nonce", "none")) {
				t.Error("the nonce of its scripts is not the page's")
			}
			calls := i.Calls.Load()
			live := ana.Get(Live)
			if live.StatusCode != 200 || strings.Contains(live.Body, "<html") || i.Calls.Load() != calls {
				t.Errorf("the list alone: %d, %d calls for it", live.StatusCode, i.Calls.Load()-calls)
			}
			main := ana.Get(path).HTML(t).Find("main").Text()
			for _, want := range append(test.want,
				`"secret_token": "[secret]"`, `"external_customer_id": "`+i.IDs["bea"]+`"`,
				`"email": "bea@company.example"`, `"lang": "en"`, `"name": "Bea \u003ci\u003e`,
				"/api/chatbox/project/p_test/intranet-auth", test.kind) {
				if !strings.Contains(main, want) {
					t.Errorf("%q is missing in %s", want, main)
				}
			}
			for what, page := range map[string]string{
				"list": list.Body, "list alone": live.Body, "page": main, "log": i.Log.String(),
				"database": i.stored(),
			} {
				for _, hidden := range []string{webtest.SecretToken, "leaky", "not for the page"} {
					if strings.Contains(page, hidden) {
						t.Errorf("the %s holds the secret or a search: %s", what, page)
					}
				}
				// The pages carry a token at their own tail, as every page does.
				if body, _, _ := strings.Cut(page, "</footer>"); strings.Contains(body, webtest.ChatToken) {
					t.Errorf("the %s holds a token: %s", what, page)
				}
			}
			if log := i.Log.String(); strings.Contains(log, "bea@") || strings.Contains(log, "O'Neill") {
				t.Error("the log says who it was")
			}
			for _, page := range []string{Index, Live, path} {
				if res := bea.Get(page); res.StatusCode != http.StatusForbidden {
					t.Errorf("%s for an employee: %d", page, res.StatusCode)
				}
			}
			if res := ana.Get(Show.Of("NONE")); res.StatusCode != http.StatusNotFound {
				t.Errorf("one that is not kept: %d", res.StatusCode)
			}
		})
	}
}

// What a page got is shown as it was written, in the language of its person,
// whoever looks at it.
func TestWhatAPageGotIsShownExactly(t *testing.T) {
	t.Parallel()
	for name, vendor := range map[string]http.HandlerFunc{
		"a token": webtest.Good,
		"none":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := start(t, webtest.Options{Vendor: vendor})
			page := i.As("caio").Get(paths.Assistant)
			_, tail, _ := strings.Cut(page.Body, "</footer>")
			_, tail, _ = strings.Cut(tail, "</div>") // assistant.js and what it may say
			nonce := page.HTML(t).Find("head script").AttrOr("nonce", "none")
			masked := strings.NewReplacer(nonce, "[nonce]", webtest.ChatToken, "[secret]", "</body></html>", "")
			want := masked.Replace(tail)
			i.written()
			ana := i.As("ana")
			path, _ := newest(t, ana.Get(Index))
			got := ana.Get(path).HTML(t).Find(".source").Last().Text()
			if strings.TrimSpace(got) != strings.TrimSpace(want) || len(got) < 100 {
				t.Errorf("shown is\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestTheInspectorSaysHowThingsAre(t *testing.T) {
	t.Parallel()
	i := start(t, webtest.Options{Vendor: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }})
	ana := i.As("ana")
	first := ana.Get(Index).HTML(t).Find("main")
	if first.Find(".empty").Length() != 1 || first.Find("svg").Length() != 0 ||
		!strings.Contains(first.Text(), "circuito está fechado") {
		t.Errorf("at first: %s", first.Text())
	}
	// The first page and these make five failures, of three people.
	for _, visitor := range []*webtest.Browser{i.As("bea"), i.As("caio"), ana, ana, ana} {
		visitor.Get(paths.Home)
	}
	i.written()
	page := ana.Get(Live).HTML(t)
	for _, want := range []string{
		"circuito está aberto", "0 de 512", "Serviço fora do ar5", "circuito aberto1", "p99",
	} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("no %q in %s", want, page.Text())
		}
	}
	chart := page.Find(`svg[role="img"]`)
	said := page.Find("#" + chart.AttrOr("aria-labelledby", "none")).Text()
	if chart.Find("rect.bar-bad").Length() != 5 || !strings.Contains(said, "ms") {
		t.Errorf("the chart has %d bars, and says %q", chart.Find("rect").Length(), said)
	}
	if held := i.list(2).Rows[0]; held.Held <= 0 || held.Held > held.Duration+time.Second || held.Wait <= 0 {
		t.Errorf("%+v", held)
	}
	off := start(t, webtest.Options{NoChat: true}).As("ana").Get(Index).HTML(t)
	if !strings.Contains(off.Find("main .empty").Text(), "CARAMELO_PROJECT_ID") ||
		off.Find("[data-live], script[data-handshake]").Length() != 0 {
		t.Error("without credentials it does not say so")
	}
}

func TestTheListOfHandshakesLeadsOnToTheOldestThatIsKept(t *testing.T) {
	t.Parallel()
	i := start(t, webtest.Options{})
	var all []Handshake
	for n := range 1234 {
		all = append(all, Handshake{
			ID: fmt.Sprint("N", n), Kind: "ok", Calls: 1, Duration: time.Duration(n) * time.Millisecond,
		})
	}
	i.add(all[:600]...)
	i.add(all[600:]...)
	ana, want := i.As("ana"), 1233
	for path := Live; path != ""; {
		page := ana.Get(path).HTML(t)
		page.Find("tbody tr td:first-child a").Each(func(_ int, a *goquery.Selection) {
			if got := a.AttrOr("href", ""); got != Show.Of(fmt.Sprint("N", want)) {
				t.Fatalf("%s instead of N%d", got, want)
			}
			want--
		})
		next := page.Find("a[rel=next]").AttrOr("href", "")
		path = strings.Replace(next, Index, Live, 1)
	}
	if want != 1233-keptHandshakes {
		t.Errorf("the last one is N%d", want+1)
	}
	p := i.list(0)
	if p.Measured != keptHandshakes || p.P50 != 733*time.Millisecond || p.P95 != 1183*time.Millisecond ||
		p.P99 != 1223*time.Millisecond || len(p.Rows) != 0 || len(p.Bars) != barsOfChart {
		t.Errorf("%d calls: %v, %v, %v, %d bars", p.Measured, p.P50, p.P95, p.P99, len(p.Bars))
	}
	for _, cursor := range []string{"x", "-1", "9999999999999999999999", "%00"} {
		if res := ana.Get(listPath(cursor)); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: %d", cursor, res.StatusCode)
		}
	}
}

// The list can follow what happens, but for an older page of it: that would be replaced
// by the newest.
func TestTheListOfHandshakesLeadsToEach(t *testing.T) {
	t.Parallel()
	i := start(t, webtest.Options{})
	for n := range perPage + 5 {
		i.add(Handshake{ID: fmt.Sprint("N", n), Kind: "ok", Calls: 1})
	}
	older := listPath(i.First(`SELECT n::text FROM inspected_handshakes WHERE id = 'N5'`))
	ana := i.As("ana")
	main := ana.Get(Index).HTML(t).Find("main")
	for _, href := range []string{Show.Of("N29"), Show.Of("N5"), older, Index} {
		if main.Find(`a[href="`+href+`"]`).Length() != 1 {
			t.Errorf("no link to %s", href)
		}
	}
	live := main.Find("[data-live]")
	if live.AttrOr("data-live", "") != Live || live.Find("svg rect").Length() != perPage+5 {
		t.Error("the list cannot follow what happens")
	}
	if ana.Get(older).HTML(t).Find("[data-live]").Length() != 0 {
		t.Error("an older page of the list would be replaced by the newest")
	}
}

// Of another person's page a browser can say nothing, and of its own nothing but known
// words.
func TestABrowserSaysWhatBecameOfItsOwnPage(t *testing.T) {
	t.Parallel()
	i := start(t, webtest.Options{})
	bea, ana := i.As("bea"), i.As("ana")
	id := bea.Get(paths.Home).HTML(t).Find("head script[data-handshake]").AttrOr("data-handshake", "")
	says := func() string {
		t.Helper()
		i.written()
		h, err := find(t.Context(), i.Store, id)
		if err != nil {
			t.Fatalf("the page's handshake is not kept: %q, %v", id, err)
		}
		return h.Browser.SDK + " " + h.Browser.Socket + " " + strings.Join(h.Browser.Blocked, ",")
	}
	for _, test := range []struct {
		from *webtest.Browser
		form url.Values
		want string
	}{
		{ana, url.Values{"sdk": {"loaded"}, "socket": {"online"}}, "  "}, // somebody else's
		{bea, url.Values{"sdk": {"leaky"}, "socket": {"leaky"}, "blocked": {"leaky"}}, "  other"},
		{bea, url.Values{"sdk": {"loaded"}, "socket": {"online"}}, "loaded online "},
		{bea, url.Values{"sdk": {"failed"}, "blocked": {"img-src"}}, "failed  img-src"},
	} {
		test.form.Set("handshake", id)
		if res := test.from.Post(paths.AssistantState, test.form); res.StatusCode != http.StatusNoContent ||
			says() != test.want {
			t.Errorf("%v: %d, %q", test.form, res.StatusCode, says())
		}
	}
	text := ana.Get(Show.Of(id)).HTML(t).Find("main").Text()
	if !strings.Contains(text, "O script não carregou · bloqueado: img-src") {
		t.Errorf("the page says %q", text)
	}
	bea.Post(paths.AssistantState, url.Values{"handshake": {"NONE"}, "sdk": {"loaded"}})
	i.Browser().Post(paths.AssistantState, url.Values{"handshake": {id}, "sdk": {"loaded"}})
	if says() != "failed  img-src" {
		t.Errorf("somebody else has said %q", says())
	}
}

// However many pages there are, however long their addresses and the names of their people,
// and however long Postgres is away: the memory is that of the last ones.
func TestAMillionHandshakesTakeNoMoreMemoryThanAFew(t *testing.T) {
	seen := newRecorder()
	record := func(times int) (heap uint64) {
		for n := range times {
			long := strings.Repeat("x", 1<<10)
			p := &store.Person{
				ID: fmt.Sprint(n), Name: strings.Repeat("n", 200), Email: strings.Repeat("e", 254), Lang: "pt",
			}
			id := fmt.Sprint("ID", times, "-", n)
			outcome := caramelo.Outcome{Kind: kinds[n%len(kinds)], Calls: 1, Err: errors.New(long)}
			seen.handshake(web.Handshake{ID: id, Person: p, Page: long, Outcome: outcome})
			seen.browser(id, p, web.Browser{SDK: "loaded"})
			if n%10 == 0 {
				seen.violation(csp.Violation{Directive: "img-src", Page: id})
			}
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	few := record(3 * keptHandshakes)
	if many := record(1_000_000); many > few+4<<20 {
		t.Errorf("the heap grew from %d to %d bytes", few, many)
	}
	left := seen.backlog()
	if left.Waiting != 2*keptHandshakes+keptViolations || left.Lost != 2*1_002_000 || len(seen.notes.Handshakes) != keptHandshakes ||
		len(seen.notes.Browsers) != keptHandshakes || len(seen.notes.Violations) != keptViolations {
		t.Errorf("%+v", left)
	}
}

// BenchmarkInspector is what the inspector adds to each page, next to BenchmarkHome in
// package web: what is noted of the handshake, and what the browser says of it.
func BenchmarkInspector(b *testing.B) {
	seen := newRecorder()
	ana := &store.Person{
		ID: "7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c11", Name: "Ana", Email: "ana@company.example", Lang: "pt",
	}
	outcome := caramelo.Outcome{Kind: caramelo.OK, Status: http.StatusOK, Calls: 1, Duration: time.Millisecond}
	for n := 0; b.Loop(); n++ {
		if n%100 == 0 {
			seen.notes.clear() // they were written
		}
		seen.handshake(web.Handshake{ID: "id", Person: ana, Page: paths.Home, Outcome: outcome})
		seen.browser("id", ana, web.Browser{SDK: "loaded", Socket: "online"})
	}
}
