package csp

import (
	"cmp"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"

	"github.com/carameloai/intranet/internal/paths"
)

// What is kept of the reports in a request. No text is kept as it came.
const (
	MaxReports = 20  // the others are ignored
	MaxPage    = 200 // bytes of a page's path
)

// The media types that browsers send for the policy's report-uri and report-to.
const reportByURI, reportByName = "application/csp-report", "application/reports+json"

// IsReport reports whether browsers send reports with that media type.
func IsReport(mediaType string) bool { return mediaType == reportByURI || mediaType == reportByName }

// Violation is something that a page's policy made a browser block. It holds only known
// words, a host, and the path of a page of ours.
type Violation struct{ Directive, Blocked, Page string }

// Violations are what the reports in the body of a request say, as far as it can be kept.
// site is where browsers reach the intranet. It is not ok where the body is malformed.
func Violations(mediaType string, body []byte, site *url.URL) (seen []Violation, ok bool) {
	received := parseReports(mediaType, body)
	for _, report := range received[:min(len(received), MaxReports)] {
		v := report.Body
		if v == nil || report.Type != "csp-violation" {
			continue
		}
		seen = append(seen, Violation{
			Directive: Directive(cmp.Or(v.Directive, v.Effective, v.Violated)),
			Blocked:   pick(blocked, strings.ToLower(v.BlockedURL+v.BlockedURI)),
			Page:      page(v.DocumentURL+v.DocumentURI, site),
		})
	}
	return seen, received != nil
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
		var one struct { // WebKit sends more beside it
			Report *violation `json:"csp-report"`
		}
		if json.Unmarshal(body, &one) != nil || one.Report == nil {
			return nil
		}
		return []report{{"csp-violation", one.Report}}
	}
	if json.Unmarshal(body, &received) == nil {
		return received
	}
	var one report // WebKit sends each without a list
	if json.Unmarshal(body, &one) != nil || one.Body == nil {
		return nil
	}
	return []report{one}
}

// Directives are all that Directive returns.
var Directives = []string{
	"default-src", "script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem", "style-src-attr",
	"img-src", "font-src", "connect-src", "frame-src", "child-src", "worker-src", "manifest-src", "media-src",
	"object-src", "base-uri", "form-action", "frame-ancestors", "trusted-types", "require-trusted-types-for", "other",
}

// Of a report only the groups of these expressions are kept. A host is kept in full or
// not at all, because a part of its name could be the name of another host.
var (
	// Older browsers send the sources behind the directive.
	directives = regexp.MustCompile(`^(` + strings.Join(Directives, "|") + `)(?:\s|$)`)
	blocked    = regexp.MustCompile(`(?s)^(?:` +
		`(inline|(?:wasm-)?eval|trusted-types-(?:policy|sink)|self|data|blob|filesystem|about|file|` +
		`(?:chrome|moz|safari|safari-web)-extension)(?::.*)?|` +
		`((?:https?|wss?)://(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?)(?:[/?#].*)?)$`)
)

// Directive is the name of a directive that a text begins with, or "other".
func Directive(text string) string { return pick(directives, text) }

// pick is what the groups of an expression find in a text, or "other".
func pick(groups *regexp.Regexp, text string) string {
	if found := groups.FindStringSubmatch(text); found != nil {
		return strings.Join(found[1:], "")
	}
	return "other"
}

// ids are replaced in paths, so that a page that every person has is counted as one.
var ids = regexp.MustCompile(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// page is the path of a page of that site, in printable ASCII, and "" for any other page.
// The query is left out, because it holds what people search for.
func page(document string, site *url.URL) string {
	u, err := url.Parse(document)
	if err != nil || u.Scheme != site.Scheme || !strings.EqualFold(u.Host, site.Host) {
		return ""
	}
	path := ids.ReplaceAllString(cmp.Or(u.EscapedPath(), paths.Home), "{id}")
	return path[:min(len(path), MaxPage)]
}
