package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// change is a request that may change what is set.
type change struct {
	method      string
	path        string
	contentType string
	body        string
	header      http.Header
}

// postForm posts a form of the panel.
func postForm(path, body string) change {
	return change{method: http.MethodPost, path: path, contentType: inForm, body: body}
}

// faultsAPI calls /sandbox/faults with JSON.
func faultsAPI(method, body string) change {
	return change{method: method, path: "/sandbox/faults", contentType: inJSON, body: body}
}

func (b *testSandbox) send(t *testing.T, c change) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), c.method, b.url+c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", c.contentType)
	for name, values := range c.header {
		req.Header[name] = values
	}
	res, err := http.DefaultTransport.RoundTrip(req) // without following redirects
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(answer)
}

const (
	inJSON = "application/json"
	inForm = "application/x-www-form-urlencoded"
)

func (b *testSandbox) panel(t *testing.T) *goquery.Document {
	t.Helper()
	_, body := get(t, b.url+"/", nil)
	page, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func TestTheAPISetsChangesAndResets(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t)
	const retryAfter = Duration(5 * time.Second)
	for _, step := range []struct {
		method, body string
		want         Faults
	}{
		{
			method: http.MethodGet,
			want:   Faults{},
		},
		{
			method: http.MethodPatch,
			body:   `{"answer":"status-429","retry_after":"5s"}`,
			want:   Faults{Answer: "status-429", RetryAfter: retryAfter},
		},
		{
			method: http.MethodPatch,
			body:   `{"sdk":"sdk-404","one_tab":true}`,
			want:   Faults{Answer: "status-429", RetryAfter: retryAfter, SDK: "sdk-404", OneTab: true},
		},
		{
			method: http.MethodPatch,
			body:   `{"answer":"none"}`,
			want:   Faults{RetryAfter: retryAfter, SDK: "sdk-404", OneTab: true},
		},
		{
			method: http.MethodPut,
			body:   `{"socket":"socket-drops","drop_every":"1m30s","lenient":true}`,
			want:   Faults{Socket: "socket-drops", DropEvery: Duration(90 * time.Second), Lenient: true},
		},
		{
			method: http.MethodDelete,
			want:   Faults{},
		},
	} {
		want, err := step.want.checked()
		if err != nil {
			t.Fatal(err)
		}
		res, body := b.send(t, faultsAPI(step.method, step.body))
		if res.StatusCode != http.StatusOK || *b.faults.Load() != want {
			t.Fatalf("%s %s: %s %s", step.method, step.body, res.Status, body)
		}
		var told Faults
		if err := json.Unmarshal([]byte(body), &told); err != nil || told != want {
			t.Errorf("%s %s answers %s (%v)", step.method, step.body, body, err)
		}
		res, again := b.send(t, faultsAPI(http.MethodPut, body))
		if res.StatusCode != http.StatusOK || again != body {
			t.Errorf("what it answers cannot be sent back: %s %s", res.Status, again)
		}
	}
	_, body := get(t, b.url+"/sandbox/catalogue", nil)
	var catalogue []Fault
	err := json.Unmarshal([]byte(body), &catalogue)
	if err != nil || len(catalogue) != len(Catalogue) || catalogue[0] != Catalogue[0] {
		t.Errorf("catalogue: %v %s", err, body)
	}
}

func TestTheAPISaysWhatIsAllowed(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t, on("status-500"))
	before := *b.faults.Load()
	for _, tt := range []struct {
		change
		status int
		says   string
	}{
		{faultsAPI(http.MethodPatch, `{"answer":"status-418"}`), 422, "one of none, status-400, "},
		{faultsAPI(http.MethodPatch, `{"answer":7}`), 422, "one of none, status-400, "},
		{faultsAPI(http.MethodPatch, `{"sdk":"status-500"}`), 422, "one of none, sdk-404, sdk-slow, sdk-broken"},
		{faultsAPI(http.MethodPatch, `{"socket":null}`), 422, "one of none, socket-refused, socket-drops"},
		{faultsAPI(http.MethodPatch, `{"latency":"31s"}`), 422, "from 0s to 30s"},
		{faultsAPI(http.MethodPatch, `{"jitter":"-1s"}`), 422, "from 0s to 30s"},
		{faultsAPI(http.MethodPatch, `{"jitter":5}`), 422, "a duration such as"},
		{faultsAPI(http.MethodPut, `{"retry_after":"61m"}`), 422, "from 0s to 1h"},
		{faultsAPI(http.MethodPut, `{"token_lifetime":"1ms"}`), 422, "from 1s to 24h"},
		{faultsAPI(http.MethodPut, `{"token_lifetime":"25h"}`), 422, "from 1s to 24h"},
		{faultsAPI(http.MethodPut, `{"drop_every":"0.5s"}`), 422, "from 1s to 1h"},
		{faultsAPI(http.MethodPut, `{"one_tab":"yes"}`), 422, "true or false"},
		{faultsAPI(http.MethodPut, `{"lantency":"1s"}`), 422, "the fields are answer, retry_after, latency"},
		{faultsAPI(http.MethodPut, `["`+testSecret+`"]`), 422, "one JSON object"},
		{faultsAPI(http.MethodPut, `null`), 422, "one JSON object"},
		{faultsAPI(http.MethodPut, ``), 422, "one JSON object"},
		{faultsAPI(http.MethodPut, `{}{}`), 422, "one JSON object"},
		{
			change: change{method: http.MethodPut, path: "/sandbox/faults", contentType: inForm, body: `{}`},
			status: 415,
			says:   "application/json",
		},
		{
			change: change{method: http.MethodPut, path: "/sandbox/faults", contentType: "text/plain", body: `{}`},
			status: 415,
			says:   "application/json",
		},
		{faultsAPI(http.MethodPut, `{"answer":"`+strings.Repeat("x", maxChange)+`"}`), 413, "16384 bytes"},
		{faultsAPI(http.MethodPost, `{}`), 405, "GET, PUT, PATCH or DELETE"},
		{
			change: change{method: http.MethodPost, path: "/sandbox/calls", contentType: inJSON, body: `{}`},
			status: 404,
			says:   "GET /sandbox/calls",
		},
		{change{method: http.MethodGet, path: "/sandbox/nothing", contentType: inJSON, body: ``}, 404, "/docs"},
	} {
		res, body := b.send(t, tt.change)
		var told struct{ Error problem }
		if err := json.Unmarshal([]byte(body), &told); err != nil || res.StatusCode != tt.status ||
			told.Error.Code == "" || !strings.Contains(told.Error.Message, tt.says) {
			t.Errorf("%s %s %.60s: %s %s, want %d and %q",
				tt.method, tt.path, tt.body, res.Status, body, tt.status, tt.says)
		}
		if strings.Contains(body, "status-418") || strings.Contains(body, testSecret) {
			t.Errorf("what was sent is repeated: %s", body)
		}
	}
	if got := *b.faults.Load(); got != before {
		t.Errorf("something was changed: %+v", got)
	}
}

func TestThePanelSetsShowsAndResets(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t, func(s *Sandbox) { s.cfg.IntranetURL = "http://intranet.example" })
	form := url.Values{
		"answer":         {"status-503"},
		"retry_after":    {"5s"},
		"latency":        {"250ms"},
		"jitter":         {"0s"},
		"token_lifetime": {"10s"},
		"one_tab":        {"true"},
		"sdk":            {"none"},
		"manner":         {"none"},
		"socket":         {"socket-drops"},
		"drop_every":     {"7s"},
	}
	res, body := b.send(t, postForm("/faults", form.Encode()))
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/" {
		t.Fatalf("%s %s", res.Status, body)
	}
	want := Faults{
		Answer:        "status-503",
		RetryAfter:    Duration(5 * time.Second),
		Latency:       Duration(250 * time.Millisecond),
		TokenLifetime: Duration(10 * time.Second),
		OneTab:        true,
		Socket:        "socket-drops",
		DropEvery:     Duration(7 * time.Second),
	}
	if got := *b.faults.Load(); got != want {
		t.Errorf("set %+v, want %+v", got, want)
	}
	page := b.panel(t)
	for _, says := range []string{
		"503 Service Unavailable",
		"250ms",
		"Token lifetime 10s",
		"A second tab",
		"Dropped again",
	} {
		if now := page.Find("#now").Text(); !strings.Contains(now, says) {
			t.Errorf("it is not plain to see that %q is set: %s", says, now)
		}
	}
	// The form holds what is set, so that applying it again changes nothing.
	again := url.Values{}
	page.Find("form.faults input").Each(func(_ int, input *goquery.Selection) {
		_, checked := input.Attr("checked")
		if kind := input.AttrOr("type", ""); kind == "" || checked {
			again.Add(input.AttrOr("name", ""), input.AttrOr("value", ""))
		}
	})
	if again.Encode() != form.Encode() {
		t.Errorf("the form holds %v, want %v", again, form)
	}
	for _, f := range Catalogue {
		good := page.Find("#" + f.Slug + "-good")
		links := good.Find("a[href='http://intranet.example" + f.Page + "']")
		if links.Length() != 1 || !strings.Contains(good.Text(), f.Good) {
			t.Errorf("%s is not explained, or has no link", f.Slug)
		}
	}

	form.Set("latency", `1h"><b>`)
	res, body = b.send(t, postForm("/faults", form.Encode()))
	typed, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusUnprocessableEntity ||
		typed.Find("[name=latency][aria-invalid]").AttrOr("value", "") != `1h"><b>` ||
		typed.Find("[aria-invalid]").Length() != 1 ||
		typed.Find("[name=one_tab][checked]").Length() != 1 ||
		!strings.Contains(typed.Find("[role=alert]").Text(), `"latency" must be a duration`) {
		t.Errorf("a wrong latency: %s\n%s", res.Status, body)
	}
	if got := *b.faults.Load(); got != want {
		t.Errorf("it was set: %+v", got)
	}
	tooLarge := postForm("/faults", "answer="+strings.Repeat("x", maxChange))
	if res, _ := b.send(t, tooLarge); res.StatusCode != http.StatusBadRequest {
		t.Errorf("a large form: %s", res.Status)
	}

	if res, _ := b.send(t, postForm("/reset", "")); res.StatusCode != http.StatusSeeOther {
		t.Errorf("reset: %s", res.Status)
	}
	if good, _ := (Faults{}).checked(); *b.faults.Load() != good {
		t.Errorf("after a reset: %+v", *b.faults.Load())
	}
	if now := b.panel(t).Find("#now").Text(); !strings.Contains(now, "Caramelo works as documented") {
		t.Errorf("after a reset: %s", now)
	}
	b.cfg.IntranetURL = ""
	if n := b.panel(t).Find("a[href^=http]").Length(); n != 0 {
		t.Errorf("%d links to no intranet", n)
	}
}

func TestAForeignPageChangesNothing(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t, on("status-500"))
	before := *b.faults.Load()
	for name, header := range map[string]http.Header{
		"Sec-Fetch-Site": {"Sec-Fetch-Site": {"cross-site"}},
		"same site":      {"Sec-Fetch-Site": {"same-site"}, "Origin": {"http://127.0.0.1:1"}},
		"Origin":         {"Origin": {"https://evil.example"}},
		"null":           {"Origin": {"null"}},
	} {
		for _, c := range []change{
			postForm("/faults", "answer=none"),
			postForm("/reset", ""),
			faultsAPI(http.MethodPut, "{}"),
			faultsAPI(http.MethodPatch, `{"answer":"none"}`),
			faultsAPI(http.MethodDelete, ""),
		} {
			c.header = header
			res, body := b.send(t, c)
			if res.StatusCode != http.StatusForbidden || !strings.Contains(body, `"cross_origin"`) {
				t.Errorf("%s, %s %s: %s %s", name, c.method, c.path, res.Status, body)
			}
		}
	}
	if got := *b.faults.Load(); got != before {
		t.Errorf("now %+v is set", got)
	}
	res, _ := get(t, b.url+"/sandbox/calls", http.Header{"Origin": {"https://evil.example"}})
	if res.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("a foreign page may read the calls")
	}
	ownPage := postForm("/reset", "")
	ownPage.header = http.Header{"Sec-Fetch-Site": {"same-origin"}}
	if res, body := b.send(t, ownPage); res.StatusCode != http.StatusSeeOther {
		t.Errorf("its own page: %s %s", res.Status, body)
	}
}

func TestThePanelShowsCallsAndSocketsAndNothingPrivate(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t, on("latency"))
	b.set(t, `{"latency":"3ms"}`)
	admitted := b.admit(t, anaSouza)
	c, _ := b.try(t, admitted.Token, "")
	c.say(t, "confidencial")
	c.next(t)
	c.next(t)
	b.post(t, strings.Replace(authBody(rui), testSecret, "sk_wrong_value", 1))
	b.post(t, authBody(employee{id: "9", name: "Rui", lang: testSecret})) // the secret in the wrong field
	b.set(t, `{"answer":"blank-token"}`)
	b.post(t, authBody(anaSouza))

	eventually(t, "four calls", func() bool {
		_, received, _ := b.traffic.lastCalls()
		return received == 4
	})
	calls, _, _ := b.traffic.lastCalls()
	for i, want := range []call{
		{Status: 200, Code: "fault", Customer: admitted.CustomerID, Lang: "pt", Fault: "blank-token"},
		{Status: 200, Code: "ok", Customer: b.customerID("9")},
		{Status: 401, Code: "invalid_credentials"},
		{Status: 200, Code: "ok", Customer: admitted.CustomerID, Lang: "pt"},
	} {
		got := calls[i]
		if got.At.IsZero() || time.Duration(got.Took) < 3*time.Millisecond {
			t.Errorf("call %d: %+v", i, got)
		}
		got.At, got.Took = time.Time{}, 0
		if got != want {
			t.Errorf("call %d: %+v, want %+v", i, got, want)
		}
	}
	sockets, open := b.traffic.openSockets()
	if open != 1 || sockets[0].Customer != admitted.CustomerID ||
		sockets[0].Messages != 2 || sockets[0].Since.IsZero() {
		t.Errorf("sockets %+v", sockets)
	}
	page := b.panel(t)
	if n := page.Find("#calls tbody tr").Length(); n != 4 {
		t.Errorf("%d calls on the panel", n)
	}
	if row := page.Find("#sockets tbody tr").Text(); !strings.Contains(row, admitted.CustomerID) {
		t.Errorf("sockets on the panel: %s", row)
	}

	var all strings.Builder
	for _, path := range []string{
		"/",
		"/docs",
		"/sandbox/faults",
		"/sandbox/catalogue",
		"/sandbox/calls",
		"/sandbox/sockets",
	} {
		res, body := get(t, b.url+path, nil)
		if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, res)
		}
		fmt.Fprintln(&all, res.Header, body)
	}
	for _, private := range []string{
		testSecret, "sk_wrong_value", admitted.Token, c.hello.Session,
		"Ana", "Souza", "Rui", "7@example.com", "confidencial",
	} {
		if strings.Contains(all.String(), private) {
			t.Errorf("%q is in what the panel or the API shows", private)
		}
	}
	if !strings.Contains(all.String(), admitted.CustomerID) {
		t.Error("the customer is not in it")
	}
	c.conn.CloseNow()
	eventually(t, "no socket", func() bool {
		_, open := b.traffic.openSockets()
		return open == 0
	})
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	t.Parallel()
	var kept traffic
	for i := range 1_000_000 {
		kept.add(call{Status: i})
	}
	calls, received, _ := kept.lastCalls()
	if len(calls) != maxCalls || received != 1_000_000 ||
		calls[0].Status != 999_999 || calls[maxCalls-1].Status != 1_000_000-maxCalls {
		t.Errorf("%d calls of %d, the last %+v", len(calls), received, calls[0])
	}
	for range maxSockets {
		kept.open(&socket{})
	}
	if sockets, open := kept.openSockets(); len(sockets) != maxCalls || open != maxSockets {
		t.Errorf("%d sockets of %d", len(sockets), open)
	}
}

func TestPanelPolicy(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t)
	for _, path := range []string{"/", "/docs"} {
		res, body := get(t, b.url+path, nil)
		policy := res.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") ||
			!strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s: %s", path, policy)
		}
		if strings.Count(body, "<h1") != 1 || strings.Contains(body, "style=") || strings.Contains(body, "<style") {
			t.Errorf("%s has not one h1, or styles of its own", path)
		}
	}
}

// The examples of the page about the API can be run, and do what the page says.
func TestTheExamplesOfTheDocsWork(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no curl on PATH, and CI must run the examples")
		}
		t.Skip("NOT RUN: curl is not on PATH; on Debian: apt-get install curl")
	}
	b := newTestSandbox(t)
	_, page := get(t, b.url+"/docs", nil)
	examples := regexp.MustCompile(`<pre><code>(curl .*)</code></pre>`).FindAllStringSubmatch(page, -1)
	if len(examples) != 7 {
		t.Fatalf("%d examples", len(examples))
	}
	var said []string
	for _, example := range examples {
		command := html.UnescapeString(example[1])
		strict := strings.Replace(command, "curl ", "curl --silent --fail --noproxy '*' ", 1)
		// #nosec G204 -- the examples of our own page
		out, err := exec.CommandContext(t.Context(), "sh", "-c", strict).Output()
		if err != nil || !json.Valid(out) {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
		said = append(said, string(out))
	}
	for i, want := range []string{
		`"answer":"none"`,
		`"answer":"status-429","retry_after":"5s"`,
		`"answer":"none","retry_after":"0s","latency":"2s","jitter":"500ms"`,
		`"latency":"0s"`,
		`"slug":"status-400"`,
		`"calls":[]`,
		`"sockets":[]`,
	} {
		if !strings.Contains(said[i], want) {
			t.Errorf("example %d says %s, want %s", i, said[i], want)
		}
	}
	for _, field := range faultFields {
		if !strings.Contains(page, "<code>"+field.Name+"</code>") {
			t.Errorf("%s is not documented", field.Name)
		}
	}
	if _, page := get(t, b.url+"/docs", nil); !strings.Contains(page, b.url) {
		t.Error("the examples name another address")
	}
}

// The panel in a browser, used with the keyboard alone. Its lists are updated while it
// is open.
func browserPanel(t *testing.T, browser context.Context) {
	in, b := newIntranet(t, "en"), newTab(t, browser, 1280, 800)
	b.run(t, chromedp.Navigate(in.testSandbox.url))
	b.until(t, `document.querySelector("#now").textContent.includes("works as documented") &&
		!document.querySelector("#calls table")`)
	page := in.admit(t, anaSouza.speaking("en"))
	in.try(t, page.Token, "")
	b.until(t, `document.querySelectorAll("#calls tbody tr").length === 1 &&
		document.querySelector("#sockets code").textContent === "`+page.CustomerID+`"`)

	b.run(t, do(`document.querySelector("[name=answer]:checked").focus()`), chromedp.KeyEvent(kb.ArrowDown))
	b.until(t, `document.querySelector("[name=answer]:checked").value === "status-400" &&
		document.activeElement.value === "status-400"`)
	// The lists are updated, and the choice in the form stays.
	in.admit(t, rui)
	b.until(t, `document.querySelectorAll("#calls tbody tr").length === 2 &&
		document.querySelector("[name=answer]:checked").value === "status-400"`)
	b.run(t, chromedp.KeyEvent("\r"))
	b.until(t, `location.pathname === "/" &&
		document.querySelector("#now").textContent.includes("400 Bad Request") &&
		document.querySelector("[name=answer]:checked").value === "status-400"`)
	if in.faults.Load().Answer != "status-400" {
		t.Error("it is not set")
	}
	b.run(t, do(`document.querySelector("form[action='/reset'] button").focus()`), chromedp.KeyEvent("\r"))
	b.until(t, `document.querySelector("#now").textContent.includes("works as documented")`)
	if said := b.console(); said != "" {
		t.Errorf("the console is not empty:\n%s", said)
	}
}

func browserOtherTab(t *testing.T, browser context.Context) {
	in, b := newIntranet(t, "es"), newTab(t, browser, 1280, 800)
	in.set(t, `{"one_tab":true}`)
	b.run(t, chromedp.Navigate(in.url))
	b.until(t, `host.dataset.state === "online"`)
	in.enter(t, anaSouza.speaking("es"))
	b.until(t, `host.dataset.state === "ended" &&
		$("#status").textContent === "El chat sigue en otra pestaña"`)
}
