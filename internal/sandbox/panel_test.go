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

// send makes one request that may change something.
func (b *bed) send(t *testing.T, method, path, contentType, body string, header http.Header) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := http.DefaultTransport.RoundTrip(req) // as it is: a redirect is a result
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

const inJSON, inForm = "application/json", "application/x-www-form-urlencoded"

func (b *bed) panel(t *testing.T) *goquery.Document {
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
	b := newBed(t)
	for _, step := range []struct {
		method, body string
		want         Faults
	}{
		{http.MethodGet, "", Faults{}},
		{http.MethodPatch, `{"answer":"status-429","retry_after":"5s"}`, Faults{Answer: "status-429", RetryAfter: Duration(5 * time.Second)}},
		{http.MethodPatch, `{"sdk":"sdk-404","one_tab":true}`, Faults{Answer: "status-429", RetryAfter: Duration(5 * time.Second), SDK: "sdk-404", OneTab: true}},
		{http.MethodPatch, `{"answer":"none"}`, Faults{RetryAfter: Duration(5 * time.Second), SDK: "sdk-404", OneTab: true}},
		{http.MethodPut, `{"socket":"socket-drops","drop_every":"1m30s","lenient":true}`, Faults{Socket: "socket-drops", DropEvery: Duration(90 * time.Second), Lenient: true}},
		{http.MethodDelete, "", Faults{}},
	} {
		want, err := step.want.checked()
		if err != nil {
			t.Fatal(err)
		}
		res, body := b.send(t, step.method, "/sandbox/faults", inJSON, step.body, nil)
		if res.StatusCode != http.StatusOK || *b.faults.Load() != want {
			t.Fatalf("%s %s: %s %s", step.method, step.body, res.Status, body)
		}
		var told Faults
		if err := json.Unmarshal([]byte(body), &told); err != nil || told != want {
			t.Errorf("%s %s answers %s (%v)", step.method, step.body, body, err)
		}
		if res, again := b.send(t, http.MethodPut, "/sandbox/faults", inJSON, body, nil); res.StatusCode != http.StatusOK || again != body {
			t.Errorf("what it answers cannot be sent back: %s %s", res.Status, again)
		}
	}
	_, body := get(t, b.url+"/sandbox/catalogue", nil)
	var catalogue []Fault
	if err := json.Unmarshal([]byte(body), &catalogue); err != nil || len(catalogue) != len(Catalogue) || catalogue[0] != Catalogue[0] {
		t.Errorf("catalogue: %v %s", err, body)
	}
}

func TestTheAPISaysWhatIsAllowed(t *testing.T) {
	t.Parallel()
	b := newBed(t, on("status-500"))
	before := *b.faults.Load()
	for _, tt := range []struct {
		method, path, contentType, body string
		status                          int
		says                            string
	}{
		{"PATCH", "/sandbox/faults", inJSON, `{"answer":"status-418"}`, 422, "one of none, status-400, "},
		{"PATCH", "/sandbox/faults", inJSON, `{"answer":7}`, 422, "one of none, status-400, "},
		{"PATCH", "/sandbox/faults", inJSON, `{"sdk":"status-500"}`, 422, "one of none, sdk-404, sdk-slow, sdk-broken"},
		{"PATCH", "/sandbox/faults", inJSON, `{"socket":null}`, 422, "one of none, socket-refused, socket-drops"},
		{"PATCH", "/sandbox/faults", inJSON, `{"latency":"31s"}`, 422, "from 0s to 30s"},
		{"PATCH", "/sandbox/faults", inJSON, `{"jitter":"-1s"}`, 422, "from 0s to 30s"},
		{"PATCH", "/sandbox/faults", inJSON, `{"jitter":5}`, 422, "a duration such as"},
		{"PUT", "/sandbox/faults", inJSON, `{"retry_after":"61m"}`, 422, "from 0s to 1h"},
		{"PUT", "/sandbox/faults", inJSON, `{"token_lifetime":"1ms"}`, 422, "from 1s to 24h"},
		{"PUT", "/sandbox/faults", inJSON, `{"token_lifetime":"25h"}`, 422, "from 1s to 24h"},
		{"PUT", "/sandbox/faults", inJSON, `{"drop_every":"0.5s"}`, 422, "from 1s to 1h"},
		{"PUT", "/sandbox/faults", inJSON, `{"one_tab":"yes"}`, 422, "true or false"},
		{"PUT", "/sandbox/faults", inJSON, `{"lantency":"1s"}`, 422, "the fields are answer, retry_after, latency"},
		{"PUT", "/sandbox/faults", inJSON, `["` + testSecret + `"]`, 422, "one JSON object"},
		{"PUT", "/sandbox/faults", inJSON, `null`, 422, "one JSON object"},
		{"PUT", "/sandbox/faults", inJSON, ``, 422, "one JSON object"},
		{"PUT", "/sandbox/faults", inJSON, `{}{}`, 422, "one JSON object"},
		{"PUT", "/sandbox/faults", inForm, `{}`, 415, "application/json"},
		{"PUT", "/sandbox/faults", "text/plain", `{}`, 415, "application/json"},
		{"PUT", "/sandbox/faults", inJSON, `{"answer":"` + strings.Repeat("x", maxSetting) + `"}`, 413, "16384 bytes"},
		{"POST", "/sandbox/faults", inJSON, `{}`, 405, "GET, PUT, PATCH or DELETE"},
		{"POST", "/sandbox/calls", inJSON, `{}`, 404, "GET /sandbox/calls"},
		{"GET", "/sandbox/nothing", inJSON, ``, 404, "/docs"},
	} {
		res, body := b.send(t, tt.method, tt.path, tt.contentType, tt.body, nil)
		var told struct{ Error problem }
		if err := json.Unmarshal([]byte(body), &told); err != nil || res.StatusCode != tt.status || told.Error.Code == "" || !strings.Contains(told.Error.Message, tt.says) {
			t.Errorf("%s %s %.60s: %s %s, want %d and %q", tt.method, tt.path, tt.body, res.Status, body, tt.status, tt.says)
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
	b := newBed(t, func(s *Sandbox) { s.cfg.IntranetURL = "http://intranet.example" })
	form := url.Values{"answer": {"status-503"}, "retry_after": {"5s"}, "latency": {"250ms"}, "jitter": {"0s"}, "token_lifetime": {"10s"},
		"one_tab": {"true"}, "sdk": {"none"}, "socket": {"socket-drops"}, "drop_every": {"7s"}}
	res, body := b.send(t, "POST", "/faults", inForm, form.Encode(), nil)
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/" {
		t.Fatalf("%s %s", res.Status, body)
	}
	want := Faults{Answer: "status-503", RetryAfter: Duration(5 * time.Second), Latency: Duration(250 * time.Millisecond), TokenLifetime: Duration(10 * time.Second),
		OneTab: true, Socket: "socket-drops", DropEvery: Duration(7 * time.Second)}
	if got := *b.faults.Load(); got != want {
		t.Errorf("set %+v, want %+v", got, want)
	}
	page := b.panel(t)
	for _, says := range []string{"503 Service Unavailable", "250ms", "Token lifetime 10s", "A second tab", "Dropped again"} {
		if now := page.Find("#now").Text(); !strings.Contains(now, says) {
			t.Errorf("it is not plain to see that %q is set: %s", says, now)
		}
	}
	// What the form holds is what is set: to apply it again changes nothing.
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
		if page.Find("#"+f.Slug+"-good a[href='http://intranet.example"+f.Page+"']").Length() != 1 || !strings.Contains(page.Find("#"+f.Slug+"-good").Text(), f.Good) {
			t.Errorf("%s is not explained, or has no link", f.Slug)
		}
	}

	form.Set("latency", `1h"><b>`)
	res, body = b.send(t, "POST", "/faults", inForm, form.Encode(), nil)
	typed, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusUnprocessableEntity || typed.Find("[name=latency][aria-invalid]").AttrOr("value", "") != `1h"><b>` || typed.Find("[aria-invalid]").Length() != 1 ||
		!strings.Contains(typed.Find("[role=alert]").Text(), `"latency" must be a duration`) || typed.Find("[name=one_tab][checked]").Length() != 1 {
		t.Errorf("a wrong latency: %s\n%s", res.Status, body)
	}
	if got := *b.faults.Load(); got != want {
		t.Errorf("it was set: %+v", got)
	}
	if res, _ := b.send(t, "POST", "/faults", inForm, "answer="+strings.Repeat("x", maxSetting), nil); res.StatusCode != http.StatusBadRequest {
		t.Errorf("a large form: %s", res.Status)
	}

	if res, _ := b.send(t, "POST", "/reset", inForm, "", nil); res.StatusCode != http.StatusSeeOther {
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
	b := newBed(t, on("status-500"))
	before := *b.faults.Load()
	for name, header := range map[string]http.Header{
		"Sec-Fetch-Site": {"Sec-Fetch-Site": {"cross-site"}},
		"same site":      {"Sec-Fetch-Site": {"same-site"}, "Origin": {"http://127.0.0.1:1"}},
		"Origin":         {"Origin": {"https://evil.example"}},
		"null":           {"Origin": {"null"}},
	} {
		for _, tt := range []struct{ method, path, contentType, body string }{
			{"POST", "/faults", inForm, "answer=none"},
			{"POST", "/reset", inForm, ""},
			{"PUT", "/sandbox/faults", inJSON, "{}"},
			{"PATCH", "/sandbox/faults", inJSON, `{"answer":"none"}`},
			{"DELETE", "/sandbox/faults", inJSON, ""},
		} {
			if res, body := b.send(t, tt.method, tt.path, tt.contentType, tt.body, header); res.StatusCode != http.StatusForbidden || !strings.Contains(body, `"cross_origin"`) {
				t.Errorf("%s, %s %s: %s %s", name, tt.method, tt.path, res.Status, body)
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
	if res, body := b.send(t, "POST", "/reset", inForm, "", http.Header{"Sec-Fetch-Site": {"same-origin"}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("its own page: %s %s", res.Status, body)
	}
}

func TestThePanelShowsCallsAndSocketsAndNothingPrivate(t *testing.T) {
	t.Parallel()
	b := newBed(t, on("latency"))
	b.set(t, `{"latency":"3ms"}`)
	admitted := b.admit(t, "7", "Ana Souza", "pt-BR")
	c, _ := b.try(t, admitted.Token, "")
	c.say(t, "confidencial")
	c.next(t)
	c.next(t)
	b.post(t, strings.Replace(authBody("8", "Rui", "en"), testSecret, "sk_wrong_value", 1))
	b.post(t, strings.Replace(authBody("9", "Rui", "en"), `"en"`, `"`+testSecret+`"`, 1)) // the secret in the wrong place
	b.set(t, `{"answer":"blank-token"}`)
	b.post(t, authBody("7", "Ana Souza", "pt-BR"))

	eventually(t, "four calls", func() bool { _, n, _ := b.traffic.lastCalls(); return n == 4 })
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
	if open != 1 || sockets[0].Customer != admitted.CustomerID || sockets[0].Messages != 2 || sockets[0].Since.IsZero() {
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
	for _, path := range []string{"/", "/docs", "/sandbox/faults", "/sandbox/catalogue", "/sandbox/calls", "/sandbox/sockets"} {
		res, body := get(t, b.url+path, nil)
		if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, res)
		}
		fmt.Fprintln(&all, res.Header, body)
	}
	for _, private := range []string{testSecret, "sk_wrong_value", admitted.Token, "Ana", "Souza", "Rui", "7@example.com", "confidencial", c.hello.Session} {
		if strings.Contains(all.String(), private) {
			t.Errorf("%q is in what the panel or the API shows", private)
		}
	}
	if !strings.Contains(all.String(), admitted.CustomerID) {
		t.Error("the customer is not in it")
	}
	c.conn.CloseNow()
	eventually(t, "no socket", func() bool { _, open := b.traffic.openSockets(); return open == 0 })
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	t.Parallel()
	var kept traffic
	for i := range 1_000_000 {
		kept.add(call{Status: i})
	}
	calls, received, _ := kept.lastCalls()
	if len(calls) != maxCalls || received != 1_000_000 || calls[0].Status != 999_999 || calls[maxCalls-1].Status != 1_000_000-maxCalls {
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
	b := newBed(t)
	for _, path := range []string{"/", "/docs"} {
		res, body := get(t, b.url+path, nil)
		policy := res.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s: %s", path, policy)
		}
		if strings.Count(body, "<h1") != 1 || strings.Contains(body, "style=") || strings.Contains(body, "<style") {
			t.Errorf("%s has not one h1, or styles of its own", path)
		}
	}
}

// What the page about the API tells people to type does what it says.
func TestTheExamplesOfTheDocsWork(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no curl on PATH, and CI must run the examples")
		}
		t.Skip("NOT RUN: curl is not on PATH; on Debian: apt-get install curl")
	}
	b := newBed(t)
	_, page := get(t, b.url+"/docs", nil)
	examples := regexp.MustCompile(`<pre><code>(curl .*)</code></pre>`).FindAllStringSubmatch(page, -1)
	if len(examples) != 7 {
		t.Fatalf("%d examples", len(examples))
	}
	var said []string
	for _, example := range examples {
		command := html.UnescapeString(example[1])
		// #nosec G204 -- the examples of our own page
		out, err := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(command, "curl ", "curl --silent --fail --noproxy '*' ", 1)).Output()
		if err != nil || !json.Valid(out) {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
		said = append(said, string(out))
	}
	for i, want := range []string{`"answer":"none"`, `"answer":"status-429","retry_after":"5s"`, `"answer":"none","retry_after":"0s","latency":"2s","jitter":"500ms"`, `"latency":"0s"`, `"slug":"status-400"`, `"calls":[]`, `"sockets":[]`} {
		if !strings.Contains(said[i], want) {
			t.Errorf("example %d says %s, want %s", i, said[i], want)
		}
	}
	for _, x := range fields {
		if !strings.Contains(page, "<code>"+x.Name+"</code>") {
			t.Errorf("%s is not documented", x.Name)
		}
	}
	if _, page := get(t, b.url+"/docs", nil); !strings.Contains(page, b.url) {
		t.Error("the examples name another address")
	}
}

// The panel in a browser: by keyboard alone, with lists that follow.
func browserPanel(t *testing.T, browser context.Context) {
	in, b := newIntranet(t, "en"), newTab(t, browser, 1280, 800)
	b.run(t, chromedp.Navigate(in.bed.url))
	b.until(t, `document.querySelector("#now").textContent.includes("works as documented") && !document.querySelector("#calls table")`)
	page := in.admit(t, "7", "Ana Souza", "en")
	in.try(t, page.Token, "")
	b.until(t, `document.querySelectorAll("#calls tbody tr").length === 1 && document.querySelector("#sockets code").textContent === "`+page.CustomerID+`"`)

	b.run(t, do(`document.querySelector("[name=answer]:checked").focus()`), chromedp.KeyEvent(kb.ArrowDown))
	b.until(t, `document.querySelector("[name=answer]:checked").value === "status-400" && document.activeElement.value === "status-400"`)
	// The lists go on, and leave what is being chosen as it is.
	in.admit(t, "8", "Rui", "en")
	b.until(t, `document.querySelectorAll("#calls tbody tr").length === 2 && document.querySelector("[name=answer]:checked").value === "status-400"`)
	b.run(t, chromedp.KeyEvent("\r"))
	b.until(t, `location.pathname === "/" && document.querySelector("#now").textContent.includes("400 Bad Request") && document.querySelector("[name=answer]:checked").value === "status-400"`)
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
	in.enter(t, "7", "Ana Souza", "es")
	b.until(t, `host.dataset.state === "ended" && $("#status").textContent === "El chat sigue en otra pestaña"`)
}
