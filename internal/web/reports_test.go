package web_test

import (
	"encoding/json"
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

	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// The media types of reports for the policy's report-uri and for its report-to.
const byURI, byName = "application/csp-report", "application/reports+json"

// report sends what a browser would: no cookie, and from any site.
func report(i *webtest.Intranet, mediaType, body string) webtest.Answer {
	i.T.Helper()
	sent := strings.NewReader(body)
	req, err := http.NewRequestWithContext(i.T.Context(), http.MethodPost, i.URL+paths.CSPReports, sent)
	if err != nil {
		i.T.Fatal(err)
	}
	return i.Browser().Send(req, "Content-Type", mediaType, "Origin", "null", "Sec-Fetch-Site", "cross-site")
}

// violated is what a browser reports of. What else it sends says leaky.
type violated struct{ directive, blocked, document string }

func (v violated) byURI() string {
	return jsonOf(map[string]any{"csp-report": map[string]string{
		"effective-directive": v.directive, "blocked-uri": v.blocked, "document-uri": v.document,
		"script-sample": "leaky", "referrer": "http://127.0.0.1/?leaky",
	}})
}

func (v violated) byName() string {
	return jsonOf(map[string]any{"type": "csp-violation", "url": "http://127.0.0.1/?leaky", "body": map[string]string{
		"effectiveDirective": v.directive, "blockedURL": v.blocked, "documentURL": v.document, "sample": "leaky",
	}})
}

func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// anImage is a report of one that was blocked.
var anImage = violated{"img-src", "inline", "http://127.0.0.1/"}

// observed keeps what a server tells its features of reports.
type observed struct {
	mu         sync.Mutex
	violations []csp.Violation
	dropped    int
}

func (o *observed) feature() web.Feature {
	return web.Feature{Name: "observer", Observe: web.Observer{
		Violation: func(v csp.Violation) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.violations = append(o.violations, v)
		},
		Dropped: func() {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.dropped++
		},
	}}
}

// take returns the violations since it was called the last time.
func (o *observed) take() []csp.Violation {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer func() { o.violations = nil }()
	return o.violations
}

// What is counted and what features are told are known words; what was sent is not among
// them.
func TestReportsAreToldInKnownWords(t *testing.T) {
	t.Parallel()
	var told observed
	i := start(t, told.feature())
	var counted []string
	i.Server.Observe.Violation = func(v csp.Violation) { counted = append(counted, v.Directive) }
	report(i, byURI, violated{"script-src-elem", "inline", "http://127.0.0.1/things?q=leaky#leaky"}.byURI())
	report(i, byURI, violated{
		"</script><b>leaky", "https://</script><b>leaky/", "http://leaky.example/leaky",
	}.byURI())
	want := []csp.Violation{
		{Directive: "script-src-elem", Blocked: "inline", Page: "/things"}, {Directive: "other", Blocked: "other"},
	}
	if got := told.take(); !slices.Equal(got, want) || !slices.Equal(counted, []string{"script-src-elem", "other"}) {
		t.Errorf("told: %q, counted: %q", got, counted)
	}
	if strings.Contains(i.Log.String(), "leaky") {
		t.Error("the log holds what was sent")
	}
}

// WebKit, and so Safari, writes its reports in its own way: for report-uri with more beside the
// report, and for report-to without a list.
func TestReportsOfWebKitAreTaken(t *testing.T) {
	t.Parallel()
	var told observed
	i := start(t, told.feature())
	old := strings.Replace(anImage.byURI(), "{", `{"type": "csp-violation", "url": "http://127.0.0.1/?leaky", `, 1)
	want := []csp.Violation{{Directive: "img-src", Blocked: "inline", Page: "/"}}
	for mediaType, body := range map[string]string{byURI: old, byName: anImage.byName()} {
		if res := report(i, mediaType, body); res.StatusCode != http.StatusNoContent {
			t.Errorf("%s: status %d", mediaType, res.StatusCode)
		}
		if got := told.take(); !slices.Equal(got, want) {
			t.Errorf("%s: %+v", mediaType, got)
		}
	}
}

func TestReportsAreBounded(t *testing.T) {
	t.Parallel()
	var told observed
	i := start(t, told.feature())
	full := strings.Replace(anImage.byURI(), "leaky", strings.Repeat("x", 16<<10), 1)
	one, many := anImage.byURI(), "["+anImage.byName()+"]"
	for _, test := range []struct {
		mediaType string
		status    int
		bodies    []string
	}{
		{byURI, 413, []string{full, strings.Repeat(" ", 1<<20)}},
		{byName, 413, []string{"[" + full + "]"}},
		{"application/json", 415, []string{one}},
		{"", 415, []string{""}},
		{"text/plain", 415, []string{""}},
		{"application/x-www-form-urlencoded", 415, []string{"a=b"}},
		{byURI + ", " + byName, 415, []string{""}},
		{byURI, 400, []string{
			"", "{}", "null", `{"csp-report": null}`, `{"csp-report": "x"}`, one + "{}", many,
		}},
		{byName, 400, []string{
			"null", "{}", one, `[{"type": "csp-violation", "body": "x"}]`, strings.Repeat("[", 16000), "\xff",
		}},
		{byName, 204, []string{"[]", `[{"type": "csp-violation"}, {}, null]`}},
	} {
		for _, body := range test.bodies {
			if res := report(i, test.mediaType, body); res.StatusCode != test.status || res.Body != "" {
				t.Errorf("%s %.60q: %d %q, want %d", test.mediaType, body, res.StatusCode, res.Body, test.status)
			}
		}
	}
	for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "OPTIONS"} {
		res := i.As("ana").Ask(method, paths.CSPReports)
		if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "POST" || res.Body != "" {
			t.Errorf("%s: %d %q", method, res.StatusCode, res.Body)
		}
	}
	if got := told.take(); len(got) != 0 {
		t.Errorf("refused, and told: %v", got)
	}

	// Of 25 in one request 20 count.
	var all []string
	for k := range 25 {
		all = append(all, violated{document: fmt.Sprint("http://127.0.0.1/", k)}.byName())
	}
	if res := report(i, byName, "["+strings.Join(all, ",")+"]"); res.StatusCode != http.StatusNoContent {
		t.Errorf("a batch: %d", res.StatusCode)
	}
	if got := told.take(); len(got) != csp.MaxReports || got[0].Page != "/0" || got[csp.MaxReports-1].Page != "/19" {
		t.Errorf("told of %v", got)
	}
}

func TestAPageThatEachPersonHasIsOneRow(t *testing.T) {
	t.Parallel()
	var told observed
	i := start(t, told.feature())
	for _, name := range []string{"ana", "bea"} {
		report(i, byURI, violated{"img-src", "inline", "http://127.0.0.1" + show.Of(i.IDs[name])}.byURI())
	}
	if got := told.take(); len(got) != 2 || got[0] != got[1] || got[0].Page != "/things/{id}" {
		t.Errorf("%+v", got)
	}
}

func TestReportsAreThrottled(t *testing.T) {
	t.Parallel()
	var told observed
	i := start(t, told.feature())
	limiter := i.Server.ReportLimit()
	if limiter.Limit() != web.ReportsPerSecond {
		t.Errorf("%v a second", limiter.Limit())
	}
	limiter.SetLimit(0) // what comes back while a slow machine sends these is not counted
	for sent := range web.ReportBurst + 2 {
		want := http.StatusNoContent
		if sent >= web.ReportBurst {
			want = http.StatusTooManyRequests
		}
		if got := report(i, byName, "[]").StatusCode; got != want {
			t.Fatalf("number %d: %d, want %d", sent+1, got, want)
		}
	}
	if told.dropped != 2 {
		t.Errorf("told of %d that were turned away", told.dropped)
	}
}

// Browsers are told where to report, in a way that no Host header changes. A name for it
// on plain http would lead nowhere, and they would ask for no other.
func TestEveryAnswerSaysWhereToReport(t *testing.T) {
	t.Parallel()
	for public, want := range map[string][2]string{
		"http://127.0.0.1": {"; report-uri /csp-reports", ""},
		publicURL:          {"; report-uri /csp-reports; report-to csp", `csp="/csp-reports"`},
	} {
		i := startWith(t, webtest.Options{PublicURL: public})
		for _, path := range []string{
			paths.Login, "/no/such", paths.Static + "none", paths.Static + "style.css", paths.Health,
		} {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, i.URL+path, nil)
			req.Host = "evil.example"
			res := i.Browser().Send(req)
			_, to, _ := strings.Cut(res.Header.Get("Content-Security-Policy"), "; report")
			if "; report"+to != want[0] || res.Header.Get("Reporting-Endpoints") != want[1] {
				t.Errorf("%s%s: %q, %q", public, path, to, res.Header.Get("Reporting-Endpoints"))
			}
		}
	}
}

// Whatever somebody sends, it is answered with one of few statuses, and what features are
// told of it is short and plain.
func FuzzReports(f *testing.F) {
	for _, mediaType := range []string{byURI, byName, "text/plain", ";"} {
		for _, body := range []string{
			"", "{}", "[]", "null", violated{"img-src", "https://[::1]:1/x", "http://127.0.0.1/people?q=x"}.byURI(),
			"[" + violated{"script-src", "inline", "http://127.0.0.1/%zz"}.byName() + "]",
			violated{"\u2028", "data:\x00", "//"}.byURI(),
		} {
			f.Add(mediaType, body)
		}
	}
	public, _ := url.Parse("http://127.0.0.1")
	var told observed
	server, err := web.New(web.Config{
		Store: store.New(nil), SignIn: signin.New(signin.Config{}).Plug, Log: slog.New(slog.DiscardHandler),
		PublicURL: public,
	}, told.feature())
	if err != nil {
		f.Fatal(err)
	}
	server.ReportLimit().SetLimit(1e9)
	plain := regexp.MustCompile(
		`^[a-z-]{5,30}\n([a-z-]{4,20}|(https?|wss?)://[][a-z0-9._:-]{1,270})\n(/[!->@-~]*)?$`)
	f.Fuzz(func(t *testing.T, mediaType, body string) {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, paths.CSPReports, strings.NewReader(body))
		r.Header.Set("Content-Type", mediaType)
		server.ServeHTTP(w, r)
		violations := told.take()
		known := slices.Contains([]int{204, 400, 413, 415}, w.Code)
		if !known || w.Body.Len() != 0 || len(violations) > csp.MaxReports {
			t.Fatalf("%d %q, %d violations", w.Code, w.Body, len(violations))
		}
		for _, v := range violations {
			text := v.Directive + "\n" + v.Blocked + "\n" + v.Page
			if !plain.MatchString(text) || len(v.Page) > csp.MaxPage {
				t.Fatalf("told %q", text)
			}
		}
	})
}
