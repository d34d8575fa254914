package web

import (
	"fmt"
	"github.com/carameloai/intranet/views"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// report sends what a browser would: no cookie, and from any site.
func (i *intranet) report(mediaType, body string) answer {
	i.t.Helper()
	req, err := http.NewRequestWithContext(i.t.Context(), http.MethodPost, i.url+paths.CSPReports, strings.NewReader(body))
	if err != nil {
		i.t.Fatal(err)
	}
	return i.browser().send(req, "Content-Type", mediaType, "Origin", "null", "Sec-Fetch-Site", "cross-site")
}

// byURI is a report as report-uri makes browsers send it.
func byURI(directive, blocked, document string) string {
	return fmt.Sprintf(`{"csp-report": {"effective-directive": %q, "blocked-uri": %q, "document-uri": %q, "script-sample": "leaky", "referrer": "http://127.0.0.1/?leaky"}}`, directive, blocked, document)
}

// byName is one as report-to does.
func byName(directive, blocked, document string) string {
	return fmt.Sprintf(`{"type": "csp-violation", "url": "http://127.0.0.1/?leaky", "body": {"effectiveDirective": %q, "blockedURL": %q, "documentURL": %q, "sample": "leaky"}}`, directive, blocked, document)
}

// reportRows are the rows that Ana is shown, each without its times.
func reportRows(t *testing.T, page answer) (rows []string) {
	t.Helper()
	page.html(t).Find("tbody tr").Each(func(_ int, row *goquery.Selection) {
		cells := row.Find("td").Map(func(_ int, cell *goquery.Selection) string { return strings.TrimSpace(cell.Text()) })
		rows = append(rows, strings.Join(cells[1:5], " | "))
	})
	slices.Sort(rows)
	return rows
}

func TestAnAdminSeesWhatBrowsersBlocked(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	ana := i.enter("ana", 0)
	if page := ana.get(paths.AdminReports); page.StatusCode != http.StatusOK || page.html(t).Find(".empty").Length() != 1 || page.html(t).Find("nav [aria-current=page]").AttrOr("href", "") != paths.AdminReports {
		t.Errorf("without a report: %d %q", page.StatusCode, page.body)
	}
	var observed []string
	i.handlers.ObserveReport = func(directive string) { observed = append(observed, directive) }
	for _, body := range []string{
		byURI("script-src-elem", "inline", "http://127.0.0.1/people?q=leaky#leaky"),
		byURI("script-src-elem", "inline", "http://127.0.0.1/people?q=another"),
		`{"csp-report": {"violated-directive": "img-src 'self' data:", "blocked-uri": "HTTPS://user:leaky@Cdn.vendor.example:8443/leaky?leaky", "document-uri": "http://127.0.0.1"}}`,
		`{"csp-report": {"violated-directive": "img-src 'self' data:", "blocked-uri": "HTTPS://Cdn.vendor.example:8443/leaky?leaky", "document-uri": "http://127.0.0.1"}}`,
		byURI("</script><b>leaky", "https://</script><b>leaky/", "http://127.0.0.1/</script><b>"),
		byURI("font-src", "chrome-extension://leaky/x", "http://elsewhere.example/leaky"),
		byURI("font-src", "data:leaky", "javascript:leaky"),
		byURI("font-src", "https://"+strings.Repeat("a", 253)+".evil.example", "http://127.0.0.1/"+strings.Repeat("é", 300)),
	} {
		if res := i.report("application/csp-report; charset=utf-8", body); res.StatusCode != http.StatusNoContent || res.body != "" || len(res.Cookies()) != 0 {
			t.Errorf("%s: %d %q", body, res.StatusCode, res.body)
		}
	}
	batch := "[" + byName("connect-src", "wss://[2001:db8::1]:9/x", "http://127.0.0.1/assistant?leaky") + `, {"type": "deprecation", "body": {"id": "leaky"}}, {"type": "crash"},` +
		byName("connect-src", "eval", "http://127.0.0.1/a/b\u202e") + "]"
	if res := i.report("application/reports+json", batch); res.StatusCode != http.StatusNoContent {
		t.Errorf("a batch: %d", res.StatusCode)
	}

	page := ana.get(paths.AdminReports)
	want := []string{
		"connect-src | eval | /a/b%E2%80%AE | 1 vez",
		"connect-src | wss://[2001:db8::1]:9 | /assistant | 1 vez",
		"font-src | chrome-extension |  | 1 vez",
		"font-src | data |  | 1 vez",
		"font-src | other | /" + strings.Repeat("%C3%A9", 33) + "% | 1 vez",
		"img-src | https://cdn.vendor.example:8443 | / | 1 vez",
		"img-src | other | / | 1 vez",
		"other | other | /%3C/script%3E%3Cb%3E | 1 vez",
		"script-src-elem | inline | /people | 2 vezes",
	}
	if rows := reportRows(t, page); !slices.Equal(rows, want) {
		t.Errorf("the rows are\n%s", strings.Join(rows, "\n"))
	}
	if first := page.html(t).Find("tbody tr").First().Text(); !strings.Contains(first, "connect-src") {
		t.Errorf("the newest is not the first: %q", first)
	}
	if len(observed) != 10 || !slices.Contains(observed, "other") || slices.ContainsFunc(observed, func(d string) bool { return strings.Contains(d, "leaky") }) {
		t.Errorf("counted: %q", observed)
	}
	for name, text := range map[string]string{"page": page.body, "log": i.log.String(), "memory": fmt.Sprintf("%+v", i.handlers.violations.Rows)} {
		if strings.Contains(text, "leaky") || strings.Contains(text, "</script><b>") {
			t.Errorf("the %s holds what was sent", name)
		}
	}
	if page := i.enter("bea", 0).get(paths.AdminReports); page.StatusCode != http.StatusForbidden || strings.Contains(page.body, "cdn.vendor.example") {
		t.Errorf("an employee: %d", page.StatusCode)
	}
}

func TestReportsAreBounded(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	const one, many = "application/csp-report", "application/reports+json"
	full := strings.Replace(byURI("img-src", "inline", "http://127.0.0.1/"), "leaky", strings.Repeat("x", 16<<10), 1)
	for _, test := range []struct {
		mediaType, body string
		status          int
	}{
		{one, full, 413}, {many, "[" + full + "]", 413}, {one, strings.Repeat(" ", 1<<20), 413},
		{"application/json", byURI("img-src", "inline", ""), 415}, {"", "", 415}, {"text/plain", "", 415}, {"application/x-www-form-urlencoded", "a=b", 415}, {"application/csp-report, " + many, "", 415},
		{one, "", 400}, {one, "{}", 400}, {one, "null", 400}, {one, `{"csp-report": null}`, 400}, {one, `{"csp-report": "x"}`, 400}, {one, byURI("a", "b", "c") + "{}", 400}, {one, "[" + byName("a", "b", "c") + "]", 400},
		{many, "null", 400}, {many, "{}", 400}, {many, byURI("a", "b", "c"), 400}, {many, `[{"type": "csp-violation", "body": "x"}]`, 400}, {many, strings.Repeat("[", 16000), 400}, {many, "\xff", 400},
		{many, "[]", 204}, {many, `[{"type": "csp-violation"}, {}, null]`, 204},
	} {
		if res := i.report(test.mediaType, test.body); res.StatusCode != test.status || res.body != "" {
			t.Errorf("%s %.60q: %d %q, want %d", test.mediaType, test.body, res.StatusCode, res.body, test.status)
		}
	}
	for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "OPTIONS"} {
		if res := i.as("ana").do(method, paths.CSPReports); res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "POST" || res.body != "" {
			t.Errorf("%s: %d %q", method, res.StatusCode, res.body)
		}
	}
	if rows := i.handlers.violations.Rows; len(rows) != 0 {
		t.Errorf("refused, and kept: %v", rows)
	}

	// 25 in each of eight requests: 20 of each count, and 100 have a row.
	for batch := range 8 {
		var all []string
		for k := range 25 {
			all = append(all, fmt.Sprintf(`{"type": "csp-violation", "body": {"documentURL": "http://127.0.0.1/%d-%d"}}`, batch, k))
		}
		if res := i.report(many, "["+strings.Join(all, ",")+"]"); res.StatusCode != http.StatusNoContent {
			t.Errorf("batch %d: %d", batch, res.StatusCode)
		}
	}
	page := i.enter("ana", 0).get(paths.AdminReports)
	if rows := reportRows(t, page); len(rows) != 100 || strings.Contains(page.body, "/0-20<") || !strings.Contains(page.body, "Mais 60 avisos") {
		t.Errorf("%d rows, %q", len(rows), page.html(t).Find("main > .muted").Text())
	}
	if i.report(one, byURI("", "", "http://127.0.0.1/0-0")); i.handlers.violations.Rows[0].Count != 2 {
		t.Error("a row that is there does not count on")
	}
}

func TestAPageThatEachPersonHasIsOneRow(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	for _, name := range []string{"ana", "bea"} {
		i.report("application/csp-report", byURI("img-src", "inline", "http://127.0.0.1"+paths.Person.Of(i.ids[name])))
	}
	if rows := i.handlers.violations.Rows; len(rows) != 1 || rows[0].Count != 2 || rows[0].Page != "/people/{id}" {
		t.Errorf("%+v", rows)
	}
}

func TestReportsAreThrottled(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	limiter := i.handlers.reports.Limiter
	if limiter.Limit() != reportsPerSecond {
		t.Errorf("%v a second", limiter.Limit())
	}
	limiter.SetLimit(0) // what comes back while a slow machine sends these is not counted
	for sent := range reportBurst + 2 {
		want := http.StatusNoContent
		if sent >= reportBurst {
			want = http.StatusTooManyRequests
		}
		if got := i.report("application/reports+json", "[]").StatusCode; got != want {
			t.Fatalf("number %d: %d, want %d", sent+1, got, want)
		}
	}
	if page := i.enter("ana", 0).get(paths.AdminReports).html(t); !strings.Contains(page.Find("main > .muted").Text(), "sem ser lido") {
		t.Errorf("what was turned away is not shown: %q", page.Find("main").Text())
	}
}

// Browsers are told where to report, in a way that no Host header changes. A name
// for it on plain http would lead nowhere, and they would ask for no other.
func TestEveryAnswerSaysWhereToReport(t *testing.T) {
	t.Parallel()
	for public, want := range map[string][2]string{
		"http://127.0.0.1":             {"; report-uri /csp-reports", ""},
		"https://intranet.example.com": {"; report-uri /csp-reports; report-to csp", `csp="/csp-reports"`},
	} {
		i := newIntranet(t, func(c *config) { c.publicURL = public })
		for _, path := range []string{paths.Login, "/no/such", paths.Static + "none", paths.Static + "style.css", paths.Health} {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, i.url+path, nil)
			req.Host = "evil.example"
			res := i.browser().send(req)
			_, report, _ := strings.Cut(res.Header.Get("Content-Security-Policy"), "; report")
			if "; report"+report != want[0] || res.Header.Get("Reporting-Endpoints") != want[1] {
				t.Errorf("%s%s: %q, %q", public, path, report, res.Header.Get("Reporting-Endpoints"))
			}
		}
	}
}

// Whatever somebody sends, it is answered with one of few statuses, and what is
// kept is short and plain.
func FuzzReports(f *testing.F) {
	for _, mediaType := range []string{"application/csp-report", "application/reports+json", "text/plain", ";"} {
		for _, body := range []string{"", "{}", "[]", "null", byURI("img-src", "https://[::1]:1/x", "http://127.0.0.1/people?q=x"), "[" + byName("script-src", "inline", "http://127.0.0.1/%zz") + "]", byURI("\u2028", "data:\x00", "//")} {
			f.Add(mediaType, body)
		}
	}
	public, _ := url.Parse("http://127.0.0.1")
	h := newLegacy()
	signIn := SignInForTests(nil, "optional", nil)
	server, err := New(Config{Store: store.New(nil), SignIn: signIn, Log: slog.New(slog.DiscardHandler), PublicURL: public}, h.features()...)
	if err != nil {
		f.Fatal(err)
	}
	kept := regexp.MustCompile(`^[a-z-]{5,30}\n([a-z-]{4,20}|(https?|wss?)://[][a-z0-9._:-]{1,270})\n(/[!->@-~]*)?$`)
	f.Fuzz(func(t *testing.T, mediaType, body string) {
		server.reports, h.violations.ReportsProps = newReportLimit(), views.ReportsProps{}
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, paths.CSPReports, strings.NewReader(body))
		r.Header.Set("Content-Type", mediaType)
		server.ServeHTTP(w, r)
		if !slices.Contains([]int{204, 400, 413, 415}, w.Code) || w.Body.Len() != 0 || len(h.violations.Rows) > maxReports {
			t.Fatalf("%d %q, %d rows", w.Code, w.Body, len(h.violations.Rows))
		}
		for _, row := range h.violations.Rows {
			if text := row.Directive + "\n" + row.Blocked + "\n" + row.Page; !kept.MatchString(text) || len(row.Page) > maxReportPage {
				t.Fatalf("kept %q", text)
			}
		}
	})
}
