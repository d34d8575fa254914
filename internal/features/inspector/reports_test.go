package inspector

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/webtest"
)

// report sends what a browser would: no cookie, and from any site.
func (i intranet) report(mediaType, body string) webtest.Answer {
	i.T.Helper()
	address := i.URL + paths.CSPReports
	req, err := http.NewRequestWithContext(i.T.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		i.T.Fatal(err)
	}
	return i.Browser().Send(req, "Content-Type", mediaType, "Origin", "null", "Sec-Fetch-Site", "cross-site")
}

// byURI is a report as report-uri makes browsers send it.
func byURI(v csp.Violation) string {
	return fmt.Sprintf(`{"csp-report": {
		"effective-directive": %q, "blocked-uri": %q, "document-uri": %q,
		"script-sample": "leaky", "referrer": "http://127.0.0.1/?leaky"
	}}`, v.Directive, v.Blocked, v.Page)
}

// byName is one as report-to does.
func byName(v csp.Violation) string {
	return fmt.Sprintf(`{"type": "csp-violation", "url": "http://127.0.0.1/?leaky", "body": {
		"effectiveDirective": %q, "blockedURL": %q, "documentURL": %q, "sample": "leaky"
	}}`, v.Directive, v.Blocked, v.Page)
}

// rows are those that Ana is shown, each without its times.
func rows(t *testing.T, page webtest.Answer) (rows []string) {
	t.Helper()
	page.HTML(t).Find("tbody tr").Each(func(_ int, row *goquery.Selection) {
		cells := row.Find("td").Map(func(_ int, cell *goquery.Selection) string {
			return strings.Join(strings.Fields(cell.Text()), " ")
		})
		rows = append(rows, strings.Join(cells[1:5], " | "))
	})
	slices.Sort(rows)
	return rows
}

func TestAnAdminSeesWhatBrowsersBlocked(t *testing.T) {
	t.Parallel()
	i := start(t, webtest.Options{})
	ana := i.As("ana")
	page := ana.Get(Reports)
	if html := page.HTML(t); page.StatusCode != http.StatusOK || html.Find(".empty").Length() != 1 ||
		html.Find("nav [aria-current=page]").AttrOr("href", "") != Reports {
		t.Errorf("without a report: %d %q", page.StatusCode, page.Body)
	}
	const people, cdn = "http://127.0.0.1/people", "HTTPS://Cdn.vendor.example:8443/leaky?leaky"
	long := "https://" + strings.Repeat("a", 253) + ".evil.example"
	older := `{"csp-report": {
		"violated-directive": "img-src 'self' data:", "blocked-uri": %q, "document-uri": "http://127.0.0.1"
	}}`
	for _, body := range []string{
		byURI(csp.Violation{Directive: "script-src-elem", Blocked: "inline", Page: people + "?q=leaky#leaky"}),
		byURI(csp.Violation{Directive: "script-src-elem", Blocked: "inline", Page: people + "?q=another"}),
		fmt.Sprintf(older, "HTTPS://user:leaky@Cdn.vendor.example:8443/leaky?leaky"),
		fmt.Sprintf(older, cdn),
		byURI(csp.Violation{
			Directive: "</script><b>leaky", Blocked: "https://</script><b>leaky/",
			Page: "http://127.0.0.1/</script><b>",
		}),
		byURI(csp.Violation{
			Directive: "font-src", Blocked: "chrome-extension://leaky/x", Page: "http://elsewhere.example/leaky",
		}),
		byURI(csp.Violation{Directive: "font-src", Blocked: "data:leaky", Page: "javascript:leaky"}),
		byURI(csp.Violation{
			Directive: "font-src", Blocked: long, Page: "http://127.0.0.1/" + strings.Repeat("é", 300),
		}),
	} {
		res := i.report("application/csp-report; charset=utf-8", body)
		if res.StatusCode != http.StatusNoContent || res.Body != "" || len(res.Cookies()) != 0 {
			t.Errorf("%s: %d %q", body, res.StatusCode, res.Body)
		}
	}
	const socket = "wss://[2001:db8::1]:9"
	batch := "[" + strings.Join([]string{
		byName(csp.Violation{
			Directive: "connect-src", Blocked: socket + "/x", Page: "http://127.0.0.1/assistant?leaky",
		}),
		`{"type": "deprecation", "body": {"id": "leaky"}}`,
		`{"type": "crash"}`,
		byName(csp.Violation{Directive: "connect-src", Blocked: "eval", Page: "http://127.0.0.1/a/b\u202e"}),
	}, ",") + "]"
	if res := i.report("application/reports+json", batch); res.StatusCode != http.StatusNoContent {
		t.Errorf("a batch: %d", res.StatusCode)
	}

	i.written()
	page = ana.Get(Reports)
	add := func(source string) string {
		return "Se for da Caramelo, inclua " + source + " em CARAMELO_POLICY_ALLOW."
	}
	want := []string{
		"connect-src | eval | /a/b%E2%80%AE | 1 vez",
		"connect-src | wss://[2001:db8::1]:9 " + add("connect=wss://[2001:db8::1]:9") + " | /assistant | 1 vez",
		"font-src | chrome-extension |  | 1 vez",
		"font-src | data |  | 1 vez",
		"font-src | other | /" + strings.Repeat("%C3%A9", 33) + "% | 1 vez",
		"img-src | https://cdn.vendor.example:8443 " + add("image=https://cdn.vendor.example:8443") + " | / | 1 vez",
		"img-src | other | / | 1 vez",
		"other | other | /%3C/script%3E%3Cb%3E | 1 vez",
		"script-src-elem | inline | /people | 2 vezes",
	}
	if got := rows(t, page); !slices.Equal(got, want) {
		t.Errorf("the rows are\n%s", strings.Join(got, "\n"))
	}
	if first := page.HTML(t).Find("tbody tr").First().Text(); !strings.Contains(first, "connect-src") {
		t.Errorf("the newest is not the first: %q", first)
	}
	for name, text := range map[string]string{
		"page": page.Body, "log": i.Log.String(), "database": i.stored(),
	} {
		if strings.Contains(text, "leaky") || strings.Contains(text, "</script><b>") {
			t.Errorf("the %s holds what was sent", name)
		}
	}
	page = i.As("bea").Get(Reports)
	if page.StatusCode != http.StatusForbidden || strings.Contains(page.Body, "cdn.vendor.example") {
		t.Errorf("an employee: %d", page.StatusCode)
	}
}

// However much is reported, the memory and the page stay small, and say what is left
// out.
func TestOnlySoManyViolationsAreToldApart(t *testing.T) {
	t.Parallel()
	i := start(t, webtest.Options{})
	for n := range keptViolations + 60 {
		i.seen.violation(csp.Violation{Directive: "other", Blocked: "other", Page: fmt.Sprint("/", n)})
	}
	for range 3 {
		i.seen.unread()
	}
	last := csp.Violation{Directive: "other", Blocked: "other", Page: "/159"} // has a row, and counts on
	i.seen.violation(last)
	i.written()
	page := i.As("ana").Get(Reports)
	got := rows(t, page)
	if len(got) != keptViolations || !slices.Contains(got, "other | other | /159 | 2 vezes") {
		t.Errorf("%d rows: %q", len(got), got)
	}
	said := page.HTML(t).Find("main > .muted").Text()
	if !strings.Contains(said, "Mais 60 avisos") || !strings.Contains(said, "sem ser lidos") {
		t.Errorf("what is left out is not said: %q", said)
	}
}

// Whoever fills the list with what no browser has blocked keeps nothing out of it: what is
// reported afterwards is there, and stays as long as the reports before it are older.
func TestNobodyFillsTheListOfViolationsForGood(t *testing.T) {
	t.Parallel()
	i := start(t, webtest.Options{})
	flood := func(from, to int) {
		for n := from; n < to; n++ {
			for range 3 {
				i.seen.violation(csp.Violation{Directive: "img-src", Blocked: "other", Page: fmt.Sprint("/", n)})
			}
		}
	}
	flood(0, 5*keptViolations)
	real := []string{"script-src", "connect-src", "style-src"}
	for _, directive := range real {
		i.seen.violation(csp.Violation{Directive: directive, Blocked: "inline", Page: "/news"})
	}
	flood(1000, 1000+keptViolations-len(real))
	i.written()
	got := rows(t, i.As("ana").Get(Reports))
	for _, directive := range real {
		if !slices.ContainsFunc(got, func(row string) bool { return strings.HasPrefix(row, directive+" |") }) {
			t.Errorf("%s is not listed", directive)
		}
	}
	if len(got) != keptViolations {
		t.Errorf("%d rows", len(got))
	}
}

// Each row says which setting allows what was blocked, in every language.
func TestAReportNamesItsSetting(t *testing.T) {
	t.Parallel()
	denying := policy
	denying.Denied = []string{"style", "worker", "media"}
	for _, test := range []struct {
		csp.Violation
		want string
	}{
		{csp.Violation{Directive: "style-src-elem", Blocked: "inline"}, "style CARAMELO_POLICY_DENY"},
		{csp.Violation{Directive: "worker-src", Blocked: "blob"}, "worker CARAMELO_POLICY_DENY"},
		{csp.Violation{Directive: "media-src", Blocked: "https://static.vendor.example"}, "media CARAMELO_POLICY_DENY"},
		{
			csp.Violation{Directive: "font-src", Blocked: "https://fonts.example"},
			"font=https://fonts.example CARAMELO_POLICY_ALLOW",
		},
		{csp.Violation{Directive: "script-src-elem", Blocked: "inline"}, ""},
	} {
		for _, lang := range i18n.Languages {
			props := reportsProps{Rows: []Report{{Violation: test.Violation}}, Policy: denying}
			said := rendered(t, lang, reportsPage(props)).Find("td small").Text()
			if said == "" && test.want != "" || said != "" && test.want == "" {
				t.Errorf("%s, %+v: %q", lang, test.Violation, said)
			}
			for word := range strings.FieldsSeq(test.want) {
				if !strings.Contains(said, word) {
					t.Errorf("%s, %+v: %q does not name %s", lang, test.Violation, said, word)
				}
			}
		}
	}
}
