package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

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

// observed keeps what a server tells its features of reports.
type observed struct {
	mu         sync.Mutex
	violations []Violation
	dropped    int
}

func (o *observed) observer() Observer {
	return Observer{
		Violation: func(v Violation) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.violations = append(o.violations, v)
		},
		Dropped: func() {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.dropped++
		},
	}
}

// take returns the violations since it was called the last time.
func (o *observed) take() []Violation {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer func() { o.violations = nil }()
	return o.violations
}

// What is counted and what features are told are known words; what was sent is not
// among them.
func TestReportsAreToldInKnownWords(t *testing.T) {
	t.Parallel()
	var told observed
	i := newIntranet(t, func(c *config) { c.observe = told.observer() })
	var counted []string
	i.handlers.ObserveReport = func(directive string) { counted = append(counted, directive) }
	i.report("application/csp-report", byURI("script-src-elem", "inline", "http://127.0.0.1/people?q=leaky#leaky"))
	i.report("application/csp-report", byURI("</script><b>leaky", "https://</script><b>leaky/", "http://leaky.example/leaky"))
	want := []Violation{{"script-src-elem", "inline", "/people"}, {"other", "other", ""}}
	if got := told.take(); !slices.Equal(got, want) || !slices.Equal(counted, []string{"script-src-elem", "other"}) {
		t.Errorf("told: %q, counted: %q", got, counted)
	}
	if strings.Contains(i.log.String(), "leaky") {
		t.Error("the log holds what was sent")
	}
}

func TestReportsAreBounded(t *testing.T) {
	t.Parallel()
	var told observed
	i := newIntranet(t, func(c *config) { c.observe = told.observer() })
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
	if got := told.take(); len(got) != 0 {
		t.Errorf("refused, and told: %v", got)
	}

	// Of 25 in one request 20 count.
	var all []string
	for k := range 25 {
		all = append(all, fmt.Sprintf(`{"type": "csp-violation", "body": {"documentURL": "http://127.0.0.1/%d"}}`, k))
	}
	if res := i.report(many, "["+strings.Join(all, ",")+"]"); res.StatusCode != http.StatusNoContent {
		t.Errorf("a batch: %d", res.StatusCode)
	}
	if got := told.take(); len(got) != maxReports || got[0].Page != "/0" || got[maxReports-1].Page != "/19" {
		t.Errorf("told of %v", got)
	}
}

func TestAPageThatEachPersonHasIsOneRow(t *testing.T) {
	t.Parallel()
	var told observed
	i := newIntranet(t, func(c *config) { c.observe = told.observer() })
	for _, name := range []string{"ana", "bea"} {
		i.report("application/csp-report", byURI("img-src", "inline", "http://127.0.0.1"+paths.Person.Of(i.ids[name])))
	}
	if got := told.take(); len(got) != 2 || got[0] != got[1] || got[0].Page != "/people/{id}" {
		t.Errorf("%+v", got)
	}
}

func TestReportsAreThrottled(t *testing.T) {
	t.Parallel()
	var told observed
	i := newIntranet(t, func(c *config) { c.observe = told.observer() })
	limiter := i.handlers.reports.limit
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
	if told.dropped != 2 {
		t.Errorf("told of %d that were turned away", told.dropped)
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

// Whatever somebody sends, it is answered with one of few statuses, and what features
// are told of it is short and plain.
func FuzzReports(f *testing.F) {
	for _, mediaType := range []string{"application/csp-report", "application/reports+json", "text/plain", ";"} {
		for _, body := range []string{"", "{}", "[]", "null", byURI("img-src", "https://[::1]:1/x", "http://127.0.0.1/people?q=x"), "[" + byName("script-src", "inline", "http://127.0.0.1/%zz") + "]", byURI("\u2028", "data:\x00", "//")} {
			f.Add(mediaType, body)
		}
	}
	public, _ := url.Parse("http://127.0.0.1")
	var told observed
	signIn := SignInForTests(nil, "optional", nil)
	config := Config{Store: store.New(nil), SignIn: signIn, Log: slog.New(slog.DiscardHandler), PublicURL: public}
	server, err := New(config, Feature{Name: "observer", Observe: told.observer()})
	if err != nil {
		f.Fatal(err)
	}
	plain := regexp.MustCompile(`^[a-z-]{5,30}\n([a-z-]{4,20}|(https?|wss?)://[][a-z0-9._:-]{1,270})\n(/[!->@-~]*)?$`)
	f.Fuzz(func(t *testing.T, mediaType, body string) {
		server.reports.limit = newReports(nil).limit
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, paths.CSPReports, strings.NewReader(body))
		r.Header.Set("Content-Type", mediaType)
		server.ServeHTTP(w, r)
		violations := told.take()
		if !slices.Contains([]int{204, 400, 413, 415}, w.Code) || w.Body.Len() != 0 || len(violations) > maxReports {
			t.Fatalf("%d %q, %d violations", w.Code, w.Body, len(violations))
		}
		for _, v := range violations {
			text := v.Directive + "\n" + v.Blocked + "\n" + v.Page
			if !plain.MatchString(text) || len(v.Page) > maxReportPage {
				t.Fatalf("told %q", text)
			}
		}
	})
}
