package web

import (
	"cmp"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/time/rate"

	"github.com/carameloai/intranet/internal/paths"
)

// Browsers report what the Content-Security-Policy made them block. Anybody else can
// send the same, so everything is limited, and no text is kept or logged as it came.
const (
	maxReportBytes   = 16 << 10 // in one request
	maxReports       = 20       // in one request; the others are ignored
	maxReportPage    = 200      // bytes of a page's path
	reportBurst      = 100      // requests at once, of all browsers together
	reportsPerSecond = 20       // requests after the burst

	// The media types that browsers send for the policy's report-uri and report-to.
	reportByURI, reportByName = "application/csp-report", "application/reports+json"
)

// Violation is something that a page's policy made a browser block, for observers. It
// holds only known words, a host, and the path of a page of ours.
type Violation struct{ Directive, Blocked, Page string }

// reports takes the reports of browsers.
type reports struct {
	*Server
	limit *rate.Limiter
}

func newReports(s *Server) reports {
	return reports{s, rate.NewLimiter(reportsPerSecond, reportBurst)}
}

// create takes reports. It answers with a status and no page, because no person
// reads the answer.
func (s reports) create(w http.ResponseWriter, r *http.Request) error {
	w.WriteHeader(s.take(w, r))
	return nil
}

// take tells the observers of the reports in a request, and returns its status.
func (s reports) take(w http.ResponseWriter, r *http.Request) int {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		return http.StatusMethodNotAllowed
	case mediaType != reportByURI && mediaType != reportByName:
		return http.StatusUnsupportedMediaType
	case !s.limit.Allow():
		s.observe(func(o Observer) {
			if o.Dropped != nil {
				o.Dropped()
			}
		})
		return http.StatusTooManyRequests
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxReportBytes))
	if statusOf(err) == http.StatusRequestEntityTooLarge {
		return http.StatusRequestEntityTooLarge
	}
	received := parseReports(mediaType, body)
	if err != nil || received == nil {
		return http.StatusBadRequest
	}
	for _, report := range received[:min(len(received), maxReports)] {
		v := report.Body
		if v == nil || report.Type != "csp-violation" {
			continue
		}
		directive := pick(directives, cmp.Or(v.Directive, v.Effective, v.Violated))
		seen := Violation{
			Directive: directive,
			Blocked:   pick(blocked, strings.ToLower(v.BlockedURL+v.BlockedURI)),
			Page:      s.page(v.DocumentURL + v.DocumentURI),
		}
		s.observe(func(o Observer) {
			if o.Violation != nil {
				o.Violation(seen)
			}
		})
		if s.ObserveReport != nil {
			s.ObserveReport(directive)
		}
	}
	return http.StatusNoContent
}

// violation is a report as it came, which is not to be trusted. The first three fields
// are those of report-to, the others those of report-uri.
type violation struct {
	Directive   string `json:"effectiveDirective"`
	BlockedURL  string `json:"blockedURL"`
	DocumentURL string `json:"documentURL"`
	Effective   string `json:"effective-directive"`
	Violated    string `json:"violated-directive"` // older browsers send only this one
	BlockedURI  string `json:"blocked-uri"`
	DocumentURI string `json:"document-uri"`
}

type report struct {
	Type string     `json:"type"`
	Body *violation `json:"body"`
}

// parseReports reads the body of a request. It returns nil for one that is malformed.
func parseReports(mediaType string, body []byte) (received []report) {
	if mediaType == reportByURI {
		var one map[string]*violation
		if json.Unmarshal(body, &one) != nil || one["csp-report"] == nil {
			return nil
		}
		return []report{{"csp-violation", one["csp-report"]}}
	}
	if json.Unmarshal(body, &received) != nil {
		return nil
	}
	return received
}

// Of a report only the groups of these expressions are kept. A host is kept in full or
// not at all, because a part of its name could be the name of another host.
var (
	// Older browsers send the sources behind the directive.
	directives = regexp.MustCompile(`^(default-src|(?:script|style)-src(?:-elem|-attr)?|` +
		`(?:img|font|connect|frame|child|worker|manifest|media|object)-src|` +
		`base-uri|form-action|frame-ancestors|trusted-types|require-trusted-types-for)(?:\s|$)`)
	blocked = regexp.MustCompile(`(?s)^(?:` +
		`(inline|(?:wasm-)?eval|trusted-types-(?:policy|sink)|self|data|blob|filesystem|about|file|` +
		`(?:chrome|moz|safari|safari-web)-extension)(?::.*)?|` +
		`((?:https?|wss?)://(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?)(?:[/?#].*)?)$`)
)

// pick is what the groups of an expression find in a text, or "other".
func pick(groups *regexp.Regexp, text string) string {
	if found := groups.FindStringSubmatch(text); found != nil {
		return strings.Join(found[1:], "")
	}
	return "other"
}

// ids are replaced in paths, so that a page that every person has is counted as one.
var ids = regexp.MustCompile(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// page is the path of a page of ours, in printable ASCII, and "" for any
// other page. The query is left out, because it holds what people search for.
func (s reports) page(document string) string {
	u, err := url.Parse(document)
	if err != nil || u.Scheme != s.PublicURL.Scheme || !strings.EqualFold(u.Host, s.PublicURL.Host) {
		return ""
	}
	path := ids.ReplaceAllString(cmp.Or(u.EscapedPath(), paths.Home), "{id}")
	return path[:min(len(path), maxReportPage)]
}
